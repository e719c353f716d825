"""CSV and TSV, record by record: how the file is split, where its header stands, and the records below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from curation.base.errors import InputError
from curation.readers.decoding import decoded
from curation.readers.files import FileName
from curation.readers.header import LOOKED_AT, header_row, tidy, usual_width
from curation.readers.malformed import Raw, raw_records

_DELIMITERS = {"csv": ",;\t|", "tsv": "\t,;|", "tab": "\t,;|"}
_SEP_LINE = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)
_NAMED = {"tab": "\t", "\\t": "\t"}


class DelimitedFile(NamedTuple):
    """How a file is to be split, and the names in its header without whitespace or byte-order marks at the edges.

    `header_line`: where the header starts, 0 without one; of a file that begins with `sep=;` the line below is line 1.
    `rivals`: delimiters that split the file as evenly.
    """

    path: Path
    file_name: FileName
    encoding: str
    delimiter: str
    names: list[str]
    header_line: int
    rivals: tuple[str, ...] = ()


class _Split(NamedTuple):
    """The first records under a delimiter: where the names stand, and the share of records that are as wide."""

    delimiter: str
    header_line: int
    names: list[str]
    share: float
    alone: bool
    """Whether no other record is as wide."""


def detect_delimiter(
    path: Path,
    file_name: FileName,
    encoding: str,
    columns: Sequence[str],
    delimiter: str | None = None,
    has_header: bool = True,
) -> DelimitedFile:
    """The delimiter by which the records are as wide as the header, `columns` among its names if any gives them.

    `delimiter`: taken as it is, `tab` for a tab. Without a header the names are empty, as many as most records have
    cells. InputError where the file is empty, or its first record malformed under every delimiter.
    """
    said = _said(path, file_name, encoding, delimiter)
    splits, malformed = [], []
    for one in said or _DELIMITERS[file_name.format]:
        with _text(path, file_name, encoding) as (text, _):
            first = list(islice(raw_records(text, one), LOOKED_AT))
        if first and first[0].problem:
            malformed.append(first[0])
        elif first:
            splits.append(_split(one, first, columns, has_header))
    if not splits and not malformed:
        raise InputError(f"{path} is empty", "Expected a header line with the names of the columns.")
    if malformed and not any(len(split.names) > 1 for split in splits):
        raise InputError(f"{path}: the record that starts on line {malformed[0].line:,}: {malformed[0].problem}")
    best = max(splits, key=lambda split: _fitness(split, columns))
    rank = _fitness(best, columns)
    even = [s.delimiter for s in splits if s is not best and rank[1] and _fitness(s, columns)[:3] == rank[:3]]
    return DelimitedFile(path, file_name, encoding, best.delimiter, best.names, best.header_line, tuple(even))


def _said(path: Path, file_name: FileName, encoding: str, delimiter: str | None) -> str:
    """The delimiter that was given, or that a first line `sep=;` gives; empty where there is none."""
    if delimiter:
        one = _NAMED.get(delimiter.lower(), delimiter)
        if len(one) != 1 or one in '"\r\n':
            raise InputError(f"--delimiter {delimiter!r} is not one character", "Expected , ; | or tab.")
        return one
    with _text(path, file_name, encoding) as (_, sep):
        return sep


def _split(delimiter: str, first: Sequence[Raw], columns: Sequence[str], has_header: bool) -> _Split:
    whole = [raw for raw in first if raw.problem is None]
    rows = [raw.cells for raw in whole]
    if not has_header:
        width = usual_width(rows)
        return _Split(delimiter, 0, [""] * width, sum(len(row) == width for row in rows) / len(rows), False)
    header = header_row(rows, columns)
    wide = sum(len(row) == len(rows[header]) for row in rows)
    return _Split(delimiter, whole[header].line, [tidy(name) for name in rows[header]], wide / len(rows), wide == 1)


def _fitness(split: _Split, columns: Sequence[str]) -> tuple[bool, bool, float, int]:
    names = {*split.names} - {""}
    splits = len(names) > 1 or (len(split.names) > 1 and not split.alone)
    return bool(columns) and {*columns} <= names, splits, split.share if splits else 1.0, len(names)


def records(file: DelimitedFile) -> Iterator[tuple[str, Sequence[str], str | None]]:
    """Position and cells of each record, and what is wrong with it; also of those above the header.

    Wholly empty lines are skipped, and above the header empty records. A malformed one has its text as one cell.
    """
    with _text(file.path, file.file_name, file.encoding) as (text, sep):
        number = 0
        for start, cells, problem in raw_records(text, file.delimiter, len(file.names)):
            line = start + bool(sep)
            if start > file.header_line:
                number += 1
                yield f"record {number}, line {line}", cells, problem
            elif start < file.header_line and any(cells):
                title = ", ".join(filter(None, cells))[:60]
                yield f"line {line}", cells, problem or f"stands above the header: {title!r}"


@contextmanager
def _text(path: Path, file_name: FileName, encoding: str) -> Iterator[tuple[TextIOWrapper, str]]:
    """The text without Excel's first line `sep=;`, and the delimiter that such a line gives."""
    with decoded(path, file_name.compression, encoding) as text:
        found = _SEP_LINE.fullmatch(text.readline(16))
        if found:
            yield text, found[1]
            return
    with decoded(path, file_name.compression, encoding) as text:
        yield text, ""
