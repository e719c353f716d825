"""The content of a turn: a text, or parts of one. Texts are not changed; parts of a text are joined as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]

_JSON_TYPES = {bool: "boolean", int: "number", float: "number", str: "text", list: "list", dict: "object"}
_TEXT = {None, "text", "input_text", "output_text", "refusal"}
_REASONING = {"thinking", "reasoning", "thought", "reasoning_text"}
_CALLS = {"tool_use", "tool_call", "function_call"}
_RESULTS = {"tool_result", "tool_response"}
_WORDS = ("text", "value", "content")


class RefusedError(Exception):
    """Why an object is no conversation: a reason of the catalogue, and the value that decided with its place."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


@dataclass
class Content:
    """What the parts of one content hold. `rest`: keys of parts that are none of these, by the number of the part.

    Those around the list of parts have the number 0.
    """

    text: str = ""
    reasoning: str | None = None
    calls: list[Json] = field(default_factory=list)
    results: list[Json] = field(default_factory=list)
    rest: dict[str, Json] = field(default_factory=dict)


def json_type(value: object) -> str:
    """The JSON type of a value."""
    return "null" if value is None else _JSON_TYPES.get(type(value), type(value).__name__)


def content_of(value: object, place: str) -> Content:
    """A text, a part, or a list of parts (those of OpenAI, Anthropic, Gemini); null is the empty text. RefusedError."""
    if value is None or isinstance(value, str):
        return Content(value or "")
    content = Content()
    if isinstance(value, dict) and isinstance(value.get("parts"), list):
        if around := {key: item for key, item in value.items() if key != "parts" and item is not None}:
            content.rest["0"] = around
        value = value["parts"]
    value = [value] if isinstance(value, dict) else value
    if not isinstance(value, list):
        raise RefusedError("not_text", f"{place}: {json_type(value)}")
    for n, part in enumerate(value, 1):
        if isinstance(part, str):
            content.text += part
        elif isinstance(part, dict):
            _add(content, part, n, place)
        else:
            raise RefusedError("not_text", f"{place}: a part that is {json_type(part)}")
    return content


def _add(content: Content, part: Json, n: int, place: str) -> None:
    kind = part.get("type")
    if isinstance(kind, str) and kind in _CALLS:
        content.calls.append({key: value for key, value in part.items() if key != "type"})
        return
    if isinstance(kind, str) and kind in _RESULTS:
        content.results.append(part)
        return
    words = (kind, *_WORDS) if isinstance(kind, str) else ("text",)
    key = next((key for key in words if isinstance(part.get(key), str) and key != "type"), None)
    known = kind is None or isinstance(kind, str)
    if key is None or not known or kind not in _TEXT | _REASONING:
        shown = kind[:60] if isinstance(kind, str) else json_type(part)
        raise RefusedError("not_text", f"{place}: a part that is {shown}")
    if kind in _REASONING:
        content.reasoning = (content.reasoning or "") + part[key]
    else:
        content.text += part[key]
    if rest := dict(_rest(part, key)):
        content.rest[str(n)] = rest


def _rest(part: Json, used: str) -> Iterator[tuple[str, Any]]:
    """The keys that say nothing which is kept elsewhere; null is the absence of a key."""
    return ((key, value) for key, value in part.items() if key not in ("type", used) and value is not None)
