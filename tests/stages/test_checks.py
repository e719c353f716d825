"""Facts about the rules that look at one row: roles, empty turns, control tokens, quotes."""

from __future__ import annotations

import orjson
import polars as pl
import pytest

from curation.base.rows import MESSAGES, Stage, no_verdict
from curation.rules.turns import no_control_token, no_empty_turn, roles
from curation.stages.grounded import Grounded

Turns = list[tuple[str | None, str | None]]
GOOD: Turns = [("user", "a"), ("assistant", "b")]


def frame(*said: Turns | None, found: list[bool] | None = None) -> pl.LazyFrame:
    messages = [turns if turns is None else [{"role": r, "content": c} for r, c in turns] for turns in said]
    rows = pl.LazyFrame({"messages": pl.Series(messages, dtype=MESSAGES)}).with_row_index("row")
    known = pl.Series("found", found if found is not None else [True] * len(said), dtype=pl.Boolean)
    return rows.with_columns(known, *no_verdict())


def verdicts(stage: Stage, *said: Turns | None) -> list[tuple[str | None, str | None]]:
    rows = stage(frame(*said)).collect()
    assert rows["row"].to_list() == list(range(len(said)))
    return rows.select("reason", "detail").rows()


def one_verdict(stage: Stage, said: Turns | None) -> tuple[str | None, str | None]:
    (verdict,) = verdicts(stage, said)
    return verdict


@pytest.mark.parametrize(
    "said",
    [
        "user assistant",
        "system user assistant",
        "user assistant user assistant",
        "system user assistant user assistant",
    ],
)
def test_good_roles(said: str) -> None:
    """Turns of user and assistant, with or without a system turn before them, are kept."""
    assert one_verdict(roles(), [(role, "x") for role in said.split()]) == (None, None)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "user",
        "assistant",
        "system",
        "system assistant",
        "assistant user",
        "user system assistant",
        "user user assistant",
        "user assistant assistant",
        "user assistant user",
        "system system user assistant",
        "user assistant system user assistant",
        "user tool assistant",
        "User assistant",
        "human gpt",
    ],
)
def test_bad_roles(said: str) -> None:
    """Any other order, and any other role, is rejected, with the roles as the value."""
    assert one_verdict(roles(), [(role, "x") for role in said.split()]) == ("bad_roles", said)


def test_no_messages_have_no_good_roles() -> None:
    """A row without messages is rejected, not passed over."""
    assert one_verdict(roles(), None)[0] == "bad_roles"


def test_a_turn_without_a_role_is_rejected() -> None:
    """A turn whose role is null is no turn to skip."""
    assert one_verdict(roles(), [("user", "a"), (None, "x"), ("assistant", "b")])[0] == "bad_roles"


def test_a_role_of_two_words_is_rejected() -> None:
    """One turn of the role `user assistant` is not two turns."""
    assert one_verdict(roles(), [("user assistant", "x")])[0] == "bad_roles"


@pytest.mark.parametrize("content", ["", " ", "\n\t", "\u00a0", "\u2028", "\u3000", None])
@pytest.mark.parametrize("place", [0, 1])
def test_empty_turns(content: str | None, place: int) -> None:
    """A turn with no text, or only whitespace of any kind, rejects its row, wherever it is."""
    turns: Turns = [("user", "a"), ("assistant", "b")]
    turns[place] = (turns[place][0], content)
    assert one_verdict(no_empty_turn(), turns)[0] == "empty_turn"


def test_full_turns_are_kept() -> None:
    """One visible character is enough; a row without turns has none that is full."""
    assert verdicts(no_empty_turn(), GOOD, [("user", " . "), ("assistant", "0")], [], None) == [
        (None, None),
        (None, None),
        ("empty_turn", "a turn holds no text"),
        ("empty_turn", "a turn holds no text"),
    ]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_control_tokens(place: int) -> None:
    """A control token in any turn, even inside a word, rejects the row and is named."""
    turns: Turns = [("system", "s"), ("user", "a"), ("assistant", "b")]
    turns[place] = (turns[place][0], "be[INST]fore")
    assert one_verdict(no_control_token(["<|eot_id|>", "[INST]"]), turns) == ("control_token", "[INST]")


def test_what_is_no_control_token() -> None:
    """Parts of a token, another case, regex look-alikes and a token torn over two turns are only text."""
    stage = no_control_token(["<|eot_id|>", "[INST]"])
    for text in ("<|eot_id|", "[inst]", "I N S T", "N", "<eot_id>"):
        assert one_verdict(stage, [("user", text), ("assistant", "b")]) == (None, None)
    assert one_verdict(stage, [("user", "[IN"), ("assistant", "ST]")]) == (None, None)


def test_the_first_control_token_is_named() -> None:
    """With several, the first in the text is the value."""
    turns: Turns = [("user", "b </s> a [INST]"), ("assistant", "x")]
    assert one_verdict(no_control_token(["[INST]", "</s>"]), turns) == ("control_token", "</s>")


def test_no_control_tokens_reject_nothing() -> None:
    """A tokenizer that has none rejects no row."""
    assert verdicts(no_control_token([]), GOOD) == [(None, None)]


def grounded(answers: str, excerpt: str, answer: str, found: bool = True) -> tuple[bool, str | None, str | None]:
    turns: Turns = [("system", "s"), ("user", f"Quote.\n\n{excerpt}"), ("assistant", answer)]
    (row,) = Grounded(answers)(frame(turns, found=[found])).select("grounded", "reason", "detail").collect().rows()
    assert isinstance(row, tuple)
    return row


def lines_or_array(answers: str, quotes: list[str]) -> str:
    return "\n".join(quotes) if answers == "lines" else orjson.dumps(quotes).decode()


FORMS = pytest.mark.parametrize("answers", ["lines", "json"])


@FORMS
def test_quotes_that_stand_in_the_excerpt(answers: str) -> None:
    """Every quote word for word in the user's turn: the row is kept and `grounded` is true."""
    said = lines_or_array(answers, ["The Buyer pays $5 (net).", "a+b", 'It "ends".'])
    assert grounded(answers, 'a+b. The Buyer pays $5 (net). It "ends".', said) == (True, None, None)


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
def test_words_that_stand_nowhere(answers: str, quote: str) -> None:
    """A quote with another letter, case or a pattern for letters is rejected and named."""
    said = lines_or_array(answers, ["The Buyer", quote])
    verdict = grounded(answers, "The Buyer pays.", said)
    assert verdict[:2] == (False, "ungrounded")
    assert verdict[2] == f"not in the excerpt: {' '.join(quote.split())}"


@FORMS
def test_rows_without_an_answer_pass(answers: str) -> None:
    """Where nothing was found there is no quote to look for."""
    assert grounded(answers, "The Buyer pays.", "No such clause.", found=False) == (True, None, None)


@FORMS
def test_each_row_is_judged_by_its_own_excerpt(answers: str) -> None:
    """A quote that stands in another row's excerpt is no quote; rows stay in order."""
    said = [lines_or_array(answers, [quote]) for quote in ("one", "two", "one")]
    turns: list[Turns] = [
        [("user", text), ("assistant", a)] for text, a in zip(["one", "one", "two"], said, strict=True)
    ]
    rows = Grounded(answers)(frame(*turns)).collect()
    assert rows["row"].to_list() == [0, 1, 2]
    assert rows["grounded"].to_list() == [True, False, False]
    assert rows["reason"].to_list() == [None, "ungrounded", "ungrounded"]
    assert "line" not in rows.columns


def test_an_earlier_verdict_stays() -> None:
    """A row that another rule rejected keeps that reason, and its `grounded` is still told."""
    turns: Turns = [("user", "one"), ("assistant", "two")]
    fallen = frame(turns).with_columns(rejected=pl.lit("earlier"), detail=pl.lit("value"))
    (row,) = Grounded("lines")(fallen).select("grounded", "reason", "detail").collect().rows()
    assert row == (False, "earlier", "value")


def test_an_answer_that_is_no_json_is_rejected() -> None:
    """One row whose answer is not the array it should be is rejected and does not end the build."""
    assert grounded("json", "The Buyer pays.", "The Buyer pays.")[:2] == (False, "ungrounded")


def test_no_rows_are_no_trouble() -> None:
    """Every rule takes a frame without rows."""
    for stage in (roles(), no_empty_turn(), no_control_token(["</s>"]), Grounded("lines"), Grounded("json")):
        assert stage(frame()).collect().height == 0
