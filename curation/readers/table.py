"""Tables to records: CSV, TSV, Parquet, XLSX and flat JSON, every column as text under its name, in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import orjson
import polars as pl

from curation.base.columns import RESERVED
from curation.base.errors import InputError, nearest
from curation.base.rows import VERDICT
from curation.readers import flat, parquet, spreadsheet
from curation.readers.batches import Schema, batches, digest, scan, unique_id
from curation.readers.decoding import check_encoding
from curation.readers.delimited import detect_delimiter, records
from curation.readers.files import CHATS, DELIMITED, TABLES, parse_file_name, place
from curation.readers.header import tidy
from curation.readers.splits import split_of_word

Record = tuple[str, Sequence[str | None], str | None]
"""Position, cells, and what is wrong with it."""


class Layout(NamedTuple):
    """What a file does not say of itself: its encoding, delimiter, sheet, and whether a header names the columns."""

    encoding: str = "utf-8"
    delimiter: str | None = None
    sheet: str | None = None
    header: bool = True


@dataclass(frozen=True)
class _Sheet:
    """One file: its split, the names of its columns in the records, and a function that reads its records."""

    stem: str
    split: str | None
    names: tuple[str, ...]
    read: Callable[[], Iterable[Record]]


def read_table(
    paths: Sequence[Path],
    columns: Sequence[str],
    encoding: str = "utf-8",
    *,
    delimiter: str | None = None,
    sheet: str | None = None,
    header: bool = True,
    splits: Sequence[str | None] = (),
) -> pl.LazyFrame:
    """Records with id, source, file (the name without suffixes), given, every column of the files, and the verdict.

    `given` is the split that the record's own column `split` names, else that of its file by `splits`, one for each.

    `columns` must be there, in each file, under the file's name for them or the records'. `encoding` and `delimiter`
    count for delimited text, an encoding where there is no byte-order mark; `sheet`, a name or number, for XLSX.
    Without a `header` columns are called `column 1`, `column 2`. An id is a hash of the record's cells, so neither
    other records nor the file's name change it. A record with too few or too many cells, that is malformed or stands
    above the header is rejected as `bad_record`. InputError where a file has no such columns or cannot be read.
    """
    schema, frames = table_frames(paths, columns, Layout(encoding, delimiter, sheet, header), splits)
    return scan(frames, schema)


def table_frames(
    paths: Sequence[Path], columns: Sequence[str], layout: Layout, splits: Sequence[str | None] = ()
) -> tuple[Schema, Callable[[], Iterator[pl.DataFrame]]]:
    """What `read_table` scans: the schema, and a function that gives the records in batches."""
    check_encoding(layout.encoding)
    of = splits or (None,) * len(paths)
    sheets = [_sheet(path, columns, layout, split) for path, split in zip(paths, of, strict=True)]
    every = dict.fromkeys(name for sheet in sheets for name in sheet.names) if sheets else map(_unreserved, columns)
    schema: Schema = {name: pl.String() for name in ("id", "source", "file", "given", *every, *VERDICT)}
    return schema, lambda: _frames(sheets, schema)


def _sheet(path: Path, columns: Sequence[str], layout: Layout, split: str | None) -> _Sheet:
    name = parse_file_name(path, (*TABLES, *CHATS))
    _check_options(path, name.format, layout)
    read: Callable[[], Iterable[Record]]
    if name.format in DELIMITED:
        file = detect_delimiter(path, name, layout.encoding, columns, layout.delimiter, layout.header)
        header, read = file.names, lambda: records(file)
    elif name.format == "parquet":
        header, read = parquet.names(path), lambda: _parquet_records(path)
    elif name.format in CHATS:
        header = flat.names(path)
        read = partial(flat.records, path, header)
    else:
        chosen = spreadsheet.choose(path, layout.sheet, columns, layout.header)
        header, read = chosen.names, lambda: spreadsheet.records(chosen)
    return _Sheet(name.stem, split, _checked(path, [tidy(cell) for cell in header], columns), read)


def _check_options(path: Path, format: str, layout: Layout) -> None:
    """InputError for a delimiter, a sheet or a lack of header that files of this format do not have."""
    if layout.delimiter and format not in DELIMITED:
        raise InputError(f"{path} has no delimiter", "--delimiter is for .csv and .tsv files.")
    if layout.sheet and format != "xlsx":
        raise InputError(f"{path} has no sheets", "--sheet is for .xlsx files.")
    if not layout.header and format not in (*DELIMITED, "xlsx"):
        raise InputError(f"{path} names its columns itself", "Only .csv, .tsv and .xlsx files may lack a header.")


def _checked(path: Path, header: list[str], columns: Sequence[str]) -> tuple[str, ...]:
    """The names the records will use: a column without one is named after its number, and none is in RESERVED."""
    names = [name or f"column {n}" for n, name in enumerate(header, 1)]
    found = f"{path} has the columns {', '.join(map(repr, names[:20]))}{', ...' if len(names) > 20 else ''}"
    if any("\0" in name for name in names):
        raise InputError(
            f"{found}: zero bytes",
            "It may be UTF-16 without a byte-order mark: give --encoding utf-16-le or utf-16-be.",
        )
    places: dict[str, int] = {}
    for n, name in enumerate(names, 1):
        if name in places:
            raise InputError(f"{path} has two columns {name!r}, {places[name]} and {n}", "Rename or remove one.")
        places[name] = n
    free: dict[str, None] = {}
    for name in names:
        free[_unreserved(name, {*names, *free})] = None
    for column in columns:
        if column not in names and column not in free:
            raise InputError(f"{found}, and no {column!r}", f"Name one of them.{nearest(column, names)}")
    return tuple(free)


def _unreserved(name: str, taken: Iterable[str] = ()) -> str:
    if name not in RESERVED:
        return name
    while name in RESERVED or name in taken:
        name += "_"
    return name


def _frames(sheets: Sequence[_Sheet], schema: Schema) -> Iterator[pl.DataFrame]:
    counts: dict[str, int] = {}
    for number, sheet in enumerate(sheets, 1):
        for batch in batches(sheet.read(), _size):
            placed = [(place(at, number, len(sheets)), cells, problem) for at, cells, problem in batch]
            yield _frame(sheet, placed, schema, counts)


def _size(record: Record) -> int:
    return sum(map(len, filter(None, record[1])))


def _frame(sheet: _Sheet, batch: list[Record], schema: Schema, counts: dict[str, int]) -> pl.DataFrame:
    width = len(sheet.names)
    whole = [cells if len(cells) == width else (*cells, *[None] * width)[:width] for _, cells, _ in batch]
    problems = [problem or (_ragged(cells, width) if len(cells) != width else None) for _, cells, problem in batch]
    columns: dict[str, Sequence[str | None]] = {
        "id": [unique_id(digest(orjson.dumps(cells)), counts) for _, cells, _ in batch],
        "source": [at for at, _, _ in batch],
        "file": [sheet.stem] * len(batch),
        "given": [sheet.split] * len(batch),
        "reason": ["bad_record" if problem else None for problem in problems],
        "detail": problems,
    }
    columns |= zip(sheet.names, zip(*whole, strict=True), strict=True)
    if "split_" in sheet.names:  # the file's own column `split`
        own = (split_of_word(cell or "") for cell in columns["split_"])
        columns["given"] = [split or sheet.split for split in own]
    nothing = [None] * len(batch)
    return pl.DataFrame({name: columns.get(name, nothing) for name in schema}, schema=schema)


def _ragged(cells: Sequence[str | None], width: int) -> str:
    start = ", ".join(cell or "" for cell in cells)[:60]
    return f"{len(cells)} {'cell' if len(cells) == 1 else 'cells'}, the header has {width}: {start!r}"


def _parquet_records(path: Path) -> Iterator[Record]:
    for number, cells in enumerate(parquet.cells(path), 1):
        yield f"record {number}", cells, None
