"""Near-duplicates of long texts, exactly: every pair above the thresholds is found, and no other.

A set-similarity join over word 5-grams. Grams that stand in one text only cannot match and go first; what is left
is multiplied out and counted: Jaccard = both / (a + b - both), containment = both / min(a, b). No bands, no
sampling, no cap on common grams, so recall and precision are 1 (up to collisions of 64-bit hashes).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from curation.text import words

NEAR = pl.List(pl.Struct({"id": pl.String(), "jaccard": pl.Float64(), "containment": pl.Float64()}))
_NO_PAIRS = pl.DataFrame(
    schema={"a": pl.UInt32(), "b": pl.UInt32(), "jaccard": pl.Float64(), "containment": pl.Float64()}
)
_BLOCK_PAIRS = 16_000_000
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
    """Pairs a < b of `row` with their similarities: a, b (uint32), jaccard, containment (float64).

    Texts and shared grams make a sparse matrix; its product with its transpose counts what each two have in common.
    It is taken in blocks of rows, so that memory holds the pairs of one block and those above the thresholds.
    """
    from scipy.sparse import csr_array

    every = grams(rows, column)
    spread = every.lazy().group_by("gram").agg(lo=pl.col("row").min(), hi=pl.col("row").max())
    shared = spread.filter(pl.col("lo") < pl.col("hi")).select("gram").with_row_index("g").collect()
    sizes = every.group_by("row").agg(size=pl.col("gram").n_unique().cast(pl.Int64)).sort("row").with_row_index("d")
    cells = every.join(shared, on="gram").join(sizes, on="row").select("d", "g").unique()
    ones = np.ones(len(cells), dtype=np.int32)
    matrix = csr_array((ones, (cells["d"].to_numpy(), cells["g"].to_numpy())), shape=(len(sizes), len(shared)))
    size, block = sizes["size"].to_numpy(), max(1, _BLOCK_PAIRS // max(1, len(sizes)))
    found = []
    for start in range(0, len(sizes), block):
        counts = (matrix[start : start + block] @ matrix.T).tocoo()
        a, b, both = counts.coords[0] + start, counts.coords[1], counts.data
        upper = a < b
        a, b, both = a[upper], b[upper], both[upper]
        similar = both / (size[a] + size[b] - both)
        contained = both / np.minimum(size[a], size[b])
        near = (similar >= jaccard) | (contained >= containment)
        found.append(
            pl.DataFrame({"a": a[near], "b": b[near], "jaccard": similar[near], "containment": contained[near]})
        )
    pairs = pl.concat([_NO_PAIRS, *(frame.cast(_NO_PAIRS.schema) for frame in found)])
    row = sizes["row"]
    return pairs.with_columns(a=row.gather(pairs["a"]), b=row.gather(pairs["b"])).sort("a", "b")


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
