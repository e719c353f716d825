"""What a mix must prove: the shares that were asked for, in every split, and no text on two sides."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from curation.figures import common
from curation.ledger.observation import Observation
from curation.schemas.manifest import SPLITS, Figure


def figures(seen: Observation, shares: Mapping[str, float]) -> dict[str, Figure]:
    """The figures of the closing table and of the suite mix.figures. `shares`: what was asked for, of the tokens."""
    tokens = seen.rows.group_by("split", "label").agg(pl.col("tokens").sum(), longest=pl.col("tokens").max())
    found = tokens.with_columns(all=pl.col("tokens").sum().over("split"))
    share_of: dict[str, Figure] = {}
    misses = [0.0]
    for split in SPLITS:
        here = found.filter(pl.col("split") == split)
        wanted = {name: shares[name] for name in here["label"]}
        for name, count, longest, whole in here.select("label", "tokens", "longest", "all").sort("label").iter_rows():
            share_of[f"share_of_{name}_in_{split}"] = round(count / whole, 4)
            misses.append(abs(count - wanted[name] / sum(wanted.values()) * whole) / (len(wanted) * longest))
    return {
        **common.figures(seen, None),
        **share_of,
        "max_share_error_in_longest_rows": round(max(misses), 4),
        "texts_in_two_splits": common.texts_in_two_splits(seen),
    }
