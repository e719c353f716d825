"""A turn as chat templates and files take it: an object with the keys that it has, its JSON read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

KEYS = {"reasoning": "reasoning_content"}
"""What a field of curation.base.rows.MESSAGE is called there, where it has another name."""
_JSON = ("tool_calls",)


def as_message(turn: Mapping[str, Any], read: Callable[[str], Any] = json.loads) -> dict[str, Any]:
    """role, content and, of the fields of MESSAGE, those that are not null: the form of OpenAI, TRL, transformers.

    `read`: what becomes of a field that is JSON. The other keys of the turn (`rest`) are no part of it.
    """
    made = {"role": turn["role"], "content": turn["content"]}
    for field, value in turn.items():
        if value is not None and field not in made and field != "rest":
            made[KEYS.get(field, field)] = read(value) if field in _JSON else value
    return made


def reasoning_key(jinja: str) -> str:
    """The key by which a chat template asks for what was thought before an answer."""
    asks = KEYS["reasoning"] not in jinja and re.search(r"\.thinking\b|['\"]thinking['\"]", jinja)
    return "thinking" if asks else KEYS["reasoning"]


def for_template(messages: Sequence[Mapping[str, Any]], jinja: str) -> list[dict[str, Any]]:
    """Messages in the form above, with what was thought under the key that the template asks for."""
    named = {KEYS["reasoning"]: reasoning_key(jinja)}
    return [{named.get(key, key): value for key, value in message.items()} for message in messages]


def as_messages(
    turns: Sequence[Mapping[str, Any]] | None, read: Callable[[str], Any] = json.loads
) -> list[dict[str, Any]]:
    """Each of the turns."""
    return [as_message(turn, read) for turn in turns or ()]
