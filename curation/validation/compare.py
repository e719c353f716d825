"""The pass over pairs of rows: what repeats what, in words, and what of it was looked at only in part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from curation.validation import pair_checks as repeats
from curation.validation.findings import FOUND, sources
from curation.validation.inputs import Part
from curation.validation.near import Near, near
from curation.validation.row_checks import COMPARED

_KEYS = ("row", "file", "whole", "ask", "frame", "answer", "others", "label", "asked_characters", "head", "tail")


def compare(
    parts: Sequence[Part], rows: Path, judged: pl.LazyFrame, faulty: pl.Series, jaccard: float
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """row, id, because of duplicate, leak, label_conflict and near_duplicate; and notes on how they were looked for."""
    place = pl.col("file").replace_strict({n: part.place for n, part in enumerate(parts)}, return_dtype=pl.UInt16)
    keys = judged.select(*_KEYS, split=place, faulty=pl.col("row").is_in(faulty.implode())).collect().sort("row")
    asks = repeats.distinct(keys).with_columns(
        held_out=pl.col("split") > 0, asked_characters=pl.col("asked_characters").clip(upper_bound=2 * COMPARED)
    )
    met = near(rows, asks, jaccard)
    copies, leaked = repeats.duplicates(keys), repeats.leaks(keys, met.pairs)
    differ = repeats.conflicts(keys, met.pairs)
    graver = pl.concat([copies, leaked, differ]).select("row")
    again = repeats.near_duplicates(keys, met.pairs, copies, graver)
    found = {"duplicate": copies, "leak": leaked, "label_conflict": differ, "near_duplicate": again}
    lines = pl.concat(frame.select(pl.lit(id).alias("id"), "row", "other", "jaccard") for id, frame in found.items())
    at = sources(rows, lines["other"]).rename({"row": "other", "source": "at"})
    labels = keys.select("row", "label")
    told = (
        lines.join(at, on="other").join(labels, on="row").join(labels, left_on="other", right_on="row", suffix="_other")
    )
    return told.select("row", "id", detail=_because()).sort("row").select(FOUND.names()), _notes(met, jaccard)


def _because() -> pl.Expr:
    share = pl.col("jaccard").round(3)
    answers = pl.format("{} answers {}, this one {}", "at", "label_other", "label")
    other = pl.coalesce(answers, pl.format("{} has another answer", "at"))
    other = pl.when(pl.col("jaccard") < 1).then(pl.format("{} (Jaccard {})", other, share)).otherwise(other)
    return (
        pl.when(pl.col("id") == "duplicate")
        .then(pl.format("repeats {}", "at"))
        .when(pl.col("id") == "label_conflict")
        .then(other)
        .otherwise(pl.format("{} (Jaccard {})", "at", share))
    )


def _notes(met: Near, jaccard: float) -> tuple[str, ...]:
    notes = [
        f"Of what a user says in more than {2 * COMPARED:,} characters, the first and the last {COMPARED} are compared "
        "for near-duplicates; equal ones are found whole."
    ]
    if met.templated:
        notes.append(
            f"{met.templated:,} rows begin or end as 200 others or more do: the words of their templates were left out "
            "of the comparison."
        )
    if met.jaccard > jaccard:
        notes.append(
            f"Near-duplicates were looked for at {met.jaccard}: at {jaccard} there are more than 20 million pairs."
        )
    if met.parts > 1:
        notes.append(
            f"Near-duplicates inside a split were looked for in {met.parts} parts, so some may be missed; "
            "leaks out of the first split were looked for everywhere."
        )
    return tuple(notes)
