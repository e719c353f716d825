"""Fewer rows, by a seeded draw that does not depend on the others: a larger sample contains every smaller one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import polars as pl
import polars_hash  # noqa: F401  (registers the `nchash` namespace: hashes that no version of Polars changes)

from curation.base.columns import column
from curation.base.errors import UsageError
from curation.base.rows import reject
from curation.schemas.manifest import SPLITS


@dataclass(frozen=True)
class Limit:
    """Rejects, as `reason`, all but the first `limits[x]` rows of each value x of the column `of`, in a drawn order.

    Without `of` there is one limit, under "". Values that `limits` does not name have none.
    """

    limits: Mapping[str, int]
    seed: int
    of: str | None = None
    reason: str = "over_limit"

    across_rows: ClassVar[bool] = True

    @property
    def reasons(self) -> tuple[str, ...]:
        """What it rejects for."""
        return (self.reason,)

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        value = column(self.of) if self.of else pl.lit("")
        draw = pl.format(f"{self.seed}|{{}}", "id").nchash.xxh3_64()  # type: ignore[attr-defined]
        drawn = rows.filter(pl.col("reason").is_null()).select("row", value=value, draw=draw).collect()
        drawn = drawn.sort("draw", "row").with_columns(rank=pl.int_range(1, pl.len() + 1).over("value"))
        limit = pl.col("value").replace_strict(dict(self.limits), default=None, return_dtype=pl.Int64)
        over = drawn.with_columns(limit=limit).filter(pl.col("rank") > pl.col("limit")).select("row", "rank", "limit")
        joined = rows.join(over.lazy(), on="row", how="left", maintain_order="left")
        detail = pl.format("number {} in the drawn order, the limit is {}", "rank", "limit")
        return joined.with_columns(reject(pl.col("rank").is_not_null(), self.reason, detail)).drop("rank", "limit")


def limits_from(words: str) -> dict[str, int]:
    """`train=4000,validation=300,test=300` as a mapping; a split that is not named has no limit."""
    limits = {}
    for word in filter(None, words.split(",")):
        split, _, number = word.partition("=")
        if split.strip() not in SPLITS or not number.strip().isdecimal():
            raise UsageError(
                f"--limit {words}: {word!r} is not SPLIT=NUMBER", "Expected e.g. train=4000,validation=300,test=300."
            )
        if split.strip() in limits:
            raise UsageError(f"--limit {words} names {split.strip()} twice", "Give each split one limit.")
        limits[split.strip()] = int(number)
    return limits
