"""Conversations to records: whatever form they come in, one column of messages, in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any, Literal, NamedTuple

import orjson
import polars as pl

from curation.base.rows import BESIDE, MESSAGES, SIDES, VERDICT
from curation.readers.batches import Schema, batches, digest, scan, unique_id
from curation.readers.contents import RefusedError
from curation.readers.files import CHATS, open_decompressed, parse_file_name, place
from curation.readers.forms import ParsedChat, messages_of
from curation.readers.lines import Item, objects
from curation.readers.splits import split_of_word
from curation.readers.tool_calls import as_json
from curation.readers.turns import Turn, messages_column

SCHEMA: Schema = {
    "id": pl.String(),
    "source": pl.String(),
    "messages": MESSAGES,
    **BESIDE,
    "more": pl.String(),
    "form": pl.String(),
    "given": pl.String(),
    "origin": pl.String(),
    "score": pl.Float64(),
    **VERDICT,
}


Kind = Literal["chat", "chosen", "sides"]
"""What is read: conversations; of preferences the chosen side, too; preferences alone, with both sides."""


class _Record(NamedTuple):
    id: str
    source: str
    messages: list[Turn] | None
    prompt_turns: int | None = None
    rejected: list[Turn] | None = None
    wanted: bool | None = None
    tools: str | None = None
    chat_template_kwargs: str | None = None
    more: str | None = None
    form: str | None = None
    given: str | None = None
    origin: str | None = None
    score: float | None = None
    reason: str | None = None
    detail: str | None = None
    other: str | None = None


def read_chat(paths: Sequence[Path], splits: Sequence[str | None] = (), preferences: bool = False) -> pl.LazyFrame:
    """Records with the columns of SCHEMA, in the order of the files.

    `origin` is the object's own `source`, `score` its `score` or `reward`, `more` every key that is no part of the
    conversation, as JSON, and under `read_as` what was read as it was meant and not as it was written. An id is the
    object's own, or a hash of its content. `given` is the split that the file or the object names: by `splits`, one for
    each file, else by the key under which a JSON file lists it, else by its own `split`. What cannot be read is
    rejected: as `bad_line`, or with the reason of `messages_of`. `preferences`: of a preference, read the prompt and
    the answer that was chosen; one that was not chosen is rejected as `undesired`.
    """
    return _scan(paths, splits, "chosen" if preferences else "chat", SCHEMA)


def read_preferences(paths: Sequence[Path], splits: Sequence[str | None] = (), chosen: bool = False) -> pl.LazyFrame:
    """The same of preferences: `messages` goes on with the chosen answer, and the columns of SIDES come with it.

    What is no preference is rejected as `not_preference`. `chosen`: as conversations, by `read_chat`.
    """
    return read_chat(paths, splits, preferences=True) if chosen else _scan(paths, splits, "sides", {**SCHEMA, **SIDES})


def _scan(paths: Sequence[Path], splits: Sequence[str | None], kind: Kind, schema: Schema) -> pl.LazyFrame:
    for path in paths:
        with open_decompressed(path, compression=None):  # a missing file is an error now, not in the middle of a query
            parse_file_name(path, CHATS)
    return scan(partial(_frames, paths, splits or (None,) * len(paths), kind, schema), schema)


def _frames(paths: Sequence[Path], splits: Sequence[str | None], kind: Kind, schema: Schema) -> Iterator[pl.DataFrame]:
    counts: dict[str, int] = {}
    records = (
        _record(item, place(item.position, n, len(paths)), split, counts, kind)
        for n, (path, split) in enumerate(zip(paths, splits, strict=True), 1)
        for item in objects(path)
    )
    for batch in batches(records, _size):
        columns: dict[str, Any] = dict(zip(_Record._fields, zip(*batch, strict=True), strict=True))
        for side in ("messages", "rejected"):
            columns[side] = messages_column(columns[side])
        yield pl.DataFrame({name: columns[name] for name in schema}, schema=schema)


def _size(record: _Record) -> int:
    return sum(len(turn.content) for turn in record.messages or ()) + len(record.more or "")


def _record(item: Item, source: str, split: str | None, counts: dict[str, int], kind: Kind) -> _Record:
    given = split or item.split
    if item.problem or not isinstance(item.value, dict | list):
        id = unique_id(_hash(item), counts)
        return _Record(id, source, None, given=given, reason="bad_line", detail=item.problem)
    read = messages_of(item.value)
    sides = read.sides if read.reason == "preference" else None
    if sides and kind == "chosen":
        read.turns = sides.conversation()
        read.reason = None if read.turns else "undesired"
    elif sides and kind == "sides":
        read.turns, read.reason = [*sides.prompt, *sides.answer], None
    elif kind == "sides" and not read.reason:
        read.turns, read.reason, read.detail = None, "not_preference", f"form {read.form}"
    own, more = _own(read), None
    if notes := [*([item.note] if item.note else []), *read.notes]:
        read.more.setdefault("read_as", notes)
    try:
        more = as_json(read.more) if read.more else None
    except RefusedError as error:
        read.turns, read.reason, read.detail = None, error.reason, error.detail
    return _Record(
        id=unique_id(own["id"] or _hash(item), counts),
        source=source,
        messages=read.turns,
        prompt_turns=len(sides.prompt) if sides else None,
        rejected=sides.other if sides else None,
        wanted=sides.wanted if sides else None,
        tools=read.tools,
        chat_template_kwargs=read.options,
        more=more,
        form=read.form,
        given=given or own["split"],
        origin=own["origin"],
        score=own["score"],
        reason=read.reason,
        detail=read.detail if read.reason else None,
    )


def _own(read: ParsedChat) -> dict[str, Any]:
    """What a record calls itself, taken out of its other keys."""
    more = read.more
    id = more.get("id")
    own: dict[str, Any] = {"id": None, "origin": None, "score": None, "split": None}
    if isinstance(more.get("split"), str) and (split := split_of_word(more["split"])):
        own["split"] = split
        del more["split"]
    if isinstance(id, str | int) and not isinstance(id, bool) and str(id):
        own["id"] = str(more.pop("id"))
    if isinstance(more.get("source"), str):
        own["origin"] = more.pop("source")
    key = "score" if more.get("score") is not None else "reward"
    if isinstance(more.get(key), float | int) and not isinstance(more[key], bool) and isfinite(more[key]):
        own["score"] = float(more.pop(key))
    return own


def _hash(item: Item) -> str:
    """Of the content: of the bytes where they could not be read, else of the value whatever the order of its keys."""
    if isinstance(item.value, bytes):
        return digest(item.value)
    try:
        return digest(orjson.dumps(item.value, default=str, option=orjson.OPT_SORT_KEYS))
    except (
        orjson.JSONEncodeError,
        RecursionError,
    ):  # integers beyond 64 bits; read to a depth of 1,024, written to 254
        return digest(repr(item.value).encode("utf8", "surrogatepass"))
