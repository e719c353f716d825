"""Facts about windows over texts of any kind, with gold spans that lie apart, touch, overlap, nest and chain."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.stages.shapes.windows import (
    Span,
    Text,
    Window,
    answer_tokens,
    fits,
    merged,
    place_windows,
    touching,
    untouched,
)

WORDS = ("a", "of", "Party", "shall", "pay.", "notice;", "indemnify", "চুল", "🍺", "_" * 9, "ends.”")
GAPS = (" ", " ", " ", "\n", "\n\n", "  ", "\u00a0", "\u2028", "", ",")


class Case(NamedTuple):
    text: Text
    spans: list[Span]
    room: int


def edges_every(text: str, k: int) -> list[int]:
    return [*range(0, len(text), k), len(text)]


def edges_at_words(text: str) -> list[int]:
    """A token is a word with the space before it."""
    inner = [i for i in range(1, len(text)) if text[i].isspace() and not text[i - 1].isspace()]
    return [0, *inner, len(text)]


def edges_in_bytes(text: str) -> list[int]:
    """A token is a byte: an edge inside a character counts as its start, so edges repeat."""
    return [*(i for i, c in enumerate(text) for _ in c.encode()), len(text)]


def text_of(rng: Random) -> Text:
    pairs = ((rng.choice(WORDS), rng.choice(GAPS)) for _ in range(rng.randint(1, 80)))
    text = "".join(word + gap for word, gap in pairs)
    kind = rng.randint(0, 4)
    edges = (edges_at_words, edges_in_bytes)[kind](text) if kind < 2 else edges_every(text, kind - 1)
    size = rng.randint(4, 60)
    return Text(text, edges, size, rng.randint(0, size // 2))


def case_of(rng: Random) -> Case:
    """A text and spans without outer whitespace, many with an edge at that of a window of the grid; in half of the
    cases no two spans share a character."""
    text = text_of(rng)
    n, longest = len(text.text), rng.choice([4, 20, 60, 200])
    marks = [edge for window in text.grid() for edge in window]
    spans = []
    for _ in range(rng.randint(1, 9)):
        at, length = rng.choice([rng.choice(marks), rng.randint(0, n)]), rng.randint(1, longest)
        start = rng.choice([at, at - length, at - length // 2])
        span = text.strip(max(0, start), min(n, start + length))
        spans += [span] if span.start < span.end else []
    room = rng.choice([rng.randint(text.size // 2, 3 * text.size + 20), 4 * text.size + 100])
    return Case(text, merged(spans) if rng.random() < 0.5 else spans, room)


# Drawn from a seed, not piece by piece: the cases that matter have many words and spans.
seeds = st.integers(0, 2**32).map(Random)


def texts() -> st.SearchStrategy[Text]:
    return seeds.map(text_of)


def cases() -> st.SearchStrategy[Case]:
    return seeds.map(case_of)


def placed(case: Case) -> list[Window]:
    return list(place_windows(case.text, case.text.grid(), case.spans, case.room))


def span_of(window: Window) -> Span:
    return Span(window.start, window.end)


def inside(window: Window, spans: Sequence[Span]) -> list[Span]:
    return sorted({span for span in spans if window.start <= span.start and span.end <= window.end})


def chain_of(span: Span, spans: Sequence[Span]) -> Span:
    (chain,) = (c for c in merged(spans) if c.start <= span.start and span.end <= c.end)
    return chain


many = settings(deadline=None, max_examples=250)


@many
@given(texts())
def test_grid_covers_every_visible_character(text: Text) -> None:
    """Each character that is no whitespace lies in a window, and no window begins or ends in whitespace."""
    grid = text.grid()
    covered = {i for window in grid for i in range(*window)}
    assert covered >= {i for i, c in enumerate(text.text) if not c.isspace()}
    assert all(text.text[start:end] == text.text[start:end].strip() != "" for start, end in grid)


@many
@given(texts())
def test_no_window_of_the_grid_is_too_long(text: Text) -> None:
    """A window of the grid has `size` tokens at most."""
    assert all(text.tokens(window) <= text.size for window in text.grid())


@many
@given(texts())
def test_grid_goes_on_through_the_text(text: Text) -> None:
    """Neither edge of the grid's windows ever steps back."""
    grid = text.grid()
    assert [window.start for window in grid] == sorted(window.start for window in grid)
    assert [window.end for window in grid] == sorted(window.end for window in grid)


@pytest.mark.parametrize("space", ["\n", " ", "\u00a0"])
def test_grid_holds_no_window_twice(space: str) -> None:
    """Two windows of which all but one word is whitespace are one window: a row must not be made twice."""
    text = space * 90 + "word" + space * 90
    grid = Text(text, edges_every(text, 1), 100, 25).grid()
    assert len(grid) == len(set(grid))


@many
@given(texts())
def test_neighbours_in_the_grid_share_text(text: Text) -> None:
    """Where windows overlap by 4 tokens or more, no seam lies between two neighbours."""
    if text.overlap >= 4:
        grid = text.grid()
        for one, two in pairwise(grid):
            assert two.start <= one.end or text.text[one.end : two.start].isspace()


def test_grid_of_a_short_text_is_one_window() -> None:
    """A text that fits is one window without outer whitespace; an empty or white one has none."""
    assert Text("  Two words. ", [0, 5, 13], 8, 2).grid() == [Span(2, 12)]
    assert Text("", [0], 8, 2).grid() == []
    assert Text(" \n ", [0, 1, 3], 8, 2).grid() == []


def test_grid_ends_windows_at_a_line_before_a_sentence_before_a_word() -> None:
    """Within the slack an edge goes to a paragraph end, else a line end, else a sentence end, else a space."""
    for ending in ("x.\n\nx", "x.\nxxx", "x. xxx", "x xxxx"):
        mark = ending.index("x", 1)
        text = "x" * 88 + ending + "x" * 100
        first = Text(text, edges_every(text, 1), 96, 40).grid()[0]
        assert text[88 : first.end].strip() == ending[:mark].strip()
    text = "x" * 88 + "x.\nx. x x" + "x" * 100
    assert Text(text, edges_every(text, 1), 96, 40).grid()[0].end == 90


def test_an_edge_moves_a_quarter_of_the_overlap_at_most() -> None:
    """A line that ends farther from an edge leaves it where it is."""
    for mark, end in ((85, 96), (86, 86), (95, 95)):
        text = "x" * mark + "\n" + "x" * 150
        assert Text(text, edges_every(text, 1), 96, 40).grid()[0].end == end
    for mark, start in ((66, 56), (65, 66), (56, 57)):
        text = "x" * mark + "\n" + "x" * 150
        assert Text(text, edges_every(text, 1), 96, 40).grid()[1].start == start


@many
@given(cases())
def test_no_window_is_too_long(case: Case) -> None:
    """A placed window has `size` tokens at most."""
    assert all(case.text.tokens(span_of(window)) <= case.text.size for window in placed(case))


@many
@given(cases())
def test_every_span_that_fits_is_whole_somewhere(case: Case) -> None:
    """No span that fits a row is lost, however the others lie."""
    whole = {span for window in placed(case) for span in window.whole}
    assert whole >= {span for span in case.spans if fits(case.text, span, case.room)}


@many
@given(cases())
def test_window_and_answer_have_room(case: Case) -> None:
    """The tokens of a window and the price of its answer never exceed `room`: a span that leaves no room for
    its answer is not placed, and answers that have none together are placed apart."""
    for window in placed(case):
        assert case.text.tokens(span_of(window)) + answer_tokens(case.text, window.whole) <= case.room


@many
@given(cases())
def test_a_window_is_laid_for_a_span_that_fits(case: Case) -> None:
    """Each window holds a span that fits; where none does, there is no window."""
    for window in placed(case):
        assert any(fits(case.text, span, case.room) for span in window.whole)


@many
@given(cases())
def test_only_chains_that_do_not_fit_are_cut(case: Case) -> None:
    """A window cuts a span only where that span is in a chain of overlapping spans that fits no row as a whole."""
    for window in placed(case):
        for span in touching(span_of(window), case.spans):
            if span not in window.whole:
                assert not fits(case.text, chain_of(span, case.spans), case.room)


@many
@given(cases())
def test_nothing_is_cut_where_all_chains_fit(case: Case) -> None:
    """With room for every chain no window holds a part of a span."""
    if all(fits(case.text, chain, case.room) for chain in merged(case.spans)):
        assert [window.cut for window in placed(case)] == [0] * len(placed(case))


@many
@given(cases())
def test_whole_and_cut_count_what_lies_in_the_window(case: Case) -> None:
    """`whole` is exactly the spans inside, in order, each once, and `cut` the number of those half inside."""
    for window in placed(case):
        assert list(window.whole) == inside(window, case.spans)
        half = {s for s in case.spans if s.start < window.end and window.start < s.end} - set(window.whole)
        assert window.cut == len(half)


@many
@given(cases())
def test_windows_have_no_outer_whitespace(case: Case) -> None:
    """An excerpt begins and ends with something to read."""
    for window in placed(case):
        excerpt = case.text.text[window.start : window.end]
        assert excerpt == excerpt.strip() != ""


@many
@given(cases())
def test_order_of_the_spans_does_not_matter(case: Case) -> None:
    """The same spans in another order, or given twice, give the same windows; and so does a second run."""
    windows = placed(case)
    turned = [*reversed(case.spans), *case.spans[:2]]
    assert placed(case._replace(spans=turned)) == windows
    assert placed(case) == windows


@many
@given(cases())
def test_windows_are_in_order(case: Case) -> None:
    """Windows come by their first character, then by their last."""
    places = [span_of(window) for window in placed(case)]
    assert places == sorted(places)


@many
@given(cases())
def test_untouched_windows(case: Case) -> None:
    """The untouched windows of the grid are those that share no character with any span."""
    grid = case.text.grid()
    covered = {i for span in case.spans for i in range(*span)}
    assert list(untouched(grid, case.spans)) == [window for window in grid if not covered & set(range(*window))]


def test_windows_are_in_order_after_trimming() -> None:
    """A window that began with whitespace after it was moved past a span comes in its place, too."""
    lines = (
        "   bbab  \nbaaba.a.b\na.b.\nb\n  .ab .\n  b  . bb b...bbab \n\n\n .aa bb   .ab. a \nb..a\naa ba  b ba"
        "..b\n.a\n. a.a.aa\n..b  bb b .b ab b. .   \nb..a a\n"
    )
    text = Text(lines, edges_every(lines, 2), 22, 0)
    spans = [Span(6, 38), Span(62, 73), Span(103, 119), Span(126, 127), Span(131, 137)]
    places = [span_of(window) for window in place_windows(text, text.grid(), spans, 40)]
    assert len(places) > 3
    assert places == sorted(places)


def test_no_window_is_placed_twice() -> None:
    """Two windows that differ in outer whitespace only are one: its rows would have one id."""
    text = list("x" * 400)
    text[155] = " "
    whole = Text("".join(text), edges_every("x" * 400, 1), 100, 25)
    spans = [Span(74, 155), Span(156, 158), Span(165, 168), Span(170, 260)]
    places = [span_of(window) for window in place_windows(whole, whole.grid(), spans, 300)]
    assert len(places) == len(set(places))


def test_windows_around_spans_differ_in_where_they_hold_them() -> None:
    """Spans that no window of the grid holds are not all at the same place of a window of their own."""
    text = Text("x" * 3_000, edges_every("x" * 3_000, 1), 60, 0)
    spans = [Span(at - 15, at + 15) for at in range(60, 3_000, 120)]
    windows = list(place_windows(text, text.grid(), spans, 500))
    assert [window.whole for window in windows] == [(span,) for span in spans]
    assert len({window.whole[0].start - window.start for window in windows}) > 8


def test_spans_of_no_room_get_no_window() -> None:
    """A span longer than a window, or one that leaves no room for its answer, is not placed."""
    text = Text("x" * 300, edges_every("x" * 300, 1), 50, 10)
    assert not list(place_windows(text, text.grid(), [Span(10, 61)], 500))
    assert not fits(text, Span(10, 61), 500)
    room = 40 + answer_tokens(text, [Span(10, 50)])
    assert fits(text, Span(10, 50), room)
    assert not fits(text, Span(10, 50), room - 1)
    assert not list(place_windows(text, text.grid(), [Span(10, 50)], room - 1))
    assert [window.whole for window in place_windows(text, text.grid(), [Span(10, 50)], room)] == [(Span(10, 50),)]


def test_a_chain_too_long_is_placed_in_pieces() -> None:
    """Of overlapping spans that fit no window together each is whole somewhere, and the cuts are counted."""
    text = Text("x" * 300, edges_every("x" * 300, 1), 50, 10)
    chain = [Span(100, 140), Span(130, 170), Span(160, 200)]
    windows = list(place_windows(text, text.grid(), chain, 500))
    assert {span for window in windows for span in window.whole} == set(chain)
    assert sum(window.cut for window in windows) > 0


def test_a_window_of_the_grid_is_taken_where_one_holds_the_span() -> None:
    """A span within a window of the grid, with no other span near, gets that window as it is."""
    text = Text("x" * 300, edges_every("x" * 300, 1), 50, 10)
    (window,) = place_windows(text, text.grid(), [Span(95, 105)], 500)
    assert span_of(window) in text.grid()


def test_answers_too_long_together_are_placed_apart() -> None:
    """Two spans of one window whose answers have no room together get a window each, that does not hold the other."""
    text = Text("x" * 300, edges_every("x" * 300, 1), 50, 10)
    spans = [Span(2, 18), Span(22, 40)]
    windows = list(place_windows(text, text.grid(), spans, 60))
    assert [window.whole for window in windows] == [(spans[0],), (spans[1],)]
    assert [window.cut for window in windows] == [0, 0]


spans_of_any_kind = st.lists(st.builds(lambda a, n: Span(a, a + n), st.integers(0, 60), st.integers(1, 20)), max_size=9)


@many
@given(spans_of_any_kind)
def test_merged_spans(spans: list[Span]) -> None:
    """Merging keeps every character and no other, in order, and leaves no two spans that share one;
    spans that only touch stay apart."""
    out = merged(spans)
    assert {i for span in out for i in range(*span)} == {i for span in spans for i in range(*span)}
    assert all(one.end <= two.start for one, two in pairwise(out))
    assert merged(reversed(spans)) == out
    assert merged(out) == out
    assert merged([Span(0, 3), Span(3, 5)]) == [Span(0, 3), Span(3, 5)]
    edges = {span.start for span in spans} | {span.end for span in spans}
    assert {edge for span in out for edge in span} <= edges


@many
@given(cases())
def test_tokens_cover_a_span(case: Case) -> None:
    """The tokens counted for a span are the fewest that cover it."""
    edges = case.text.edges
    for span in case.spans:
        covering = [i for i in range(len(edges) - 1) if edges[i] < span.end and span.start < edges[i + 1]]
        assert case.text.tokens(span) == covering[-1] - covering[0] + 1
