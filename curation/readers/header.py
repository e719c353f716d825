"""Which row of a table names its columns: rows of a title, a date or nothing may stand above it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

LOOKED_AT = 100
"""Rows at the start of a table by which its delimiter and its header are judged."""
_FURTHEST = 20  # rows: no header is expected below
_EDGES = re.compile(r"^[\s\ufeff]+|[\s\ufeff]+$")

Cells = Sequence[str | None]


def tidy(name: str) -> str:
    """The name without whitespace and byte-order marks at its edges."""
    return _EDGES.sub("", name)


def header_row(rows: Sequence[Cells], columns: Sequence[str]) -> int:
    """The index of the row that names the columns: the first with all of `columns`, else the first that is no title.

    A title fills its first cell alone, or less than half of the cells that most rows have, and a later row fills more.
    """
    if columns:
        for index, cells in enumerate(rows[:_FURTHEST]):
            if {*columns} <= {tidy(cell or "") for cell in cells}:
                return index
    width = usual_width(rows)
    for index, cells in enumerate(rows[:_FURTHEST]):
        if not _is_title(cells, width):
            return index
        if not any(_filled(later) > _filled(cells) for later in rows[index + 1 :]):
            break
    return 0


def usual_width(rows: Sequence[Cells]) -> int:
    """How many cells most of the rows have; the larger number where two are as common."""
    counts = Counter(map(len, rows))
    return max(counts, key=lambda width: (counts[width], width), default=0)


def _is_title(cells: Cells, width: int) -> bool:
    only_first = _filled(cells) == 1 and bool((cells[0] or "").strip()) and len(cells) in (1, width)
    return width > 1 and (only_first or 2 * _filled(cells) < min(width, 4))


def _filled(cells: Cells) -> int:
    return sum(bool((cell or "").strip()) for cell in cells)
