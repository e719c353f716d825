"""Benchmark files, read for the texts of their items: what is asked and what is answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from curation.base.errors import InputError, UsageError
from curation.readers.decoding import decoded
from curation.readers.delimited import detect_delimiter, records
from curation.readers.files import CHATS, DELIMITED, FileName, parse_file_name
from curation.readers.forms import messages_of
from curation.readers.lines import objects
from curation.readers.pairs import ASKED
from curation.readers.splits import expand
from curation.readers.turns import Turn

_FORMATS = (*CHATS, *DELIMITED, "txt")
_ALONE = (*ASKED, "problem", "goal", "ctx", "sentence", "text")
"""Keys of a question whose answer is no text: a number among choices, a program that tests."""
TEXTS = pl.Schema({"item": pl.UInt32(), "at": pl.String(), "answer": pl.Boolean(), "text": pl.String()})


class Texts(NamedTuple):
    """A line for each text of an item (TEXTS; `at`: file and place), how many items there are, and how many unread."""

    frame: pl.DataFrame
    items: int
    unread: int


def texts(benchmarks: Sequence[Path], validated: Sequence[Path]) -> Texts:
    """The items of the files, and of folders and patterns among them.

    Chat files of any form, CSV and TSV with the same names in their header, and .txt with an item a line. UsageError
    where a file is validated as well, InputError where it cannot be read or no item in it has a text.
    """
    paths = [file.path for file in expand(benchmarks)]
    both = {path.resolve() for path in validated}
    if same := next((path for path in paths if path.resolve() in both), None):
        raise UsageError(f"{same} is given as a benchmark and as a file to validate", "Give it as one of them.")
    lines, count, unread = list[tuple[int, str, bool, str]](), 0, 0
    for path in paths:
        name, before = path.name if [p.name for p in paths].count(path.name) == 1 else str(path), len(lines)
        for position, said in _items(path):
            lines += [(count, f"{name}#{position}", answer, text) for answer, text in said if text.strip()]
            count, unread = count + 1, unread + (not said)
        if len(lines) == before:
            raise InputError(f"{path} holds no item of a benchmark", "Expected questions and answers, or texts.")
    return Texts(pl.DataFrame(lines, schema=TEXTS, orient="row"), count, unread)


def _items(path: Path) -> Iterator[tuple[str, list[tuple[bool, str]]]]:
    """Place and texts of each item, and of each whether it is the answer; none of what cannot be read."""
    name = parse_file_name(path, _FORMATS)
    if name.format == "txt":
        yield from _lines(path, name)
    elif name.format in DELIMITED:
        table = detect_delimiter(path, name, "utf-8", ())
        for position, cells, problem in records(table):
            whole = problem is None and len(cells) == len(table.names)
            yield position, _said(dict(zip(table.names, cells, strict=True))) if whole else []
    else:
        for item in objects(path):
            read = item.problem is None and isinstance(item.value, dict | list)
            yield item.position, _said(item.value) if read else []


def _lines(path: Path, name: FileName) -> Iterator[tuple[str, list[tuple[bool, str]]]]:
    with decoded(path, name.compression, "utf-8") as text:
        for number, line in enumerate(text, 1):
            if line.strip():
                yield f"line {number}", [(False, line)]


def _said(value: Any) -> list[tuple[bool, str]]:
    """The question and the answer of an item; the question alone where nothing else is text."""
    read = messages_of(value)
    turns = read.turns
    if read.sides and read.sides.chosen is not None:
        turns = [*read.sides.prompt, *read.sides.chosen]
    if turns:
        return [(role == "assistant", _joined(turns, role)) for role in ("user", "assistant")]
    given: Mapping[str, Any] = value if isinstance(value, dict) else {}
    alone = next((given[key] for key in _ALONE if isinstance(given.get(key), str)), "")
    return [(False, alone)] if alone.strip() else []


def _joined(turns: Sequence[Turn], role: str) -> str:
    return "\n".join(turn.content for turn in turns if turn.role == role)
