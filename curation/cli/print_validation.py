"""What `curate validate` found, printed: the files, a table a level, a verdict in one line."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from json import dumps
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from curation.base.console import console
from curation.base.text import visible

if TYPE_CHECKING:
    from curation.validation import Finding, Validation

_COLOURS = {"error": "red", "warning": "yellow", "note": "blue"}
_PLACES = 3  # of each finding; the others stand in --json and --html
_FORMS = 4


def validated(found: Validation, json: bool) -> None:
    """All of it as JSON (ASCII, so that no text of a file reaches a terminal as it is), or as tables."""
    if json:
        sys.stdout.write(dumps(found.json(), indent=2) + "\n")
        return
    console.print(_files(found))
    for level in _COLOURS:
        some = [one for one in found.findings if one.level == level]
        if some:
            console.print(_table(level, some))
    if found.checks:
        console.print(_checks(found))
    for note in found.notes:
        console.print(Text(note, "dim"), soft_wrap=True)
    if found.fixed:
        kept = f"{sum(found.fixed.kept.values()):,} rows kept, {found.fixed.dropped:,} dropped (rejects.parquet)"
        console.print(Text(f"{visible(found.fixed.out)}: {kept}"), soft_wrap=True)
    console.print(_verdict(found), soft_wrap=True)


def _files(found: Validation) -> Table:
    table = Table(title="The files", title_justify="left")
    for column in ("file", "split", "rows", "forms", "languages"):
        table.add_column(column, overflow="fold")
    for file in found.files:
        names = (Text(visible(name)) for name in (file.name, file.split))
        table.add_row(*names, f"{file.rows:,}", _counted(file.forms), _counted(file.languages))
    return table


def _counted(counts: Mapping[str, int]) -> str:
    """The commonest, with how many there are."""
    parts = [f"{name} {count:,}" for name, count in list(counts.items())[:_FORMS]]
    return ", ".join(parts + (["..."] if len(counts) > _FORMS else []))


def _table(level: str, findings: list[Finding]) -> Table:
    rows = sum(one.count for one in findings)
    title = f"{level.capitalize()}s ({rows:,})"
    table = Table("finding", "rows", "what it is, what to do", title=title, title_justify="left", show_lines=True)
    table.add_column("where", overflow="fold")
    for one in findings:
        where = Text("\n").join(Text(f"{place.at}: {place.detail}") for place in one.places[:_PLACES])
        if one.count > _PLACES:
            where.append(f"\nand {one.count - min(_PLACES, len(one.places)):,} more", "dim")
        table.add_row(Text(one.id, _COLOURS[level]), f"{one.count:,}", Text(f"{one.meaning} {one.remedy}"), where)
    return table


def _checks(found: Validation) -> Table:
    table = Table("", "expectation", "found", title="The suite", title_justify="left")
    for check in found.checks:
        verdict = Text("met", "green") if check.passed else Text("not met", "red")
        table.add_row(verdict, Text(visible(check.note or check.expectation)), Text(visible(check.observed)))
    return table


def _verdict(found: Validation) -> Text:
    counts = {level: sum(one.level == level for one in found.findings) for level in ("warning", "note")}
    others = ", ".join(f"{n} kind{'s' * (n > 1)} of {level}" for level, n in counts.items() if n)
    files = f"{found.rows:,} rows of {len(found.files)} file{'s' * (len(found.files) > 1)}"
    unmet = sum(not check.passed for check in found.checks)
    wrong = [f"{found.faulty:,} of {files} have errors"] if found.faulty else []
    wrong += [f"{unmet} of {len(found.checks)} expectations are not met"] if unmet else []
    verdict = " and ".join(wrong) or f"No errors in {files}"
    return Text(f"{verdict}{'; ' + others if others else ''}.", "red" if wrong else "green")
