"""XLSX: one sheet, whole in memory (the format ends at a million rows), every cell as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from curation.base.errors import InputError
from curation.base.files import check_file, unreadable
from curation.readers.batches import ROWS
from curation.readers.header import LOOKED_AT, header_row

Cells = tuple[str | None, ...]


class Sheet(NamedTuple):
    """A sheet that was chosen, the names in its header, and the number of the row where they stand (0: no header)."""

    path: Path
    name: str
    names: list[str]
    header: int


class Found(NamedTuple):
    """A sheet of a file: its rows with the header, and whether Excel shows it."""

    name: str
    rows: int
    shown: bool


def choose(path: Path, wanted: str | None, columns: Sequence[str], has_header: bool = True) -> Sheet:
    """The sheet of this name or number; without one the only sheet that holds records. InputError.

    An empty cell of the header is "".
    """
    name = _chosen(path, wanted)
    first = list(_filled(path, name, LOOKED_AT))
    if not first:
        raise InputError(f"{path} is empty", "Expected a sheet with a row that names the columns.")
    rows = [cells for _, cells, _ in first]
    if not has_header:
        return Sheet(path, name, [""] * max(map(len, rows)), 0)
    header = header_row(rows, columns)
    return Sheet(path, name, [cell or "" for cell in rows[header]], first[header][0])


def records(sheet: Sheet) -> Iterator[tuple[str, Cells, str | None]]:
    """Position, cells and what is wrong with them, for each row but the header. Empty rows are skipped."""
    number = 0
    for row, cells, problem in _filled(sheet.path, sheet.name, None):
        if row == sheet.header:
            continue
        if row < sheet.header:
            title = ", ".join(filter(None, cells))[:60]
            yield f"row {row}", cells, f"stands above the header: {title!r}"
            continue
        number += 1
        yield f"record {number}, row {row}", cells, problem


def sheets(path: Path) -> list[Found]:
    """Every sheet of the file, in its order."""
    with _book(path) as book:
        found = [book.load_sheet(name, header_row=None, dtypes="string", n_rows=1) for name in book.sheet_names]
        return [Found(sheet.name, sheet.total_height, sheet.visible == "visible") for sheet in found]


def _chosen(path: Path, wanted: str | None) -> str:
    with _book(path) as book:
        names: list[str] = book.sheet_names
    if wanted is not None:
        if wanted in names:
            return wanted
        if wanted.isdecimal() and 0 < int(wanted) <= len(names):
            return names[int(wanted) - 1]
        raise InputError(f"{path} has no sheet {wanted!r}: {_listed(path)}", "Give --sheet with one of these names.")
    if len(names) == 1:
        return names[0]
    held = [name for name in names if _holds_records(path, name)]
    if len(held) > 1:
        raise InputError(
            f"{path} has {len(held)} sheets with records: {_listed(path)}",
            f"Give --sheet with one of these names (sheet={held[0]!r} in a recipe).",
        )
    return (held or names)[0]


def _listed(path: Path) -> str:
    return ", ".join(f"{name!r} ({rows:,} rows{'' if shown else ', hidden'})" for name, rows, shown in sheets(path))


def _holds_records(path: Path, name: str) -> bool:
    """Whether two rows fill more than one cell: a header and a record, and no sheet of notes."""
    return sum(sum(map(bool, cells)) > 1 for _, cells, _ in _filled(path, name, LOOKED_AT)) > 1


def _filled(path: Path, name: str, rows: int | None) -> Iterator[tuple[int, Cells, str | None]]:
    """Number from 1, cells and problem of each row that holds something."""
    batch, errors = _sheet(path, name, rows)
    frame = pl.DataFrame(batch) if batch.num_columns else pl.DataFrame()
    for start in range(0, frame.height, ROWS):
        for number, cells in enumerate(frame[start : start + ROWS].rows(), start):
            if any(cells) or number in errors:
                yield number + 1, cells, errors.get(number)


def _sheet(path: Path, name: str, rows: int | None) -> tuple[Any, dict[int, str]]:
    """The cells, and by row the first formula in it that gave an error: such a cell reads as null."""
    with _book(path) as book:
        batch, errors = book.load_sheet(name, header_row=None, dtypes="string", n_rows=rows).to_arrow_with_errors()
    found = errors.errors if errors else []
    return batch, {
        cell.offset_position[0]: f"column {cell.offset_position[1] + 1}: {cell.detail}" for cell in reversed(found)
    }


@contextmanager
def _book(path: Path) -> Iterator[Any]:
    """The file as fastexcel opens it. InputError where it is no XLSX."""
    import fastexcel

    check_file(path)
    with unreadable(path):
        path.open("rb").close()
    try:
        yield fastexcel.read_excel(path)
    except fastexcel.FastExcelError as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{path} is not a complete XLSX file: {reason}", "Save it again as .xlsx, or as .csv."
        ) from error
