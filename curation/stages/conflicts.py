"""Near-duplicates in a corpus with labels and a published test set: label conflicts, and repeats of test rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from curation.base.rows import reject
from curation.stages.near.pairs import Pairs, both_ways, with_ids

CONFLICTS = pl.List(pl.Struct({"id": pl.String(), "label": pl.String(), "jaccard": pl.Float64()}))
_NAMED = 16  # for each row, the nearest


@dataclass(frozen=True, eq=False)
class Conflicts:
    """Adds `conflicts`: the near-duplicates under another label (the 16 nearest), null where there are none.

    `judge`: which of them are rejected, as `label_conflict`. By default none: the report lists them.
    """

    pairs: Pairs
    judge: pl.Expr | None = None
    label: str = "label"

    across_rows: ClassVar[bool] = True

    @property
    def reasons(self) -> tuple[str, ...]:
        """What it rejects for."""
        return ("label_conflict",) if self.judge is not None else ()

    def __repr__(self) -> str:
        return f"Conflicts({self.pairs!r}, judge={self.judge}, label={self.label!r})"

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        ids = rows.select("row", "id", label=self.label).collect()
        labels = ids.select("row", "label")
        ways = both_ways(self.pairs(rows)).join(labels, on="row", how="left", maintain_order="left")
        ways = ways.join(labels.rename({"row": "other"}), on="other", suffix="_other", maintain_order="left")
        ways = ways.filter(pl.col("label") != pl.col("label_other"))
        ways = with_ids(ways.filter(pl.int_range(pl.len()).over("row") < _NAMED), "other", "id", ids)
        one = pl.struct("id", "jaccard", label="label_other").struct.field("id", "label", "jaccard")
        lists = ways.group_by("row", maintain_order=True).agg(conflicts=pl.struct(one)).cast({"conflicts": CONFLICTS})
        joined = rows.join(lists.lazy(), on="row", how="left", maintain_order="left")
        if self.judge is None:
            return joined
        first = pl.col("conflicts").list.first()
        id, label, jaccard = (first.struct.field(name) for name in ("id", "label", "jaccard"))
        detail = pl.format("near {}, which is {} (Jaccard {})", id, label, jaccard.round(3))
        conflicting = self.judge & pl.col("conflicts").is_not_null()
        return joined.with_columns(reject(conflicting, "label_conflict", detail, other=id))


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
        ids = rows.select("row", "id", in_test=self.test).collect()
        in_test = ids.select("row", "in_test")
        ways = both_ways(self.pairs(rows)).join(in_test, on="row", how="left", maintain_order="left")
        ways = ways.join(in_test.rename({"row": "other"}), on="other", suffix="_other", maintain_order="left")
        return _reject(rows, ways.filter(~pl.col("in_test") & pl.col("in_test_other")), ids)


@dataclass(frozen=True, eq=False)
class RejectLeaks:
    """Rejects what is near a row of a split that the source gives and that is held out from its own, as `repeats_test`.

    First what is near a row of test, then, of the others, what of train (or of no split) is near one of validation. The
    column `given` names the split of a row; where no two are given there is nothing to hold apart.
    """

    pairs: Pairs

    across_rows: ClassVar[bool] = True
    reasons: ClassVar[tuple[str, ...]] = ("repeats_test",)

    def __repr__(self) -> str:
        return f"RejectLeaks({self.pairs!r})"

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        ids = rows.select("row", "id", "given").collect()
        if ids["given"].n_unique() < 2:
            return rows
        rank = ids.select("row", rank=pl.col("given").replace_strict({"test": 2, "validation": 1}, default=0))
        ways = both_ways(self.pairs(rows)).join(rank, on="row", how="left", maintain_order="left")
        ways = ways.join(rank.rename({"row": "other"}), on="other", suffix="_other", maintain_order="left")
        near_test = ways.filter(pl.col("rank") < 2, pl.col("rank_other") == 2)
        gone = near_test["row"].unique().implode()
        near_validation = ways.filter(
            pl.col("rank") == 0, pl.col("rank_other") == 1, ~pl.col("row").is_in(gone), ~pl.col("other").is_in(gone)
        )
        return _reject(rows, pl.concat([near_test, near_validation]), ids)


def _reject(rows: pl.LazyFrame, ways: pl.DataFrame, ids: pl.DataFrame) -> pl.LazyFrame:
    """Rejects the rows that `ways` (row, other, jaccard; the nearest first) lead from, naming the nearest."""
    first = ways.unique("row", keep="first", maintain_order=True)
    nearest = with_ids(first, "other", "repeats", ids).select("row", "repeats", "jaccard")
    joined = rows.join(nearest.lazy(), on="row", how="left", maintain_order="left")
    detail = pl.format("repeats {} (Jaccard {})", "repeats", pl.col("jaccard").round(3))
    repeated = pl.col("repeats").is_not_null()
    verdict = reject(repeated, "repeats_test", detail, other=pl.col("repeats"))
    return joined.with_columns(verdict).drop("repeats", "jaccard")
