"""What the command line prints: progress while it works, tables when it is done. Nothing is computed here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from curation.base.progress import watch

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


@contextmanager
def progress(quiet: bool) -> Iterator[None]:
    """A line for each phase on stderr, with a bar where its items are counted."""
    if quiet or not errors.is_terminal:
        yield
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:12}"),
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors) as bars, watch(_Bars(bars)):
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


def print_json(value: object) -> None:
    """As JSON, indented. What a terminal would obey, or turn the writing by, is escaped: it reads the same."""
    from curation.base.text import visible

    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    escaped = {ord(c): f"\\u{ord(c):04x}" for c in set(text) if visible(c) != c}
    sys.stdout.write(text.translate(escaped) + "\n")
