"""A section that a recipe adds to the page of its build: words and a table."""

from __future__ import annotations

from dataclasses import dataclass

Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Section:
    """`rows` have a cell for each of `columns`; both may be empty. Every text is shown as it is, never as HTML."""

    title: str
    text: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
