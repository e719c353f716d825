"""Items of benchmarks in rows that are trained on: exact containment of runs of 13 words.

As for GPT-3 (Brown et al. 2020, appendix C) an item and a row meet in the 13-grams of their words, folded. Question and
answer of an item are looked for apart; one is found where the row holds a given share of its grams. A question of 8 to
12 words is one gram of its own length. Grams that more than ten items share are the frame of a benchmark (instructions,
a passage) and do not count. Every gram of every row is looked up, nothing is sampled. What is said in other words, in
another order or in another language is not found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from curation.base import progress
from curation.base.rows import spoken
from curation.stages.near.shingles import grams_of
from curation.stages.near.word_sets import word_hashes
from curation.validation.benchmarks import texts
from curation.validation.findings import FOUND
from curation.validation.inputs import InputFile
from curation.validation.read import groups

WORDS = 13
LEAST = 8  # words of a question that is looked for
_FRAME = 10  # texts that may share a gram
_HELD_OUT = ("validation", "test")
_GRAMS = pl.Schema({"row": pl.UInt32(), "gram": pl.UInt64(), "n": pl.UInt32()})
_HELD = pl.Schema({"row": pl.UInt32(), "part": pl.UInt32(), "held": pl.UInt32()})


class Wanted(NamedTuple):
    """Looked for: `parts` (part, item, at, answer, n: words of a gram, size: grams) and `grams` (part, n, gram)."""

    parts: pl.DataFrame
    grams: pl.DataFrame
    notes: tuple[str, ...]


def wanted(benchmarks: Sequence[Path], validated: Sequence[Path]) -> Wanted:
    """The grams of the benchmarks, and a note on the items that are not looked for. UsageError, InputError."""
    read = texts(benchmarks, validated)
    parts = read.frame.unique("text", keep="first", maintain_order=True).with_row_index("part")
    words = word_hashes(parts.lazy().select(row="part", text="text"), pl.col("text"))
    sizes = words.group_by(part="row").agg(n=pl.len().clip(upper_bound=WORDS))
    enough = (pl.col("n") == WORDS) | ((pl.col("n") >= LEAST) & ~pl.col("answer"))
    parts = parts.drop("text").join(sizes, on="part").filter(enough).sort("part")
    each = (
        _grams(words.join(some.select(row="part"), on="row", how="semi", maintain_order="left"), int(n))
        for (n,), some in parts.group_by("n", maintain_order=True)
    )
    grams = pl.concat([pl.DataFrame(schema=_GRAMS), *each]).unique().rename({"row": "part"})
    own = grams.filter((pl.len().over("n", "gram") <= _FRAME) | (pl.col("n") < WORDS))
    parts = parts.join(own.group_by("part").agg(size=pl.len()), on="part")
    left = read.items - parts["item"].n_unique()
    note = (
        f"{left:,} of {read.items:,} items of the benchmarks were not looked for: {read.unread:,} cannot be read, the "
        f"others have fewer than {LEAST} words, or none of their own."
    )
    return Wanted(parts, own, (note,) if left else ())


def overlaps(parts: Sequence[InputFile], rows: Path, looked_for: Wanted, share: float) -> pl.DataFrame:
    """row, id, detail of rows, validation and test rows left out, that hold at least `share` of an item's grams."""
    progress.start("benchmarks")
    held = pl.concat([pl.DataFrame(schema=_HELD), *_held(parts, rows, looked_for)])
    found = held.join(looked_for.parts, on="part").filter(pl.col("held") >= share * pl.col("size") - 1e-9)
    best = found.sort("row", -(pl.col("held") / pl.col("size")), "part")
    what = pl.when("answer").then(pl.lit("its answer")).otherwise(pl.lit("its question"))
    first = pl.format("{}: {} of the {} {}-grams of {}", "at", "held", "size", "n", what).first()
    others = pl.col("item").n_unique() - 1
    detail = pl.when(others > 0).then(pl.format("{}; and {} more items", first, others)).otherwise(first)
    lines = best.group_by("row", maintain_order=True).agg(detail=detail)
    return lines.select("row", id=pl.lit("benchmark_overlap"), detail="detail").cast(FOUND)


def _held(parts: Sequence[InputFile], rows: Path, looked_for: Wanted) -> Iterator[pl.DataFrame]:
    """Batch by batch, how many grams of which part a row holds."""
    split = pl.coalesce("split", pl.col("file").replace_strict({n: part.split for n, part in enumerate(parts)}))
    sizes = looked_for.parts["n"].unique().sort()
    for group in groups(rows, "row", "file", "split", "messages", "text"):
        trained = group.lazy().filter(~split.is_in(_HELD_OUT))
        words = word_hashes(trained, pl.coalesce(spoken("user", "assistant"), "text"))
        for n in sizes:
            both = _grams(words, int(n)).join(looked_for.grams, on=["n", "gram"]).unique(["row", "part", "gram"])
            yield both.group_by("row", "part").agg(held=pl.len()).cast(_HELD)
        progress.advance(len(group))


def _grams(words: pl.DataFrame, n: int) -> pl.DataFrame:
    return grams_of(words, n).with_columns(n=pl.lit(n, pl.UInt32))
