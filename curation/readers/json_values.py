"""JSON that is not quite JSON: several values on a line, Python's own notation, trailing commas, NaN, cut characters.

The fast parser reads what is right; here is what it refuses, value by value, so that one bad record is one reject.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import NamedTuple

import orjson

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]|"', re.S)
_GAP = re.compile(r"[\s,\ufeff]*")
_LONE = re.compile("[\ud800-\udfff]")
_FAR = 2.0**63


class Value(NamedTuple):
    """`value`, or what is wrong with it; `note`: what was read as it was meant. `start`, `end`: in characters."""

    value: object | None
    problem: str | None = None
    note: str | None = None
    start: int = 0
    end: int = 0


def parse(line: bytes) -> Value:
    """One value, as most lines are. Integers of any length, a key that stands twice is noted."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return _otherwise(line, error)
    if not isinstance(value, dict):
        return Value(value)
    if is_rounded(value):
        value = json.loads(line)
    return Value(value, note=_twice(line, value))


def is_rounded(value: dict[str, object]) -> bool:
    """Whether the fast parser may have made a float of an integer beyond 64 bits."""
    return any(type(item) is float and abs(item) >= _FAR for item in value.values())


def values(text: str) -> Iterator[Value]:
    """The values that stand one after the other in `text`, with white space or commas between: each with its problem.

    Where one cannot be parsed the next one begins after its last bracket, or never, where brackets do not close.
    """
    yield from _values(text, 0, "")


def elements(text: str) -> Iterator[Value]:
    """The values of an array whose text could not be parsed as a whole; one without an end is a problem of its own."""
    yield from _values(text, text.index("[") + 1, "]")


def _values(text: str, at: int, close: str) -> Iterator[Value]:
    found = Value(None)
    while True:
        at = _GAP.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
        if at >= len(text):
            break
        if text[at] == close:
            close, at = "", at + 1
            continue
        end = _end(text, at)
        found = parse(text[at:end].encode("utf8", "surrogateescape"))._replace(start=at, end=end)
        yield found
        at = end
    if close and found.problem is None:  # a record that was cut says so itself
        yield Value(
            text[-60:].encode("utf8", "surrogateescape"), "the list does not end: the file was cut", None, at, at
        )


def _end(text: str, start: int) -> int:
    """The end of the value that begins at `start`: its closing bracket, else the end of the line."""
    if text[start] not in "[{":
        line = text.find("\n", start)
        return len(text) if line < 0 else line + 1
    depth = 0
    for token in _TOKEN.finditer(text, start):
        sign = token[0]
        depth += (sign in ("[", "{")) - (sign in ("]", "}"))
        if depth == 0 and sign in ("]", "}"):
            return token.end()
    return len(text)


def _otherwise(line: bytes, error: orjson.JSONDecodeError) -> Value:
    try:
        text = line.decode()
    except UnicodeDecodeError as wrong:
        return Value(line, f"not UTF-8: byte 0x{line[wrong.start]:02x} at {wrong.start + 1}")
    bare = text.strip().removesuffix(",")
    try:
        value = json.loads(bare)
    except (ValueError, RecursionError):
        return _python(line, bare, error)
    if lone := _LONE.search(json.dumps(value, ensure_ascii=False)):
        return Value(line, f"half of a character: \\u{ord(lone[0]):04x} stands alone; the text was cut there")
    return Value(value)


def _python(line: bytes, text: str, error: orjson.JSONDecodeError) -> Value:
    """A dictionary or list in Python's notation, as `str()` writes it."""
    if text[:1] in ("{", "[") and "'" in text:
        try:
            value = ast.literal_eval(text)
            json.dumps(value, allow_nan=False)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            pass
        else:
            return Value(value, note="it is written as Python writes it, not as JSON")
    shown = text.replace("\0", "\\0")[:60]
    return Value(line, f"not JSON: {error.msg} at column {error.colno}: {shown!r}")


def _twice(line: bytes, value: dict[str, object]) -> str | None:
    """A note where a key of the object, or of its turns, stands twice: parsers keep the last.

    Only a line with more colons after quotes than it has keys is looked at.
    """
    keys = len(value)
    for item in value.values():
        if type(item) is list and item and type(item[0]) is dict:
            keys += sum(map(len, item))
    if line.count(b'":') == keys:
        return None
    return _repeated(line) if any(_stands_again(line, key, value) for key in _names(value)) else None


def _names(value: dict[str, object]) -> set[str]:
    lists = (item for item in value.values() if isinstance(item, list) and item and isinstance(item[0], dict))
    return {*value, *(name for item in lists for name in item[0])}


def _stands_again(line: bytes, name: str, value: dict[str, object]) -> bool:
    """Whether the name stands in quotes more often than the object and its lists of objects have it as a key."""
    lists = (item for item in value.values() if isinstance(item, list))
    owners = (name in value) + sum(name in one for item in lists for one in item if isinstance(one, dict))
    return line.count(b'"' + name.encode("utf8", "replace") + b'"') > owners


def _repeated(line: bytes) -> str | None:
    twice: list[str] = []

    def check(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in pairs]
        twice.extend(name for name in dict.fromkeys(names) if names.count(name) > 1)
        return dict(pairs)

    try:
        json.loads(line, object_pairs_hook=check)
    except (ValueError, RecursionError):
        return None
    return f"the key {twice[0]!r} stands twice in an object: the last one counts" if twice else None
