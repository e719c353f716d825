"""What a file holds: its form, its columns or roles, and which of them are asked and answered. Reads 10,000 records."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import polars as pl

from curation.base.columns import RESERVED, column
from curation.base.errors import InputError, UsageError, nearest
from curation.readers.chat import read_chat, read_preferences
from curation.readers.delimited import detect_delimiter
from curation.readers.dialogues import holds_conversations, holds_values, read_cells, read_turns
from curation.readers.files import CHATS, DELIMITED, TABLES, parse_file_name
from curation.readers.forms import detect_form
from curation.readers.lines import objects
from curation.readers.spans.files import looks_like_spans
from curation.readers.table import Layout, read_table
from curation.readers.turns import ROLES as SPEAKERS
from curation.scaffold.roles import Choice, Column, choose, dialogue
from curation.scaffold.words import DIALOGUE, ROLES, called

Form = Literal[
    "table",
    "cells",
    "turns",
    "sharegpt",
    "messages",
    "prompt-completion",
    "alpaca",
    "question-answer",
    "tree",
    "preference",
    "text",
    "squad",
]
PROFILE_ROWS = 10_000  # records
_PEEK = 20  # cells that say whether a column holds texts
_SHOWN = 300  # characters of a turn in an example
_PLAIN = Layout()
_MARKS = "?\uff1f\u061f\u037e"


@dataclass(frozen=True)
class FileProfile:
    """What was found in the first `records` of a file; `whole`: in all of it.

    `roles`: of a table, role -> column, with the reason in `why`; of chat, sequence of roles -> how many conversations
    have it. `unread`: how many could not be read, by reason, and `lost` an example: place and detail. `question`: what
    a person must answer before there can be a recipe. `examples`: up to three rows as they would be trained.
    """

    path: Path
    form: Form
    records: int
    whole: bool
    columns: tuple[Column, ...]
    roles: dict[str, str]
    unread: dict[str, int]
    why: dict[str, str] = field(default_factory=dict)
    lost: str = ""
    question: str = ""
    examples: tuple[tuple[tuple[str, str], ...], ...] = ()
    layout: Layout = _PLAIN


def roles_from(text: str) -> dict[str, str]:
    """`question=Frage,answer=Antwort` as role -> column. UsageError for a role that there is not."""
    roles: dict[str, str] = {}
    known = (*ROLES, *DIALOGUE)
    for part in filter(None, re.split(rf",(?=\s*(?:{'|'.join(known)})\s*=)", text)):
        role, equals, column = (word.strip() for word in part.partition("="))
        if role not in known or not equals or not column:
            raise UsageError(
                f"--columns {part!r} names no role and column",
                f"Expected question=NAME,answer=NAME; the roles are {', '.join(known)}.{nearest(role, [*known])}",
            )
        roles[role] = column
    return roles


def profile(path: Path, layout: Layout = _PLAIN, columns: Mapping[str, str] | None = None) -> FileProfile:
    """`columns`: role -> column, as a person gave them. InputError where the file cannot be read, or holds nothing."""
    given = dict(columns or {})
    form = "table" if given else _form(path)
    if form == "squad":
        return _squad(path)
    if form == "table":
        return _table(path, layout, given)
    frame = _some(path, read_preferences([path]) if form == "preference" else read_chat([path]))
    seen = frame.head(PROFILE_ROWS)
    return FileProfile(
        *(path, form, len(seen), len(frame) <= PROFILE_ROWS, _turns(seen), _sequences(seen), _unread(seen)),
        lost=_lost(seen),
        examples=_examples(seen.drop_nulls("messages")["messages"].head(3).to_list()),
    )


def _some(path: Path, records: pl.LazyFrame) -> pl.DataFrame:
    frame = records.head(PROFILE_ROWS + 1).collect()
    if frame.is_empty():
        raise InputError(f"{path} holds no records", "Give a file with at least one.")
    return frame


def _unread(frame: pl.DataFrame) -> dict[str, int]:
    fallen = frame.drop_nulls("reason").group_by("reason").len().sort("len", "reason", descending=[True, False])
    return {str(reason): int(n) for reason, n in fallen.iter_rows()}


def _lost(frame: pl.DataFrame) -> str:
    first = frame.filter(pl.col("reason").is_not_null()).select("source", "detail").head(1).rows()
    return ": ".join(filter(None, first[0])) if first else ""


def _table(path: Path, layout: Layout, given: dict[str, str]) -> FileProfile:
    format = parse_file_name(path, (*TABLES, *CHATS)).format
    if given and format in (*DELIMITED, "xlsx") and all(name.isdecimal() for name in given.values()):
        layout, given = layout._replace(header=False), {role: f"column {name}" for role, name in given.items()}
    _check_wrapped(path, format)
    frame = _some(path, read_table([path], tuple(given.values()), **layout._asdict()))
    seen = frame.head(PROFILE_ROWS)
    whole = seen.filter(pl.col("reason").is_null())
    found = tuple(_column(name, whole.get_column(name)) for name in seen.columns if name not in RESERVED)
    given = {role: _in_records(name, [one.name for one in found]) for role, name in given.items()}
    speaks = [one.name for one in found if _are_speakers(whole.get_column(one.name))]
    choice = dialogue(found, given, speaks) or choose(found, given)
    question = _split_evenly(path, format, layout, given) or _no_header(found, layout, format, given, whole)
    form: Form = "cells" if "messages" in choice.roles else "turns" if "content" in choice.roles else "table"
    rows, more = _trained(path, layout, choice, whole) if not (question or choice.question) else ((), {})
    return FileProfile(
        *(path, form, len(seen), len(frame) <= PROFILE_ROWS, found, choice.roles, _unread(seen) | more),
        why=choice.why,
        lost=_lost(seen),
        question=question or choice.question,
        examples=rows,
        layout=layout,
    )


def _check_wrapped(path: Path, format: str) -> None:
    """InputError where the file is one object around the list of objects that is meant."""
    if format not in CHATS:
        return
    first = [item.value for item in islice(objects(path), 2)]
    lists = [
        f"{key!r} holds {len(value):,} objects with the keys {', '.join(map(repr, list(value[0])[:9]))}"
        for key, value in (first[0].items() if len(first) == 1 and isinstance(first[0], dict) else ())
        if isinstance(value, list) and len(value) > 1 and isinstance(value[0], dict)
    ]
    if lists:
        raise InputError(
            f"{path} is one object, and {'; '.join(lists)}", "Save the list that you mean as a file of its own."
        )


def _in_records(name: str, columns: Sequence[str]) -> str:
    """The column as the records call it: one that is called as ours is has underscores more."""
    return next((one for one in columns if name in (one, one.rstrip("_"))), name)


def _are_speakers(values: pl.Series) -> bool:
    values = values.alias("values")  # as in _column
    found = values.drop_nulls().str.strip_chars().str.to_lowercase().unique().head(_PEEK).to_list()
    return bool(found) and sum(one in SPEAKERS for one in found) * 2 > len(found)


def _split_evenly(path: Path, format: str, layout: Layout, given: Mapping[str, str]) -> str:
    if format not in DELIMITED or layout.delimiter:
        return ""
    wanted = tuple(given.values()) if layout.header else ()
    file = detect_delimiter(path, parse_file_name(path, TABLES), layout.encoding, wanted, None, layout.header)
    if not file.rivals:
        return ""
    return f"{file.delimiter!r} and {file.rivals[0]!r} split it equally well: give --delimiter"


def _no_header(
    columns: Sequence[Column], layout: Layout, format: str, given: Mapping[str, str], frame: pl.DataFrame
) -> str:
    """The question where what stands for names reads like a record."""
    if not layout.header or given or format not in (*DELIMITED, "xlsx"):
        return ""
    names = [one.name for one in columns if not re.fullmatch(r"column \d+", one.name)]
    if any(called(name, role) for name in names for role in (*ROLES, "text", "role", "content")):
        return ""
    again = {name for name in names if name in frame.get_column(name).to_list()}
    like = [name for name in names if name[-1] in f"{_MARKS}.!\u0964\u3002" or _number(name) or name in again]
    if not like:
        return ""
    shown = ", ".join(repr(name[:40]) for name in names[:3])
    return (
        f"its first row reads like a record, no header: {shown}. If it is a header, name its columns, --columns "
        "question=NAME,answer=NAME; if the file has none, count them, --columns question=1,answer=2"
    )


def _number(text: str) -> bool:
    return re.fullmatch(r"[-+]?\d+([.,]\d+)*", text.strip()) is not None


def _trained(path: Path, layout: Layout, choice: Choice, frame: pl.DataFrame) -> tuple[Any, dict[str, int]]:
    """The first three rows as they would be trained, and why conversations could not be read."""
    roles = choice.roles
    if "messages" in roles or "content" in roles:
        if "messages" in roles:
            records = read_cells([path], roles["messages"], **layout._asdict())
        else:
            whose, speaker, text = roles["conversation"], roles["role"], roles["content"]
            records = read_turns([path], whose, speaker, text, roles.get("turn"), **layout._asdict())
        made = records.head(PROFILE_ROWS).collect()
        return _examples(made.drop_nulls("messages")["messages"].head(3).to_list()), _unread(made)
    made = frame.filter(*(column(roles[role]).fill_null("").str.strip_chars() != "" for role in ("question", "answer")))
    return _examples([_pair(row, roles) for row in made.head(3).iter_rows(named=True)]), {}


def _pair(row: Mapping[str, str | None], roles: Mapping[str, str]) -> list[dict[str, str]]:
    text = {role: (row[name] or "").strip() for role, name in roles.items()}
    asked = "\n\n".join(filter(None, (text.get("context"), text["question"])))
    turns = [("system", text.get("system", "")), ("user", asked), ("assistant", text["answer"])]
    return [{"role": role, "content": content} for role, content in turns if content]


def _examples(conversations: Sequence[Sequence[Mapping[str, Any]]]) -> tuple[tuple[tuple[str, str], ...], ...]:
    return tuple(
        tuple((str(turn["role"]), str(turn["content"] or "")[:_SHOWN]) for turn in turns) for turns in conversations
    )


def _form(path: Path) -> Form:
    name = parse_file_name(path, (*TABLES, *CHATS))
    if name.format not in CHATS:
        return "table"
    if looks_like_spans(path):
        return "squad"
    first = list(islice(objects(path), 100))
    for item in first:
        if item.problem is None and isinstance(item.value, list):
            return "messages"
        if isinstance(item.value, dict) and item.problem is None:
            form: Form = detect_form(item.value) or "table"  # type: ignore[assignment]
            return "table" if form in ("text", "question-answer") and _is_table(form, item.value) else form
    seen = f", the first is {str(first[0].value)[:60]!r}" if first else ""
    raise InputError(
        f"{path} holds no object among its first 100 values{seen}", "Expected objects: {...}, one a line or in a list."
    )


def _is_table(form: str, value: Mapping[str, object]) -> bool:
    """Whether a text comes with what could be its answer, or a question with its answer and nothing but cells."""
    if form == "text":
        return any(called(key, role) for key in value for role in ("answer", "label"))
    return not {"history", "system", "tools"} & {*value} and not any(
        isinstance(one, list | dict) for one in value.values()
    )


def _column(name: str, values: pl.Series) -> Column:
    values = values.alias("values")  # a name that reads as a pattern would be one in these expressions, too
    filled = values.drop_nulls().filter(values.drop_nulls().str.strip_chars() != "")
    lengths = filled.str.len_chars()
    spread = (lengths.min() or 0, lengths.median() or 0, lengths.max() or 0)
    some = filled.head(_PEEK).to_list()
    return Column(
        name,
        len(filled),
        len(values) - len(filled),
        filled.n_unique(),
        (int(spread[0]), int(spread[1]), int(spread[2])),  # type: ignore[arg-type]
        " ".join(str(filled[0]).split()) if len(filled) else "",
        asks=round(filled.str.strip_chars().str.contains(f"[{_MARKS}]$").mean() or 0.0, 3),  # type: ignore[arg-type]
        numbers=round(filled.str.strip_chars().str.contains(r"^[-+]?[\d.,:/ -]+$").mean() or 0.0, 3),  # type: ignore[arg-type]
        values=holds_values(some),
        conversations=holds_conversations(some),
    )


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
