"""A list of turns under any common key: objects, texts that alternate, pairs, JSON text, a list for each key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from curation.readers.contents import Json
from curation.readers.pairs import asked_in, pair
from curation.readers.tool_calls import as_json
from curation.readers.turns import TURN_NAMES, WEIGHTS, Turn, text_turn, turns_of, weight_of

TURN_KEYS = (
    *("messages", "conversations", "conversation", "dialogue", "dialog"),
    *("turns", "items", "contents", "chat", "data"),
)
"""Keys that may hold a list of turns. The first one that does is read."""
_SURE = ("messages", "conversations")
_OTHERWISE_TOO = ("items", "data")
"""Keys that hold other lists of objects as often."""


def list_key(given: Json) -> str | None:
    """The first key that holds turns; else one that is called so and holds a list of anything."""
    for key in TURN_KEYS:
        if _are_turns(listed(given.get(key)), key):
            return key
    return next((key for key in _SURE if isinstance(given.get(key), list) and given[key]), None)


def _are_turns(turns: object, key: str) -> bool:
    if not isinstance(turns, list) or not turns:
        return False
    first = turns[0]
    if isinstance(first, dict):
        return not TURN_NAMES.isdisjoint(first) or (key not in _OTHERWISE_TOO and asked_in(first) is not None)
    if isinstance(first, str):
        return len(turns) > 1 and all(isinstance(turn, str) for turn in turns)
    return isinstance(first, list) and all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair) for pair in turns
    )


def listed(value: object) -> Any:
    """A list of turns out of JSON text, out of texts that are JSON each, or out of a list for each key."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        value = _parsed(value)
    if isinstance(value, list) and value and all(isinstance(one, str) and one.lstrip()[:1] == "{" for one in value):
        parsed = [_parsed(one) for one in value]
        return parsed if all(isinstance(one, dict) for one in parsed) else value
    if isinstance(value, Mapping) and value and all(isinstance(one, list) for one in value.values()):
        columns = list(value.values())
        if len({len(column) for column in columns}) == 1 and not TURN_NAMES.isdisjoint(value):
            return [dict(zip(value, row, strict=True)) for row in zip(*columns, strict=True)]
    return value


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def turns_in(turns: list[Any], notes: list[str]) -> list[Turn]:
    """Turns as objects, as texts that alternate, as pairs of texts, or as objects that hold a pair."""
    if len(turns) > 1 and all(isinstance(turn, str) for turn in turns):
        return [Turn("assistant" if n % 2 else "user", text) for n, text in enumerate(turns)]
    if all(isinstance(turn, list) and len(turn) == 2 for turn in turns):
        return [turn for n, two in enumerate(turns, 1) for turn in pair(two[0], two[1], f"turn {n}")]
    read: list[Turn] = []
    for n, turn in enumerate(turns, 1):
        two = asked_in(turn) if isinstance(turn, dict) and TURN_NAMES.isdisjoint(turn) else None
        if two is None:
            read += turns_of([turn], notes, n)
            continue
        system = text_turn("system", turn.get("system"), f"turn {n}")
        read += [system] if system.content.strip() else []
        used = (*two, *WEIGHTS, "system")
        rest = {key: item for key, item in turn.items() if key not in used and item is not None}
        asked, said = pair(turn[two[0]], turn[two[1]], f"turn {n}")
        rest |= orjson.loads(said.rest or "{}")
        weight = weight_of(turn, "assistant", f"turn {n}")
        read += [asked, said._replace(weight=weight, rest=as_json(rest) if rest else None)]
    return read
