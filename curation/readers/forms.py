"""The form of a conversation, detected from its keys, and its messages: roles and texts under any common names.

Texts are not changed. An object that is not a conversation gets a reason and the value that decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

Json = Mapping[str, Any]

TURN_KEYS = ("messages", "conversations", "conversation", "dialogue", "dialog", "turns", "items")
"""Keys that may hold a list of turns. The first one that does is read."""

ROLES = {
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("user", "human"), "user"),
    **dict.fromkeys(("assistant", "gpt", "chatgpt", "bot", "model", "function_call", "tool_call"), "assistant"),
    **dict.fromkeys(("tool", "observation", "function", "ipython"), "tool"),
}
_JSON_TYPES = {bool: "boolean", int: "number", float: "number", str: "text", list: "list", dict: "object"}
_TURN = {"role", "content", "from", "value"}


class ParsedChat(NamedTuple):
    """Messages [{role, content}], or why there are none: `reason` as an identifier, and the value that decided."""

    messages: list[dict[str, str]] | None
    form: str | None
    reason: str | None = None
    detail: str | None = None


class _NotAChat(Exception):
    """Why an object is not a conversation: reason and value."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


def json_type(value: object) -> str:
    """The JSON type of a value."""
    return "null" if value is None else _JSON_TYPES.get(type(value), type(value).__name__)


def detect_form(value: Json) -> str | None:
    """sharegpt, messages, prompt-completion, alpaca, preference, text; None where the keys match none of them.

    A list of turns comes first: a preference pair with a list of turns counts as a conversation.
    """
    return _form(value, _list_key(value))


def _form(value: Json, key: str | None) -> str | None:
    if key:
        return "sharegpt" if _has(value[key][0], "from") or _has(value[key][0], "value") else "messages"
    if _has(value, "chosen", "rejected"):
        return "preference"
    if _has(value, "prompt", "completion") or _has(value, "prompt", "response"):
        return "prompt-completion"
    if _has(value, "instruction", "output"):
        return "alpaca"
    if empty := [key for key in TURN_KEYS if value.get(key) == []]:
        return "sharegpt" if empty[0].startswith("conversation") else "messages"
    return "text" if isinstance(value.get("text"), str) else None


def messages_of(value: Json) -> ParsedChat:
    """The conversation in `value`, or the reason why there is none."""
    key = _list_key(value)
    form = _form(value, key)
    try:
        messages = _turns(value[key]) if key else _without_list(value, form)
        return ParsedChat(_with_system(messages, value.get("system")), form)
    except _NotAChat as error:
        return ParsedChat(None, form, error.reason, error.detail)


def _without_list(value: Json, form: str | None) -> list[dict[str, str]]:
    if form in ("sharegpt", "messages"):
        return []
    if form == "prompt-completion":
        answer = "completion" if value.get("completion") is not None else "response"
        return _side(value, "prompt", "user") + _side(value, answer, "assistant")
    if form == "alpaca":
        return _alpaca(value)
    if form == "preference":
        raise _NotAChat("preference", "chosen/rejected pairs are not conversations")
    if form == "text":
        raise _NotAChat("rendered_text", f"{len(value['text']):,} characters: {value['text'][:60]!r}")
    keys = ", ".join(f"{key}: {json_type(item)}" for key, item in value.items())
    raise _NotAChat("no_messages", keys[:200] if keys else "no keys")


def _with_system(messages: list[dict[str, str]], system: object) -> list[dict[str, str]]:
    """A `system` beside the turns comes first, unless there is one among them."""
    text = _text(system, "system")
    if not text.strip() or any(message["role"] == "system" for message in messages):
        return messages
    return [{"role": "system", "content": text}, *messages]


def _side(value: Json, key: str, role: str) -> list[dict[str, str]]:
    """One side of a prompt and completion: a text, or turns."""
    side = value[key]
    if isinstance(side, list) and all(isinstance(turn, dict) and ("role" in turn or "from" in turn) for turn in side):
        return _turns(side)
    return [{"role": role, "content": _text(side, key)}]


def _alpaca(value: Json) -> list[dict[str, str]]:
    """`input` goes on a line of its own after the instruction, as LLaMA-Factory joins them."""
    messages = []
    history = value.get("history") or []
    if not isinstance(history, list):
        raise _NotAChat("not_text", f"history: {json_type(history)}, expected a list of pairs")
    for n, pair in enumerate(history, 1):
        if not isinstance(pair, list) or len(pair) != 2:
            raise _NotAChat("not_text", f"history {n}: {json_type(pair)}, expected a question and an answer")
        messages += _pair(_text(pair[0], f"history {n}"), _text(pair[1], f"history {n}"))
    instruction, extra = _text(value["instruction"], "instruction"), _text(value.get("input"), "input")
    return messages + _pair("\n".join(filter(None, (instruction, extra))), _text(value["output"], "output"))


def _pair(question: str, answer: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def _turns(turns: list[Any]) -> list[dict[str, str]]:
    return [_turn(turn, n) for n, turn in enumerate(turns, 1)]


def _turn(turn: Any, n: int) -> dict[str, str]:
    if not isinstance(turn, dict):
        raise _NotAChat("not_text", f"turn {n}: {json_type(turn)}, expected an object")
    name = turn["role"] if turn.get("role") is not None else turn.get("from")
    role = (ROLES.get(name) or ROLES.get(name.strip().lower())) if isinstance(name, str) else None
    if role is None:
        shown = repr(name[:60]) if isinstance(name, str) else json_type(name)
        raise _NotAChat("unknown_role", f"turn {n}: {shown}")
    for call in ("tool_calls", "function_call"):
        if turn.get(call):  # a call beside the content: the content alone is not the whole turn
            raise _NotAChat("not_text", f"turn {n}: {call}")
    if "content" not in turn and "value" not in turn:
        raise _NotAChat("not_text", f"turn {n}: only {', '.join(turn)}")
    content = turn["content"] if turn.get("content") is not None else turn.get("value")
    return {"role": role, "content": content if isinstance(content, str) else _text(content, f"turn {n}")}


def _text(content: object, place: str) -> str:
    """A text, or text parts joined by line ends; null is the empty text, which later stages check."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise _NotAChat("not_text", f"{place}: {json_type(content)}")
    return "\n".join(part if isinstance(part, str) else _part(part, place) for part in content)


def _part(part: object, place: str) -> str:
    if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    type = part.get("type") if isinstance(part, dict) else None
    raise _NotAChat("not_text", f"{place}: a part that is {type[:60] if isinstance(type, str) else json_type(part)}")


def _list_key(value: Json) -> str | None:
    """The first key that holds turns."""
    for key in TURN_KEYS:
        turns = value.get(key)
        if isinstance(turns, list) and turns and isinstance(turns[0], dict) and not _TURN.isdisjoint(turns[0]):
            return key
    return None


def _has(value: Json, *keys: str) -> bool:
    return all(value.get(key) is not None for key in keys)
