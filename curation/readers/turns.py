"""One turn of a conversation, under any common names: its role, its words, and whether it is to be learned.

What is not understood stays: each turn keeps its other keys, null being the absence of a key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from curation.base.rows import MESSAGE
from curation.readers.contents import Content, Json, RefusedError, content_of, json_type
from curation.readers.tool_calls import as_calls, as_json, calls_in_text, calls_of

ROLES = {
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("user", "human", "prompter"), "user"),
    **dict.fromkeys(("assistant", "gpt", "chatgpt", "bot", "model", "ai", "function_call", "tool_call"), "assistant"),
    **dict.fromkeys(("tool", "observation", "function", "ipython", "tool_response", "function_response"), "tool"),
}
_CALLED = ("function_call", "tool_call")
_ROLE_KEYS = ("role", "from", "speaker")
_CONTENT_KEYS = ("content", "value", "text", "parts")
TURN_NAMES = {*_ROLE_KEYS, *_CONTENT_KEYS}
"""Keys by which an object is known to be a turn."""
_REASONING = ("reasoning_content", "reasoning", "thinking", "thought")
WEIGHTS = ("weight", "loss_weight", "train", "trainable", "training", "loss", "output_with_loss")
"""Of OpenAI, ms-swift, axolotl, XTuner; whichever says that a turn is not to be learned."""
_OF_ANSWERS = ("weight", "loss_weight")
"""Those that say nothing of other turns, whatever they are there."""
_IDS = ("tool_call_id", "tool_use_id")
_REFUSED = ("train_detail",)
"""What a mask of whole turns cannot say, by axolotl's name for it."""


class Turn(NamedTuple):
    """A turn as curation.base.rows.MESSAGE holds it; `tool_calls` and `rest` are JSON."""

    role: str
    content: str
    reasoning: str | None = None
    tool_calls: str | None = None
    tool_call_id: str | None = None
    name: str | None = None
    weight: int | None = None
    rest: str | None = None


def messages_column(conversations: Sequence[Sequence[Turn] | None]) -> pl.Series:
    """A column of MESSAGES, made of a flat list for each field: twice as fast as from objects."""
    import pyarrow as pa

    flat = [turn for turns in conversations for turn in turns or ()]
    fields = list(zip(*flat, strict=True)) or [()] * len(Turn._fields)
    turns = pl.DataFrame(dict(zip(Turn._fields, fields, strict=True)), schema=MESSAGE.to_schema()).to_struct()
    items = turns.to_arrow(compat_level=pl.CompatLevel.newest())
    ends = np.cumsum([0, *(len(turns or ()) for turns in conversations)], dtype=np.int64)
    there = np.array([turns is not None for turns in conversations], dtype=bool)
    # By buffers: handed a list or an array of its own, pyarrow imports pandas, a second and more.
    buffers = [pa.py_buffer(np.packbits(there, bitorder="little")), pa.py_buffer(ends)]
    return pl.Series(pa.Array.from_buffers(pa.large_list(items.type), len(there), buffers, children=[items]))


def turns_of(turns: Sequence[object], notes: list[str], first: int = 1) -> list[Turn]:
    """The turns, the first of them called turn `first` in messages. RefusedError for what is no turn of text.

    `notes` takes a sentence for what was read as it was meant, and not as it was written.
    """
    read: list[Turn] = []
    for n, turn in enumerate(turns, first):
        plain = _plain(turn)
        if plain:
            read.append(plain)
            continue
        read += _turn(turn, n, notes)
    return read


def _plain(turn: object) -> Turn | None:
    """A turn of nothing but role and text, as nearly all are."""
    if not isinstance(turn, dict) or len(turn) != 2:
        return None
    role, content = turn.get("role"), turn.get("content")
    if type(role) is not str or type(content) is not str or role in _CALLED or role not in ROLES:
        return None
    return Turn(ROLES[role], content)


def _turn(turn: object, n: int, notes: list[str]) -> Iterator[Turn]:
    place = f"turn {n}"
    if not isinstance(turn, dict):
        raise RefusedError("not_text", f"{place}: {json_type(turn)}, expected an object")
    given = {key: value for key, value in turn.items() if value is not None}
    name, role = _role(given, place)
    for key in _REFUSED:
        if given.get(key):
            raise RefusedError("not_text", f"{place}: {key}, which learns a part of a turn")
    content_key = next((key for key in _CONTENT_KEYS if key in given), None)
    calls = as_calls(given.get("tool_calls")) + as_calls(given.get("function_call"))
    if content_key is None and not calls and not {*_REASONING} & {*given} and not {*_CONTENT_KEYS} & {*turn}:
        raise RefusedError("not_text", f"{place}: only {', '.join(turn)}")
    if content_key == "parts":
        content = content_of(given["parts"], place)
    else:
        content = content_of(given.get(content_key) if content_key else None, place)
    rest = _rest(given, content_key, content)
    alone = bool(content.results) and not (content.text or calls or content.calls or content.reasoning)
    yield from _results(content, _around(given, content_key, content) if alone else {}, place)
    if alone:
        return
    text, called = content.text, calls_of([*calls, *content.calls], place, notes)
    if name in _CALLED and not called:
        text, called = "", calls_in_text(text, place, notes)
    if called and role != "assistant":
        raise RefusedError("bad_tool_call", f"{place} ({role}): only the assistant calls tools")
    yield Turn(
        role,
        text,
        _reasoning(given, content, place),
        called,
        next((str(given[key]) for key in _IDS if key in given), None),
        _name(given, place),
        weight_of(given, role, place),
        _as_rest(rest),
    )


def _role(given: Json, place: str) -> tuple[str, str]:
    """The name that stands there, in lower case, and which of our roles it is."""
    name = next((given[key] for key in _ROLE_KEYS if key in given), None)
    word = name.strip().lower() if isinstance(name, str) else ""
    if word not in ROLES:
        raise RefusedError("unknown_role", f"{place}: {repr(name[:60]) if isinstance(name, str) else json_type(name)}")
    return word, ROLES[word]


def text_turn(role: str, value: object, place: str) -> Turn:
    """A turn whose content may be nothing but text; other keys of its parts are its `rest`. RefusedError."""
    content = content_of(value, place)
    if content.reasoning or content.calls or content.results:
        raise RefusedError("not_text", f"{place}: parts that are no text")
    return Turn(role, content.text, rest=_as_rest(_of_parts(content)))


def _results(content: Content, around: Json, place: str) -> Iterator[Turn]:
    """Anthropic's results of tools, which stand among the parts of a user's turn: a turn of a tool each.

    `around`: what the user's turn has besides, where nothing else is left of it.
    """
    for n, result in enumerate(content.results, 1):
        given = {key: value for key, value in result.items() if value is not None}
        inner = content_of(given.get("content"), place)
        if inner.calls or inner.results or inner.reasoning:
            raise RefusedError("not_text", f"{place}: the result of a tool that is no text")
        id_key = next((key for key in _IDS if key in given), "")
        rest = {key: value for key, value in given.items() if key not in ("type", "content", id_key)}
        rest |= _of_parts(inner) | ({"around": around} if around and n == len(content.results) else {})
        yield Turn("tool", inner.text, tool_call_id=str(given[id_key]) if id_key else None, rest=_as_rest(rest))


def _reasoning(given: Mapping[str, Any], content: Content, place: str) -> str | None:
    for key in _REASONING:
        if key in given and not isinstance(given[key], str):
            raise RefusedError("not_text", f"{place}: {key} is {json_type(given[key])}")
    texts = [given[key] for key in _REASONING if given.get(key)]
    if content.reasoning:
        texts.append(content.reasoning)
    if len({*texts}) > 1:
        raise RefusedError("not_text", f"{place}: two different reasonings")
    return texts[0] if texts else None


def _name(given: Json, place: str) -> str | None:
    name = given.get("name")
    if name is not None and not isinstance(name, str):
        raise RefusedError("not_text", f"{place}: name is {json_type(name)}")
    return name or None


def weight_of(given: Json, role: str, place: str) -> int | None:
    """0 or 1 where the turn says so; only an assistant's turn can be learned, whatever another says. RefusedError."""
    weights = {key: given[key] for key in WEIGHTS if given.get(key) is not None}
    for key, value in weights.items():
        if value not in (0, 1) or isinstance(value, str | list | dict):
            raise RefusedError("bad_weight", f"{place}: {key} is {value!r}"[:120])
        if value and role != "assistant" and key not in _OF_ANSWERS:
            raise RefusedError("bad_weight", f"{place} ({role}): {key} is {value!r}, and only answers are learned")
    if not weights:
        return None
    if len({int(value) for value in weights.values()}) > 1:
        raise RefusedError("bad_weight", f"{place}: {', '.join(weights)} contradict each other")
    return int(next(iter(weights.values())))


def _rest(given: Json, content_key: str | None, content: Content) -> dict[str, Any]:
    """The keys that did not become a part of the turn."""
    role_key = next(key for key in _ROLE_KEYS if key in given)
    used = {role_key, content_key, "tool_calls", "function_call", *_REASONING, *WEIGHTS, "name", *_REFUSED}
    used |= {next((key for key in _IDS if key in given), None)}
    return {key: value for key, value in given.items() if key not in used} | _of_parts(content)


def _around(given: Json, content_key: str | None, content: Content) -> dict[str, Any]:
    """All of a turn but its role and the results in it."""
    role_key = next(key for key in _ROLE_KEYS if key in given)
    return {key: value for key, value in given.items() if key not in (role_key, content_key)} | _of_parts(content)


def _of_parts(content: Content) -> dict[str, Any]:
    return {"content_parts": content.rest} if content.rest else {}


def _as_rest(rest: Json) -> str | None:
    return as_json(rest) if rest else None
