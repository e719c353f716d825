"""Families: rows that are near one another, directly or not, and must be in the same split.

What "near" means is a function from rows to pairs: Shingles for long texts, WordSets for short ones. Both are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from curation.base.columns import column
from curation.stages.near.pairs import Pairs, both_ways, components, with_ids

NEAR = pl.List(pl.Struct({"id": pl.String(), "jaccard": pl.Float64(), "containment": pl.Float64()}))
_NEAREST = 16  # listed per row: a form letter sent 10,000 times has 50 million pairs


@dataclass(frozen=True)
class Families:
    """Adds `group`, the id of the first record of the family, and its near-duplicates.

    `near`: the 16 nearest; `near_count`: how many it has (uint32). A family is a connected component of the `pairs`,
    and of records that share `together` (a column, for paragraphs of one document). A record is never rejected for
    being near another.
    """

    pairs: Pairs
    together: str | None = None

    across_rows: ClassVar[bool] = True
    reasons: ClassVar[tuple[str, ...]] = ()

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        pairs = self.pairs(rows)
        ids = rows.select("row", "id", *([column(self.together)] if self.together else [])).collect().sort("row")
        links = pairs.select("a", "b")
        if self.together:
            first = pl.col("row").first().over(column(self.together)).alias("b")
            links = pl.concat([links, ids.select(pl.col("row").alias("a"), first)])
        groups = ids.select("row", first=components(ids["row"].to_numpy(), links))
        groups = with_ids(groups, "first", "group", ids)
        added = groups.select("row", "group").join(_near(pairs, ids), on="row", how="left", maintain_order="left")
        added = added.with_columns(pl.col("near_count").fill_null(0))
        return rows.join(added.lazy(), on="row", how="left", maintain_order="left")


def _near(pairs: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Per row its nearest near-duplicates and how many there are: row, near, near_count (uint32)."""
    ways = both_ways(pairs)
    counts = ways.group_by("row").agg(near_count=pl.len().cast(pl.UInt32))
    few = ways.filter(pl.int_range(pl.len()).over("row") < _NEAREST)
    near = pl.struct("id", "jaccard", "containment").alias("near")
    lists = with_ids(few, "other", "id", ids).group_by("row", maintain_order=True).agg(near).cast({"near": NEAR})
    return lists.join(counts, on="row")
