"""The facts frame: what is true of each row, in numbers and booleans. No text of the corpus is in it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import polars_hash  # noqa: F401  (registers the `nchash` namespace)

from curation.ledger import Build
from schemas.manifest import SPLITS, Figure


def rows(build: Build) -> pl.DataFrame:
    """One line a kept row: id and group (hashes), split, label, every number and boolean that a stage added, and

    turns, characters, one_bos, ends_in_turn (booleans) and splits_of_group (how many splits hold its group).
    """
    kept = build.kept()
    contract = build.manifest.contract
    plain = [name for name, dtype in kept.collect_schema().items() if dtype.is_numeric() or dtype == pl.Boolean]
    content = pl.element().struct.field("content").str.len_chars()
    last = pl.col("trained").list.last().struct.field("end") - 1
    starts = pl.col("input_ids").list.count_matches(contract.bos_id) if contract.bos_id is not None else pl.lit(1)
    hashed = [pl.col(name).nchash.xxh3_64() for name in ("id", "group")]  # type: ignore[attr-defined]
    facts = kept.select(
        *hashed,
        "split",
        "label",
        *(name for name in plain if name != "row"),
        turns=pl.col("messages").list.len(),
        characters=pl.col("messages").list.eval(content).list.sum(),
        one_bos=(starts == 1)
        & (pl.col("input_ids").list.first() == contract.bos_id if contract.bos_id is not None else pl.lit(True)),
        ends_in_turn=pl.col("input_ids").list.get(last).is_in(list(contract.end_of_turn_ids)),
    ).collect()
    return facts.with_columns(splits_of_group=pl.col("split").n_unique().over("group"))


def figures(build: Build, facts: pl.DataFrame, shares: Sequence[float] | None) -> dict[str, Figure]:
    """What is true of every build as a whole: split sizes against their `shares`, straddling groups, label balance."""
    manifest = build.manifest
    sizes = facts.group_by("group").len()["len"]
    straddling = facts.filter(pl.col("splits_of_group") > 1)["group"].n_unique()
    labels = facts.group_by("split", "label").len()
    labels = labels.with_columns(share=pl.col("len") / pl.col("len").sum().over("split"))
    table = labels.pivot("split", index="label", values="share").fill_null(0)
    others = [split for split in SPLITS if split in table.columns and split != "train" and "train" in table.columns]
    distances = [float((table["train"] - table[split]).abs().sum()) / 2 for split in others]
    return {
        "rows": len(facts),
        "groups": len(sizes),
        "largest_group": int(sizes.max() or 0),  # type: ignore[arg-type]
        "split_off_by": _off_by(facts, shares) if shares else None,
        "groups_in_two_splits": straddling,
        "label_distance": round(max(distances, default=0.0), 4),
        "books_balance": all(p.entered == p.kept + sum(p.rejected.values()) for p in manifest.phases),
    }


def _off_by(facts: pl.DataFrame, shares: Sequence[float]) -> float:
    """By how many rows the split furthest from its share misses it."""
    sizes = dict(facts.group_by("split").len().iter_rows())
    misses = (abs(sizes.get(split, 0) - share * len(facts)) for split, share in zip(SPLITS, shares, strict=True))
    return float(round(max(misses), 1))
