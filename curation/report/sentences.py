"""What a phase added to a record or a row, in English: a sentence for each column that is known, the value of others.

Columns decide what is said: those that every recipe may have are known here, a recipe brings sentences for its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from curation.base.rows import VERDICT
from curation.base.text import format_figure
from curation.schemas.manifest import Phase, Sentence

Row = Mapping[str, Any]
_NAME = re.compile(r"\{(\w+)\}")
_NAMED = 3  # of a list
_WORD = 24
_WHOLE = 60  # characters of a value that is shown whole
_LONGEST = 300  # of what decided
_ELSEWHERE = {"level", "phase", "row", "id", "record", "source", "group", "known", "input_ids", "trained", *VERDICT}
"""Columns that are no news, or are told in their own place."""


def added(row: Row, new: Collection[str], own: Sequence[Sentence]) -> list[str]:
    """Sentences about the columns `new` of `row`, which has the earlier ones too; `own`: those of its recipe."""
    done = set(_ELSEWHERE)
    sentences: list[str] = []
    for column, (say, *others) in _KNOWN.items():
        if column in new and not isinstance(row[column], str):  # a table's own column of that name is a text
            sentences += filter(None, [say(row)])
            done |= {column, *others}
    for sentence in own:
        if sentence.column in new:
            sentences += _own(row, sentence)
            done |= {sentence.column, *_NAME.findall(sentence.text)}
    rest = list(_values({name: row[name] for name in new if name not in done and not _named(row, name)}))
    return [*sentences, *([f"It has {listed(rest)}."] if rest else [])]


def _own(row: Row, sentence: Sentence) -> Iterator[str]:
    """A sentence of the recipe, where it is true of the row and nothing that it names is missing."""
    value, names = row[sentence.column], _NAME.findall(sentence.text)
    meant = value is not None if sentence.equals is None else value == sentence.equals
    if meant and all(row.get(name) is not None for name in names):
        yield _NAME.sub(lambda found: _shown(row[found[1]]), sentence.text)


def _shown(value: Any) -> str:
    """A value in a sentence; of a list how many it has."""
    return format_figure(len(value) if isinstance(value, list) else value)


def passed(phase: Phase) -> str:
    """The reasons for which a phase rejects, those that its stages may give and those that it had; or nothing."""
    names = list(dict.fromkeys([*phase.reasons, *phase.rejected]))
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


def _turns(row: Row) -> str:
    turns = row["messages"] or []
    return f"{number(len(turns), 'turn')}: {listed([str(turn['role']) for turn in turns])}." if turns else ""


def _tokens(row: Row) -> str:
    tokens, spare = row["tokens"], row["spare_tokens"]
    left = f"{spare:,} to spare" if spare >= 0 else f"{-spare:,} too many"
    return f"{tokens:,} of at most {tokens + spare:,} tokens ({left}), {row['trained_tokens']:,} of them with loss."


_KNOWN: dict[str, tuple[Callable[[Row], str], *tuple[str, ...]]] = {
    "ids": (lambda row: f"Its text is {len(row['ids']):,} tokens.", "edges"),
    "near": (_near, "near_count"),
    "conflicts": (_conflicts,),
    "messages": (_turns,),
    "spare_tokens": (_tokens, "tokens", "trained_tokens"),
}
