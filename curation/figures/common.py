"""What is true of every build as a whole, as figures of its closing table and of its gate."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from curation.ledger.observation import Observation, near_pairs
from curation.schemas.manifest import SPLITS, Figure


def figures(seen: Observation, shares: Sequence[float] | None) -> dict[str, Figure]:
    """Split sizes against their `shares` (None where they aim at none), straddling groups, label balance."""
    rows, manifest = seen.rows, seen.build.manifest
    sizes = rows.group_by("group").len()["len"]
    straddling = rows.filter(pl.col("splits_of_group") > 1)["group"].n_unique()
    others = [split for split in SPLITS[1:] if split in rows["split"]]
    return {
        "rows": len(rows),
        "groups": len(sizes),
        "largest_group": int(sizes.max() or 0),  # type: ignore[arg-type]
        "max_split_error_rows": _split_error(rows, shares) if shares else None,
        "groups_in_two_splits": straddling,
        "label_tv_distance": max((label_distance(rows, split) for split in others), default=0.0),
        "labels_not_in_every_split": _missing(rows),
        "tokens_per_word": round(int(rows["tokens"].sum()) / max(1, int(rows["words"].sum())), 2),
        "counts_reconcile": all(p.entered == p.kept + sum(p.rejected.values()) for p in manifest.phases),
    }


def gives_splits(seen: Observation) -> bool:
    """Whether the source holds rows out from training: by the column `given`."""
    kept, held_out = seen.build.kept(), pl.col("given").is_in(SPLITS[1:]).any()
    return "given" in kept.collect_schema() and bool(kept.select(held_out).collect().item())


def label_distance(rows: pl.DataFrame, split: str) -> float:
    """Total variation distance between the shares of labels in train and in `split`: 0 alike, 1 nothing in common."""
    labels = rows.group_by("split", "label").len()
    labels = labels.with_columns(share=pl.col("len") / pl.col("len").sum().over("split"))
    sides = [labels.filter(pl.col("split") == name).select("label", "share") for name in ("train", split)]
    both = sides[0].join(sides[1], on="label", how="full", coalesce=True, nulls_equal=True).fill_null(0)
    return round(float((both["share"] - both["share_right"]).abs().sum()) / 2, 4) if all(map(len, sides)) else 0.0


def texts_in_two_splits(seen: Observation) -> int:
    """How often what a user says is in one more split, by its folded words; texts without a word do not count."""
    words = seen.rows.select("split", "asked").drop_nulls().unique()
    return len(words) - words["asked"].n_unique()


def families(seen: Observation) -> dict[str, Figure]:
    """Of the kept records: families of more than one, pairs of near-duplicates, and pairs that two splits share."""
    sizes = seen.records.group_by("group").len().filter(pl.col("len") > 1)
    across = seen.once(near_pairs).filter(pl.col("split_a") != pl.col("split_b"))
    return {
        "families": len(sizes),
        "records_in_families": int(sizes["len"].sum()),
        "near_pairs": int(seen.records["near_count"].sum()) // 2,
        "near_pairs_across_splits": len(across),
    }


def _missing(rows: pl.DataFrame) -> int:
    """How many labels some split that has rows at all does not hold."""
    splits = rows["split"].n_unique()
    return int((rows.group_by("label").agg(pl.col("split").n_unique())["split"] < splits).sum())


def _split_error(rows: pl.DataFrame, shares: Sequence[float]) -> float:
    """By how many rows the split furthest from its share misses it."""
    sizes = dict(rows.group_by("split").len().iter_rows())
    misses = (abs(sizes.get(split, 0) - share * len(rows)) for split, share in zip(SPLITS, shares, strict=True))
    return float(round(max(misses), 1))
