"""Windows over a long text: where to cut it, and which window holds which gold span whole.

Positions are characters, sizes are tokens; `edges` (n + 1 offsets in characters of n tokens) turns one into the
other. Plain functions: no frames, tokenizers or prompts.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from curation.base.text import WHITE

_SENTENCE_END = re.compile("(?<![0-9])[.;:!?][\"'\u201d\u2019)\\]]*\\s")
_SCATTER = 0x9E3779B1  # varies where a span lies in a window of its own


class Span(NamedTuple):
    """Characters start to end (exclusive)."""

    start: int
    end: int


class Window(NamedTuple):
    """Characters start to end; `whole`: the gold spans inside, in order; `cut`: how many it holds only a part of."""

    start: int
    end: int
    whole: tuple[Span, ...]
    cut: int


@dataclass(frozen=True)
class Text:
    """A text with its token edges, and how long a window over it may be."""

    text: str
    edges: Sequence[int]
    size: int
    """Tokens of a window, at most."""
    overlap: int
    """Tokens that neighbouring windows share, about; an edge moves at most a quarter of it to end a sentence."""

    _taken: dict[Span, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def tokens(self, span: Span) -> int:
        """How many tokens it takes to cover `span`."""
        taken = self._taken.get(span)
        if taken is None:
            taken = self._taken[span] = self._at_or_after(span.end) - self._at_or_before(span.start)
        return taken

    def _at_or_before(self, character: int) -> int:
        return bisect_right(self.edges, character) - 1

    def _at_or_after(self, character: int) -> int:
        return bisect_left(self.edges, character)

    def around(self, span: Span, size: int) -> Span:
        """A window of at most `size` tokens that holds `span`, which fits; at varying places in it."""
        first, last = self._at_or_before(span.start), self._at_or_after(span.end)
        free = size - (last - first)
        start = max(0, first - first * _SCATTER % (free + 1))
        end = min(start + size, len(self.edges) - 1)
        return self.strip(
            self._start_near(self.edges[start], min(self._slack_after(start), span.start)),
            self._end_near(self.edges[end], max(self._slack_before(end), span.end)),
        )

    def grid(self) -> list[Span]:
        """Windows that cover the text in equal steps, their edges at paragraph or sentence ends where one is near."""
        n, step = len(self.edges) - 1, self.size - self.overlap
        spans = []
        for first in range(0, max(n, 1), step):
            last = min(first + self.size, n)
            start = self._start_near(self.edges[first], self._slack_after(first)) if first else 0
            end = self._end_near(self.edges[last], self._slack_before(last)) if last < n else len(self.text)
            spans.append(self.strip(start, end))
            if last == n:
                break
        return list(dict.fromkeys(span for span in spans if span.start < span.end))

    def _slack_after(self, token: int) -> int:
        return self.edges[min(token + self.overlap // 4, len(self.edges) - 1)]

    def _slack_before(self, token: int) -> int:
        return self.edges[max(token - self.overlap // 4, 0)]

    def _start_near(self, at: int, limit: int) -> int:
        """The first paragraph, line, sentence or word that starts in [at, limit], the first kind that is there."""
        for mark in ("\n\n", "\n"):
            if (found := self.text.find(mark, at, limit)) >= 0:
                return found + len(mark)
        if sentence := _SENTENCE_END.search(self.text, at, limit):
            return sentence.end()
        found = self.text.find(" ", at, limit)
        return found + 1 if found >= 0 else at

    def _end_near(self, at: int, limit: int) -> int:
        """The last paragraph, line, sentence or word that ends in [limit, at]."""
        for mark in ("\n\n", "\n"):
            if (found := self.text.rfind(mark, limit, at)) >= 0:
                return found
        sentences = [found.end() for found in _SENTENCE_END.finditer(self.text, limit, at)]
        if sentences:
            return sentences[-1]
        found = self.text.rfind(" ", limit, at)
        return found if found >= 0 else at

    def strip(self, start: int, end: int) -> Span:
        """The span from `start` to `end` without white space at its ends."""
        part = self.text[start:end]
        return Span(start + len(part) - len(part.lstrip(WHITE)), end - len(part) + len(part.rstrip(WHITE)))


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, those that share characters made one."""
    out: list[Span] = []
    for span in sorted(spans):
        if out and span.start < out[-1].end:
            out[-1] = Span(out[-1].start, max(out[-1].end, span.end))
        else:
            out.append(span)
    return out


def answer_tokens(text: Text, spans: Iterable[Span]) -> int:
    """Tokens that an answer of these spans may take: quoting and line ends add a little, folding takes some away."""
    return sum(_quoted(text.tokens(span)) for span in merged(spans))


def _quoted(tokens: int) -> int:
    return tokens + tokens // 8 + 4


def fits(text: Text, span: Span, room: int) -> bool:
    """Whether a row can hold `span` twice, in its window and in its answer, in `room` tokens."""
    tokens = text.tokens(span)
    return tokens <= text.size and tokens + _quoted(tokens) <= room


def place_windows(text: Text, grid: Sequence[Span], gold: Iterable[Span], room: int) -> Iterator[Window]:
    """Windows in which every gold span that fits is whole at least once; `room`: tokens for window and answer.

    A window of the grid is taken where it holds a span whole, else a new one is placed around the span. Its edges then
    move inwards past every other span that they would cut; that is impossible only where spans overlap in a chain
    longer than a window, and such cuts are counted.
    """
    spans = sorted(set(gold))
    units = _units(text, [span for span in spans if fits(text, span, room)], room)
    frames: dict[Span, list[Span]] = {}
    for unit in units:
        frames.setdefault(_best_window(grid, unit) or text.around(unit, text.size), []).append(unit)
    chosen: dict[Span, None] = {}
    for frame, members in frames.items():
        window = text.strip(*_trim(frame, members, spans))
        if text.tokens(window) + answer_tokens(text, _inside(window, spans)) <= room:
            chosen[window] = None
            continue
        for unit in members:  # answers too long together: each unit alone, between its neighbours
            alone = text.around(unit, min(text.size, room - answer_tokens(text, [unit])))
            before = [s.end for s in spans if s.end <= unit.start]
            after = [s.start for s in spans if s.start >= unit.end]
            between = Span(max([alone.start, *before]), min([alone.end, *after]))
            window = text.strip(*_trim(between, [unit], spans))
            fine = text.tokens(window) + answer_tokens(text, _inside(window, spans)) <= room
            chosen[window if fine else unit] = None
    for window in sorted(chosen):
        whole = _inside(window, spans)
        yield Window(window.start, window.end, tuple(whole), len(touching(window, spans)) - len(whole))


def untouched(grid: Iterable[Span], spans: Iterable[Span]) -> Iterator[Span]:
    """The windows of the grid that hold no part of any span."""
    taken, i = merged(spans), 0
    for window in grid:
        while i < len(taken) and taken[i].end <= window.start:
            i += 1
        if i == len(taken) or taken[i].start >= window.end:
            yield window


def touching(window: Span, spans: Iterable[Span]) -> list[Span]:
    """The spans of which the window holds at least a part."""
    return [span for span in spans if span.start < window.end and window.start < span.end]


def _units(text: Text, spans: list[Span], room: int) -> Iterator[Span]:
    """What must stay whole: chains of overlapping spans where a chain fits, else the spans that no other holds."""
    for chain in merged(spans):
        if fits(text, chain, room):
            yield chain
        else:
            links = [span for span in spans if chain.start <= span.start and span.end <= chain.end]
            yield from (a for a in links if not any(b != a and b.start <= a.start and a.end <= b.end for b in links))


def _best_window(grid: Sequence[Span], unit: Span) -> Span | None:
    """The window of the grid that holds `unit` most centrally."""
    last = bisect_right(grid, unit.start, key=lambda span: span.start)
    holds = [span for span in grid[max(0, last - 3) : last] if span.end >= unit.end]
    return max(holds, key=lambda span: min(unit.start - span.start, span.end - unit.end), default=None)


def _inside(window: Span, spans: Sequence[Span]) -> list[Span]:
    return [span for span in spans if window.start <= span.start and span.end <= window.end]


def _trim(window: Span, members: Sequence[Span], spans: Sequence[Span]) -> Span:
    """Move each edge inwards past the spans that it cuts, but never into `members`, which it must hold."""
    first, last = min(unit.start for unit in members), max(unit.end for unit in members)
    start, end = window
    moved = True
    while moved:
        moved = False
        for span in spans:
            if span.start < start < span.end <= first:
                start, moved = span.end, True
            if last <= span.start < end < span.end:
                end, moved = span.start, True
    return Span(start, end)
