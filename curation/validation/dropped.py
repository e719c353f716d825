"""What a chat template leaves out of a conversation: thoughts of earlier turns, contents that it cuts, tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from curation.base.errors import InputError
from curation.base.rows import BESIDE, has_more
from curation.tokens import Tokenizer
from curation.tokens.template import Template
from curation.validation.findings import FOUND

_SHOWN = 60  # characters of what is missing


def dropped(rows: pl.DataFrame, tokenizer: Tokenizer) -> pl.DataFrame:
    """row, id, detail for rows (row, messages, tools and options) of whose words some are not in their rendered text.

    Rows of plain turns are not rendered again where the template was seen to write contents as they are.
    """
    template = tokenizer.template
    beside = [pl.col(name).is_not_null() for name in BESIDE]
    some = rows.filter(pl.any_horizontal(has_more(), *beside)) if template.opaque else rows
    lines = [
        (row["row"], "template_drops", detail)
        for row in some.iter_rows(named=True)
        if (detail := _first(template, row))
    ]
    return pl.DataFrame(lines, schema=FOUND, orient="row")


def _first(template: Template, row: Mapping[str, Any]) -> str | None:
    """The first words that are missing, and where they stand."""
    if row["tools"] and "tools" not in template.writes:
        return "tools: the template writes none"
    try:
        text = template.render_row(row).text
    except InputError:  # that it refuses the row is said elsewhere
        return None
    at = 0
    for n, turn in enumerate(row["messages"], 1):
        for name, words in _words(turn):
            at, missing = _place(words, text, at)
            if missing:
                return f"turn {n} ({turn['role']}): {len(missing):,} characters of its {name}: {missing[:_SHOWN]!r}"
    return None


def words_of(turns: Sequence[Mapping[str, Any]], text: str) -> tuple[list[tuple[int, int]], list[str]]:
    """Where in a rendered text the words of the turns stand, and those that are missing there."""
    found, missing, at = [], [], 0
    for turn in turns:
        for _, words in _words(turn):
            start = text.find(words, at)
            at, lost = _place(words, text, at)
            if lost:
                missing.append(lost)
            elif start >= 0:
                found.append((start, at))
    return found, missing


def _place(words: str, text: str, at: int) -> tuple[int, str]:
    """Where the words end, looked for from `at` on; and what of them is nowhere in the text."""
    start = text.find(words, at)
    if start >= 0:
        return start + len(words), ""
    return at, "" if words in text else _missing(words, text)


def _words(turn: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("reasoning", "content"):
        if turn[name] and turn[name].strip():
            yield name, turn[name].strip()


def _missing(words: str, text: str) -> str:
    """`words` without the longest start and the longest end that stand in the text."""
    start = _longest(lambda n: words[:n] in text, len(words))
    end = _longest(lambda n: words[len(words) - n :] in text, len(words) - start)
    return words[start : len(words) - end]


def _longest(holds: Callable[[int], bool], most: int) -> int:
    """The greatest n up to `most` for which it holds, as it does for every smaller one."""
    low = 0
    while low < most:
        middle = (low + most + 1) // 2
        low, most = (middle, most) if holds(middle) else (low, middle - 1)
    return low
