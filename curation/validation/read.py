"""The first pass: every file read once into one Parquet file, a line per row, unreadable rows included."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from curation.base import progress
from curation.base.errors import UsageError
from curation.base.rows import BESIDE, MESSAGES, SIDES
from curation.readers.batches import Schema, batches
from curation.readers.contents import RefusedError
from curation.readers.files import CHATS, open_decompressed, parse_file_name
from curation.readers.forms import messages_of
from curation.readers.lines import Item, objects
from curation.readers.preference import Sides
from curation.readers.spans.forms import holds_spans
from curation.readers.tool_calls import as_json
from curation.readers.turns import Turn, messages_column
from curation.validation.inputs import InputFile

SCHEMA: Schema = {
    "row": pl.UInt32(),
    "file": pl.UInt16(),
    "source": pl.String(),
    "split": pl.String(),
    "form": pl.String(),
    "messages": MESSAGES,
    **SIDES,
    **BESIDE,
    "text": pl.String(),
    "more": pl.String(),
    "keys": pl.List(pl.String()),
    "notes": pl.String(),
    "reason": pl.String(),
    "detail": pl.String(),
}


class _Row(NamedTuple):
    """A row, readable or not; `split`: the one that a list inside its file is named as.

    `text`: of one that is rendered already. `more`: the keys that are no part of the conversation, as JSON, and
    `keys`, their names. Of a preference the first `prompt_turns` of `messages` are the prompt, and the others the
    chosen answer, in whose place `rejected` stands; where there is one answer alone, `wanted` says what it is.
    """

    file: int
    source: str
    split: str | None = None
    form: str | None = None
    messages: list[Turn] | None = None
    prompt_turns: int | None = None
    rejected: list[Turn] | None = None
    wanted: bool | None = None
    tools: str | None = None
    chat_template_kwargs: str | None = None
    text: str | None = None
    more: str | None = None
    keys: list[str] | None = None
    notes: str | None = None
    reason: str | None = None
    detail: str | None = None


def read(parts: Sequence[InputFile], target: Path) -> Iterator[pl.DataFrame]:
    """Write the columns of SCHEMA to `target`, and yield them, batch by batch. InputError: a file cannot be read."""
    import pyarrow.parquet as pq

    for part in parts:  # a missing file is an error before any is read
        with open_decompressed(part.path, parse_file_name(part.path, CHATS).compression):
            pass
    progress.start("read")
    schema = pl.DataFrame(schema=SCHEMA).to_arrow().schema
    rows = (row for n, part in enumerate(parts) for row in _rows(n, part))
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


def _rows(file: int, part: InputFile) -> Iterator[_Row]:
    """UsageError where the file is span data, and none of its rows before that was a conversation."""
    chats = False
    for item in objects(part.path):
        row = _row(item, file, part)
        chats = chats or row.messages is not None
        if not chats and item.problem is None and holds_spans(item.value):
            raise UsageError(
                f"{part.path} holds texts with questions or labels and the offsets of spans, no conversations",
                f"curate build legal --source {part.path} reads it; curate init writes a recipe for it.",
            )
        yield row


def _size(row: _Row) -> int:
    sides = (row.messages or (), row.rejected or ())
    return len(row.text or "") + len(row.more or "") + sum(len(turn.content) for side in sides for turn in side)


def _frame(batch: Sequence[_Row], done: int) -> pl.DataFrame:
    columns: dict[str, Any] = dict(zip(_Row._fields, zip(*batch, strict=True), strict=True))
    columns |= {side: messages_column(columns[side]) for side in ("messages", "rejected")}
    return pl.DataFrame({"row": np.arange(done, done + len(batch), dtype=np.uint32), **columns}, schema=SCHEMA)


def _row(item: Item, file: int, part: InputFile) -> _Row:
    source = f"{part.name}#{item.position}"
    if item.problem or not isinstance(item.value, dict | list):
        return _Row(file, source, split=item.split, reason="bad_line", detail=item.problem)
    read = messages_of(item.value)
    try:
        more = as_json(read.more) if read.more else None
    except RefusedError as error:
        return _Row(file, source, item.split, read.form, reason="bad_line", detail=error.detail)
    keys = [*read.more, *(f"{key} of a turn" for key in _turn_keys(read.turns))] or None
    notes = [*([item.note] if item.note else []), *read.notes]
    row = _Row(file, source, item.split, read.form, more=more, keys=keys, notes="; ".join(notes) or None)
    if read.reason == "rendered_text":
        text = read.more.pop("text")
        return row._replace(
            text=text, more=as_json(read.more) if read.more else None, reason=read.reason, detail=read.detail
        )
    if read.turns == []:
        return row._replace(reason="no_messages", detail="the list of turns is empty")
    row = row._replace(tools=read.tools, chat_template_kwargs=read.options)
    if read.sides and read.reason == "preference":
        return _preference(row, read.sides)
    return row._replace(messages=read.turns, reason=read.reason, detail=read.detail)


def _turn_keys(turns: Sequence[Turn] | None) -> set[str]:
    return {key for turn in turns or () if turn.rest for key in json.loads(turn.rest)}


def _preference(row: _Row, sides: Sides) -> _Row:
    messages = [*sides.prompt, *sides.answer]
    return row._replace(prompt_turns=len(sides.prompt), messages=messages, rejected=sides.other, wanted=sides.wanted)
