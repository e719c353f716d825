"""The first pass: every file read once into one Parquet file, a line per row, unreadable rows included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
import polars as pl

from curation.base import progress
from curation.base.errors import UsageError
from curation.base.rows import MESSAGES
from curation.readers.batches import Schema, batches
from curation.readers.files import CHATS, open_decompressed, parse_file_name
from curation.readers.forms import TURN_KEYS, messages_of
from curation.readers.lines import Item, objects
from curation.readers.spans.forms import holds_spans
from curation.validation.inputs import InputFile

SCHEMA: Schema = {
    "row": pl.UInt32(),
    "file": pl.UInt16(),
    "source": pl.String(),
    "form": pl.String(),
    "messages": MESSAGES,
    "text": pl.String(),
    "rest": pl.String(),
    "reason": pl.String(),
    "detail": pl.String(),
}
_SIDES = {"prompt-completion": ("prompt", "system"), "alpaca": ("instruction", "input", "output", "history", "system")}


class _Row(NamedTuple):
    """`text`: of a row that is rendered already. `rest`: the other keys of the object as JSON, if needed."""

    file: int
    source: str
    form: str | None
    messages: list[dict[str, str]] | None
    text: str | None
    rest: str | None
    reason: str | None
    detail: str | None


def read(parts: Sequence[InputFile], target: Path, with_rest: bool) -> Iterator[pl.DataFrame]:
    """Write the columns of SCHEMA to `target`, and yield them, batch by batch. InputError: a file cannot be read."""
    import pyarrow.parquet as pq

    for part in parts:  # a missing file is an error before any is read
        with open_decompressed(part.path, parse_file_name(part.path, CHATS).compression):
            pass
    progress.start("read")
    schema = pl.DataFrame(schema=SCHEMA).to_arrow().schema
    rows = (row for n, part in enumerate(parts) for row in _rows(n, part, with_rest))
    done = 0
    with pq.ParquetWriter(target, schema, compression="lz4") as writer:
        for batch in batches(rows, _size):
            frame = _frame(batch, done)
            writer.write_table(frame.to_arrow().cast(schema))
            done += len(batch)
            progress.advance(len(batch))
            yield frame


def groups(file: Path, *columns: str) -> Iterator[pl.DataFrame]:
    """What `read` wrote, batch by batch: these columns, or all."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as source:
        for n in range(source.metadata.num_row_groups):
            yield pl.DataFrame(source.read_row_group(n, columns=list(columns) or None))


def slice_of_group(sorted: pl.DataFrame, group: pl.DataFrame) -> pl.DataFrame:
    """The part of a frame, sorted by row, that is about the rows of a group."""
    first, after = (int(sorted["row"].search_sorted(row, "left")) for row in (group["row"][0], group["row"][-1] + 1))
    return sorted[first:after]


def _rows(file: int, part: InputFile, with_rest: bool) -> Iterator[_Row]:
    """UsageError where the file is span data, and none of its rows before that was a conversation."""
    chats = False
    for item in objects(part.path):
        row = _row(item, file, part, with_rest)
        chats = chats or row.messages is not None
        if not chats and item.problem is None and holds_spans(item.value):
            raise UsageError(
                f"{part.path} holds texts with questions or labels and the offsets of spans, no conversations",
                f"curate build legal --source {part.path} reads it; curate init writes a recipe for it.",
            )
        yield row


def _size(row: _Row) -> int:
    return len(row.text or "") + sum(len(message["content"]) for message in row.messages or ())


def _frame(batch: Sequence[_Row], done: int) -> pl.DataFrame:
    columns = dict(zip(_Row._fields, zip(*batch, strict=True), strict=True))
    row = np.arange(done, done + len(batch), dtype=np.uint32)
    messages = _messages([made.messages for made in batch])
    return pl.DataFrame({"row": row, **columns, "messages": messages}, schema=SCHEMA)


def _messages(rows: Sequence[list[dict[str, str]] | None]) -> pl.Series:
    """A column of MESSAGES, made of two flat lists of texts: twice as fast as from the objects."""
    import pyarrow as pa

    flat = [message for messages in rows for message in messages or ()]
    texts = [pa.array([message[key] for message in flat], pa.large_string()) for key in ("role", "content")]
    turns = pa.StructArray.from_arrays(texts, names=["role", "content"])
    ends = np.cumsum([0, *(len(messages or ()) for messages in rows)], dtype=np.int64)
    missing = pa.array([messages is None for messages in rows], pa.bool_())
    return pl.Series(pa.LargeListArray.from_arrays(pa.array(ends), turns, mask=missing))


def _row(item: Item, file: int, part: InputFile, with_rest: bool) -> _Row:
    source, value = part.name + item.position.removeprefix(part.path.name), item.value
    if item.problem or not isinstance(value, dict):
        return _Row(file, source, None, None, None, None, "bad_line", item.problem)
    read = messages_of(value)
    try:
        rest = _rest(value, read.form) if with_rest else None
    except orjson.JSONEncodeError as error:  # read to a depth of 1,024 but written to 254 only
        return _Row(file, source, read.form, None, None, None, "bad_line", f"cannot be written again: {error}")
    if read.reason == "rendered_text":
        return _Row(file, source, read.form, None, value["text"], rest, read.reason, read.detail)
    if read.messages == []:
        return _Row(file, source, read.form, None, None, rest, "no_messages", "the list of turns is empty")
    return _Row(file, source, read.form, read.messages, None, rest, read.reason, read.detail)


def _rest(value: Mapping[str, Any], form: str | None) -> str:
    """The keys that did not become messages or text, as JSON."""
    kept = {key: item for key, item in value.items() if key not in _used(value, form)}
    return orjson.dumps(kept, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _used(value: Mapping[str, Any], form: str | None) -> Iterator[str]:
    if form in ("messages", "sharegpt"):
        yield "system"
        yield from (key for key in TURN_KEYS if isinstance(value.get(key), list))
    elif form == "prompt-completion":
        yield "completion" if value.get("completion") is not None else "response"
    elif form == "text":
        yield "text"
    yield from _SIDES.get(form or "", ())
