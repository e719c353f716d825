"""Tools and calls of them in the form that chat templates take, from those of OpenAI, Anthropic, ShareGPT and others.

A call is {"type": "function", "function": {"name", "arguments"}} with its arguments as an object, a tool is
{"type": "function", "function": {"name", "description", "parameters"}}; other keys stay where they are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import isfinite
from typing import Any

from curation.readers.contents import Json, RefusedError, json_type

_ARGUMENTS = ("arguments", "parameters", "input", "args")
_TYPES = (None, "function", "function_call", "tool_call", "tool_use")


def calls_of(calls: Sequence[object], place: str, notes: list[str]) -> str | None:
    """The calls as JSON, null where there are none. RefusedError for what is no call.

    `notes` takes a sentence for each call whose arguments were text in a text.
    """
    return as_json([_call(call, place, notes) for call in calls]) if calls else None


def calls_in_text(text: str, place: str, notes: list[str]) -> str | None:
    """The calls in a text that is JSON of one or a list of them: ShareGPT's `function_call`. RefusedError."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise RefusedError("bad_tool_call", f"{place}: a call that is not JSON: {text[:60]!r}") from error
    return calls_of(value if isinstance(value, list) else [value], place, notes)


def tools_of(value: Any) -> str | None:
    """A list of tools, or JSON text of one, as JSON; null where it is empty. RefusedError."""
    if isinstance(value, str):
        if not value.strip():
            return None
        try:
            value = json.loads(value)
        except ValueError as error:
            raise RefusedError("bad_tools", f"tools: text that is not JSON: {value[:60]!r}") from error
    if value is None or value == []:
        return None
    tools = [value] if isinstance(value, dict) and "name" in value else value
    if not isinstance(tools, list):
        raise RefusedError("bad_tools", f"tools: {json_type(tools)}, expected a list")
    return as_json([_tool(tool, n) for n, tool in enumerate(tools, 1)])


def as_json(value: object) -> str:
    """Compact JSON with letters as they are, NaN and infinities as text. RefusedError for what is nested too deep."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=str)
    except RecursionError as error:
        raise RefusedError("bad_line", f"cannot be written as JSON: {error}") from error
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"), default=str)


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value


def _tool(tool: Any, n: int) -> Json:
    if isinstance(tool, str):
        try:
            tool = json.loads(tool)
        except ValueError:
            raise RefusedError("bad_tools", f"tool {n}: text that is not JSON: {tool[:60]!r}") from None
    named = tool.get("function", tool) if isinstance(tool, dict) else None
    if not isinstance(tool, dict) or not isinstance(named, dict) or not isinstance(named.get("name"), str):
        raise RefusedError("bad_tools", f"tool {n}: {json_type(tool)} without the name of a function")
    return tool if "function" in tool else {"type": "function", "function": tool}


def _call(call: Any, place: str, notes: list[str]) -> Json:
    if isinstance(call, str):
        try:
            call = json.loads(call)
        except ValueError:
            raise RefusedError("bad_tool_call", f"{place}: a call that is not JSON: {call[:60]!r}") from None
    if not isinstance(call, dict):
        raise RefusedError("bad_tool_call", f"{place}: a call that is {json_type(call)}")
    if call.get("type") not in _TYPES:
        raise RefusedError("bad_tool_call", f"{place}: a call of the type {call['type']!r}, expected 'function'"[:120])
    if isinstance(call.get("function"), dict):
        outer, function = {key: value for key, value in call.items() if value is not None}, call["function"]
    else:
        outer = {key: call[key] for key in ("id",) if call.get(key) is not None}
        function = {key: value for key, value in call.items() if key not in ("id", "type")}
    name = function.get("name")
    if not isinstance(name, str) or not name:
        raise RefusedError("bad_tool_call", f"{place}: a call without the name of a function")
    key = next((key for key in _ARGUMENTS if function.get(key) is not None), "arguments")
    rest = {other: value for other, value in function.items() if other not in ("name", key) and value is not None}
    arguments = _arguments(function.get(key), f"{place}: {name}", notes)
    return {**outer, "type": "function", "function": {"name": name, "arguments": arguments, **rest}}


def _arguments(value: Any, place: str, notes: list[str]) -> Json:
    texts = 0
    while isinstance(value, str):
        if not value.strip():
            return {}
        try:
            value = json.loads(value)
        except ValueError:
            raise RefusedError("bad_tool_call", f"{place}: arguments that are not JSON: {value[:60]!r}") from None
        texts += 1
    if texts > 1:
        notes.append(f"{place}: arguments that are text in a text")
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RefusedError("bad_tool_call", f"{place}: arguments that are {json_type(value)}, expected an object")
    return value


def as_calls(value: object) -> list[Any]:
    """What stands under `tool_calls` or `function_call`, as a list."""
    return value if isinstance(value, list) else [value] if value else []
