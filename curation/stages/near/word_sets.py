"""Near-duplicates of short texts, exactly: Jaccard over the sets of their words (see curation.stages.near.set_join)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from curation.base.columns import column
from curation.base.errors import UsageError
from curation.base.text import words_of_line
from curation.stages.near.set_join import Sets, similar


@dataclass(frozen=True, eq=False)
class WordSets:
    """Pairs of rows whose `text`s have Jaccard >= `jaccard` over their sets of words (curation.base.text.words).

    With `across`, a column, only rows that differ in it are paired.
    """

    text: pl.Expr
    jaccard: float = 0.8
    across: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.jaccard <= 1:
            raise UsageError(f"--near {self.jaccard} is out of range", "Expected 0 < x <= 1, e.g. 0.8.")

    def __repr__(self) -> str:
        return f"WordSets({self.text}, jaccard={self.jaccard}, across={self.across!r})"

    def __call__(self, rows: pl.LazyFrame) -> pl.DataFrame:
        """Pairs a < b of `row` (uint32), jaccard and containment (float64), sorted. Texts without words have none."""
        members, sets = word_sets(rows, self.text)
        sides = self._sides(rows)
        found = similar(sets, self.jaccard, None if sides is None else _of_sets(members, sides, len(sets.sizes)))
        apart = found.rename({"a": "set", "b": "other"}).join(members, on="set").rename({"row": "x"}).drop("set")
        apart = apart.join(members, left_on="other", right_on="set").rename({"row": "y"})
        same = (
            members.rename({"row": "x"}).join(members.rename({"row": "y"}), on="set").filter(pl.col("x") < pl.col("y"))
        )
        size = pl.Series("size", sets.sizes)
        equal = same.select("x", "y", both=size.gather(same["set"]).cast(pl.UInt32))
        pairs = pl.concat([apart.select("x", "y", "both"), equal])
        if sides is not None:
            x, y = (pairs.join(sides.rename({"row": end}), on=end, maintain_order="left")["side"] for end in ("x", "y"))
            pairs = pairs.filter(x != y)
        return _with_similarity(pairs, members.select("row", size=size.gather(members["set"])))

    def _sides(self, rows: pl.LazyFrame) -> pl.DataFrame | None:
        """For each row the number of its value in the column `across`: row, side."""
        if self.across is None:
            return None
        return rows.select("row", side=column(self.across).rank("dense").cast(pl.Int64)).collect()


def _of_sets(members: pl.DataFrame, sides: pl.DataFrame, sets: int) -> np.ndarray:
    """The side of each set's rows, or -1 where they have several."""
    known = members.join(sides, on="row").group_by("set").agg(side=pl.col("side").first(), n=pl.col("side").n_unique())
    found = np.full(sets, -1, dtype=np.int64)
    found[known["set"].to_numpy()] = (
        known.select(pl.when(pl.col("n") > 1).then(-1).otherwise("side")).to_series().to_numpy()
    )
    return found


def _with_similarity(pairs: pl.DataFrame, sizes: pl.DataFrame) -> pl.DataFrame:
    sized = pairs.join(sizes.rename({"row": "x", "size": "m"}), on="x").join(
        sizes.rename({"row": "y", "size": "n"}), on="y"
    )
    both = pl.col("both").cast(pl.Float64)
    return sized.select(
        a=pl.min_horizontal("x", "y"),
        b=pl.max_horizontal("x", "y"),
        jaccard=both / (pl.col("m") + pl.col("n") - pl.col("both")),
        containment=both / pl.min_horizontal("m", "n"),
    ).sort("a", "b")


def word_hashes(rows: pl.LazyFrame, text: pl.Expr) -> pl.DataFrame:
    """Every word of every text, in its order within the text: row (uint32), word (uint64)."""
    lines = rows.select("row", line=text.str.split("\n")).explode("line")
    split = lines.select("row", word=words_of_line(pl.col("line")).str.split(" ")).explode("word")
    return split.filter(pl.col("word") != "").select("row", word=pl.col("word").hash()).collect()


def word_sets(rows: pl.LazyFrame, text: pl.Expr) -> tuple[pl.DataFrame, Sets]:
    """The distinct sets of words, and which rows have them: row (uint32), set (uint32)."""
    words = word_hashes(rows, text)
    ranks = words.group_by("word").len().sort("len", "word").select("word").with_row_index("rank")
    ranked = words.join(ranks, on="word").select(key=pl.col("row").cast(pl.UInt64) * (1 << 32) + pl.col("rank"))
    keys = ranked["key"].sort().to_numpy()
    keys = keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys
    row, rank = (keys >> np.uint64(32)).astype(np.uint32), (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    starts = np.flatnonzero(np.append(True, row[1:] != row[:-1])) if len(row) else np.zeros(0, np.int64)
    return _distinct(row[starts], Sets(np.append(starts, len(rank)).astype(np.int64), rank))


def _distinct(rows: np.ndarray, sets: Sets) -> tuple[pl.DataFrame, Sets]:
    """Rows with the same words share one set."""
    if not len(rows):
        return pl.DataFrame(schema={"row": pl.UInt32(), "set": pl.UInt32()}), sets
    # Two sums of differently mixed elements: 128 bits that identify a set.
    odd = (sets.elements.astype(np.uint64) * np.uint64(2) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    odd ^= odd >> np.uint64(29)
    sums = {f"h{i}": np.add.reduceat(odd ** np.uint64(i), sets.starts[:-1]) for i in (3, 5)}
    keys = pl.DataFrame({"row": rows, **sums}).with_row_index("at")
    first = keys.group_by("h3", "h5", maintain_order=True).agg(pl.col("at").first()).with_row_index("set")
    members = keys.join(first.drop("at"), on=["h3", "h5"], maintain_order="left").select("row", "set")
    kept = first["at"].to_numpy()
    sizes = sets.sizes[kept]
    starts = np.concatenate(([0], np.cumsum(sizes)))
    at = np.repeat(sets.starts[kept] - starts[:-1], sizes) + np.arange(starts[-1])
    return members, Sets(starts, sets.elements[at])
