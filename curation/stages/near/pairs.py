"""Pairs of near-duplicates: what every search for them returns, and how families and conflicts read it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

Pairs = Callable[[pl.LazyFrame], pl.DataFrame]
"""Pairs a < b of `row` (uint32) with jaccard and containment (float64), each once."""


def with_ids(frame: pl.DataFrame, row: str, name: str, ids: pl.DataFrame) -> pl.DataFrame:
    """With the column `name`: the id of the row whose number is in the column `row`. The order is kept."""
    names = ids.select(pl.col("row").alias(row), pl.col("id").alias(name))
    return frame.join(names, on=row, how="left", maintain_order="left")


def both_ways(pairs: pl.DataFrame) -> pl.DataFrame:
    """Each pair twice, as row and other, the nearest first: row, other, jaccard, containment."""
    ways = [
        pairs.select(pl.col(one).alias("row"), pl.col(two).alias("other"), "jaccard", "containment")
        for one, two in (("a", "b"), ("b", "a"))
    ]
    return pl.concat(ways).sort("row", "jaccard", "other", descending=[False, True, False])


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
