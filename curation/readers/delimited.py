"""CSV and TSV, record by record: the cells that Python's csv module gives in its strict mode."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from curation.base.errors import InputError
from curation.readers.decoding import decoded
from curation.readers.files import FileName

LONGEST = 2**24
"""Characters in a cell. No text is as long; a quote that does not close swallows as much."""

_DELIMITERS = {"csv": ",;\t|", "tsv": "\t,;|", "tab": "\t,;|"}
_EDGES = re.compile(r"^[\s\ufeff]+|[\s\ufeff]+$")


class DelimitedFile(NamedTuple):
    """How a file is to be split, and the names in its header without whitespace or byte-order marks at the edges."""

    path: Path
    file_name: FileName
    encoding: str
    delimiter: str
    names: list[str]


def tidy(name: str) -> str:
    """The name without whitespace and byte-order marks at its edges."""
    return _EDGES.sub("", name)


def detect_delimiter(path: Path, file_name: FileName, encoding: str, columns: Sequence[str]) -> DelimitedFile:
    """The delimiter that splits the header into most names, `columns` among them if any does, and those names."""
    headers: dict[str, list[str]] = {}
    malformed: InputError | None = None
    for delimiter in _DELIMITERS[file_name.format]:
        with decoded(path, file_name.compression, encoding) as text:
            try:
                header = next(_cells(path, text, delimiter), None)
            except InputError as error:
                malformed = malformed or error
                continue
        if header is None:
            raise InputError(f"{path} is empty", "Expected a header line with the names of the columns.")
        headers[delimiter] = [tidy(name) for name in header[1]]
    best = max(headers, key=lambda key: ({*columns} <= {*headers[key]}, len({*headers[key]} - {""})), default="")
    if malformed and len(headers.get(best, ())) < 2:
        raise malformed
    return DelimitedFile(path, file_name, encoding, best, headers[best])


def records(file: DelimitedFile) -> Iterator[tuple[str, list[str]]]:
    """Position and cells of each record after the header. Empty lines are skipped."""
    with decoded(file.path, file.file_name.compression, file.encoding) as text:
        found, name = _cells(file.path, text, file.delimiter), file.path.name
        next(found, None)
        for number, (line, cells) in enumerate(found, 1):
            yield f"{name}#record {number}, line {line}", cells


def _cells(path: Path, text: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The line where a record starts, and its cells."""
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST))  # one limit for the whole process; never lowered
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise _malformed(path, line, reader.line_num, str(error)) from error


def _malformed(path: Path, start: int, line: int, problem: str) -> InputError:
    record = f"{path}: the record that starts on line {start:,}"
    if problem.startswith("unexpected end"):
        return InputError(
            f"{record} has a quote that does not close", 'Close it, or double it ("") where it is part of the text.'
        )
    if problem.startswith("field larger"):
        return InputError(
            f"{record} has a cell of more than {LONGEST:,} characters, up to line {line:,}",
            "Look for a quote that does not close.",
        )
    return InputError(
        f"{record} is malformed on line {line:,}: {problem}",
        'A cell is quoted whole or not at all, and a quote inside one is doubled ("").',
    )
