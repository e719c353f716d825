"""The life of one record or row: where it came from, what every phase found, what it repeats, where it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from curation.ledger.build import Build
from curation.ledger.lookup import find
from curation.report.outcomes import family, fate, in_splits, made, repeating
from curation.report.sentences import added, listed, number, passed, short
from curation.schemas.manifest import Phase

_NAMED = 10  # members of a family, rows of a record
_FALLEN = 3  # rejected rows of a record
Sentences = tuple[str, Sequence[str]]
"""Sentences, and the ids that they name."""


@dataclass(frozen=True)
class Step:
    """What one phase did, in sentences."""

    level: str
    """records or rows"""
    phase: str
    text: str
    names: tuple[str, ...] = ()
    """The ids that `text` names."""


@dataclass(frozen=True)
class Story:
    """As JSON: an object with these fields; `steps` is a list of {level, phase, text, names}."""

    id: str
    asked: str
    """What was asked for: the id, or the part of it that was given."""
    level: Literal["record", "row", "record and row"]
    """Where one row is made of a record, both may have the same id."""
    fate: str
    """Where it ended, in one sentence."""
    steps: tuple[Step, ...]
    related: tuple[str, ...]
    """The other ids of the story: its record or rows, its family, what it repeats and what repeats it."""


def story(build: Build, id: str) -> Story:
    """The story of the record or row `id`, which may be a part of an id (curation.ledger.lookup).

    UsageError where there is none, BuildError where the phases of the build were removed.
    """
    records, rows = build.steps("records", id), build.steps("rows", id)
    if not records and not rows:
        name = find(build, id)
        records, rows = build.steps("records", name), build.steps("rows", name)
    own = (records or rows)[0]["id"]
    origin = records or build.steps("records", rows[0]["record"])
    steps = [*_steps(build, [*origin, *rows]), *(_rows_of_it(build, own) if records else ())]
    return Story(
        id=own,
        asked=id,
        level="record and row" if records and rows else "record" if records else "row",
        fate=f"This {'row' if rows else 'record'} is {fate(build, 'records' if records else 'rows', own)}.",
        steps=tuple(steps),
        related=tuple(dict.fromkeys(other for step in steps for other in step.names if other != own)),
    )


def _steps(build: Build, life: Sequence[dict[str, Any]]) -> Iterator[Step]:
    """A step for each phase. `row` gathers what the phases have added so far."""
    row: dict[str, Any] = {}
    phases = {(phase.level, phase.name): phase for phase in build.manifest.phases}
    for step in life:
        new = [name for name in step if name not in row]
        row = {**row, **step}
        sayings = list(_sentences(build, row, new, phases[step["level"], step["phase"]]))
        names = dict.fromkeys(name for _, ids in sayings for name in ids)
        text = " ".join(words for words, _ in sayings if words)
        yield Step(step["level"], step["phase"], text or "Not rejected.", tuple(names))


def _sentences(build: Build, row: dict[str, Any], new: list[str], phase: Phase) -> Iterator[Sentences]:
    """The verdict of `phase` on `row`, and what it added, the columns `new`."""
    yield from _verdict(build, row, phase)
    own = build.manifest.sentences
    yield from ((words, ()) for words in added(row, [name for name in new if name != "split"], own))
    if phase.level == "records" and row.get("group") is not None and "group" in new:
        yield _family(build, row["group"])
    if row.get("split") is not None and "split" in new:
        yield _split(build, row, phase)
    if not row["reason"]:
        others = repeating(build, phase, row["id"])
        if len(others):
            ids = others["id"].head(_NAMED).to_list()
            yield f"{number(len(others), 'other')} rejected here for repeating it: {_few(ids, len(others))}.", ids


def _verdict(build: Build, row: dict[str, Any], phase: Phase) -> Iterator[Sentences]:
    where, place = (phase.level, phase.name), build.manifest.place(row.get("source"))
    if where == ("records", "read"):
        yield f"Read from {place}.", ()
    elif where == ("rows", "shape"):
        yield f"Made of the record {row['record']} ({place}).", (row["record"],)
    elif not row["reason"]:
        yield passed(phase), ()
    if row["reason"]:
        yield f"Rejected as {row['reason']}: {short(row['detail'] or '')}.", ()
        if row["other"] is not None:
            yield f"{row['other']} is {fate(build, phase.level, row['other'])}.", (row["other"],)


def _family(build: Build, group: str) -> Sentences:
    members, rows = family(build, group)
    where = f"Its rows are {in_splits(rows)}." if len(rows) else "No row of it is in the dataset."
    where += " The published split leaks here." if group in build.manifest.straddling else ""
    if len(members) < 2:
        return f"A family of its own. {where}", ()
    return (
        f"In the family of {group}, {number(len(members), 'record')}: {_few(members[:_NAMED], len(members))}. {where}",
        members[:_NAMED],
    )


def _split(build: Build, row: dict[str, Any], phase: Phase) -> Sentences:
    if phase.level == "records":
        return f"It came with its split, {row['split']}.", ()
    _, rows = family(build, row["group"])
    whole = f"The {number(len(rows), 'row')} of its family in the dataset: {in_splits(rows)}." if len(rows) > 1 else ""
    return f"Dealt to {row['split']} by {short(phase.stages[0])}. {whole}".strip(), ()


def _rows_of_it(build: Build, record: str) -> Iterator[Step]:
    """What was made of a record, unless it is one row of the same name, whose steps are there already."""
    rows = made(build, record)
    ids = rows["id"].to_list()
    if ids and ids != [record]:
        fallen = rows.filter(pl.col("reason").is_not_null())
        reasons = fallen.select("id", "reason", "detail").head(_FALLEN).iter_rows()
        lost = _few([f"{id} ({reason}: {short(detail)})" for id, reason, detail in reasons], len(fallen))
        ended = fate(build, "records", record)
        yield Step(
            "rows",
            "shape",
            f"{ended[0].upper()}{ended[1:]}.{f' Rejected: {lost}.' if lost else ''}",
            tuple(ids[:_NAMED]),
        )


def _few(names: list[str], of: int) -> str:
    more = [f"{of - len(names):,} more"] if of > len(names) else []
    return listed([*names, *more])
