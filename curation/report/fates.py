"""Where a record or a row ended, and which others it has to do with: small queries over a build with its phases."""

from __future__ import annotations

from functools import reduce

import polars as pl

from curation.ledger import Build, base_file, phase_file
from curation.report.said import listed, number, short
from schemas.manifest import Phase

_REPEATS = ("repeats ", "near ")
_AFTER = (" (Jaccard ", ", which is ")  # what may follow the id in a reason


def fate(build: Build, level: str, id: str) -> str:
    """Where it ended, as the end of a sentence: kept in train, rejected as duplicate ..., made into 3 rows ..."""
    lost = build.rejected().filter(pl.col("level") == level, pl.col("id") == id).collect().to_dicts()
    if lost:
        where = f"in the phase {lost[0]['phase']} of the {level}"
        return f"rejected as {lost[0]['rejected']} {where}: {short(lost[0]['because'])}"
    if level == "rows":
        split = build.kept().filter(pl.col("id") == id).select("split").collect().item()
        return f"kept in {split}"
    rows = made(build, id)
    if rows["id"].to_list() == [id]:
        return fate(build, "rows", id)
    kept, fallen = rows.filter(pl.col("rejected").is_null()), rows.filter(pl.col("rejected").is_not_null())
    reasons = listed(
        [f"{reason} {n:,}" for reason, n in fallen.group_by("rejected").len().sort("rejected").iter_rows()]
    )
    if not len(kept):
        why = f": {short(fallen['because'][0])}" if len(fallen) == 1 else ""
        return f"made into no row of the dataset ({reasons}{why})"
    more = f"; {len(fallen):,} more rejected ({reasons})" if len(fallen) else ""
    return f"made into {number(len(kept), 'row')} of the dataset, {in_splits(kept)}{more}"


def in_splits(rows: pl.DataFrame) -> str:
    """`all in train`, or `36 in train and 4 in test`; where rows tell, how many of them hold an answer."""
    told = []
    for (split,), part in rows.group_by("split", maintain_order=True):
        some = "" if rows["split"].n_unique() > 1 else "all"
        answers = ""
        if "found" in part.columns and part["found"].is_not_null().all():
            found = int(part["found"].sum())
            answers = f" ({found:,} with an answer, {len(part) - found:,} without)"
        told.append(f"{some or f'{len(part):,}'} in {split}{answers}")
    return listed(told)


def made(build: Build, record: str) -> pl.DataFrame:
    """The rows made of a record, in order: id, split, phase, rejected, because; and found, where rows have it."""
    base = pl.scan_parquet(base_file(build.folder, "rows"))
    columns = [name for name in ("id", "found") if name in base.collect_schema()]
    mine = pl.col("record") == record
    kept = build.kept().filter(mine).select("id", "split")
    lost = build.rejected().filter(pl.col("level") == "rows", mine).select("id", "phase", "rejected", "because")
    rows = base.filter(mine).select(columns)
    return reduce(lambda a, b: a.join(b, on="id", how="left", maintain_order="left"), (rows, kept, lost)).collect()


def family(build: Build, group: str) -> tuple[list[str], pl.DataFrame]:
    """The records of a group, kept or rejected later; and its rows in the dataset: split."""
    files = [base_file(build.folder, "records")]
    files += [phase_file(build.folder, "records", name) for name in build.names("records")]
    holding = [scan for scan in map(pl.scan_parquet, files) if "group" in scan.collect_schema()]
    mine = pl.col("group") == group
    members = holding[0].filter(mine).select("id").collect()["id"].to_list() if holding else []
    return members, build.kept().filter(mine).select("split").collect()


def repeated(build: Build, level: str, because: str) -> str | None:
    """The id that a reason names, as `repeats <id>` or `near <id>` do; None where it names none."""
    start = next((word for word in _REPEATS if because.startswith(word)), None)
    if start is None:
        return None
    rest = because.removeprefix(start)
    ids = pl.scan_parquet(base_file(build.folder, level)).select("id")
    found = ids.filter(pl.lit(rest).str.starts_with(pl.col("id"))).collect()["id"].to_list()
    named = [id for id in found if rest == id or rest.removeprefix(id).startswith(_AFTER)]
    return max(named, key=len, default=None)


def repeating(build: Build, phase: Phase, id: str) -> pl.DataFrame:
    """What was rejected in `phase` because it repeats `id`, or is near it: id, rejected."""
    here = (pl.col("level") == phase.level) & (pl.col("phase") == phase.name)
    names_it = pl.any_horizontal(_tail(word + id) for word in _REPEATS)
    return build.rejected().filter(here & names_it).select("id", "rejected").collect()


def _tail(start: str) -> pl.Expr:
    """Whether a reason is `start`, or `start` and what may follow an id."""
    because = pl.col("because")
    return (because == start) | pl.any_horizontal(because.str.starts_with(start + after) for after in _AFTER)
