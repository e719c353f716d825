"""The forms a conversation comes in, told by its keys, and its messages: roles and texts, whatever they were called.

Nothing is changed in a text. An object that is no conversation gets a reason and the value that decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

Json = Mapping[str, Any]

LISTS = ("messages", "conversations", "conversation", "dialogue", "dialog", "turns", "items")
"""Keys that hold a list of turns. The first that does is read."""

ROLES = {
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("user", "human"), "user"),
    **dict.fromkeys(("assistant", "gpt", "chatgpt", "bot", "model", "function_call", "tool_call"), "assistant"),
    **dict.fromkeys(("tool", "observation", "function", "ipython"), "tool"),
}
_KINDS = {bool: "boolean", int: "number", float: "number", str: "text", list: "list", dict: "object"}
_TURN = {"role", "content", "from", "value"}


class Read(NamedTuple):
    """Messages [{role, content}], or why there are none: `reason` as an identifier, and the value that decided."""

    messages: list[dict[str, str]] | None
    form: str | None
    reason: str | None = None
    detail: str | None = None


class _Refused(Exception):
    """What makes an object unreadable: reason and value."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


def kind(value: object) -> str:
    """What a JSON value is, in a word."""
    return "null" if value is None else _KINDS.get(type(value), type(value).__name__)


def form_of(value: Json) -> str | None:
    """sharegpt, messages, prompt-completion, alpaca, preference, text; None where the keys tell nothing.

    A list of turns tells most, so pairs that come with the conversation itself are a conversation.
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
    if empty := [key for key in LISTS if value.get(key) == []]:
        return "sharegpt" if empty[0].startswith("conversation") else "messages"
    return "text" if isinstance(value.get("text"), str) else None


def messages_of(value: Json) -> Read:
    """The conversation in `value`, or the reason why there is none."""
    key = _list_key(value)
    form = _form(value, key)
    try:
        messages = _turns(value[key]) if key else _without_list(value, form)
        return Read(_with_system(messages, value.get("system")), form)
    except _Refused as refused:
        return Read(None, form, refused.reason, refused.detail)


def _without_list(value: Json, form: str | None) -> list[dict[str, str]]:
    if form in ("sharegpt", "messages"):
        return []
    if form == "prompt-completion":
        answer = "completion" if value.get("completion") is not None else "response"
        return _side(value, "prompt", "user") + _side(value, answer, "assistant")
    if form == "alpaca":
        return _alpaca(value)
    if form == "preference":
        raise _Refused("preference", "chosen/rejected pairs are not conversations")
    if form == "text":
        raise _Refused("rendered_text", f"{len(value['text']):,} characters: {value['text'][:60]!r}")
    keys = ", ".join(f"{key}: {kind(held)}" for key, held in value.items())
    raise _Refused("no_messages", keys[:200] if keys else "no keys")


def _with_system(messages: list[dict[str, str]], system: object) -> list[dict[str, str]]:
    """A `system` beside the turns comes first, unless there is one among them."""
    text = _text(system, "system")
    if not text.strip() or any(message["role"] == "system" for message in messages):
        return messages
    return [{"role": "system", "content": text}, *messages]


def _side(value: Json, key: str, role: str) -> list[dict[str, str]]:
    """One side of a prompt and completion: a text, or turns."""
    held = value[key]
    if isinstance(held, list) and all(isinstance(turn, dict) and ("role" in turn or "from" in turn) for turn in held):
        return _turns(held)
    return [{"role": role, "content": _text(held, key)}]


def _alpaca(value: Json) -> list[dict[str, str]]:
    """`input` stands on a line of its own after the instruction, as LLaMA-Factory joins them."""
    messages = []
    history = value.get("history") or []
    if not isinstance(history, list):
        raise _Refused("not_text", f"history: {kind(history)}, expected a list of pairs")
    for n, pair in enumerate(history, 1):
        if not isinstance(pair, list) or len(pair) != 2:
            raise _Refused("not_text", f"history {n}: {kind(pair)}, expected a question and an answer")
        messages += _pair(_text(pair[0], f"history {n}"), _text(pair[1], f"history {n}"))
    asked, given = _text(value["instruction"], "instruction"), _text(value.get("input"), "input")
    return messages + _pair("\n".join(filter(None, (asked, given))), _text(value["output"], "output"))


def _pair(asked: str, answered: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]


def _turns(turns: list[Any]) -> list[dict[str, str]]:
    return [_turn(turn, n) for n, turn in enumerate(turns, 1)]


def _turn(turn: Any, n: int) -> dict[str, str]:
    if not isinstance(turn, dict):
        raise _Refused("not_text", f"turn {n}: {kind(turn)}, expected an object")
    said = turn["role"] if turn.get("role") is not None else turn.get("from")
    role = (ROLES.get(said) or ROLES.get(said.strip().lower())) if isinstance(said, str) else None
    if role is None:
        shown = repr(said[:60]) if isinstance(said, str) else kind(said)
        raise _Refused("unknown_role", f"turn {n}: {shown}")
    for call in ("tool_calls", "function_call"):
        if turn.get(call):  # said beside the content, so the content alone would not be the turn
            raise _Refused("not_text", f"turn {n}: {call}")
    if "content" not in turn and "value" not in turn:
        raise _Refused("not_text", f"turn {n}: only {', '.join(turn)}")
    content = turn["content"] if turn.get("content") is not None else turn.get("value")
    return {"role": role, "content": content if isinstance(content, str) else _text(content, f"turn {n}")}


def _text(content: object, place: str) -> str:
    """A text, or text parts joined by line ends; null is the empty text, which later stages judge."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise _Refused("not_text", f"{place}: {kind(content)}")
    return "\n".join(part if isinstance(part, str) else _part(part, place) for part in content)


def _part(part: object, place: str) -> str:
    if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    type = part.get("type") if isinstance(part, dict) else None
    raise _Refused("not_text", f"{place}: a part that is {type[:60] if isinstance(type, str) else kind(part)}")


def _list_key(value: Json) -> str | None:
    """The first key that holds turns."""
    for key in LISTS:
        turns = value.get(key)
        if isinstance(turns, list) and turns and isinstance(turns[0], dict) and not _TURN.isdisjoint(turns[0]):
            return key
    return None


def _has(value: Json, *keys: str) -> bool:
    return all(value.get(key) is not None for key in keys)
