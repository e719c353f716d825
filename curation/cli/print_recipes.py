"""Recipes, printed: the list, one in words, and what `curate init` saw and wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from curation.base.console import Table, print_json, say, show

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
        say("[bold]{}[/] {}", f"{name:10}", line)


def _first_line(file: Path) -> str:
    return file.read_text("utf8").split('"""')[1].strip().splitlines()[0]


def recipe(made: Recipe, module: ModuleType) -> None:
    """A recipe in sentences: what it reads, each phase with its rules, its options, and what the gate checks."""
    from curation.gate.suites import read_suite
    from curation.recipes.options import flags

    show((made.name, "bold"), (f": {(module.__doc__ or '').strip()}", ""))
    for level, first, phases in (("records", made.read, made.records), ("rows", made.shape, made.rows)):
        _heading(f"{level.capitalize()}: {_name(first)}")
        say("  {}", _about(first))
        for name, stages in phases.items():
            say("  [bold]{}[/]", name)
            for stage in stages:
                for line in _sentences(stage):
                    say("    {}", line)
    _heading("Options")
    for flag in flags(module):
        head, meaning = flag.help()
        say("  [bold]{}[/]  {}", head, meaning)
    for over, names in made.suites.items():
        _heading(f"Checks over the {over}")
        for name in names:
            for check in read_suite(name)["expectations"]:
                say("  {}", check["meta"]["notes"])
    _heading("Source")
    say("  {}", made.about.attribution)


def _heading(text: str) -> None:
    say("\n[bold]{}[/]", text)


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
        print_json([{**asdict(one), "path": str(one.path), "layout": one.layout._asdict()} for one in files])
        return
    for one in files:
        more = "" if one.whole else ", the first of more"
        title = f"{one.path}: {one.form}, {one.records:,} records{more}"
        if one.form in ("preference", "text"):
            say("{}", title)
            continue
        table = Table("column", "role", "filled", "empty", "distinct", "characters", "for example", title=title)
        for column in one.columns:
            roles = [role for role, name in one.roles.items() if name == column.name]
            counts = (f"{n:,}" for n in (column.filled, column.empty, column.distinct))
            lengths = " … ".join(f"{n:,}" for n in column.lengths)
            table.row(column.name, ", ".join(roles), *counts, lengths, column.example[:24])
        table.show()
        if one.form not in ("table", "cells", "turns"):
            for order, n in one.roles.items():
                say("  {} conversations: {}", n, order)
        for role, why in one.why.items():
            say("  {}: the column {}: {}", role, repr(one.roles.get(role)), why)
        unused = [column.name for column in one.columns if column.name not in one.roles.values()]
        if one.roles and one.form in ("table", "cells", "turns") and unused:
            say("  not trained: {}", ", ".join(unused))
        for reason, number in one.unread.items():
            say("  [yellow]{} records cannot be read: {}[/]", f"{number:,}", reason)
        if one.lost:
            say("  [yellow]for example {}[/]", one.lost)
        for number, turns in enumerate(one.examples, 1):
            say("  [bold]Row {} as it would be trained[/]", number)
            for role, text in turns:
                say("    [bold]{}[/]: {}", role, text)


def written(target: Path, json: bool) -> None:
    """Where the recipe of `curate init` is, and what to do with it."""
    if not json:
        say("[green]Wrote {}.[/] Read it, change it, then build it: [bold]curate build {}[/]", target, _here(target))


def _here(path: Path) -> str:
    """As the command line needs it: a recipe by path begins with a folder."""
    return str(path) if path.parent != Path() else f"./{path}"
