"""Facts about which rows have the same words of the user: exactly those whose folded words are equal."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.base.rows import MESSAGES
from curation.base.text import key
from curation.ledger.user_words import user_words, with_key

WORDS = st.sampled_from(["a", "B", "Ä", "é", "চুল", "चल", "x1", "Straße", "ﬁn", "word", "??", "—", "🙂", "永和九年"])
GAPS = st.sampled_from([" ", "\n", ", ", " - ", "  \u00a0", "\u200b ", "." * 30 + " "])


@st.composite
def texts(draw: st.DrawFn) -> list[str]:
    """Long and short texts, some of which differ in case, punctuation or white space alone, or in one word inside."""
    base = draw(st.lists(WORDS, max_size=120))
    changed = [*base]
    if base:
        changed[draw(st.integers(0, len(base) - 1))] = draw(WORDS)
    return [
        draw(GAPS).join(base),
        draw(GAPS).join(base).upper(),
        draw(GAPS).join(changed),
        draw(GAPS).join(draw(st.lists(WORDS, max_size=60))),
    ]


def asked(said: list[str]) -> list[int | None]:
    rows = [[{"role": "user", "content": text}, {"role": "assistant", "content": "yes"}] for text in said]
    frame = pl.DataFrame({"row": range(len(rows)), "messages": rows}, schema={"row": pl.UInt32(), "messages": MESSAGES})
    keys = with_key(frame.lazy()).select("row", "asked").collect()
    return user_words(frame.lazy(), keys)["asked"].to_list()


@settings(max_examples=150, deadline=None)
@given(texts())
def test_equal_words_and_no_others(said: list[str]) -> None:
    """Two rows are equal where the whole folded words are, whatever stands between; without a word a row is null."""
    found, whole = asked(said), [key(text) for text in said]
    assert [value is None for value in found] == [not words for words in whole]
    for i in range(len(said)):
        for j in range(len(said)):
            assert not whole[i] or (found[i] == found[j]) == (whole[i] == whole[j])


def test_long_texts_that_differ_in_the_middle() -> None:
    """Texts of thousands of characters with the same ends are told apart; punctuation alone makes no difference."""
    ends = " ".join(f"w{n}" for n in range(200))
    said = [f"{ends} one {ends}", f"{ends} two {ends}", f"{ends}, ONE -- {ends}!"]
    one, two, again = asked(said)
    assert one == again != two
