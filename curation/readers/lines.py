"""The records of a JSON, JSON lines, Parquet or Arrow file, each with its position, and its problem if it has one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from curation.base.errors import InputError
from curation.readers import parquet
from curation.readers.contents import json_type
from curation.readers.decoding import as_utf8
from curation.readers.files import CHATS, open_decompressed, parse_file_name
from curation.readers.json_lists import listed
from curation.readers.json_values import Value, elements, is_rounded, parse, values


class Item(NamedTuple):
    """`value` is an object or a list of objects, or, where there is a `problem`, what was found: a value, or the bytes.

    `position` is a place in the file, without its name. `note`: what was read as it was meant, and not as it was
    written. `split`: the one that the file says it is of.
    """

    position: str
    value: object | None
    problem: str | None = None
    note: str | None = None
    split: str | None = None


def objects(path: Path) -> Iterator[Item]:
    """Every value of the file, in order. The content decides between an array and JSON lines, not the suffix.

    Lines end in b"\\n" alone; blank ones are counted and skipped. What is not one value a line is held whole in memory,
    the rest is not. One bad record is one Item with a problem. InputError where the file cannot be read.
    """
    name = parse_file_name(path, CHATS)
    if name.format in ("parquet", "arrow"):
        batches = parquet.record_batches(path) if name.format == "parquet" else parquet.arrow_batches(path)
        for number, row in enumerate(chain.from_iterable(batch.to_pylist() for batch in batches), 1):
            yield Item(f"record {number}", row)
        return
    with open_decompressed(path, name.compression) as stream:
        whole = as_utf8(path, stream)
        lines: Iterable[bytes] = stream if whole is None else BytesIO(whole)
        head = list(_two_filled(lines))
        if _is_json_lines(name.format, [line.strip() for line in head if line.strip()]):
            yield from _lines(chain(head, lines))
        else:
            yield from _whole(path, b"".join(chain(head, lines)))


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
        if first in (b"{", b"[", b"[{"):
            return False
    return format != "json" and not (filled and filled[0].startswith(b"["))


def _parses(line: bytes) -> bool:
    return parse(line).problem is None


def _lines(lines: Iterable[bytes]) -> Iterator[Item]:
    for number, line in enumerate(lines, 1):
        filled = line.strip()
        if not filled:
            continue
        found = parse(filled)
        if found.problem is None:
            yield _item(f"line {number}", found)
        else:
            yield from _several(f"line {number}", filled, found)


def _several(position: str, line: bytes, failed: Value) -> Iterator[Item]:
    """The records of a line that is not one; it is one bad record where they are not all whole."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = ""
    each = list(values(text)) if text[:1] in ("{", "[") else []
    if len(each) > 1 and not any(one.problem or not _is_record(one.value) for one in each):
        for n, one in enumerate(each, 1):
            yield _item(f"{position}, value {n}", one)
    else:
        yield _item(position, failed)


def _item(position: str, found: Value, split: str | None = None) -> Item:
    value, problem = found.value, found.problem
    if problem is None and not _is_record(value):
        problem = f"expected an object, found {json_type(value)}"
    return Item(position, value, problem, found.note, split)


def _is_record(value: object) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)
    )


def _whole(path: Path, content: bytes) -> Iterator[Item]:
    """One value that holds the records, or several that go over lines."""
    try:
        root: Any = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        yield from _piece_by_piece(path, content, error)
        return
    found = listed(root)
    if found is None:
        raise InputError(f"{path} holds {json_type(root)}", _EXPECTED)
    records = list(found)
    if any(isinstance(one.value, dict) and is_rounded(one.value) for one in records):
        records = list(listed(json.loads(content)) or ())
    notes = _notes(root, content)
    for n, one in enumerate(records):
        yield _item(one.position, Value(one.value, note=notes.get(n)), one.split)


def _notes(root: object, content: bytes) -> dict[int, str]:
    """Of the elements of an array those in which a key stands twice, looked for where there are too many keys."""
    if not isinstance(root, list) or not root or not isinstance(root[0], dict):
        return {}
    keys = list(root[0])[:8]
    if all(content.count(f'"{key}"'.encode("utf8", "replace")) <= len(root) for key in keys):
        return {}
    return {n: one.note for n, one in enumerate(elements(content.decode())) if one.note}


_EXPECTED = "Expected a list of objects, alone or under a key, or one object a line."


def _piece_by_piece(path: Path, content: bytes, error: orjson.JSONDecodeError) -> Iterator[Item]:
    """What could not be parsed as a whole: its values one by one, each with its lines."""
    whole = parse(content.strip())
    if whole.problem is None:  # NaN, integers of any length
        for inner in listed(whole.value) or ():
            yield _item(inner.position, Value(inner.value), inner.split)
        return
    text = content.decode("utf8", "surrogateescape")
    array = text.lstrip().startswith("[")
    found = list(elements(text) if array else values(text))
    if not any(_is_record(one.value) for one in found):
        raise InputError(f"{path} is not JSON: {_place(content, error)}", _EXPECTED)
    line, at = 1, 0
    for n, one in enumerate(found):
        line, at = line + text.count("\n", at, one.start), one.start
        last = line + text.count("\n", one.start, one.end)
        if isinstance(one.value, list) and not array:  # an array after a comment, or among objects
            for inner in listed(one.value) or ():
                yield _item(f"line {line}, {inner.position}", Value(inner.value), inner.split)
        else:
            yield _item(f"[{n}]" if array else f"line {line}" if last == line else f"lines {line} to {last}", one)


def _place(content: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        content.decode()
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        column = wrong.start - content.rfind(b"\n", 0, wrong.start)
        return f"line {line}, column {column}: the byte 0x{content[wrong.start]:02x} is not UTF-8"
    return f"line {error.lineno}, column {error.colno}: {error.msg}"
