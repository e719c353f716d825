"""Conversations to records: whatever form they come in, one column of messages, in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import orjson
import polars as pl

from curation.base.rows import MESSAGES, VERDICT
from curation.readers.batches import Schema, batches, digest, scan, unique_id
from curation.readers.files import CHATS, open_decompressed, parse_file_name
from curation.readers.forms import messages_of
from curation.readers.lines import Item, objects

SCHEMA: Schema = {
    "id": pl.String(),
    "source": pl.String(),
    "messages": MESSAGES,
    "form": pl.String(),
    "origin": pl.String(),
    "score": pl.Float64(),
    **VERDICT,
}


class _Record(NamedTuple):
    id: str
    source: str
    messages: list[dict[str, str]] | None
    form: str | None
    origin: str | None
    score: float | None
    reason: str | None
    detail: str | None
    other: str | None = None


def read_chat(paths: Sequence[Path]) -> pl.LazyFrame:
    """Records with the columns of SCHEMA, in the order of the files.

    `origin` is the object's own `source`, `score` its `score` or `reward`. An id is the object's own, or a hash of
    its content. What cannot be read is rejected: as `bad_line`, or with the reason of `messages_of`.
    """
    stems = [parse_file_name(path, CHATS).stem for path in paths]
    for path in paths:
        with open_decompressed(path, compression=None):  # a missing file is an error now, not in the middle of a query
            pass
    return scan(lambda: _frames(paths, stems), SCHEMA)


def _frames(paths: Sequence[Path], stems: Sequence[str]) -> Iterator[pl.DataFrame]:
    counts: dict[str, int] = {}
    files = zip(paths, stems, strict=True)
    records = (_record(item, stem, counts) for path, stem in files for item in objects(path))
    for batch in batches(records, _size):
        columns = dict(zip(_Record._fields, zip(*batch, strict=True), strict=True))
        yield pl.DataFrame(columns | {"messages": _messages(batch)}, schema=SCHEMA)


def _size(record: _Record) -> int:
    return sum(len(message["content"]) for message in record.messages or ())


def _messages(batch: list[_Record]) -> pl.Series:
    import pyarrow as pa

    turn = pa.struct([("role", pa.large_string()), ("content", pa.large_string())])
    return pl.Series(pa.array([record.messages for record in batch], pa.large_list(turn)))


def _record(item: Item, stem: str, counts: dict[str, int]) -> _Record:
    value = item.value
    if item.problem or not isinstance(value, dict):
        id = unique_id(f"{stem}-{_hash(item)}", counts)
        return _Record(id, item.position, None, None, None, None, "bad_line", item.problem)
    read = messages_of(value)
    return _Record(
        id=unique_id(_own_id(value.get("id")) or f"{stem}-{_hash(item)}", counts),
        source=item.position,
        messages=read.messages,
        form=read.form,
        origin=value["source"] if isinstance(value.get("source"), str) else None,
        score=_number(value["reward"] if value.get("score") is None and "reward" in value else value.get("score")),
        reason=read.reason,
        detail=read.detail,
    )


def _own_id(id: object) -> str | None:
    return str(id) if isinstance(id, str | int) and not isinstance(id, bool) else None


def _number(score: object) -> float | None:
    return float(score) if isinstance(score, float | int) and not isinstance(score, bool) else None


def _hash(item: Item) -> str:
    if isinstance(item.value, bytes):
        return digest(item.value)
    try:
        return digest(orjson.dumps(item.value, default=str, option=orjson.OPT_SORT_KEYS))
    except orjson.JSONEncodeError:  # read to a depth of 1,024 but written to 254 only
        return digest(item.position.encode())
