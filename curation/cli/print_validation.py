"""What `curate validate` found, printed: the files, a table a level, a verdict in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from curation.base.console import Table, print_json, print_lines, say, styled
from curation.base.errors import UsageError
from curation.base.visible import in_a_line
from curation.cli.annotations import github, sarif

if TYPE_CHECKING:
    from curation.validation import Finding, Validation

_COLOURS = {"error": "red", "warning": "yellow", "note": "blue"}
_PLACES = 3  # of each finding; the others stand in --json and --html
_FORMS = 4
_FORMATS = ("text", "json", "github", "sarif")


def chosen(form: str | None, json: bool) -> str:
    """The format that is asked for, `--json` being short for one. UsageError where there is none of that name."""
    if form is not None and form not in _FORMATS:
        raise UsageError(f"There is no format {form!r}", f"--format takes: {', '.join(_FORMATS)}.")
    if json and form not in (None, "json"):
        raise UsageError(f"--json and --format {form} are two formats", "Give one of them.")
    return form or ("json" if json else "text")


def validated(found: Validation, form: str) -> None:
    """All of it as JSON or tables, or every place as an annotation or a result of SARIF."""
    verdict, wrong = _verdict(found)
    if form in ("json", "sarif"):
        print_json(found.json() if form == "json" else sarif(found), ascii=True)
    elif form == "github":
        print_lines((*github(found), verdict))
    else:
        _tables(found)
        if wrong:
            say("[red]{}[/]", verdict)
        else:
            say("[green]{}[/]", verdict)


def _tables(found: Validation) -> None:
    _files(found).show()
    _keys(found).show()
    for level in _COLOURS:
        some = [one for one in found.findings if one.level == level]
        if some:
            _table(level, some).show()
    if found.checks:
        _checks(found).show()
    for note in found.notes:
        say("[dim]{}[/]", note)
    if found.fixed:
        kept = f"{sum(found.fixed.kept.values()):,} rows kept, {found.fixed.dropped:,} dropped (rejects.parquet)"
        say("{}: {}", found.fixed.out, kept)


def _files(found: Validation) -> Table:
    table = Table("file", "split", "rows", "forms", "languages", title="The files")
    table.fold(0, 1, 2, 3, 4)
    for file in found.files:
        table.row(file.name, file.split, f"{file.rows:,}", _counted(file.forms), _counted(file.languages))
    return table


def _keys(found: Validation) -> Table:
    table = Table("key", "how many", "what becomes of it", title="Each key of the rows")
    table.fold(0, 2)
    for key in found.keys:
        table.row(key.name, f"{key.count:,}", key.fate)
    return table


def _counted(counts: Mapping[str, int]) -> str:
    """The commonest, with how many there are."""
    parts = [f"{name} {count:,}" for name, count in list(counts.items())[:_FORMS]]
    return ", ".join(parts + (["..."] if len(counts) > _FORMS else []))


def _table(level: str, findings: list[Finding]) -> Table:
    rows = sum(one.count for one in findings)
    title = f"{level.capitalize()}s ({rows:,})"
    table = Table("finding", "rows", "what it is, what to do", "where", title=title, lines=True)
    table.fold(3)
    for one in findings:
        places = "\n".join(in_a_line(f"{place.at}: {place.detail}") for place in one.places[:_PLACES])
        more = one.count - min(_PLACES, len(one.places))
        where = styled((places, ""), (f"\nand {more:,} more" if one.count > _PLACES else "", "dim"))
        table.row(styled((one.id, _COLOURS[level])), f"{one.count:,}", f"{one.meaning} {one.remedy}", where)
    return table


def _checks(found: Validation) -> Table:
    table = Table("", "expectation", "found", title="The suite")
    for check in found.checks:
        verdict = styled(("met", "green") if check.passed else ("not met", "red"))
        table.row(verdict, check.note or check.expectation, check.observed)
    return table


def _verdict(found: Validation) -> tuple[str, bool]:
    """The last line, and whether it is a bad one."""
    counts = {level: sum(one.level == level for one in found.findings) for level in ("warning", "note")}
    others = ", ".join(f"{n} kind{'s' * (n > 1)} of {level}" for level, n in counts.items() if n)
    files = f"{found.rows:,} rows of {len(found.files)} file{'s' * (len(found.files) > 1)}"
    unmet = sum(not check.passed for check in found.checks)
    wrong = [f"{found.faulty:,} of {files} have errors"] if found.faulty else []
    wrong += [f"{unmet} of {len(found.checks)} expectations are not met"] if unmet else []
    verdict = " and ".join(wrong) or f"No errors in {files}"
    return f"{verdict}{'; ' + others if others else ''}.", bool(wrong)
