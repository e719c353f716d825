"""The story of a record or row, printed: a line for each phase."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.markup import escape

from curation.base.console import console, print_json
from curation.base.text import visible

if TYPE_CHECKING:
    from curation.report.explain import Story

_RELATED = 12


def story(found: Story, json: bool) -> None:
    """Who it is, where it ended, what happened at every phase, and whom to ask about next."""
    if json:
        print_json(asdict(found))
        return
    console.print(f"[bold]{_plain(found.id)}[/]", soft_wrap=True)
    if found.asked != found.id:
        console.print(f"[dim]the only {found.level} that {_plain(repr(found.asked))} fits[/]", soft_wrap=True)
    console.print(f"{_plain(found.fate)}\n", soft_wrap=True)
    widest = max(len(step.phase) for step in found.steps)
    for step in found.steps:
        console.print(f"[dim]{step.level:7}[/] [bold]{step.phase:{widest}}[/]  {_plain(step.text)}", soft_wrap=True)
    if found.related:
        console.print("\nSee also:", soft_wrap=True)
        for id in found.related[:_RELATED]:
            console.print(f"  {_plain(id)}", soft_wrap=True)


def _plain(text: str) -> str:
    return escape(visible(text))
