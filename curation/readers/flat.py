"""JSON objects as a table: its columns are the keys of the first 1,000 objects; values other than text become JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import orjson

from curation.base.errors import InputError
from curation.readers.lines import objects

_HEADER_OBJECTS = 1_000


def names(path: Path) -> list[str]:
    """The keys, in order of appearance. InputError where there is no object."""
    values = (item.value for item in islice(objects(path), _HEADER_OBJECTS) if item.problem is None)
    keys = dict.fromkeys(key for value in values if isinstance(value, dict) for key in value)
    if not keys:
        raise InputError(f"{path} holds no object with a key", "Expected objects: one a line, or in a list.")
    return list(keys)


def records(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, list[str | None], str | None]]:
    """Position, cells under `columns` and the problem of each value of the file; a key that is absent is null."""
    for item in objects(path):
        value = item.value if isinstance(item.value, dict) and item.problem is None else {}
        yield (
            item.position.removeprefix(f"{path.name}#"),
            [_cell(value.get(column)) for column in columns],
            item.problem,
        )


def _cell(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()
