"""Records of delimited text as Python's strict csv module gives them; one that is malformed costs that record alone."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

LONGEST = 2**24
"""Characters in a cell. No text is as long; a quote that does not close swallows as much."""
_AHEAD = 1_000  # lines that one record may take when the next good one is looked for


class Raw(NamedTuple):
    """The line where a record starts, its cells, and what is wrong with it: then its text is its one cell."""

    line: int
    cells: Sequence[str]
    problem: str | None = None


class _Lines:
    """Lines that can be given back, from where the last record ended."""

    def __init__(self, text: Iterable[str]) -> None:
        self._text, self._again, self.taken = iter(text), deque[str](), list[str]()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._text)
        self.taken.append(line)
        return line

    def give_back(self, but: int) -> None:
        """All lines of this record but its first few."""
        self._again.extendleft(reversed(self.taken[but:]))
        del self.taken[but:]


def raw_records(text: Iterable[str], delimiter: str, width: int | None = None) -> Iterator[Raw]:
    """Every record but wholly empty lines. After a malformed one: from the next line that gives `width` cells."""
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST))  # one limit for the whole process; never lowered
    lines, line = _Lines(text), 1
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            swallowed = len(lines.taken)
            lost = _bad_record(lines, delimiter, width)
            yield Raw(line, [lost], _problem(str(error), lost, line, len(lines.taken), swallowed))
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
        else:
            if cells:
                yield Raw(line, cells)
        line += len(lines.taken)
        lines.taken.clear()


def _bad_record(lines: _Lines, delimiter: str, width: int | None) -> str:
    """Take the lines of the malformed record, and give back all that follow."""
    first, last, swallowed = lines.taken[0], lines.taken[-1], len(lines.taken)
    lines.give_back(0)
    if '\\"' in first and _gives(lines, delimiter, width, escape="\\"):
        return "".join(lines.taken)
    lines.give_back(0)
    skipped = swallowed if swallowed > 1 and _closes(last, delimiter) else 1
    for _ in range(skipped):
        next(lines)
    while not _gives(lines, delimiter, width):
        if len(lines.taken) == skipped:  # the end of the file
            break
        lines.give_back(skipped := skipped + 1)
    lines.give_back(skipped)
    return "".join(lines.taken)


def _closes(line: str, delimiter: str) -> bool:
    """Whether the first quote of the line closes a cell; one at the start or after a delimiter opens one."""
    before = line.partition('"')[0]
    return before != line and bool(before) and not before.endswith(delimiter)


def _gives(lines: _Lines, delimiter: str, width: int | None, escape: str | None = None) -> bool:
    """Whether the record that starts on the next line is well formed, and as wide as the header."""
    reader = csv.reader(islice(lines, _AHEAD), delimiter=delimiter, strict=True, escapechar=escape)
    try:
        cells = next(reader, None)
    except csv.Error:
        return False
    return bool(cells) and (width is None or len(cells or ()) == width)


def _problem(error: str, lost: str, line: int, count: int, swallowed: int) -> str:
    start = " ".join(lost.split())[:60]
    where = f"lines {line:,} to {line + count - 1:,}: " if count > 1 else ""
    if '\\"' in lost:
        return f'{where}a quote is escaped by a backslash; write it doubled (""): {start!r}'
    if error.startswith("unexpected end") or (swallowed > count and not error.startswith("field larger")):
        return f'{where}a quote does not close; close it, or double it ("") where it is text: {start!r}'
    if error.startswith("field larger"):
        end = f"a cell of more than {LONGEST:,} characters, up to line {line + swallowed - 1:,}"
        return f"{where}{end}; look for a quote that does not close: {start!r}"
    return f'{where}text after a closing quote; quote the whole cell, and double ("") a quote inside: {start!r}'
