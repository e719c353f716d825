"""The pass over pairs of rows: which row repeats which, in words, and notes on what was compared only in part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from curation.schemas.manifest import SPLITS
from curation.validation import pair_checks as repeats
from curation.validation.findings import FOUND, sources
from curation.validation.inputs import InputFile, rank_of
from curation.validation.near import NearPairs, near
from curation.validation.row_checks import COMPARED_CHARACTERS

_KEYS = (
    *("row", "file", "whole", "ask", "frame", "answer", "others", "label", "asked_characters", "head", "tail"),
    *("numbers", "chosen", "refused"),
)


def compare(
    parts: Sequence[InputFile], rows: Path, judged: pl.LazyFrame, faulty: pl.Series, jaccard: float
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """row, id, detail of duplicate, leak, label_conflict and near_duplicate; and notes on the search."""
    keys = (
        judged.select(*_KEYS, split=_place(parts), faulty=pl.col("row").is_in(faulty.implode())).collect().sort("row")
    )
    asks = repeats.distinct(keys).with_columns(
        held_out=pl.col("split") > 0,
        asked_characters=pl.col("asked_characters").clip(upper_bound=2 * COMPARED_CHARACTERS),
    )
    close = near(rows, asks, jaccard)
    copies, leaked = repeats.duplicates(keys), repeats.leaks(keys, close.pairs)
    differ = repeats.conflicts(keys, close.pairs)
    more_severe = pl.concat([copies, leaked, differ]).select("row")
    again = repeats.near_duplicates(keys, close.pairs, copies, more_severe)
    against = repeats.contradictions(keys)
    found = {
        "contradiction": against,
        "duplicate": copies,
        "leak": leaked,
        "label_conflict": differ,
        "near_duplicate": again,
    }
    lines = pl.concat(frame.select(pl.lit(id).alias("id"), "row", "other", "jaccard") for id, frame in found.items())
    at = sources(rows, lines["other"]).drop("file").rename({"row": "other", "source": "at"})
    labels = keys.select("row", "label")
    named = (
        lines.join(at, on="other").join(labels, on="row").join(labels, left_on="other", right_on="row", suffix="_other")
    )
    return named.select("row", "id", detail=_detail()).sort("row").select(FOUND.names()), _notes(close, jaccard)


def _place(parts: Sequence[InputFile]) -> pl.Expr:
    """The place of a row's split in the order of splits: of its list inside the file, else of the file."""
    order = sorted(dict.fromkeys((*(part.split for part in parts), *SPLITS)), key=rank_of)
    of_file = pl.col("file").replace_strict({n: order.index(part.split) for n, part in enumerate(parts)})
    of_list = pl.col("split").replace_strict({split: order.index(split) for split in SPLITS}, default=None)
    return pl.coalesce(of_list, of_file).cast(pl.UInt16)


def _detail() -> pl.Expr:
    share = pl.col("jaccard").round(3)
    answers = pl.format("{} answers {}, this one {}", "at", "label_other", "label")
    other = pl.coalesce(answers, pl.format("{} has another answer", "at"))
    other = pl.when(pl.col("jaccard") < 1).then(pl.format("{} (Jaccard {})", other, share)).otherwise(other)
    return (
        pl.when(pl.col("id") == "contradiction")
        .then(pl.format("{} prefers the other answer", "at"))
        .when(pl.col("id") == "duplicate")
        .then(pl.format("repeats {}", "at"))
        .when(pl.col("id") == "label_conflict")
        .then(other)
        .otherwise(pl.format("{} (Jaccard {})", "at", share))
    )


def _notes(found: NearPairs, jaccard: float) -> tuple[str, ...]:
    notes = [
        f"Of user texts longer than {2 * COMPARED_CHARACTERS:,} characters, only the first and the last "
        f"{COMPARED_CHARACTERS} are compared for near-duplicates; equal texts are compared whole."
    ]
    if found.templated:
        notes.append(
            f"{found.templated:,} rows begin or end like 200 others or more: the words of these templates were left "
            "out of the comparison."
        )
    if found.jaccard > jaccard:
        notes.append(
            f"Near-duplicates were searched at {found.jaccard}: {jaccard} would give more than 20 million pairs."
        )
    if found.parts > 1:
        notes.append(
            f"Near-duplicates inside a split were searched in {found.parts} parts, so some may be missed; "
            "leaks out of the first split were searched completely."
        )
    return tuple(notes)
