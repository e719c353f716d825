"""Recipes, printed: the list, one in words, and what `curate init` saw and wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from curation.show import console, print_json

if TYPE_CHECKING:
    from curation.build import Recipe
    from curation.look import Seen


def recipes(files: dict[str, Path], json: bool) -> None:
    """Name and first line of each recipe."""
    told = {name: _first_line(file) for name, file in files.items()}
    if json:
        print_json(told)
        return
    for name, line in told.items():
        console.print(f"[bold]{name:10}[/] {line}", soft_wrap=True)


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
    about = (getattr(step, "func", step).__doc__ or "").strip().split("\n\n")[0].split(". ")[0].replace("\n", " ")
    return f"{_short(name_of(step))}: {' '.join(about.split())}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 150 else text[:150] + " ..."


def seen(files: Sequence[Seen], json: bool) -> None:
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


def drafted(target: Path, json: bool) -> None:
    """Where the recipe of `curate init` stands, and what to do with it."""
    if not json:
        console.print(
            f"[green]{escape(str(target))}[/] is yours. "
            f"Read it, change it, build it: [bold]curate build {escape(_here(target))}[/]",
            soft_wrap=True,
        )


def _here(path: Path) -> str:
    """As the command line needs it: a recipe by path begins with a folder."""
    return str(path) if path.parent != Path() else f"./{path}"
