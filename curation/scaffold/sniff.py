"""What a file holds: its form, its columns or roles, and which of them are asked and answered. Reads 10,000 records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import polars as pl

from curation.base.columns import RESERVED
from curation.base.errors import InputError
from curation.readers.chat import read_chat
from curation.readers.files import CHATS, TABLES, parse_file_name
from curation.readers.forms import detect_form
from curation.readers.lines import objects
from curation.readers.spans.files import looks_like_spans
from curation.readers.table import read_table

Form = Literal["table", "sharegpt", "messages", "prompt-completion", "alpaca", "preference", "text", "squad"]
PROFILE_ROWS = 10_000  # records

_NAMES = {
    "question": (
        "question",
        "questions",
        "query",
        "prompt",
        "instruction",
        "user",
        "input",
        "utterance",
        "message",
        "q",
    ),
    "answer": ("answer", "answers", "response", "reply", "completion", "output", "assistant", "target", "a"),
    "label": ("label", "labels", "category", "intent", "class", "topic", "topics", "type"),
    "text": ("text", "content", "sentence", "document", "body"),
}


@dataclass(frozen=True)
class Column:
    """`lengths`: least, median and greatest number of characters of what is filled."""

    name: str
    filled: int
    empty: int
    distinct: int
    lengths: tuple[int, int, int]
    example: str


@dataclass(frozen=True)
class FileProfile:
    """What was found in the first `records` of a file; `whole`: in all of it.

    `roles`: of a table, role -> column; of chat, sequence of roles -> how many conversations have it. `unread`: how
    many could not be read, by reason.
    """

    path: Path
    form: Form
    records: int
    whole: bool
    columns: tuple[Column, ...]
    roles: dict[str, str]
    unread: dict[str, int]


def profile(path: Path) -> FileProfile:
    """InputError where the file cannot be read, or holds nothing."""
    form = _form(path)
    if form == "squad":
        return _squad(path)
    frame = (read_table([path], ()) if form == "table" else read_chat([path])).head(PROFILE_ROWS + 1).collect()
    whole, frame = len(frame) <= PROFILE_ROWS, frame.head(PROFILE_ROWS)
    if frame.is_empty():
        raise InputError(f"{path} holds no records", "Give a file with at least one.")
    fallen = frame.drop_nulls("reason").group_by("reason").len().sort("len", descending=True)
    unread = {str(reason): int(n) for reason, n in fallen.iter_rows()}
    if form == "table":
        columns = tuple(_column(name, frame[name]) for name in frame.columns if name not in RESERVED)
        return FileProfile(path, form, len(frame), whole, columns, _guess(columns), unread)
    return FileProfile(path, form, len(frame), whole, _turns(frame), _sequences(frame), unread)


def _form(path: Path) -> Form:
    name = parse_file_name(path, (*TABLES, *CHATS))
    if name.format not in CHATS:
        return "table"
    if looks_like_spans(path):
        return "squad"
    for item in islice(objects(path), 100):
        if isinstance(item.value, dict) and item.problem is None:
            form: Form = detect_form(item.value) or "table"  # type: ignore[assignment]
            return "table" if form == "text" and _answered(item.value) else form
    raise InputError(
        f"{path} holds no object among its first 100 values", "Expected objects: {...}, one a line or in a list."
    )


def _answered(value: Iterable[str]) -> bool:
    """Whether a text comes with what could be its answer, so that it is not a conversation rendered already."""
    return not {*_NAMES["answer"], *_NAMES["label"]}.isdisjoint(map(_plain, value))


def _column(name: str, values: pl.Series) -> Column:
    values = values.alias("values")  # a name that reads as a pattern would be one in these expressions, too
    filled = values.drop_nulls().filter(values.drop_nulls().str.strip_chars() != "")
    lengths = filled.str.len_chars()
    spread = (lengths.min() or 0, lengths.median() or 0, lengths.max() or 0)
    return Column(
        name,
        len(filled),
        len(values) - len(filled),
        filled.n_unique(),
        (int(spread[0]), int(spread[1]), int(spread[2])),  # type: ignore[arg-type]
        " ".join(str(filled[0]).split()) if len(filled) else "",
    )


def _guess(columns: Sequence[Column]) -> dict[str, str]:
    """Which column is asked and which is answered: by its name, else the answer is what is longest."""
    roles: dict[str, str] = {}
    for role, names in _NAMES.items():
        found = [column.name for name in names for column in columns if _plain(column.name) == name]
        if found:
            roles[role] = found[0]
    if "question" not in roles and "text" in roles:
        roles["question"] = roles["text"]
    if "answer" not in roles and "label" in roles:
        roles["answer"] = roles["label"]
    free = [column for column in columns if column.filled and column.name not in roles.values()]
    for role in ("answer", "question"):
        if role not in roles and free:
            longest = max(free, key=lambda column: column.lengths[1])
            roles[role] = longest.name
            free.remove(longest)
    return {role: column for role, column in roles.items() if role in ("question", "answer", "label")}


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _turns(frame: pl.DataFrame) -> tuple[Column, ...]:
    """The contents of each role, as columns."""
    turns = frame.select("messages").explode("messages").drop_nulls().unnest("messages")
    roles = turns["role"].unique(maintain_order=True).to_list()
    return tuple(_column(role, turns.filter(pl.col("role") == role)["content"]) for role in roles)


def _sequences(frame: pl.DataFrame) -> dict[str, str]:
    """The commonest sequences of roles, with how many conversations have them."""
    order = pl.col("messages").list.eval(pl.element().struct.field("role")).list.join(" ")
    counts = frame.drop_nulls("messages").group_by(order=order).len().sort("len", "order", descending=[True, False])
    return {str(order): f"{n:,}" for order, n in counts.head(5).iter_rows()}


def _squad(path: Path) -> FileProfile:
    from curation.readers.squad import read_squad

    read = read_squad([path]).collect()
    records = read.head(PROFILE_ROWS)
    fallen = records.drop_nulls("reason").group_by("reason").len().sort("len", descending=True)
    asked = records.select("questions").explode("questions").drop_nulls().unnest("questions")
    columns = (_column("context", records["context"]), _column("question", asked["question"]))
    return FileProfile(path, "squad", len(records), len(read) <= PROFILE_ROWS, columns, {}, dict(fallen.iter_rows()))
