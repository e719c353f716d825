"""What the command line prints: progress while it works, tables when it is done. Nothing is computed here."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from curation.progress import watch
from schemas.manifest import Manifest, told

if TYPE_CHECKING:
    from curation.build import Recipe
    from curation.ledger import Build
    from curation.look import Seen

_console = Console(highlight=False)
_errors = Console(stderr=True, highlight=False)


@contextmanager
def progress(quiet: bool) -> Iterator[None]:
    """A line for each phase on stderr, with a bar where its items are counted."""
    if quiet or not _errors.is_terminal:
        yield
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:12}"),
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_errors) as bars, watch(_Bars(bars)):
        yield


class _Bars:
    """A bar for the phase that runs; the one before it is full."""

    def __init__(self, bars: Progress) -> None:
        self.bars = bars
        self.running: TaskID | None = None

    def start(self, task: str, total: int | None) -> None:
        self.finish()
        self.running = self.bars.add_task(task, total=total)

    def advance(self, items: int) -> None:
        if self.running is not None:
            self.bars.advance(self.running, items)

    def finish(self) -> None:
        if self.running is not None:
            total = self.bars.tasks[self.running].total or 1
            self.bars.update(self.running, total=total, completed=total)


def summary(build: Build, json: bool) -> None:
    """The closing table: books, splits, figures of the recipe, and where the build stands."""
    manifest = build.manifest
    if json:
        _json({"build": str(build.folder), **manifest.model_dump(mode="json", exclude={"files"})})
        return
    for table in (_books(manifest), _splits(manifest), _figures(manifest)):
        _console.print(table)
    for warning in _warnings(manifest):
        _console.print(f"[yellow]{warning}[/]")
    met = sum(check.passed for check in manifest.gate)
    _console.print(
        f"[green]{met} of {len(manifest.gate)} expectations are met.[/] The dataset stands in [bold]{build.folder}[/]"
    )


def _books(manifest: Manifest) -> Table:
    table = Table("level", "phase", "entered", "kept", "rejected", title="The books", title_justify="left")
    for phase in manifest.phases:
        reasons = ", ".join(f"{reason} {n:,}" for reason, n in phase.rejected.items())
        table.add_row(phase.level, phase.name, f"{phase.entered:,}", f"{phase.kept:,}", reasons or "-")
    return table


def _splits(manifest: Manifest) -> Table:
    table = Table("split", "rows", "share", "groups", "tokens", "trained", title="The splits", title_justify="left")
    total = sum(split.rows for split in manifest.splits.values())
    for name, split in manifest.splits.items():
        share = f"{100 * split.rows / max(1, total):.1f} %"
        table.add_row(
            name, f"{split.rows:,}", share, f"{split.groups:,}", f"{split.tokens:,}", f"{split.trained_tokens:,}"
        )
    return table


def _figures(manifest: Manifest) -> Table:
    table = Table("figure", "value", title="The proof", title_justify="left")
    for name, value in manifest.figures.items():
        table.add_row(name.replace("_", " "), told(value))
    return table


def _warnings(manifest: Manifest) -> Iterator[str]:
    for group, splits in manifest.straddling.items():
        yield f"The published split leaks: the family of {group} stands in {' and '.join(splits)}."
    lost = manifest.figures.get("spans_in_rejected_rows")
    if lost:
        yield f"{lost} spans stand only in rows that were rejected by name: see rejects.parquet."


def recipes(files: dict[str, Path], json: bool) -> None:
    """Name and first line of each recipe."""
    told = {name: _first_line(file) for name, file in files.items()}
    if json:
        _json(told)
        return
    for name, line in told.items():
        _console.print(f"[bold]{name:10}[/] {line}")


def _first_line(file: Path) -> str:
    return file.read_text("utf8").split('"""')[1].strip().splitlines()[0]


def recipe(made: Recipe, module: ModuleType) -> None:
    """A recipe in words: its docstring, what it reads, each phase with its rules, and what the gate expects."""
    from curation.recipes.options import options
    from curation.report.gate import read_suite

    lines = [f"{made.name}: {(module.__doc__ or '').strip()}", "", f"reads     {_said(made.read)}"]
    for level, phases in (("records", made.records), ("rows", made.rows)):
        if level == "rows":
            lines.append(f"shape     {_said(made.shape)}")
        for name, stages in phases.items():
            lines.append(f"{level:9} {name}")
            lines += [f"            {_said(stage)}" for stage in stages]
    for flag, parameter in options(module).items():
        lines.append(f"option    {flag} {parameter.default if parameter.default != '' else '(empty)'}")
    for over, names in made.suites.items():
        lines.append(f"gate      over the {over}:")
        for name in names:
            lines += [f"            {check['meta']['notes']}" for check in read_suite(name)["expectations"]]
    lines.append(f"source    {made.about.attribution}")
    print("\n".join(lines))


def _said(step: object) -> str:
    """A stage in a line: what it rejects and when, or its name and arguments and the first sentence about it."""
    from curation.build import name_of
    from curation.chat import Keep

    if isinstance(step, Keep):
        return f"rejects {step.reason} unless {_short(str(step.when))}"
    about = (step.__doc__ or "").strip().split("\n\n")[0].split(". ")[0].replace("\n", " ")
    return f"{_short(name_of(step))}: {' '.join(about.split())}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 150 else text[:150] + " ..."


def seen(files: Sequence[Seen], json: bool) -> None:
    """What `curate init` saw in each file: form, columns or roles, and which are asked and answered."""
    if json:
        _json([{**asdict(one), "path": str(one.path)} for one in files])
        return
    for one in files:
        more = "" if one.whole else ", the first of more"
        title = f"{one.path}: {one.form}, {one.records:,} records{more}"
        if one.form in ("preference", "text"):
            _console.print(title, soft_wrap=True)
            continue
        table = Table("column", "role", "filled", "empty", "distinct", "characters", "for example", title=title)
        table.title_justify = "left"
        for column in one.columns:
            roles = [role for role, name in one.roles.items() if name == column.name]
            counts = (f"{n:,}" for n in (column.filled, column.empty, column.distinct))
            lengths = " … ".join(f"{n:,}" for n in column.lengths)
            table.add_row(escape(column.name), ", ".join(roles), *counts, lengths, escape(column.example[:24]))
        _console.print(table)
        if one.form != "table":
            for order, n in one.roles.items():
                _console.print(f"  {n} conversations: {order}")
        for reason, number in one.unread.items():
            _console.print(f"  [yellow]{number:,} records cannot be read: {reason}[/]")


def drafted(target: Path, json: bool) -> None:
    """Where the recipe of `curate init` stands, and what to do with it."""
    if not json:
        _console.print(
            f"[green]{target}[/] is yours. Read it, change it, build it: [bold]curate build {_here(target)}[/]",
            soft_wrap=True,
        )


def _here(path: Path) -> str:
    """As the command line needs it: a recipe by path begins with a folder."""
    return str(path) if path.parent != Path() else f"./{path}"


def verified(build: Build, json: bool) -> None:
    """What `curate verify` found: every file as it was written."""
    files = build.manifest.files
    if json:
        _json({"build": str(build.folder), "files": len(files), "bytes": sum(f.bytes for f in files), "whole": True})
    else:
        _console.print(f"[green]{len(files)} files are as they were written[/] ({sum(f.bytes for f in files):,} bytes)")


def _json(value: object) -> None:
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")
