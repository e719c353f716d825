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


def story(told: Story, json: bool) -> None:
    """Who it is, where it ended, what happened at every phase, and whom to ask about next."""
    if json:
        print_json(asdict(told))
        return
    console.print(f"[bold]{_plain(told.id)}[/]", soft_wrap=True)
    if told.asked != told.id:
        console.print(f"[dim]the only {told.level} that {_plain(repr(told.asked))} fits[/]", soft_wrap=True)
    console.print(f"{_plain(told.fate)}\n", soft_wrap=True)
    widest = max(len(step.phase) for step in told.steps)
    for step in told.steps:
        console.print(f"[dim]{step.level:7}[/] [bold]{step.phase:{widest}}[/]  {_plain(step.said)}", soft_wrap=True)
    if told.related:
        console.print("\nSee also:", soft_wrap=True)
        for id in told.related[:_RELATED]:
            console.print(f"  {_plain(id)}", soft_wrap=True)


def _plain(text: str) -> str:
    return escape(visible(text))
