"""What a phase added to a record or a row, in English: a sentence for each column that is known, the value of others.

Columns, not recipes, decide what is said: a person's own recipe is told by the columns that it shares with others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from curation.chat import VERDICT
from schemas.manifest import Phase

Row = Mapping[str, Any]
_NAMED = 3  # of a list
_WORD = 24
_WHOLE = 60  # characters of a value that is shown whole
_LONGEST = 300  # of what decided
_ELSEWHERE = {"level", "phase", "row", "id", "record", "source", "group", "known", "input_ids", "trained", *VERDICT}
"""Columns that are no news, or are told in their own place."""


def added(row: Row, new: Collection[str]) -> list[str]:
    """Sentences about the columns `new` of `row`, which holds what it had before as well."""
    told = set(_ELSEWHERE)
    sentences: list[str] = []
    for column, (say, *others) in _KNOWN.items():
        if column in new:
            sentences += filter(None, [say(row)])
            told |= {column, *others}
    rest = list(_values({name: row[name] for name in new if name not in told and not _named(row, name)}))
    return [*sentences, *([f"It has {listed(rest)}."] if rest else [])]


def passed(phase: Phase) -> str:
    """The reasons for which a phase rejects, those that its rules name and those that it had; nothing without any."""
    rules = [name for stage in phase.stages for name in re.findall(r"^Keep\('(\w+)'", stage)]
    names = list(dict.fromkeys([*rules, *phase.rejected]))
    return f"Not rejected as {listed(names, 'or')}." if names else ""


def short(text: str) -> str:
    """On one line, and its beginning if it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}... ({len(text):,} characters)"


def listed(names: list[str], word: str = "and") -> str:
    """a, b and c."""
    return f" {word} ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def number(n: int, noun: str) -> str:
    """1 row, 2,000 rows."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _named(row: Row, column: str) -> bool:
    """Whether the column says what the id says: it, or a beginning that is no mere word."""
    value = row[column]
    return isinstance(value, str) and (
        value == row["id"] or (len(value) > _WORD and row["id"].startswith(value.strip()))
    )


def _values(columns: Row) -> Iterator[str]:
    for name, value in columns.items():
        if isinstance(value, str):
            yield f"{name} {value!r}" if len(value) <= _WHOLE else f"{name} of {len(value):,} characters"
        elif isinstance(value, bool | int | float):
            yield f"{name} {value:,}" if type(value) is int else f"{name} {value}"
        elif isinstance(value, list):
            yield f"{len(value):,} {name}"


def _near(row: Row) -> str:
    if not row["near"]:
        return "No other is near it."
    first, count = row["near"][0], row.get("near_count") or len(row["near"])
    how = ", ".join(f"{name} {first[name]:.3f}" for name in ("jaccard", "containment") if first.get(name) is not None)
    return f"Near {first['id']} ({how}){f', the nearest of {count:,}' if count > 1 else ''}."


def _conflicts(row: Row) -> str:
    if not row["conflicts"]:
        return "None that is near it has another label."
    few = [f"{c['id']} is {c['label']!r} (jaccard {c['jaccard']:.3f})" for c in row["conflicts"][:_NAMED]]
    more = len(row["conflicts"]) - len(few)
    return f"Near others under another label: {listed(few)}{f', and {more:,} more' if more else ''}."


def _window(row: Row) -> str:
    return "" if row["start"] is None else f"It shows characters {row['start']:,}-{row['end']:,} of the record's text."


def _found(row: Row) -> str:
    if row["found"] is None or row.get("start") is None:
        return ""
    if row["found"]:
        cut = f" whole and {row['cut']:,} in part" if row.get("cut") else ""
        return f"The excerpt holds {number(len(row['spans']), 'span')}{cut}."
    free = row.get("free_windows")
    drawn = f", drawn among {number(free, 'free window')} of its label in the whole corpus" if free else ""
    return f"A negative: the excerpt holds no span{drawn}."


def _turns(row: Row) -> str:
    turns = row["messages"] or []
    return f"{number(len(turns), 'turn')}: {listed([str(turn['role']) for turn in turns])}." if turns else ""


def _tokens(row: Row) -> str:
    tokens, spare = row["tokens"], row["spare_tokens"]
    left = f"{spare:,} to spare" if spare >= 0 else f"{-spare:,} too many"
    return f"{tokens:,} of at most {tokens + spare:,} tokens ({left}), {row['trained_tokens']:,} of them trained."


_KNOWN: dict[str, tuple[Callable[[Row], str], *tuple[str, ...]]] = {
    "ids": (lambda row: f"Its text is {len(row['ids']):,} tokens.", "edges"),
    "near": (_near, "near_count"),
    "conflicts": (_conflicts,),
    "messages": (_turns,),
    "start": (_window, "end"),
    "found": (_found, "spans", "cut", "free_windows"),
    "spare_tokens": (_tokens, "tokens", "trained_tokens"),
    "grounded": (
        lambda row: "Every quote stands in the excerpt." if row["grounded"] else "A quote does not stand there.",
    ),
}
