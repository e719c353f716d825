"""XLSX: the first sheet, whole in memory (the format ends at a million rows), every cell as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from curation.base.errors import InputError
from curation.base.files import check_file, unreadable
from curation.readers.batches import ROWS

Cells = tuple[str | None, ...]


def header(path: Path) -> list[str]:
    """The cells of the first row that is not empty; an empty cell is "". InputError where there is none."""
    row = next((row for row, _ in _filled(path, 1)), None)
    if row is None:
        raise InputError(f"{path} is empty", "Expected a first sheet whose first row names the columns.")
    return [cell or "" for cell in row]


def records(path: Path) -> Iterator[tuple[str, Cells, str | None]]:
    """Position, cells and what is wrong with them, for each row after the header. Empty rows are skipped."""
    for number, (cells, problem) in enumerate(_filled(path, None)):
        if number:
            yield f"{path.name}#record {number}", cells, problem


def _filled(path: Path, rows: int | None) -> Iterator[tuple[Cells, str | None]]:
    batch, errors = _sheet(path, rows)
    frame = pl.DataFrame(batch) if batch.num_columns else pl.DataFrame()
    for start in range(0, frame.height, ROWS):
        for number, cells in enumerate(frame[start : start + ROWS].rows(), start):
            if any(cells) or number in errors:
                yield cells, errors.get(number)


def _sheet(path: Path, rows: int | None) -> tuple[Any, dict[int, str]]:
    """The first sheet, and by row the first formula in it that gave an error: such a cell reads as null."""
    import fastexcel

    check_file(path)
    with unreadable(path):
        path.open("rb").close()
    try:
        sheet = fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string", n_rows=rows)
        batch, errors = sheet.to_arrow_with_errors()
    except fastexcel.FastExcelError as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{path} is not a complete XLSX file: {reason}", "Save it again as .xlsx, or as .csv."
        ) from error
    found = errors.errors if errors else []
    return batch, {
        cell.offset_position[0]: f"column {cell.offset_position[1] + 1}: {cell.detail}" for cell in reversed(found)
    }
