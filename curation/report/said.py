"""What a phase added to a record or a row, in English: one sentence for each column that is known, or its value.

Columns, not recipes, decide what is said: a person's own recipe is told by the columns that it shares with others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from curation.chat import VERDICT

Step = Mapping[str, Any]
_PLAIN = (bool, int, float, str)
_NAMED = 3  # of a list
_KEPT_SHORT = 300
_ELSEWHERE = {"level", "phase", "row", "id", "record", "source", "title", "known", "group", "input_ids", "trained", *VERDICT}
"""What is no news, or is told in its own place."""


def added(step: Step) -> list[str]:
    """A sentence for each thing that the columns of `step` say."""
    told: set[str] = set(_ELSEWHERE)
    sentences = []
    for columns, say in _KNOWN.items():
        if all(step.get(column) is not None for column in columns):
            sentences.append(say(step))
            told |= set(columns)
    rest = ", ".join(_values(step, told | _SAID_WITH))
    return [*sentences, *([f"It has {rest}."] if rest else [])]


def rules(stages: tuple[str, ...]) -> str:
    """The reasons for which a phase rejects, as its stages name them in the manifest."""
    names = [name for stage in stages for name in re.findall(r"^Keep\('(\w+)'", stage)]
    return f"not rejected as {listed(names, 'or')}" if names else "nothing to reject"


def short(text: str) -> str:
    """On one line, and its beginning if it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _KEPT_SHORT else f"{line[:_KEPT_SHORT]}... ({len(text):,} characters)"


def listed(names: list[str], word: str = "and") -> str:
    """a, b and c."""
    return f" {word} ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def number(n: int, noun: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _values(step: Step, told: set[str]) -> Iterator[str]:
    for name, value in step.items():
        if name in told or value is None:
            continue
        if isinstance(value, _PLAIN):
            plain = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
            yield f"{name} {plain!r}" if len(plain) <= 60 and isinstance(value, str) else (
                f"{name} {plain}" if len(plain) <= 60 else f"{name} of {len(plain):,} characters"
            )
        elif isinstance(value, list):
            yield f"{len(value):,} {name}"


def _near(step: Step) -> str:
    if not step["near"]:
        return "No other is near it."
    first = step["near"][0]
    count = step.get("near_count") or len(step["near"])
    contained = f", {first['containment']:.3f} of the smaller in the larger" if "containment" in first else ""
    others = f"the nearest of {count:,}" if count > 1 else "the only one that is near"
    return f"Near {first['id']} (Jaccard {first['jaccard']:.3f}{contained}), {others}."


def _conflicts(step: Step) -> str:
    few = [f"{c['id']} is {c['label']!r} (Jaccard {c['jaccard']:.3f})" for c in step["conflicts"][:_NAMED]]
    more = len(step["conflicts"]) - len(few)
    return f"Near others under another label: {listed(few)}{f', and {more:,} more' if more else ''}."


def _window(step: Step) -> str:
    return f"It shows the characters {step['start']:,}-{step['end']:,} of the record's text."


def _found(step: Step) -> str:
    if step.get("start") is None:
        return ""
    label = f" of {step['label']!r}" if step.get("label") else ""
    if step["found"]:
        cut = f", and cuts {number(step['cut'], 'more')}" if step.get("cut") else ""
        return f"It holds {number(len(step.get('spans') or ()), 'passage')}{label}{cut}; the answer quotes what it holds."
    free = step.get("free_windows")
    among = f", drawn among the {free:,} windows{label} that hold none in the corpus" if free else ""
    return f"A negative: it holds no passage{label}{among}."


def _turns(step: Step) -> str:
    return f"{number(len(step['messages']), 'turn')}: {', '.join(turn['role'] for turn in step['messages'])}."


def _tokens(step: Step) -> str:
    tokens, spare = step["tokens"], step["spare_tokens"]
    left = f"{spare:,} to spare" if spare >= 0 else f"{-spare:,} too many"
    return f"{tokens:,} tokens of at most {tokens + spare:,} ({left}), {step['trained_tokens']:,} of them trained."


_KNOWN: dict[tuple[str, ...], Callable[[Step], str]] = {
    ("ids", "edges"): lambda step: f"Its text is {len(step['ids']):,} tokens.",
    ("near",): _near,
    ("conflicts",): _conflicts,
    ("messages",): _turns,
    ("start", "end"): _window,
    ("found", "spans"): _found,
    ("tokens", "spare_tokens"): _tokens,
    ("grounded",): lambda step: "Every quote stands in the excerpt." if step["grounded"] else "A quote does not.",
}
_SAID_WITH = {"near_count", "cut", "free_windows", "trained_tokens", "spare_tokens", "label", "split", "task"}
