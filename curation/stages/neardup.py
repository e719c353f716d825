"""Near-duplicates of long texts, exactly: every pair above the thresholds is found, and no other.

A set-similarity join over word 5-grams. Grams that stand in one text only cannot match and go first; what is left
is joined with itself and counted: Jaccard = both / (a + b - both), containment = both / min(a, b). No bands, no
sampling, no cap on common grams, so recall and precision are 1 (up to collisions of 64-bit hashes).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from curation.text import words

NEAR = pl.List(pl.Struct({"id": pl.String(), "jaccard": pl.Float64(), "containment": pl.Float64()}))
_WEIGHTS = (1, 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)


@dataclass(frozen=True)
class Families:
    """Adds `group` (the id of the first record of the family) and `near` (its near-duplicates, nearest first).

    A family is a connected component of the pairs with Jaccard >= `jaccard` or containment >= `containment` over
    word 5-grams, and of records that share `together` (a column, for paragraphs of one document). A record is
    never rejected for being near another: it must only stand in the same split.
    """

    column: str
    jaccard: float = 0.3
    containment: float = 0.5
    together: str | None = None

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        pairs = near_pairs(rows, self.column, self.jaccard, self.containment)
        ids = rows.select("row", "id", *([self.together] if self.together else [])).collect().sort("row")
        links = pairs.select("a", "b")
        if self.together:
            first = pl.col("row").first().over(self.together).alias("b")
            links = pl.concat([links, ids.select(pl.col("row").alias("a"), first)])
        named = ids.select("row", "id")
        groups = named.with_columns(first=components(ids["row"].to_numpy(), links))
        groups = groups.join(
            named.rename({"row": "first", "id": "group"}), on="first", how="left", maintain_order="left"
        )
        added = groups.select("row", "group").join(_near(pairs, named), on="row", how="left", maintain_order="left")
        return rows.join(added.lazy(), on="row", how="left", maintain_order="left")


def near_pairs(rows: pl.LazyFrame, column: str, jaccard: float, containment: float) -> pl.DataFrame:
    """Pairs a < b of `row` with their similarities: a, b (uint32), jaccard, containment (float64)."""
    every = grams(rows, column)
    repeated = pl.col("gram").is_duplicated()  # in any text: what stands once in all cannot match
    once, sets = every.filter(~repeated), every.filter(repeated).unique()
    sizes = pl.concat([once, sets]).group_by("row").len("size")
    common = sets.group_by("gram").len().filter(pl.col("len") > 1).select("gram")
    shared = sets.join(common, on="gram", how="semi")
    both = (
        shared.join(shared, on="gram", suffix="_b")
        .filter(pl.col("row") < pl.col("row_b"))
        .group_by(a="row", b="row_b")
        .agg(both=pl.len())
    )
    sized = both.join(sizes.rename({"row": "a", "size": "size_a"}), on="a")
    sized = sized.join(sizes.rename({"row": "b", "size": "size_b"}), on="b").with_columns(
        pl.col("both", "size_a", "size_b").cast(pl.Int64)
    )
    near = sized.select(
        "a",
        "b",
        jaccard=pl.col("both") / (pl.col("size_a") + pl.col("size_b") - pl.col("both")),
        containment=pl.col("both") / pl.min_horizontal("size_a", "size_b"),
    )
    return near.filter((pl.col("jaccard") >= jaccard) | (pl.col("containment") >= containment)).sort("a", "b")


def grams(rows: pl.LazyFrame, column: str, n: int = 5) -> pl.DataFrame:
    """Word n-grams as hashes: row (uint32), gram (uint64). A text of fewer than n words has none."""
    split = rows.select("row", word=words(pl.col(column)).str.split(" ")).collect().explode("word")
    word = split.select("row", word=pl.col("word").hash())
    gram = sum((pl.col("word").shift(i) * pl.lit(_WEIGHTS[i], pl.UInt64) for i in range(1, n)), pl.col("word"))
    whole = pl.col("row") == pl.col("row").shift(n - 1)
    return word.select("row", gram=pl.when(whole).then(gram)).drop_nulls()


def components(nodes: np.ndarray, links: pl.DataFrame) -> pl.Series:
    """For each of the sorted `nodes` the smallest node that it is linked with, directly or not."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    a, b = (np.searchsorted(nodes, links[end].to_numpy()) for end in ("a", "b"))
    graph = coo_array((np.ones(len(a), dtype=bool), (a, b)), shape=(len(nodes), len(nodes)))
    _, labels = connected_components(graph, directed=False)
    first = np.full(labels.max(initial=-1) + 1, len(nodes), dtype=np.int64)
    np.minimum.at(first, labels, np.arange(len(nodes)))
    return pl.Series("first", nodes[first[labels]])


def _near(pairs: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Per row the list of its near-duplicates: row, near."""
    ways = [
        pairs.rename({one: "row", other: "other"}).select("row", "other", "jaccard", "containment")
        for one, other in (("a", "b"), ("b", "a"))
    ]
    named = (
        pl.concat(ways)
        .join(ids.rename({"row": "other"}), on="other")
        .sort("row", "jaccard", "other", descending=[False, True, False])
    )
    near = pl.struct("id", "jaccard", "containment").alias("near")
    return named.group_by("row", maintain_order=True).agg(near).cast({"near": NEAR})
