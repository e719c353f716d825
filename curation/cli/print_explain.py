"""The story of a record or row, printed: a line for each phase."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from curation.base.console import print_json, say

if TYPE_CHECKING:
    from curation.report.explain import Story

_RELATED = 12


def story(found: Story, json: bool) -> None:
    """Who it is, where it ended, what happened at every phase, and whom to ask about next."""
    if json:
        print_json(asdict(found))
        return
    say("[bold]{}[/]", found.id)
    if found.asked != found.id:
        say("[dim]the only {} that {} fits[/]", found.level, repr(found.asked))
    say("{}\n", found.fate)
    widest = max(len(step.phase) for step in found.steps)
    for step in found.steps:
        say("[dim]{}[/] [bold]{}[/]  {}", f"{step.level:7}", f"{step.phase:{widest}}", step.text)
    if found.related:
        say("\nSee also:")
        for id in found.related[:_RELATED]:
            say("  {}", id)
