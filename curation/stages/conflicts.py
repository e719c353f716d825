"""Label conflicts and held-out rows: what near-duplicates mean in a corpus that has labels and a published test set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from curation.base.rows import reject
from curation.stages.near.pairs import Pairs, both_ways, named

CONFLICTS = pl.List(pl.Struct({"id": pl.String(), "label": pl.String(), "jaccard": pl.Float64()}))
_NAMED = 16  # for each row, the nearest


@dataclass(frozen=True, eq=False)
class Conflicts:
    """Adds `conflicts`: the near-duplicates under another label (the 16 nearest), null where there are none.

    `judge`: the rows that are rejected for it, as `label_conflict`. By default none: the report lists them.
    """

    pairs: Pairs
    judge: pl.Expr | None = None
    label: str = "label"

    across_rows: ClassVar[bool] = True

    @property
    def reasons(self) -> tuple[str, ...]:
        return ("label_conflict",) if self.judge is not None else ()

    def __repr__(self) -> str:
        return f"Conflicts({self.pairs!r}, judge={self.judge}, label={self.label!r})"

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        ids = rows.select("row", "id", label=self.label).collect()
        labels = ids.select("row", "label")
        ways = both_ways(self.pairs(rows)).join(labels, on="row", how="left", maintain_order="left")
        ways = ways.join(labels.rename({"row": "other"}), on="other", suffix="_other", maintain_order="left")
        ways = ways.filter(pl.col("label") != pl.col("label_other"))
        ways = named(ways.filter(pl.int_range(pl.len()).over("row") < _NAMED), "other", "id", ids)
        one = pl.struct("id", "jaccard", label="label_other").struct.field("id", "label", "jaccard")
        lists = ways.group_by("row", maintain_order=True).agg(conflicts=pl.struct(one)).cast({"conflicts": CONFLICTS})
        joined = rows.join(lists.lazy(), on="row", how="left", maintain_order="left")
        if self.judge is None:
            return joined
        first = pl.col("conflicts").list.first()
        said = [first.struct.field(name) for name in ("id", "label", "jaccard")]
        detail = pl.format("near {}, which is {} (Jaccard {})", *said[:2], said[2].round(3))
        conflicting = self.judge & pl.col("conflicts").is_not_null()
        return joined.with_columns(reject(conflicting, "label_conflict", detail, other=said[0]))


@dataclass(frozen=True, eq=False)
class RejectNearTest:
    """Rejects what is near a row of the published test set and not in it, as `repeats_test`, naming that row."""

    pairs: Pairs
    test: pl.Expr

    across_rows: ClassVar[bool] = True
    reasons: ClassVar[tuple[str, ...]] = ("repeats_test",)

    def __repr__(self) -> str:
        return f"RejectNearTest({self.pairs!r}, test={self.test})"

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        ids = rows.select("row", "id", held=self.test).collect()
        held = ids.select("row", "held")
        ways = both_ways(self.pairs(rows)).join(held, on="row", how="left", maintain_order="left")
        ways = ways.join(held.rename({"row": "other"}), on="other", suffix="_other", maintain_order="left")
        ways = ways.filter(~pl.col("held") & pl.col("held_other")).unique("row", keep="first", maintain_order=True)
        nearest = named(ways, "other", "repeats", ids).select("row", "repeats", "jaccard")
        joined = rows.join(nearest.lazy(), on="row", how="left", maintain_order="left")
        detail = pl.format("repeats {} (Jaccard {})", "repeats", pl.col("jaccard").round(3))
        falls = pl.col("repeats").is_not_null()
        return joined.with_columns(reject(falls, "repeats_test", detail, other=pl.col("repeats"))).drop(
            "repeats", "jaccard"
        )
