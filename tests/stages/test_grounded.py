"""Facts about answers that quote: every quote is in its excerpt."""

from __future__ import annotations

import orjson
import polars as pl
import pytest

from curation.base.rows import MESSAGES, across_rows, no_verdict, reasons_of
from curation.stages.grounded import Grounded

Turns = list[tuple[str | None, str | None]]


def frame(*conversations: Turns | None, found: list[bool] | None = None) -> pl.LazyFrame:
    messages = [turns if turns is None else [{"role": r, "content": c} for r, c in turns] for turns in conversations]
    rows = pl.LazyFrame({"messages": pl.Series(messages, dtype=MESSAGES)}).with_row_index("row")
    known = pl.Series("found", found if found is not None else [True] * len(conversations), dtype=pl.Boolean)
    return rows.with_columns(known, *no_verdict())


def grounded(answers: str, excerpt: str, answer: str, found: bool = True) -> tuple[bool, str | None, str | None]:
    turns: Turns = [("system", "s"), ("user", f"Quote.\n\n{excerpt}"), ("assistant", answer)]
    (row,) = Grounded(answers)(frame(turns, found=[found])).select("grounded", "reason", "detail").collect().rows()
    assert isinstance(row, tuple)
    return row


def lines_or_array(answers: str, quotes: list[str]) -> str:
    return "\n".join(quotes) if answers == "lines" else orjson.dumps(quotes).decode()


FORMS = pytest.mark.parametrize("answers", ["lines", "json"])


@FORMS
def test_quotes_that_are_in_the_excerpt(answers: str) -> None:
    """Every quote word for word in the user's turn: the row is kept and `grounded` is true."""
    answer = lines_or_array(answers, ["The Buyer pays $5 (net).", "a+b", 'It "ends".'])
    assert grounded(answers, 'a+b. The Buyer pays $5 (net). It "ends".', answer) == (True, None, None)


@FORMS
@pytest.mark.parametrize("space", ["\n", "\n\n", "\u00a0", " \t ", "\u2028"])
def test_whitespace_does_not_count(answers: str, space: str) -> None:
    """A quote may have other whitespace than the excerpt, on either side."""
    assert grounded(answers, f"The{space}Buyer{space}pays.", lines_or_array(answers, ["The Buyer pays."]))[0]
    if answers == "json":
        assert grounded(answers, "The Buyer pays.", lines_or_array(answers, [f"The{space}Buyer pays."]))[0]


@FORMS
@pytest.mark.parametrize(
    "quote", ["the Buyer pays", "The Buyer  pay s", "TheBuyer pays", "The buyer pays", ".*", "The Seller"]
)
def test_words_that_are_nowhere(answers: str, quote: str) -> None:
    """A quote with another letter, case or a pattern for letters is rejected and named."""
    answer = lines_or_array(answers, ["The Buyer", quote])
    verdict = grounded(answers, "The Buyer pays.", answer)
    assert verdict[:2] == (False, "ungrounded")
    assert verdict[2] == f"not in the excerpt: {' '.join(quote.split())}"


@FORMS
def test_rows_without_an_answer_pass(answers: str) -> None:
    """Where nothing was found there is no quote to look for."""
    assert grounded(answers, "The Buyer pays.", "No such clause.", found=False) == (True, None, None)


@FORMS
def test_each_row_is_judged_by_its_own_excerpt(answers: str) -> None:
    """A quote that is in another row's excerpt is no quote; rows stay in order."""
    given = [lines_or_array(answers, [quote]) for quote in ("one", "two", "one")]
    turns: list[Turns] = [
        [("user", text), ("assistant", a)] for text, a in zip(["one", "one", "two"], given, strict=True)
    ]
    rows = Grounded(answers)(frame(*turns)).collect()
    assert rows["row"].to_list() == [0, 1, 2]
    assert rows["grounded"].to_list() == [True, False, False]
    assert rows["reason"].to_list() == [None, "ungrounded", "ungrounded"]
    assert rows["other"].to_list() == [None] * 3
    assert "line" not in rows.columns


def test_an_earlier_verdict_stays() -> None:
    """A row that another rule rejected keeps that reason, and its `grounded` is still reported."""
    turns: Turns = [("user", "one"), ("assistant", "two")]
    verdict = {"reason": pl.lit("earlier"), "detail": pl.lit("value"), "other": pl.lit("id7")}
    (row,) = Grounded("lines")(frame(turns).with_columns(**verdict)).select("grounded", *verdict).collect().rows()
    assert row == (False, "earlier", "value", "id7")


def test_an_answer_that_is_no_json_is_rejected() -> None:
    """One row whose answer is not the array it should be is rejected and does not end the build."""
    assert grounded("json", "The Buyer pays.", "The Buyer pays.")[:2] == (False, "ungrounded")


def test_no_rows_are_no_trouble() -> None:
    """The rule takes a frame without rows."""
    for stage in (Grounded("lines"), Grounded("json")):
        assert stage(frame()).collect().height == 0


def test_what_the_rule_says_of_itself() -> None:
    """It looks at one row at a time, and rejects for one reason."""
    assert not across_rows(Grounded("lines"))
    assert reasons_of(Grounded("json")) == ("ungrounded",)
