"""Tables of conversations to records: whole ones in the cells of a column, or a turn in each record."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
import polars as pl

from curation.base.columns import column
from curation.base.rows import BESIDE, MESSAGES, VERDICT
from curation.readers.batches import Schema, digest, scan, unique_id
from curation.readers.forms import ParsedChat, messages_of
from curation.readers.table import Layout, table_frames
from curation.readers.turns import messages_column

_BESIDE = ("system", "tools")  # columns that belong to the conversation of their record


def read_cells(
    paths: Sequence[Path],
    cells: str,
    encoding: str = "utf-8",
    *,
    delimiter: str | None = None,
    sheet: str | None = None,
    header: bool = True,
    splits: Sequence[str | None] = (),
) -> pl.LazyFrame:
    """The records of `read_table`, with `messages` read from the JSON or the Python literals in the column `cells`.

    A cell that is neither, or no conversation, makes its record a reject: `bad_record`, or as `messages_of` says.
    """
    schema, frames = table_frames(paths, (cells,), Layout(encoding, delimiter, sheet, header), splits)
    made = _schema(schema)
    return scan(lambda: (_with_messages(frame, cells, made) for frame in frames()), made)


def read_turns(
    paths: Sequence[Path],
    conversation: str,
    role: str,
    content: str,
    turn: str | None = None,
    encoding: str = "utf-8",
    *,
    delimiter: str | None = None,
    sheet: str | None = None,
    header: bool = True,
    splits: Sequence[str | None] = (),
) -> pl.LazyFrame:
    """A record for each value of the column `conversation` in a file, its turns by the number `turn` or as they stand.

    Other columns hold the value that all turns share, else a JSON list of theirs. A record of the table that cannot
    be read, or names no conversation, is a reject of its own. The table is held in memory.
    """
    wanted = (conversation, role, content, *([turn] if turn else []))
    schema, frames = table_frames(paths, wanted, Layout(encoding, delimiter, sheet, header), splits)
    made = _schema(schema)
    return scan(lambda: _conversations(frames(), conversation, role, content, turn, made), made)


def holds_conversations(cells: Sequence[str]) -> bool:
    """Whether most of the cells are lists of turns, or objects with one, as JSON or Python."""
    read = [_value(cell) for cell in cells]
    return bool(cells) and 2 * sum(isinstance(one, list | dict) and bool(_read(one, {}).turns) for one in read) > len(
        cells
    )


def holds_values(cells: Sequence[str]) -> bool:
    """Whether most of the cells are lists or objects, as JSON or Python, and so no text to be learned."""
    return 2 * sum(isinstance(_value(cell), list | dict | tuple) for cell in cells) > len(cells)


def _with_messages(frame: pl.DataFrame, cells: str, schema: Schema) -> pl.DataFrame:
    beside = [name for name in _BESIDE if name in frame.columns]
    found: list[ParsedChat] = []
    for row in frame.iter_rows(named=True):
        if row["reason"]:
            found.append(ParsedChat(None, reason=row["reason"], detail=row["detail"]))
        else:
            found.append(_read(_value(row[cells]), {name: row[name] for name in beside if row[name]}))
    return _filled(frame, found, schema)


def _conversations(
    frames: Iterator[pl.DataFrame], conversation: str, role: str, content: str, turn: str | None, schema: Schema
) -> Iterator[pl.DataFrame]:
    whole = list(frames)
    if not whole:
        return
    table = pl.concat(whole)
    named = column(conversation).fill_null("").str.strip_chars() != ""
    unread = table.filter(column("reason").is_not_null() | ~named)
    table = table.filter(column("reason").is_null() & named)
    yield _filled(unread, [_unread(row["reason"], row["detail"], conversation) for row in unread.to_dicts()], schema)
    counts: dict[str, int] = {}
    joined, found = [], []
    for turns in table.partition_by("file", conversation, maintain_order=True):
        if turn:
            turns = turns.sort(column(turn).str.strip_chars().cast(pl.Float64, strict=False), maintain_order=True)
        values = [{"role": row[role], "content": row[content]} for row in turns.iter_rows(named=True)]
        joined.append(_joined(turns, counts))
        found.append(_read(values, {}))
    if joined:
        yield _filled(pl.DataFrame(joined, schema=table.schema), found, schema)


def _unread(reason: str | None, detail: str | None, conversation: str) -> ParsedChat:
    detail = detail if reason else f"the column {conversation!r} is empty"
    return ParsedChat(None, reason=reason or "bad_record", detail=detail)


def _joined(turns: pl.DataFrame, counts: dict[str, int]) -> dict[str, str | None]:
    """One record for the turns: what they share, or all of it; its id is a hash of all cells."""
    cells = turns.drop("id", "source", "file", "given", *VERDICT)
    record = {name: turns[name][0] for name in ("source", "file", "given")}
    for name in cells.columns:
        values = cells[name].to_list()
        record[name] = values[0] if len({*values}) == 1 else orjson.dumps(values).decode()
    return record | {"id": unique_id(digest(orjson.dumps(cells.rows())), counts)}


def _schema(schema: Schema) -> Schema:
    """That of the table with the columns of a conversation, the verdict last."""
    made: Schema = {name: type for name, type in schema.items() if name not in ("messages", *BESIDE, *VERDICT)}
    return {**made, "messages": MESSAGES, **BESIDE, **VERDICT}


def _filled(frame: pl.DataFrame, found: Sequence[ParsedChat], schema: Schema) -> pl.DataFrame:
    made = {
        "tools": [one.tools for one in found],
        "chat_template_kwargs": [one.options for one in found],
        "reason": [one.reason for one in found],
        "detail": [one.detail for one in found],
    }
    texts = [pl.Series(name, values, pl.String()) for name, values in made.items()]
    messages = messages_column([one.turns for one in found]).alias("messages")
    return frame.with_columns(messages, *texts).select(map(column, schema))


def _read(value: object, beside: dict[str, str]) -> ParsedChat:
    """The conversation in a list of turns or an object, or the reason and detail of its lack."""
    if isinstance(value, list):
        value = {"messages": value}
    if not isinstance(value, dict):
        detail = f"neither JSON nor Python for a conversation: {str(value)[:60]!r}"
        return ParsedChat(None, reason="bad_record", detail=detail)
    return messages_of({**beside, **value})


def _value(cell: str | None) -> object:
    """The value that a cell writes as JSON or as Python; the cell itself where it is neither."""
    try:
        return orjson.loads(cell or "")
    except orjson.JSONDecodeError:
        pass
    try:
        return ast.literal_eval((cell or "").strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return cell
