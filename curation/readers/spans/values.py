"""What a span file holds, whoever made it: passages, their questions, the spans that answer them; and what is bad."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from curation.readers.batches import digest
from curation.readers.contents import json_type

Json = Mapping[str, Any]


class Span(NamedTuple):
    """An answer: `start` in characters. `problem`: why it cannot be used. `searched`: the source gave no offset, and
    the text stands once in the context."""

    text: str
    start: int
    problem: str | None = None
    searched: bool | None = None


class Question(NamedTuple):
    """`id` and `category` are None where the source has none. Without spans it is a question without an answer."""

    id: str | None
    place: str
    category: str | None
    question: str
    spans: list[Span]


class Bad(NamedTuple):
    """A record or a question that cannot be read: where it stands, what is wrong, a hash of its content."""

    place: str
    detail: str
    content: str


class Passage(NamedTuple):
    """A text and its questions. `number`: which of several paragraphs of its document it is, from 0. `gathered`: its
    questions stand apart, each with the text, and come together by title and text."""

    place: str
    title: str
    context: str
    questions: list[Question]
    bad: list[Bad]
    number: int | None = None
    gathered: bool = False


class Unreadable(Exception):
    """Why a value cannot be read: the field, and what was found there."""


def bad(place: str, error: Unreadable, value: object) -> Bad:
    """The reject for `value`."""
    return Bad(place, str(error), hash_of(value))


def hash_of(value: object) -> str:
    """A hash of a JSON value; lone surrogates and numbers that are none have one, too."""
    try:
        return digest(json.dumps(value, sort_keys=True, default=str).encode())
    except RecursionError:
        return digest(b"nested too deeply")


def text(value: object, field: str) -> str:
    """A text. Unreadable where it is none, or holds half a character."""
    if not isinstance(value, str):
        raise Unreadable(f"{field}: expected text, found {shown(value)}")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise Unreadable(f"{field}: {_half(value, error.start)}") from error
    return value


def _half(value: str, at: int) -> str:
    code = ord(value[at])
    if 0xDC80 <= code <= 0xDCFF:  # how a byte that is not UTF-8 was read; files hold no other lone ones of this range
        return f"character {at} is the byte 0x{code - 0xDC00:02x} or half a character, which is not UTF-8"
    return f"character {at} is a lone surrogate, U+{code:04X}, half a character"


def name(value: object, field: str) -> str | None:
    """A title, an id or a label: a text, or a whole number; None where there is none."""
    if value is None or value == "":
        return None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text(value, field)


def objects_of(value: Json, field: str) -> list[Any]:
    """The list under a key, empty where it is missing or null."""
    found = value.get(field)
    if found is None:
        return []
    if not isinstance(found, list):
        raise Unreadable(f"{field}: expected a list, found {shown(found)}")
    return found


def whole(value: object, field: str) -> int:
    """An offset: a whole number of at most 64 bit, also as 34.0."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
        return value
    raise Unreadable(f"{field}: expected a whole number, found {shown(value)}")


def shown(value: object) -> str:
    """The kind of a value and its beginning."""
    if isinstance(value, dict):
        return f"an object with {', '.join(map(repr, list(value)[:8])) or 'no keys'}"
    if value is None:
        return "null"
    literal = repr(value)
    return f"{json_type(value)} {literal if len(literal) <= 40 else literal[:40] + '...'}"
