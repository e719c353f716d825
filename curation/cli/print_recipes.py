"""Recipes, printed: the list, one in words, and what `curate init` saw and wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from curation.base.console import console, print_json

if TYPE_CHECKING:
    from curation.runner.recipe import Recipe
    from curation.scaffold.sniff import FileProfile


def recipes(files: dict[str, Path], json: bool) -> None:
    """Name and first line of each recipe."""
    lines = {name: _first_line(file) for name, file in files.items()}
    if json:
        print_json(lines)
        return
    for name, line in lines.items():
        console.print(f"[bold]{name:10}[/] {line}", soft_wrap=True)


def _first_line(file: Path) -> str:
    return file.read_text("utf8").split('"""')[1].strip().splitlines()[0]


def recipe(made: Recipe, module: ModuleType) -> None:
    """A recipe in sentences: what it reads, each phase with its rules, its options, and what the gate checks."""
    from curation.gate.suites import read_suite
    from curation.recipes.options import flags

    console.print(f"[bold]{made.name}[/]: {escape((module.__doc__ or '').strip())}", soft_wrap=True)
    for level, first, phases in (("records", made.read, made.records), ("rows", made.shape, made.rows)):
        _heading(f"{level.capitalize()}: {_name(first)}")
        console.print(f"  {escape(_about(first))}", soft_wrap=True)
        for name, stages in phases.items():
            console.print(f"  [bold]{name}[/]", soft_wrap=True)
            for stage in stages:
                for line in _sentences(stage):
                    console.print(f"    {escape(line)}", soft_wrap=True)
    _heading("Options")
    for flag in flags(module):
        head, meaning = flag.help()
        console.print(f"  [bold]{escape(head)}[/]  {escape(meaning)}", soft_wrap=True)
    for over, names in made.suites.items():
        _heading(f"Checks over the {over}")
        for name in names:
            for check in read_suite(name)["expectations"]:
                console.print(f"  {escape(check['meta']['notes'])}", soft_wrap=True)
    _heading("Source")
    console.print(f"  {escape(made.about.attribution)}", soft_wrap=True)


def _heading(text: str) -> None:
    console.print(f"\n[bold]{escape(text)}[/]", soft_wrap=True)


def _name(step: object) -> str:
    named = getattr(step, "func", step)
    return getattr(named, "__name__", type(named).__name__)


def _sentences(stage: object) -> list[str]:
    """What a stage does, and what each of its reasons means."""
    from curation.base.rows import Keep, reasons_of
    from curation.rules.catalogue import CATALOGUE

    lines = [] if isinstance(stage, Keep) else [f"{_name(stage)}: {_about(stage)}"]
    for reason in reasons_of(stage):
        known = CATALOGUE.get(reason)
        own = stage.meaning if isinstance(stage, Keep) else ""
        meaning = own or (known.sentence() if known else "a rule of this recipe")
        lines.append(f"rejects {reason}: {meaning}")
    return lines


def _about(step: object) -> str:
    """The first sentence of what is written about it."""
    doc = (getattr(step, "func", step).__doc__ or "").strip().split("\n\n")[0]
    first = " ".join(doc.split()).split(". ")[0].rstrip(".:")
    return f"{first}."


def profiles(files: Sequence[FileProfile], json: bool) -> None:
    """What `curate init` saw in each file: form, columns or roles, and which are asked and answered."""
    if json:
        print_json([{**asdict(one), "path": str(one.path)} for one in files])
        return
    for one in files:
        more = "" if one.whole else ", the first of more"
        title = escape(f"{one.path}: {one.form}, {one.records:,} records{more}")
        if one.form in ("preference", "text"):
            console.print(title, soft_wrap=True)
            continue
        table = Table("column", "role", "filled", "empty", "distinct", "characters", "for example", title=title)
        table.title_justify = "left"
        for column in one.columns:
            roles = [role for role, name in one.roles.items() if name == column.name]
            counts = (f"{n:,}" for n in (column.filled, column.empty, column.distinct))
            lengths = " … ".join(f"{n:,}" for n in column.lengths)
            table.add_row(escape(column.name), ", ".join(roles), *counts, lengths, escape(column.example[:24]))
        console.print(table)
        if one.form != "table":
            for order, n in one.roles.items():
                console.print(f"  {n} conversations: {order}")
        for reason, number in one.unread.items():
            console.print(f"  [yellow]{number:,} records cannot be read: {reason}[/]")


def written(target: Path, json: bool) -> None:
    """Where the recipe of `curate init` is, and what to do with it."""
    if not json:
        console.print(
            f"[green]Wrote {escape(str(target))}.[/] "
            f"Read it, change it, then build it: [bold]curate build {escape(_here(target))}[/]",
            soft_wrap=True,
        )


def _here(path: Path) -> str:
    """As the command line needs it: a recipe by path begins with a folder."""
    return str(path) if path.parent != Path() else f"./{path}"
