"""Splits: a group is never divided, and every stratum is spread as evenly as whole groups allow."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

import numpy as np
import orjson
import polars as pl
import polars_hash  # noqa: F401  (registers the `nchash` namespace: hashes that no version of Polars changes)

from curation.base.columns import column
from curation.base.errors import InputError, UsageError

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


@dataclass(frozen=True)
class Split:
    """Adds `split`: seeded, by `group`, stratified over the columns `by` by iterative stratification.

    Sechidis, Tsoumakas and Vlahavas, On the Stratification of Multi-Label Data, ECML PKDD 2011: the stratum with
    the fewest rows left is dealt out first, each group to the split that still wants most of that stratum. Here a
    group counts with its number of rows, groups are dealt in an order drawn by `seed`, and a split that a group would
    overfill gets it only where every split would be. (Large groups first would put all of them into train.)
    """

    by: tuple[str, ...]
    seed: int
    shares: tuple[float, float, float] = (0.8, 0.1, 0.1)

    across_rows: ClassVar[bool] = True
    reasons: ClassVar[tuple[str, ...]] = ()

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        groups = stratify(rows, self.by, dict(zip(SHARES, self.shares, strict=True)), self.seed)
        return rows.join(groups.lazy(), on="group", how="left", maintain_order="left")


@dataclass(frozen=True)
class FixedSplit:
    """Adds `split` by the hash of `seed` and `group` alone: a row keeps its split when others come or go.

    The shares hold for many groups; for few, `Split` holds them better. A row that joins two families moves one.
    """

    seed: int
    shares: tuple[float, float, float] = (0.8, 0.1, 0.1)

    across_rows: ClassVar[bool] = False
    reasons: ClassVar[tuple[str, ...]] = ()

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        draw = pl.format(f"{self.seed}|{{}}", "group").nchash.xxh3_64() / 2.0**64  # type: ignore[attr-defined]
        train, validation, _ = self.shares
        late = pl.when(draw < train + validation).then(pl.lit("validation")).otherwise(pl.lit("test"))
        return rows.with_columns(split=pl.when(draw < train).then(pl.lit("train")).otherwise(late))


@dataclass(frozen=True, eq=False)
class OfficialSplit:
    """Adds `split` as published: rows where `test` is true are test; of the others, by group, `validation` as a share.

    A published split may put one group on both sides. It is kept as it is, since others measure on it; the manifest
    names the groups that straddle. `description` says for the manifest which rows are test. UsageError if none is.
    """

    test: pl.Expr
    by: tuple[str, ...]
    seed: int
    description: str
    validation: float = 1 / 9
    least: int = 0
    """The fewest groups of each stratum in train and in validation, where there are enough."""

    across_rows: ClassVar[bool] = True
    reasons: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if not 0 < self.validation < 1:
            raise UsageError(f"--validation {self.validation} is out of range", "Expected 0 < x < 1, e.g. 0.1.")

    def __repr__(self) -> str:
        shares = f"validation={self.validation}, least={self.least}"
        return f"OfficialSplit({self.description}, by={self.by}, seed={self.seed}, {shares})"

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        count, found = rows.select(pl.len(), found=self.test.any()).collect().row(0)
        if count and not found:
            raise UsageError(
                f"The published test split ({self.description}) is not in the source",
                "Give the source that the published split belongs to.",
            )
        shares = {"train": 1 - self.validation, "validation": self.validation}
        rest = stratify(rows.filter(~self.test), self.by, shares, self.seed, self.least).rename({"split": "dealt"})
        dealt = rows.join(rest.lazy(), on="group", how="left", maintain_order="left")
        return dealt.with_columns(split=pl.when(self.test).then(pl.lit("test")).otherwise("dealt")).drop("dealt")


@dataclass(frozen=True)
class GivenSplit:
    """Adds `split` as the source gives it, in the column `given`; rows without one are train then.

    A given split is kept as it is; the manifest names the groups that straddle. Where test is given and no validation,
    that is dealt from train by group, a ninth of it. Where nothing is held out, all rows are dealt.
    """

    dealt: Split

    across_rows: ClassVar[bool] = True
    reasons: ClassVar[tuple[str, ...]] = ()

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        given = set(rows.select(pl.col("given").unique()).collect()["given"])
        if not given & {"validation", "test"}:
            return self.dealt(rows)
        split = pl.col("given").fill_null("train")
        if given & {"train", None} and "validation" not in given and self.dealt.shares[1]:
            test = OfficialSplit(split == "test", self.dealt.by, self.dealt.seed, "as given")
            return test(rows)
        return rows.with_columns(split=split)


def shares_from(words: str) -> tuple[float, float, float]:
    """`80/10/10` as shares of train, validation and test."""
    if not re.fullmatch(r"\d+/\d+/\d+", words):
        raise UsageError(f"--split needs three shares: got {words}", "Expected e.g. 80/10/10.")
    train, validation, test = (int(share) / 100 for share in words.split("/"))
    if abs(train + validation + test - 1) > 1e-9 or train == 0:
        raise UsageError(f"--split {words} does not add up to 100 with a train part", "Expected e.g. 80/10/10.")
    return train, validation, test


def split_from(words: str, source: Path, by: tuple[str, ...], seed: int) -> Split | OfficialSplit:
    """The stage that `--split` names: `80/10/10`, `official` (test_titles.json beside `source`), or such a file."""
    if re.fullmatch(r"\d+/\d+/\d+", words):
        return Split(by, seed, shares_from(words))
    if re.fullmatch(r"[\d./%]+", words):
        raise UsageError(f"--split needs three shares: got {words}", "Expected e.g. 80/10/10.")
    file = source.parent / "test_titles.json" if words == "official" else Path(words)
    if not file.is_file():
        raise UsageError(
            f"--split {words}: there is no file {file}",
            "Expected shares like 80/10/10, or a JSON list of the titles in the published test split.",
        )
    try:
        titles = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise InputError(f"{file} is not JSON: {error}", "Expected a JSON list of titles.") from error
    if not isinstance(titles, list) or not all(isinstance(title, str) for title in titles):
        raise InputError(f"{file} is not a list of strings", "Expected a JSON list of titles.")
    return by_titles(titles, by, seed)


def by_titles(titles: Collection[str], by: tuple[str, ...], seed: int) -> OfficialSplit:
    """The published split in which the documents with these titles are test, up to outer white space."""
    names = sorted({title.strip() for title in titles})
    description = f"{len(names)} test titles, sha256 {sha256(orjson.dumps(names)).hexdigest()[:12]}"
    return OfficialSplit(pl.col("title").str.strip_chars().is_in(names), by, seed, description)


def stratify(
    rows: pl.LazyFrame, by: Sequence[str], shares: Mapping[str, float], seed: int, least: int = 0
) -> pl.DataFrame:
    """Which split each group goes to: group, split. Each gets `least` groups of every stratum that has so many."""
    named = [column(name) for name in by]
    counts = rows.group_by("group", *named).agg(n=pl.len()).collect()
    draw = pl.format(f"{seed}|{{}}", "group").nchash.xxh3_64()  # type: ignore[attr-defined]
    groups = counts.select("group").unique().with_columns(draw=draw)
    groups = groups.sort("draw", "group").with_row_index("g")
    strata = counts.select(named).unique().sort(named).with_row_index("s")
    cells = counts.join(groups, on="group").join(strata, on=named, nulls_equal=True)
    table = np.zeros((len(groups), len(strata)), dtype=np.int64)
    table[cells["g"].to_numpy(), cells["s"].to_numpy()] = cells["n"].to_numpy()
    dealt = _assign(table, np.array(list(shares.values())), least)
    return groups.select("group", split=pl.Series([list(shares)[i] for i in dealt], dtype=pl.String))


def _preference(wanted: float, room: float, size: int) -> tuple[bool, float, float]:
    """A sort key: splits with room for the group first, then those that need most of the stratum."""
    return (True, wanted, room) if room >= size else (False, room, wanted)


def _assign(table: np.ndarray, shares: np.ndarray, least: int) -> list[int]:
    """For each row of `table` (groups x strata, counts) the split it goes to. Groups come in the order of dealing.

    The last groups of a stratum go to the splits that have fewer than `least` of it, be there room or not.
    """
    wanted = np.outer(shares, table.sum(axis=0)).astype(float)
    lacks = np.outer(shares > 0, np.full(table.shape[1], least))
    groups = (table > 0).sum(axis=0)
    room = wanted.sum(axis=1)
    left = table.sum(axis=0)
    dealt = np.full(len(table), -1)
    while left.any():
        stratum = int(np.argmin(np.where(left > 0, left, np.iinfo(np.int64).max)))
        for g in np.flatnonzero((dealt < 0) & (table[:, stratum] > 0)):
            size = table[g].sum()
            last = (table[g] > 0) & (groups <= lacks.clip(0).sum(axis=0))
            short = (lacks[:, last] > 0).sum(axis=1)
            split = max(range(len(shares)), key=lambda s: (short[s], *_preference(wanted[s, stratum], room[s], size)))
            dealt[g] = split
            lacks[split] -= table[g] > 0
            wanted[split] -= table[g]
            room[split] -= size
            groups -= table[g] > 0
            left -= table[g]
    return [int(split) for split in dealt]
