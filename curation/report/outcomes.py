"""Where a record or a row ended, and which others it has to do with: small queries over a build with its phases."""

from __future__ import annotations

from functools import reduce

import polars as pl

from curation.ledger.build import Build
from curation.report.sentences import listed, number, short
from curation.schemas.manifest import Phase


def fate(build: Build, level: str, id: str) -> str:
    """Where it ended, as the end of a sentence: kept in train, rejected as duplicate ..., made into 3 rows ..."""
    lost = build.rejected().frame.filter(pl.col("level") == level, pl.col("id") == id).collect().to_dicts()
    if lost:
        where = f"in the phase {lost[0]['phase']} of the {level}"
        return f"rejected as {lost[0]['reason']} {where}: {short(lost[0]['detail'])}"
    if level == "rows":
        split = build.kept().filter(pl.col("id") == id).select("split").collect().item()
        return f"kept in {split}"
    rows = made(build, id)
    if rows["id"].to_list() == [id]:
        return fate(build, "rows", id)
    kept, fallen = rows.filter(pl.col("reason").is_null()), rows.filter(pl.col("reason").is_not_null())
    reasons = listed([f"{reason} {n:,}" for reason, n in fallen.group_by("reason").len().sort("reason").iter_rows()])
    if not len(kept):
        why = f": {short(fallen['detail'][0])}" if len(fallen) == 1 else ""
        return f"made into no row of the dataset ({reasons}{why})"
    more = f"; {len(fallen):,} more rejected ({reasons})" if len(fallen) else ""
    return f"made into {number(len(kept), 'row')} of the dataset, {in_splits(kept)}{more}"


def in_splits(rows: pl.DataFrame) -> str:
    """`all in train`, or `36 in train and 4 in test`."""
    counts = list(rows.group_by("split", maintain_order=True).len().iter_rows())
    return f"all in {counts[0][0]}" if len(counts) == 1 else listed([f"{n:,} in {split}" for split, n in counts])


def made(build: Build, record: str) -> pl.DataFrame:
    """The rows made of a record, in order: id, split, phase, reason, detail; the last three null for a kept row."""
    mine = pl.col("record") == record
    base = build.files.base("rows").filter(mine).select("id")
    kept = build.kept().filter(mine).select("id", "split")
    lost = build.rejected().frame.filter(pl.col("level") == "rows", mine).select("id", "phase", "reason", "detail")
    return reduce(lambda a, b: a.join(b, on="id", how="left", maintain_order="left"), (base, kept, lost)).collect()


def family(build: Build, group: str) -> tuple[list[str], pl.DataFrame]:
    """The records of a group, kept or rejected later; and its rows in the dataset: split."""
    files = build.files
    every = [files.base("records"), *(files.added("records", name) for name in build.phases("records"))]
    holding = [scan for scan in every if "group" in scan.collect_schema()]
    mine = pl.col("group") == group
    members = holding[0].filter(mine).select("id").collect()["id"].to_list() if holding else []
    return members, build.kept().filter(mine).select("split").collect()


def repeating(build: Build, phase: Phase, id: str) -> pl.DataFrame:
    """What was rejected in `phase` for repeating or conflicting with `id`: id, reason."""
    here = (pl.col("level") == phase.level) & (pl.col("phase") == phase.name)
    return build.rejected().frame.filter(here, pl.col("other") == id).select("id", "reason").collect()
