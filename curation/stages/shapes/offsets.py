"""Spans against their text: those whose text is at their offset, and of the others how their offsets may be counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from curation.base.text import WHITE
from curation.stages.shapes.windows import Span

_NEAR = (-1, 1, -2, 2, -3, 3)  # characters


class Miss(NamedTuple):
    """A span that is not where its source says. `readings`: how the offset would have to be counted to fit."""

    detail: str
    readings: tuple[str, ...] = ()


def check_spans(context: str, given: Sequence[dict[str, Any]]) -> tuple[dict[int, Span], dict[int, Miss]]:
    """The spans whose text is at their offset, by number and without outer white space; and the others."""
    gold, missed = {}, {}
    for n, span in enumerate(given):
        text, start = span["text"], span["start"]
        if span.get("problem"):
            missed[n] = Miss(span["problem"])
        elif text.strip(WHITE) and start >= 0 and context.startswith(text, start):
            left = len(text) - len(text.lstrip(WHITE))
            gold[n] = Span(start + left, start + left + len(text.strip(WHITE)))
        else:
            found = context[start : start + len(text)] if start >= 0 else ""
            detail = f"at {start} stands {found[:60]!r}, the span says {text[:60]!r}"
            missed[n] = _miss(context, text, start, detail) if text.strip(WHITE) else Miss(detail)
    return gold, missed


def explained(missed: Sequence[Miss]) -> list[str]:
    """A detail for each. Of several readings the one that most of all spans have: one span may fit by accident."""
    fitting = Counter(reading for miss in missed for reading in miss.readings)
    details = []
    for miss in missed:
        likely = max(miss.readings, key=fitting.__getitem__, default=None)  # of equal ones the first
        share = f"; it fits {likely} ({fitting[likely]:,} of {len(missed):,} such spans do)" if likely else ""
        details.append(miss.detail + share)
    return details


def _miss(context: str, text: str, start: int, detail: str) -> Miss:
    readings = _readings(context, text, start)
    first = context.find(text)
    if not readings and first >= 0 and context.find(text, first + 1) < 0:
        detail = f"{detail}, which stands once, at {first}"
    return Miss(detail, tuple(readings))


def _readings(context: str, text: str, start: int) -> list[str]:
    """The likeliest first."""
    found = []
    if start >= 0:
        if not context.isascii():
            found += [name for name, place in _coded(context, start).items() if context.startswith(text, place)]
        if "\n" in context:
            found += [name for name, place in _lines(context, start).items() if context.startswith(text, place)]
        for off in _NEAR:
            if start + off >= 0 and context.startswith(text, start + off):
                found.append(f"{abs(off)} {'character' if abs(off) == 1 else 'characters'} {_side(off)}")
        if context[start : start + len(text)].casefold() == text.casefold():
            found.append("but for upper and lower case")
        elif re.compile(r"\s*" + r"\s+".join(map(re.escape, text.split()))).match(context, start):
            found.append("but for white space")
    return found


def _side(off: int) -> str:
    return "later" if off > 0 else "earlier"


def _coded(context: str, start: int) -> dict[str, int]:
    """Where an offset points in characters, if it counts other units."""
    units = context.encode("utf-16-le")[: 2 * start].decode("utf-16-le", "ignore")
    return {"as UTF-16 units": len(units), "as UTF-8 bytes": len(context.encode()[:start].decode("utf-8", "ignore"))}


def _lines(context: str, start: int) -> dict[str, int]:
    """Where an offset points if it counts line ends as two characters (`\\r\\n`) that are one here, or the reverse."""
    one = context.replace("\r\n", "\n")
    two = one.replace("\n", "\r\n")
    if one == context:
        return {"with \\r\\n for line ends": len(two[:start].replace("\r\n", "\n"))}
    return {"with \\n for line ends": start + one.count("\n", 0, start)}
