"""The one place that prints: lines, tables, progress, JSON. What others wrote is shown as text, never obeyed.

The words of this program carry rich's marks ([bold]...[/]) and stand in the code; whatever comes from a file, a name, a
server or a person is a datum beside them. So neither a terminal nor rich reads a command in it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from json import dumps

import orjson
from rich.box import HEAVY_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table as _Table
from rich.text import Text

from curation.base.progress import watch
from curation.base.visible import in_a_line, visible

_HOLE = "\ufdd0"  # no character: nobody writes it

_out = Console(highlight=False, emoji=False)
_errors = Console(stderr=True, highlight=False, emoji=False)


def say(words: str, *data: object) -> None:
    """A line on stdout: `words` with rich's marks, each {} in it a datum, shown as text on that line."""
    _out.print(_filled(words, data), soft_wrap=True)


def note(words: str, *data: object) -> None:
    """The same on stderr, for what is no result."""
    _errors.print(_filled(words, data), soft_wrap=True)


def show(*parts: tuple[str, str]) -> None:
    """Texts of many lines on stdout, each with its style, their line ends kept."""
    _out.print(styled(*parts), soft_wrap=True)


def note_lines(text: str) -> None:
    """A text of many lines on stderr."""
    _errors.print(styled((text, "")), soft_wrap=True)


def styled(*parts: tuple[str, str]) -> Text:
    """Texts, each with its style, for a cell of a table."""
    return Text.assemble(*((visible(text), style) for text, style in parts))


class Table(_Table):
    """A table whose title, heads and cells are data. A `styled` text is a cell too."""

    def __init__(
        self, *heads: str, title: str = "", caption: str = "", lines: bool = False, framed: bool = True
    ) -> None:
        super().__init__(
            title=_cell(title) if title else None,
            caption=_cell(caption) if caption else None,
            title_justify="left",
            show_lines=lines,
            box=HEAVY_HEAD if framed else None,
        )
        for head in heads:
            self.add_column(_cell(head))

    def row(self, *cells: str | Text, style: str | None = None) -> None:
        """Add a row of cells, each of one line but a `styled` one."""
        self.add_row(*map(_cell, cells), style=style)

    def right(self, *columns: int) -> None:
        """Let these columns stand at the right."""
        for column in columns:
            self.columns[column].justify = "right"

    def fold(self, *columns: int) -> None:
        """Let these columns break long words instead of cutting them."""
        for column in columns:
            self.columns[column].overflow = "fold"

    def show(self) -> None:
        """Print it on stdout."""
        _out.print(self)


def _filled(words: str, data: tuple[object, ...]) -> Text:
    # Rich's own `escape` does not survive every backslash beside a mark: data are never part of what is parsed.
    line, rest, filled = Text.from_markup(words.replace("{}", _HOLE), emoji=False), iter(data), Text()
    holes = [at for at, character in enumerate(line.plain) if character == _HOLE]
    for piece in line.divide([edge for at in holes for edge in (at, at + 1)]):
        if piece.plain == _HOLE:
            text = Text(in_a_line(str(next(rest))))
            for span in piece.spans:
                text.stylize(span.style)
            piece = text
        filled.append_text(piece)
    return filled


def _cell(datum: str | Text) -> Text:
    return Text(in_a_line(datum)) if isinstance(datum, str) else datum


@contextmanager
def progress(quiet: bool) -> Iterator[None]:
    """A line for each phase on stderr, with a bar where its items are counted."""
    if quiet or not _errors.is_terminal:
        yield
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:12}", markup=False),
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_errors) as bars, watch(_Bars(bars)):
        yield


@contextmanager
def steps_bar(name: str) -> Iterator[Callable[[int, int, str], None] | None]:
    """A bar on stderr that is told steps, those done, and the state in words; None where there is no terminal."""
    if not _errors.is_terminal:
        yield None
        return
    columns = (TextColumn(name), BarColumn(24), MofNCompleteColumn(), TextColumn("{task.fields[state]}", markup=False))
    with Progress(*columns, console=_errors) as bars:
        task = bars.add_task(name, total=None, state="", visible=False)
        yield lambda steps, done, state: bars.update(task, total=steps, completed=done, state=state, visible=True)


class _Bars:
    """A bar for the phase that runs; the one before it is full."""

    def __init__(self, bars: Progress) -> None:
        self.bars = bars
        self.running: TaskID | None = None

    def start(self, task: str, total: int | None) -> None:
        self.finish()
        self.running = self.bars.add_task(in_a_line(task), total=total)

    def advance(self, items: int) -> None:
        if self.running is not None:
            self.bars.advance(self.running, items)

    def finish(self) -> None:
        if self.running is not None:
            total = self.bars.tasks[self.running].total or 1
            self.bars.update(self.running, total=total, completed=total)


def print_json(value: object, *, ascii: bool = False) -> None:
    """As JSON, indented. What a terminal would obey, or turn the writing by, is escaped: it reads the same.

    `ascii`: all but ASCII is escaped, for texts that may hold halves of characters.
    """
    if ascii:
        sys.stdout.write(dumps(value, indent=2) + "\n")
        return
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    escaped = {ord(one): _as_json(one) for one in set(text) if visible(one) != one}
    sys.stdout.write(text.translate(escaped) + "\n")


def print_lines(lines: Iterable[str]) -> None:
    """Lines for machines, without style and as long as they are. What a terminal would obey is escaped."""
    for line in lines:
        sys.stdout.write(in_a_line(line) + "\n")


def _as_json(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))
