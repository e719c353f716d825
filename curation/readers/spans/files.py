"""The objects of a span file, each with its position; what wraps them (a list, `data`, `train`) is opened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from curation.base.errors import InputError
from curation.readers.decoding import as_utf8
from curation.readers.files import CHATS, open_decompressed, parse_file_name
from curation.readers.lines import Item, objects
from curation.readers.spans.forms import form_of, holds_spans, lists_of

EXPECTED = (
    'Expected SQuAD ({"data": [{"title", "paragraphs": [{"context", "qas": [...]}]}]}, or an object per question with '
    "context, question and answers), or an export of doccano or Label Studio."
)
_LOOKED_AT = 100  # objects


def span_objects(path: Path) -> Iterator[Item]:
    """Every object of the file, in order; a JSON array or object is held whole in memory, lines and rows are not.

    InputError where the file cannot be read, or its first objects are none of a span file.
    """
    items = _items(path)
    first = list(islice(items, _LOOKED_AT))
    if first and not any(item.problem or form_of(item.value) for item in first):
        found = first[0].value
        what = f"an object with {', '.join(list(found)[:8]) or 'no keys'}" if isinstance(found, dict) else repr(found)
        raise InputError(f"{path}: {first[0].position} is {what[:200]}", EXPECTED)
    yield from first
    yield from items


def looks_like_spans(path: Path) -> bool:
    """Whether one of the first hundred objects is for certain span data; false where they cannot be read."""
    try:
        return any(item.problem is None and holds_spans(item.value) for item in islice(_items(path), _LOOKED_AT))
    except InputError:
        return False


def _items(path: Path) -> Iterator[Item]:
    name = parse_file_name(path, CHATS)
    root = _whole(path, name.compression) if name.format == "json" else None
    if root is not None:
        yield from _opened(root, "")
        return
    for item in objects(path):
        if item.problem:
            yield item
        else:
            yield from _opened(item.value, item.position)


def _whole(path: Path, compression: str | None) -> Any:
    """The one value of a JSON file; None where it holds several, one a line, or nothing.

    Bytes that are not UTF-8 and halves of characters are read as lone surrogates: they spoil one record, not the file.
    """
    with open_decompressed(path, compression) as stream:
        whole = as_utf8(path, stream)
        content = stream.read() if whole is None else whole
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(content.decode("utf-8", "surrogateescape"))
    except RecursionError as error:
        raise InputError(f"{path} is nested too deeply", EXPECTED) from error
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and content[: error.pos].lstrip()[:1] == b"{":
            return None
        where = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"{path} is not JSON: {where}: {error.msg}", EXPECTED) from error


def _opened(value: Any, position: str) -> Iterator[Item]:
    if isinstance(value, list):
        for n, one in enumerate(value):
            yield Item(f"{position}[{n}]", one, None)
    elif isinstance(value, dict) and form_of(value) is None and (lists := lists_of(value)):
        for key, values in lists.items():
            yield from _opened(values, f"{position}.{key}".lstrip("."))
    else:
        yield Item(position or "[0]", value, None)
