"""The facts frame: what is true of each row, in numbers and booleans. No text of the corpus is in it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import polars_hash  # noqa: F401  (registers the `nchash` namespace)

from curation.ledger import Build
from curation.text import words
from schemas.manifest import SPLITS, Figure


def rows(build: Build) -> pl.DataFrame:
    """One line a kept row: id and group (hashes), split, label, every number and boolean that a stage added, and

    turns, characters, words (runs without white space), one_bos, ends_in_turn (booleans) and splits_of_group (how
    many splits hold its group).
    """
    kept = build.kept()
    contract = build.manifest.contract
    plain = [name for name, dtype in kept.collect_schema().items() if dtype.is_numeric() or dtype == pl.Boolean]
    said = pl.element().struct.field("content")
    content = said.str.len_chars()
    last = pl.col("trained").list.last().struct.field("end") - 1
    hashed = [pl.col(name).nchash.xxh3_64() for name in ("id", "group")]  # type: ignore[attr-defined]
    facts = kept.select(
        *hashed,
        "split",
        "label",
        *(name for name in plain if name != "row"),
        turns=pl.col("messages").list.len(),
        characters=pl.col("messages").list.eval(content).list.sum(),
        words=pl.col("messages").list.eval(said.str.count_matches(r"\S+")).list.sum(),
        one_bos=_one_bos(contract.bos_id),
        ends_in_turn=pl.col("input_ids").list.get(last).is_in(list(contract.end_of_turn_ids)),
    ).collect()
    return facts.with_columns(splits_of_group=pl.col("split").n_unique().over("group"))


def _one_bos(bos: int | None) -> pl.Expr:
    """Whether the tokens of a row begin with `bos` and hold it nowhere else; true where the tokenizer has none."""
    ids = pl.col("input_ids")
    return pl.lit(True) if bos is None else (ids.list.first() == bos) & (ids.list.agg((pl.element() == bos).sum()) == 1)


def figures(build: Build, facts: pl.DataFrame, shares: Sequence[float] | None) -> dict[str, Figure]:
    """What is true of every build as a whole: split sizes against their `shares`, straddling groups, label balance."""
    manifest = build.manifest
    sizes = facts.group_by("group").len()["len"]
    straddling = facts.filter(pl.col("splits_of_group") > 1)["group"].n_unique()
    others = [split for split in SPLITS[1:] if split in facts["split"]]
    return {
        "rows": len(facts),
        "groups": len(sizes),
        "largest_group": int(sizes.max() or 0),  # type: ignore[arg-type]
        "split_off_by": _off_by(facts, shares) if shares else None,
        "groups_in_two_splits": straddling,
        "label_distance": max((label_distance(facts, split) for split in others), default=0.0),
        "labels_not_in_every_split": _missing(facts),
        "tokens_per_word": round(int(facts["tokens"].sum()) / max(1, int(facts["words"].sum())), 2),
        "books_balance": all(p.entered == p.kept + sum(p.rejected.values()) for p in manifest.phases),
    }


def label_distance(facts: pl.DataFrame, split: str) -> float:
    """Total variation distance between the shares of labels in train and in `split`: 0 alike, 1 nothing in common."""
    labels = facts.group_by("split", "label").len()
    labels = labels.with_columns(share=pl.col("len") / pl.col("len").sum().over("split"))
    sides = [labels.filter(pl.col("split") == name).select("label", "share") for name in ("train", split)]
    both = sides[0].join(sides[1], on="label", how="full", coalesce=True, nulls_equal=True).fill_null(0)
    return round(float((both["share"] - both["share_right"]).abs().sum()) / 2, 4) if all(map(len, sides)) else 0.0


def texts_in_two_splits(build: Build, text: pl.Expr) -> int:
    """How often the same words stand in one more split. Texts without a word ("??", an emoji) are not compared."""
    said = build.kept().select("split", text=words(text)).filter(pl.col("text") != "").unique().collect()
    return len(said) - said["text"].n_unique()


def _missing(facts: pl.DataFrame) -> int:
    """How many labels some split that has rows at all does not hold."""
    splits = facts["split"].n_unique()
    return int((facts.group_by("label").agg(pl.col("split").n_unique())["split"] < splits).sum())


def families(build: Build) -> dict[str, Figure]:
    """Of the kept records: families of more than one, pairs of near-duplicates, and pairs that two splits share."""
    records = build.kept("records").select("id", "group", "near", "near_count").collect()
    sizes = records.group_by("group").len().filter(pl.col("len") > 1)
    pairs = records.select("id", "near").explode("near").drop_nulls("near")
    pairs = pairs.with_columns(other=pl.col("near").struct.field("id"))
    where = build.kept().select("record", "split").unique().collect()
    across = (
        pairs.join(where, left_on="id", right_on="record")
        .join(where, left_on="other", right_on="record", suffix="_other")
        .filter(pl.col("split") != pl.col("split_other"))
        .select(pl.min_horizontal("id", "other").alias("a"), pl.max_horizontal("id", "other").alias("b"))
    )
    return {
        "families": len(sizes),
        "records_in_families": int(sizes["len"].sum()),
        "near_pairs": int(records["near_count"].sum()) // 2,
        "near_pairs_across_splits": across.n_unique() if len(across) else 0,
    }


def _off_by(facts: pl.DataFrame, shares: Sequence[float]) -> float:
    """By how many rows the split furthest from its share misses it."""
    sizes = dict(facts.group_by("split").len().iter_rows())
    misses = (abs(sizes.get(split, 0) - share * len(facts)) for split, share in zip(SPLITS, shares, strict=True))
    return float(round(max(misses), 1))
