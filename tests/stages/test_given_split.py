"""Facts about splits that a source gives: they stay, and what repeats a held-out row leaves the others."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from curation.base.rows import no_verdict
from curation.stages import GivenSplit, RejectLeaks, Split, WordSets

DEAL = Split(("label",), 7)


def rows(*given: str | None, text: list[str] | None = None) -> pl.LazyFrame:
    frame = pl.LazyFrame(
        {"given": pl.Series(given, dtype=pl.String), "text": text or [f"row {n}" for n in range(len(given))]}
    )
    named = frame.with_row_index("row").with_columns(
        id=pl.format("r{}", "row"), group=pl.format("g{}", "row"), label=pl.lit("x")
    )
    return named.with_columns(no_verdict())


def dealt(*given: str | None) -> list[Any]:
    return GivenSplit(DEAL)(rows(*given)).collect()["split"].to_list()


def test_a_given_split_stays() -> None:
    """Each row where its source says, the others in train."""
    given = ["test", "train", "validation", None, "test"]
    assert dealt(*given) == ["test", "train", "validation", "train", "test"]
    assert dealt("test", "test") == ["test", "test"]


def test_validation_is_dealt_from_train() -> None:
    """A ninth of it where test is given alone; test is not touched."""
    made = dealt(*["train"] * 90, *["test"] * 10)
    assert made[90:] == ["test"] * 10
    assert made[:90].count("validation") == 10
    no_validation = GivenSplit(Split(("label",), 7, (0.9, 0.0, 0.1)))
    assert no_validation(rows(*["train"] * 9, "test")).collect()["split"].to_list() == ["train"] * 9 + ["test"]


@pytest.mark.parametrize("given", [None, "train"])
def test_where_nothing_is_held_out_all_is_dealt(given: str | None) -> None:
    """As if no split were named."""
    expected = DEAL(rows(*[given] * 50)).collect()["split"].to_list()
    assert dealt(*[given] * 50) == expected
    assert {"validation", "test"} <= {*expected}


def rejected(*cases: tuple[str | None, str]) -> list[tuple[str | None, str | None]]:
    frame = rows(*(given for given, _ in cases), text=[text for _, text in cases])
    return RejectLeaks(WordSets(pl.col("text"), 0.8))(frame).collect().select("reason", "other").rows()


def test_what_repeats_a_held_out_row_is_rejected() -> None:
    """From train, from rows of no split, and from validation where test has it; the nearest is named."""
    assert rejected(
        ("train", "where is the red door of the hall"),
        (None, "where is the red door of the hall"),
        ("validation", "Where is the red door, of the hall?"),
        ("test", "where is the red door of the hall"),
        ("train", "when does the shop open on a sunday"),
        ("validation", "when does the shop open on a sunday"),
        ("train", "something else"),
    ) == [
        ("repeats_test", "r3"),
        ("repeats_test", "r3"),
        ("repeats_test", "r3"),
        (None, None),
        ("repeats_test", "r5"),
        (None, None),
        (None, None),
    ]


def test_a_row_that_is_gone_rejects_no_other() -> None:
    """A validation row that repeats test is gone, so what is near it alone stays in train."""
    near = "a b c d e f g h i"
    cases = [("train", f"{near} j k"), ("validation", f"{near} j"), ("test", near)]
    assert [reason for reason, _ in rejected(*cases)] == ["repeats_test", "repeats_test", None]
    far = [("train", "a b c d e f g h x y"), ("validation", "a b c d e f g h i x"), ("test", "a b c d e f g h i j")]
    assert [reason for reason, _ in rejected(*far)] == [None, "repeats_test", None]


def test_without_two_splits_nothing_is_compared() -> None:
    """Rows come back as they were."""
    assert rejected(("train", "a"), ("train", "a")) == [(None, None)] * 2
