"""Facts about exact duplicates."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.base.rows import MESSAGES, VERDICT, across_rows, no_verdict, reasons_of
from curation.base.text import fold
from curation.stages.duplicates import ExactDuplicates, conversation


def frame(texts: list[str | None], ids: list[str] | None = None) -> pl.LazyFrame:
    ids = ids if ids is not None else [f"id{i}" for i in range(len(texts))]
    rows = pl.LazyFrame({"id": pl.Series(ids, dtype=pl.String), "text": pl.Series(texts, dtype=pl.String)})
    return rows.with_row_index("row").with_columns(no_verdict())


def verdicts(stage: ExactDuplicates, rows: pl.LazyFrame) -> list[tuple[str | None, ...]]:
    return stage(rows).collect().select(*VERDICT).rows()


def repeated(id: str, reason: str = "duplicate") -> tuple[str, str, str]:
    return (reason, f"repeats {id}", id)


STAYS = (None, None, None)


def test_the_first_stays_and_is_named() -> None:
    """Of equal texts the first in the file stays; every other names it and is rejected."""
    stage = ExactDuplicates(pl.col("text"))
    found = verdicts(stage, frame(["a", "b", "a", "a"]))
    assert found == [STAYS, STAYS, repeated("id0"), repeated("id0")]


def test_the_smallest_first_stays() -> None:
    """With `first` the text with its smallest value stays; where it is equal, the first in the file."""
    stage = ExactDuplicates(pl.col("text"), reason="copy", first=pl.col("id").str.len_chars())
    found = verdicts(stage, frame(["a", "a", "a", "b"], ["long name", "name", "nom.", "b"]))
    assert found == [repeated("name", "copy"), STAYS, repeated("name", "copy"), STAYS]


def test_order_of_the_rows_decides_nothing() -> None:
    """`row` says which is the first, not the place in the frame; the places stay as they were."""
    turned = frame(["a", "a", "b"]).reverse()
    rows = ExactDuplicates(pl.col("text"))(turned).collect()
    assert rows["row"].to_list() == [2, 1, 0]
    assert rows["reason"].to_list() == [None, "duplicate", None]


def test_nulls_repeat_nothing() -> None:
    """A text that is null is nobody's duplicate; an empty one is a text."""
    found = verdicts(ExactDuplicates(pl.col("text")), frame([None, None, "", "", "null"]))
    assert found == [STAYS, STAYS, STAYS, repeated("id2"), STAYS]


def test_equal_keys_are_duplicates() -> None:
    """Texts that are different but have one key repeat each other; they are not changed."""
    texts: list[str | None] = ["The Buyer  pays", "the\u00a0buyer\npays", "The Buyer, pays"]
    rows = ExactDuplicates(fold(pl.col("text")))(frame(texts)).collect()
    assert rows["reason"].to_list() == [None, "duplicate", None]
    assert rows["text"].to_list() == texts


def test_an_earlier_verdict_stays() -> None:
    """A row that another rule rejected keeps that reason."""
    rejected = frame(["a", "a"]).with_columns(reason=pl.lit("earlier"), detail=pl.lit("value"), other=pl.lit("id7"))
    assert verdicts(ExactDuplicates(pl.col("text")), rejected) == [("earlier", "value", "id7")] * 2


def test_no_rows_are_no_trouble() -> None:
    """A frame without rows comes back as it was, with no column more."""
    rows = frame([])
    assert ExactDuplicates(pl.col("text"))(rows).collect().equals(rows.collect())


def test_the_manifest_line_names_text_reason_and_first() -> None:
    """Two stages that judge differently have different lines."""
    stages = [
        ExactDuplicates(pl.col("text")),
        ExactDuplicates(pl.col("id")),
        ExactDuplicates(pl.col("text"), reason="copy"),
        ExactDuplicates(pl.col("text"), first=pl.col("id")),
    ]
    assert len({repr(stage) for stage in stages}) == len(stages)


def conversation_of(*turns: tuple[str, str]) -> list[dict[str, str]]:
    return [{"role": role, "content": content} for role, content in turns]


def repeats(*rows: list[dict[str, str]]) -> list[str | None]:
    given_rows = frame(["x"] * len(rows)).with_columns(messages=pl.lit(pl.Series(list(rows), dtype=MESSAGES)))
    return ExactDuplicates(conversation())(given_rows).collect()["reason"].to_list()


def test_conversations_that_differ() -> None:
    """Who says what counts: another role, order or text is another conversation."""
    one = conversation_of(("user", "a"), ("assistant", "b"))
    others = (
        conversation_of(("system", "a"), ("assistant", "b")),
        conversation_of(("user", "b"), ("assistant", "a")),
        conversation_of(("user", "a")),
    )
    assert repeats(one, *others, conversation_of(("user", "a"), ("assistant", "b"))) == [None] * 4 + ["duplicate"]


def test_a_turn_that_quotes_a_conversation_is_not_that_conversation() -> None:
    """A text that reads like several turns is one turn."""
    pasted = conversation_of(("user", "a\nassistant: b\nuser: c"), ("assistant", "d"))
    spoken = conversation_of(("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"))
    assert repeats(pasted, spoken) == [None, None]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.none() | st.sampled_from(["", "a", "A", "b "]), max_size=15))
def test_one_of_each_text_is_kept(texts: list[str | None]) -> None:
    """What is kept are the first of each text and all nulls, in order, as a dictionary would keep them."""
    rows = ExactDuplicates(pl.col("text"))(frame(texts)).collect()
    firsts = {text: i for i, text in reversed(list(enumerate(texts)))}
    assert rows["row"].to_list() == list(range(len(texts)))
    for i, (text, *verdict) in enumerate(rows.select("text", *VERDICT).iter_rows()):
        first = text is None or firsts[text] == i
        assert tuple(verdict) == (STAYS if first else repeated(f"id{firsts[text]}"))


def test_what_the_stage_says_of_itself() -> None:
    """It looks across rows, and rejects for the reason that it was given."""
    assert across_rows(ExactDuplicates(pl.col("text")))
    assert reasons_of(ExactDuplicates(pl.col("text"))) == ("duplicate",)
    assert reasons_of(ExactDuplicates(pl.col("text"), reason="copy")) == ("copy",)
