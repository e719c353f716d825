"""The objects of a JSON, JSON lines or Parquet file, each with its position, and its problem if it has one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from curation.base.errors import InputError
from curation.readers import parquet
from curation.readers.decoding import check_not_utf16
from curation.readers.files import CHATS, open_decompressed, parse_file_name
from curation.readers.forms import json_type

LIST_KEYS = ("data", "rows", "train")
"""Keys under which one object may hold the list."""


class Item(NamedTuple):
    """`value` is an object, or, where there is a `problem`, what was found: another value, or the bytes."""

    position: str
    value: object | None
    problem: str | None


def objects(path: Path) -> Iterator[Item]:
    """Every value of the file, in order. The content decides between an array and JSON lines, not the suffix.

    Lines end in b"\\n" alone; blank ones are counted and skipped. An array is held whole in memory, the rest is not.
    InputError where the file cannot be read, or is not JSON as a whole.
    """
    name = parse_file_name(path, CHATS)
    if name.format == "parquet":
        yield from _rows(path)
        return
    with open_decompressed(path, name.compression) as stream:
        check_not_utf16(path, stream.peek(4))
        if stream.peek(3)[:3] == b"\xef\xbb\xbf":
            stream.read(3)
        head = list(_two_filled(stream))
        if _is_json_lines(name.format, [line.strip() for line in head if line.strip()]):
            yield from _lines(path, chain(head, stream))
        else:
            yield from _whole(path, b"".join(head) + stream.read())


def _rows(path: Path) -> Iterator[Item]:
    rows = chain.from_iterable(batch.to_pylist() for batch in parquet.record_batches(path))
    for number, row in enumerate(rows, 1):
        yield Item(f"{path.name}#record {number}", row, None)


def _two_filled(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Lines up to the second that is not blank."""
    filled = 0
    for line in lines:
        yield line
        filled += bool(line.strip())
        if filled == 2:
            return


def _is_json_lines(format: str, filled: list[bytes]) -> bool:
    """Whether each line is a value of its own. `filled`: the first two lines that are not blank."""
    if len(filled) == 2:
        first, second = filled
        if _parses(first) or (first.startswith(b"{") and second.startswith(b"{") and _parses(second)):
            return True
    return format != "json" and not (filled and filled[0].startswith(b"["))


def _parses(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _lines(path: Path, lines: Iterable[bytes]) -> Iterator[Item]:
    name = path.name
    for number, line in enumerate(lines, 1):
        filled = line.strip()
        if filled:
            yield _parsed(f"{name}#line {number}", filled)


def _parsed(position: str, line: bytes) -> Item:
    try:
        return _item(position, orjson.loads(line))
    except orjson.JSONDecodeError as error:
        return Item(position, line, _problem(line, error))


def _problem(line: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        text = line.decode()
    except UnicodeDecodeError as wrong:
        return f"not UTF-8: byte 0x{line[wrong.start]:02x} at {wrong.start + 1}"
    return f"not JSON: {error.msg} at column {error.colno}: {text[:60]!r}"


def _item(position: str, value: object) -> Item:
    problem = None if isinstance(value, dict) else f"expected an object, found {json_type(value)}"
    return Item(position, value, problem)


def _whole(path: Path, content: bytes) -> Iterator[Item]:
    key, values = _find_list(path, content)
    for number, value in enumerate(values):
        yield _item(f"{path.name}#{key}[{number}]", value)


def _find_list(path: Path, content: bytes) -> tuple[str, list[Any]]:
    """The list of objects and its key; an object without such a list is the only value."""
    hint = f"Expected a list of objects, alone or under {', '.join(LIST_KEYS)}, or one object a line."
    try:
        root = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise InputError(f"{path} is not JSON: {_place(content, error)}", hint) from error
    if isinstance(root, list):
        return "", root
    if not isinstance(root, dict):
        raise InputError(f"{path} holds {json_type(root)}", hint)
    return next(((key, root[key]) for key in LIST_KEYS if isinstance(root.get(key), list)), ("", [root]))


def _place(content: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        content.decode()
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        column = wrong.start - content.rfind(b"\n", 0, wrong.start)
        return f"line {line}, column {column}: the byte 0x{content[wrong.start]:02x} is not UTF-8"
    return f"line {error.lineno}, column {error.colno}: {error.msg}"
