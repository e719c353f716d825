"""Facts about given splits: they stay, what is missing is dealt, and what repeats a held-out row falls."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.base.rows import VERDICT, across_rows, no_verdict, reasons_of
from curation.stages.conflicts import RejectLeaks
from curation.stages.near.word_sets import WordSets
from curation.stages.split import GivenSplit, Split

Row = tuple[str | None, str | None]
"""Text (or group), and the given split."""
DEALT = Split(("label",), 7)
LEAKS = RejectLeaks(WordSets(pl.col("text"), 0.5))
RANK = {"test": 2, "validation": 1}

some = settings(deadline=None, max_examples=60)
splits = st.none() | st.sampled_from(["train", "validation", "test"])
texts = st.none() | st.lists(st.sampled_from("abcdef"), max_size=5).map(" ".join)


def grouped(rows: list[Row]) -> pl.LazyFrame:
    made = pl.LazyFrame(rows, schema={"group": pl.String, "given": pl.String}, orient="row").with_row_index("row")
    return made.with_columns(no_verdict()).with_columns(label=pl.lit("a"))


def split_of(rows: list[Row], dealt: Split = DEALT) -> list[str]:
    made = GivenSplit(dealt)(grouped(rows)).collect()
    assert made["row"].to_list() == list(range(len(rows)))
    return made["split"].to_list()


def many(count: int, split: str | None) -> list[Row]:
    return [(f"{split} {n}", split) for n in range(count)]


@some
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), splits), max_size=20))
def test_held_out_rows_stay(rows: list[Row]) -> None:
    """Test is test and validation is validation, where anything is held out; nothing else becomes test then."""
    found = split_of(rows)
    given_ones = {split for _, split in rows} & {*RANK}
    if given_ones:
        for (_, split), made in zip(rows, found, strict=True):
            assert made == split if split in RANK else made in ("train", "validation")
        if "validation" in given_ones:
            assert found == [split or "train" for _, split in rows]
    else:
        assert found == DEALT(grouped(rows)).collect()["split"].to_list()


def test_validation_is_dealt_from_train() -> None:
    """Where test is given and no validation: a ninth of the others, of whole groups; none where none is asked for."""
    rows = [*many(45, "train"), *many(45, None), *many(20, "test")]
    found = split_of(rows)
    assert [found.count(name) for name in ("train", "validation", "test")] == [80, 10, 20]
    assert split_of(rows, Split(("label",), 7, (0.9, 0.0, 0.1))).count("validation") == 0
    assert set(split_of([*[("one", "train")] * 9, *many(3, "test")])[:9]) in ({"train"}, {"validation"})


def test_only_held_out_rows() -> None:
    """A source of test rows alone stays one."""
    assert split_of(many(5, "test")) == ["test"] * 5


def frame(rows: list[Row]) -> pl.LazyFrame:
    made = pl.LazyFrame(rows, schema={"text": pl.String, "given": pl.String}, orient="row").with_row_index("row")
    return made.with_columns(no_verdict()).with_columns(id=pl.format("id{}", "row"))


def leaks(rows: list[Row]) -> dict[int, tuple[int, float]]:
    """By comparing all texts: of each row that falls the nearest held-out row that stays."""
    sets, rank = [set((text or "").split()) for text, _ in rows], [RANK.get(split or "", 0) for _, split in rows]
    near = {
        (a, b): len(one & two) / len(one | two)
        for a, one in enumerate(sets)
        for b, two in enumerate(sets)
        if a != b and one and two and len(one & two) >= 0.5 * len(one | two)
    }
    found: dict[int, tuple[int, float]] = {}
    for level in (2, 1):
        new: dict[int, tuple[int, float]] = {}
        for (a, b), jaccard in near.items():
            held_out = rank[b] == level > rank[a] and a not in found and b not in found
            if held_out and (a not in new or (-jaccard, b) < (-new[a][1], new[a][0])):
                new[a] = (b, jaccard)
        found |= new
    return found


@some
@given(st.lists(st.tuples(texts, splits), max_size=14))
def test_what_repeats_a_held_out_row_falls(rows: list[Row]) -> None:
    """Near test first, then train near a row of validation that stays; each names the nearest, and all else stays."""
    made = LEAKS(frame(rows)).collect()
    expected: list[tuple[str | None, ...]] = [(None, None, None)] * len(rows)
    for a, (b, jaccard) in leaks(rows).items():
        expected[a] = ("repeats_test", f"repeats id{b} (Jaccard {round(jaccard, 3)})", f"id{b}")
    assert made.select(*VERDICT).rows() == expected
    assert made.drop(*VERDICT).equals(frame(rows).collect().drop(*VERDICT))


@pytest.mark.parametrize("split", ["train", "test", None])
def test_one_split_holds_nothing_apart(split: str | None) -> None:
    """Rows of one given split, or of none, are compared with nothing."""
    assert LEAKS(frame([("a b", split)] * 3)).collect()["reason"].null_count() == 3


def test_what_they_say_of_themselves() -> None:
    assert across_rows(LEAKS)
    assert across_rows(GivenSplit(DEALT))
    assert (reasons_of(LEAKS), reasons_of(GivenSplit(DEALT))) == (("repeats_test",), ())
