"""Facts about near-duplicates of short texts: the pairs are those of comparing every two sets of words."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.base.rows import MESSAGES, spoken
from curation.base.text import words
from curation.stages.near.word_sets import WordSets, word_hashes, word_sets

Pairs = dict[tuple[int, int], tuple[float, float]]
SCHEMA = {"a": pl.UInt32, "b": pl.UInt32, "jaccard": pl.Float64, "containment": pl.Float64}
TEXT = pl.col("text")


def frame(texts: list[str | None], rows: list[int] | None = None) -> pl.LazyFrame:
    numbers = pl.Series("row", range(len(texts)) if rows is None else rows, dtype=pl.UInt32)
    return pl.LazyFrame({"row": numbers, "text": pl.Series(texts, dtype=pl.String)})


def words_by_row(rows: pl.LazyFrame) -> dict[int, set[str]]:
    """The set of words of each row."""
    read = rows.select("row", words=words(TEXT)).collect()
    return {row: set((text or "").split(" ")) - {""} for row, text in read.iter_rows()}


def every_pair(rows: pl.LazyFrame, jaccard: str) -> Pairs:
    """The same pairs, by comparing every two sets of words, in fractions."""
    pairs = {}
    for (a, one), (b, two) in combinations(sorted(words_by_row(rows).items()), 2):
        both = len(one & two)
        if both and both >= Fraction(jaccard) * len(one | two):
            pairs[a, b] = both / len(one | two), both / min(len(one), len(two))
    return pairs


def found_pairs(rows: pl.LazyFrame, jaccard: str, text: pl.Expr = TEXT) -> Pairs:
    pairs = WordSets(text, float(Fraction(jaccard)))(rows)
    assert pairs.schema == SCHEMA
    ends = pairs.select("a", "b").rows()
    assert ends == sorted(set(ends))
    assert all(a < b for a, b in ends)
    return {(a, b): (j, c) for a, b, j, c in pairs.iter_rows()}


WORDS = ["the", "card", "The", "CARD", "café", "cafe\u0301", "চুল", "চল", "উৎসব", "র\u200d্যাব", "র্যাব", "১২টি", "12", "x"]
GAPS = [" ", "_", "'", "\x1c", ", ", "\n", " — ", "। ", "\u00a0", "’"]
MARKS = ["", "?", "…!?", "।", "- -", " ", "\u200b"]


@st.composite
def corpora(draw: st.DrawFn) -> list[str | None]:
    """Short texts in two scripts, copies of them in another order or with a word changed, and texts without a word."""
    word_lists = draw(st.lists(st.lists(st.sampled_from(WORDS), max_size=7), min_size=1, max_size=6))
    for _ in range(draw(st.integers(0, 6))):
        copied = draw(st.permutations(draw(st.sampled_from(word_lists))))
        change = draw(st.sampled_from(["none", "less", "more", "twice"]))
        more = {"none": [], "less": [], "more": [draw(st.sampled_from(WORDS))], "twice": copied}
        word_lists.append([*(copied[1:] if change == "less" else copied), *more[change]])
    shown = [draw(st.sampled_from(GAPS)).join(one) + draw(st.sampled_from(MARKS)) for one in word_lists]
    nothing = draw(st.lists(st.sampled_from([None, *MARKS]), max_size=3))
    return draw(st.permutations([*shown, *nothing]))


thresholds = st.sampled_from(["0.2", "1/3", "0.5", "2/3", "0.8", "1.0"])


@settings(deadline=None, max_examples=150)
@given(corpora(), thresholds)
def test_the_pairs_are_those_of_comparing_all_texts(texts: list[str | None], jaccard: str) -> None:
    """Pairs, Jaccard and containment equal those of all sets of words, whatever script, marks or nulls there are."""
    rows = frame(texts)
    assert found_pairs(rows, jaccard) == every_pair(rows, jaccard)


@settings(deadline=None, max_examples=60)
@given(corpora(), thresholds, st.data())
def test_rows_are_named_by_their_number(texts: list[str | None], jaccard: str, data: st.DataObject) -> None:
    """After rejections `row` has gaps: pairs name the rows that are there, in whatever order these come."""
    number = st.integers(0, 2**32 - 1)
    numbers = data.draw(st.lists(number, min_size=len(texts), max_size=len(texts), unique=True))
    rows = frame(texts, numbers)
    assert found_pairs(rows, jaccard) == every_pair(rows, jaccard)


@settings(deadline=None, max_examples=60)
@given(corpora(), thresholds, st.data())
def test_pairs_across_a_column(texts: list[str | None], jaccard: str, data: st.DataObject) -> None:
    """With `across` the pairs are those of all texts whose rows differ in that column."""
    sides = data.draw(st.lists(st.sampled_from("xyz"), min_size=len(texts), max_size=len(texts)))
    rows = frame(texts).with_columns(part=pl.Series(sides, dtype=pl.String))
    found = WordSets(TEXT, float(Fraction(jaccard)), across="part")(rows)
    expected = {(a, b): alike for (a, b), alike in every_pair(rows, jaccard).items() if sides[a] != sides[b]}
    assert {(a, b): (j, c) for a, b, j, c in found.iter_rows()} == expected
    assert found.schema == SCHEMA


def test_copies_on_both_sides() -> None:
    """Two near texts that each are on both sides are near across, and so are the copies of either."""
    rows = frame(["a b c d", "d c b a", "a b c d e", "e d c b a"]).with_columns(part=pl.Series(list("xyxy")))
    ends = WordSets(TEXT, 0.8, across="part")(rows).select("a", "b").rows()
    assert ends == [(0, 1), (0, 3), (1, 2), (2, 3)]


def test_order_and_repetition_do_not_count() -> None:
    """Texts are sets of words: in another order, case and punctuation, and with words said twice, they are equal."""
    rows = frame(["to be or not to be", "Not, to be?", "OR: not to be!", "be be — not. Or to"])
    assert found_pairs(rows, "0.8") == {(0, 2): (1.0, 1.0), (0, 3): (1.0, 1.0), (2, 3): (1.0, 1.0)}
    assert found_pairs(rows, "0.75")[0, 1] == (0.75, 1.0)


def test_every_two_copies_are_a_pair() -> None:
    """Rows with the same words are near one another, and each of them is near what is near one."""
    near = "a b c d e"
    found = found_pairs(frame(["a b c d", near, "d c b a", "other", "a, b, c, d"]), "0.8")
    assert {pair for pair, alike in found.items() if alike == (1.0, 1.0)} == {(0, 2), (0, 4), (2, 4)}
    assert {pair for pair, alike in found.items() if alike == (0.8, 1.0)} == {(0, 1), (1, 2), (1, 4)}
    assert len(found) == 6


def test_texts_without_words_are_alone() -> None:
    """Null, empty, white and punctuation alone: such texts are near nothing, not even one another."""
    assert found_pairs(frame([None, None, "", "", " ", "?!", "?!", "।", "\u200b"]), "0.1") == {}
    assert found_pairs(frame([]), "0.1") == {}
    assert found_pairs(frame(["?", "one word", None, "one word"]), "1.0") == {(1, 3): (1.0, 1.0)}


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(st.characters(max_codepoint=130), max_size=20), min_size=1, max_size=20))
def test_words_are_those_of_text(texts: list[str]) -> None:
    """ASCII texts, which take a shorter way, and others are split into the words that `words` gives, in their order."""
    rows = frame([*texts])
    split = rows.select("row", word=words(TEXT).str.split(" ")).explode("word").filter(pl.col("word") != "")
    expected = split.select("row", word=pl.col("word").hash()).collect()
    assert word_hashes(rows, TEXT).sort("row", maintain_order=True).equals(expected)


def test_vowel_signs_make_other_words() -> None:
    """Hair is not walk; one spelling of a letter and the other are one word."""
    assert found_pairs(frame(["চুল", "চল"]), "0.1") == {}
    assert found_pairs(frame(["\u09dc", "\u09a1\u09bc"]), "1.0") == {(0, 1): (1.0, 1.0)}


def test_what_is_read_is_an_expression() -> None:
    """The text may be made of what the rows hold: of what the users of conversations say."""
    turns = [[("user", "a b c"), ("assistant", str(i)), ("user", "d")] for i in range(2)]
    messages = [[{"role": role, "content": content} for role, content in one] for one in turns]
    rows = pl.LazyFrame({"messages": pl.Series(messages, dtype=MESSAGES)}).with_row_index("row")
    assert found_pairs(rows, "0.9", spoken("user")) == {(0, 1): (1.0, 1.0)}
    assert found_pairs(rows, "0.9", spoken()) == {}


def test_rows_with_the_same_words_share_a_set() -> None:
    """As many sets as there are different ones; each is that of its rows, the rarest word first."""
    random = Random(5)
    texts = [" ".join(random.choices("abcdefgh", k=random.randint(1, 6))) for _ in range(400)]
    members, sets = word_sets(frame(texts), TEXT)
    own = {row: tuple(sorted(one)) for row, one in words_by_row(frame(texts)).items()}
    of_set: dict[int, set[tuple[str, ...]]] = {}
    for row, number in members.iter_rows():
        of_set.setdefault(number, set()).add(own[row])
    assert len(members) == len(texts)
    assert sorted(of_set) == list(range(len(set(own.values())))) == list(range(len(sets.sizes)))
    assert all(len(members) == 1 and len(next(iter(members))) == sets.sizes[n] for n, members in of_set.items())
    spread = Counter(word for one in own.values() for word in one)
    ranks = sorted(spread, key=lambda word: sum(text.split().count(word) for text in texts))
    for number, members in of_set.items():
        elements = sets.elements[sets.starts[number] : sets.starts[number + 1]]
        assert {ranks[rank] for rank in elements} == set(*members)
        assert list(elements) == sorted(elements)


def test_thresholds_tell_stages_apart() -> None:
    """Stages that find other pairs have different lines in the manifest."""
    stages = [WordSets(TEXT), WordSets(TEXT, 0.7), WordSets(pl.col("other"))]
    assert len({repr(stage) for stage in stages}) == len(stages)
    assert repr(WordSets(TEXT)) == repr(WordSets(TEXT, 0.8))


@pytest.mark.real
def test_every_pair_of_banking77(data: Path) -> None:
    """On the 13,083 queries, at 0.6 and at 0.8, the pairs are those of counting shared words by an inverted index."""
    texts = pl.concat([pl.read_csv(data / "banking77" / f"{name}.csv") for name in ("train", "test")])["text"]
    assert len(texts) == 13_083
    sets = words_by_row(frame(texts.to_list()))
    holders: dict[str, list[int]] = {}
    found: dict[tuple[int, int], int] = {}
    for b, one in sets.items():
        shared: Counter[int] = Counter()
        for word in one:
            shared.update(holders.setdefault(word, []))
            holders[word].append(b)
        found |= {(a, b): both for a, both in shared.items() if 10 * both >= 6 * (len(sets[a]) + len(one) - both)}
    for jaccard in ("0.6", "0.8"):
        expected = {}
        for (a, b), both in found.items():
            m, n = len(sets[a]), len(sets[b])
            if both >= Fraction(jaccard) * (m + n - both):
                expected[a, b] = both / (m + n - both), both / min(m, n)
        assert len(expected) > 1000
        assert found_pairs(frame(texts.to_list()), jaccard) == expected
