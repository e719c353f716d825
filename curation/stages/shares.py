"""Parts of a mix by their share of tokens, in every split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import polars as pl
import polars_hash  # noqa: F401  (registers the `nchash` namespace: hashes that no version of Polars changes)

from curation.base.rows import reject


@dataclass(frozen=True)
class TokenShares:
    """Rejects, as `over_share`, a part's rows beyond its share of the tokens of its split, in a drawn order.

    The scarcest part sets the total; a part without rows in a split leaves its share to the others. Rows have
    part, split and tokens. No part misses its share by more than its longest row.
    """

    shares: Mapping[str, float]
    seed: int

    across_rows: ClassVar[bool] = True
    reasons: ClassVar[tuple[str, ...]] = ("over_share",)

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        draw = pl.format(f"{self.seed}|{{}}", "id").nchash.xxh3_64()  # type: ignore[attr-defined]
        tokens = pl.col("tokens").cast(pl.Int64)  # a sum of uint32 would be uint32
        kept = rows.filter(pl.col("reason").is_null()).select("row", "part", "split", tokens, draw=draw).collect()
        share = pl.col("part").replace_strict(dict(self.shares), return_dtype=pl.Float64)
        available = kept.group_by("split", "part").agg(pl.col("tokens").sum()).with_columns(share=share)
        taken = (pl.col("tokens") / pl.col("share")).min().over("split") * pl.col("share")
        aims = available.select("split", "part", aim=taken)
        order = kept.sort("draw", "row").with_columns(upto=pl.col("tokens").cum_sum().over("split", "part"))
        over = order.join(aims, on=["split", "part"]).filter(pl.col("upto") > pl.col("aim") * (1 + 1e-12))
        joined = rows.join(over.select("row", "upto", "aim").lazy(), on="row", how="left", maintain_order="left")
        detail = pl.format("token {} of the part, its share is {}", "upto", pl.col("aim").cast(pl.Int64))
        over_share = pl.col("upto").is_not_null()
        return joined.with_columns(reject(over_share, "over_share", detail)).drop("upto", "aim")
