"""Facts about spans that are not where their source says, and how their offsets may have been counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.stages.shapes.offsets import Miss, check_spans, explained

WAVES = "😀😀 Grüße aus Aule! The pier 🚢 is old.\nIt leads west.\nIt is short."


def details(context: str, *spans: tuple[str, int]) -> list[str]:
    _, missed = check_spans(context, [{"text": text, "start": start} for text, start in spans])
    return explained(list(missed.values()))


def utf16(text: str, at: int) -> int:
    return len(text[:at].encode("utf-16-le")) // 2


def utf8(text: str, at: int) -> int:
    return len(text[:at].encode())


@pytest.mark.parametrize(
    ("count", "words"),
    [(utf16, "as UTF-16 units"), (utf8, "as UTF-8 bytes"), (lambda _, at: at - 1, "1 character later")],
)
def test_a_reading_is_found_over_all_spans(count: object, words: str) -> None:
    """Offsets that are counted otherwise throughout are told so, though one of them fits in another way as well."""
    texts = ("Aule", "old", "west", "short")
    said = details(WAVES, *((text, count(WAVES, WAVES.index(text))) for text in texts))  # type: ignore[operator]
    assert [one.partition("; ")[2] for one in said] == [f"it fits {words} (4 of 4 such spans do)"] * 4


def test_line_ends_counted_otherwise() -> None:
    """Offsets over `\\r\\n` in a text of `\\n`, and the reverse."""
    dos = WAVES.replace("\n", "\r\n")
    assert "with \\r\\n for line ends (1 of 1" in details(WAVES, ("short", dos.index("short") + 0))[0]
    assert "with \\n for line ends (1 of 1" in details(dos, ("short", WAVES.index("short")))[0]


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (("the pier", 19), "at 19 stands 'The pier', the span says 'the pier'; it fits but for upper and lower case"),
        (("old.  It", 33), "it fits but for white space"),
        (("pier", 3), "which stands once, at 23"),
        (("moor", 3), "at 3 stands 'Grüß', the span says 'moor'"),
        (("", 3), "the span says ''"),
        (("pier", 999), "at 999 stands '', the span says 'pier', which stands once, at 23"),
    ],
)
def test_what_stands_there(span: tuple[str, int], words: str) -> None:
    """What differs is told: case, white space, the place."""
    assert words in details(WAVES, span)[0]


def test_a_problem_of_the_reader_is_the_detail() -> None:
    """What the reader said of a span stays, whatever stands in the text."""
    gold, missed = check_spans(WAVES, [{"text": "😀", "start": 0, "problem": "no offset"}])
    assert (gold, missed) == ({}, {0: Miss("no offset")})


@given(
    st.text(st.sampled_from("ab ü😀\n\r"), max_size=30),
    st.text(st.sampled_from("ab ü😀"), max_size=3),
    st.integers(-5, 40),
)
def test_every_span_is_found_or_told(context: str, text: str, start: int) -> None:
    """A span is right where its text stands at its offset, else it has a detail."""
    gold, missed = check_spans(context, [{"text": text, "start": start}])
    there = bool(text.strip()) and start >= 0 and context[start : start + len(text)] == text
    assert (list(gold), list(missed)) == (([0], []) if there else ([], [0]))
    assert all(explained(list(missed.values())))
