"""Facts about the rules for conversations of other makers: each way to break the turns has its name."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.base.rows import MESSAGES, Keep, no_verdict
from curation.rules.turns import no_empty_turn, roles, turn_rules

Turns = list[tuple[str | None, str | None]]
Verdict = tuple[str | None, str | None]

GOOD: Turns = [("user", "a"), ("assistant", "b")]
WAYS = {
    None: ["user assistant", "system user assistant user assistant"],
    "tool_turn": ["user tool assistant", "tool", "user assistant tool", "human tool user"],
    "ends_on_user": ["user", "system user", "user assistant user", "user user", "gpt user"],
    "bad_alternation": ["", "assistant", "system", "user user assistant", "user system assistant", "human gpt", "Tool"],
}


def ruled(rules: list[Keep], said: list[Turns | None]) -> list[Verdict]:
    messages = [turns if turns is None else [{"role": r, "content": c} for r, c in turns] for turns in said]
    rows = pl.LazyFrame({"messages": pl.Series(messages, dtype=MESSAGES)}).with_columns(no_verdict())
    for rule in rules:
        rows = rule(rows)
    return rows.select("reason", "detail").collect().rows()


@pytest.mark.parametrize(("reason", "said"), [(reason, said) for reason, ways in WAYS.items() for said in ways])
def test_each_way_to_break_the_turns_has_a_name(reason: str | None, said: str) -> None:
    """A tool, a user at the end, and any other order or role are told apart, with the roles as the value."""
    turns: Turns = [(role, "x") for role in said.split()]
    assert ruled(turn_rules(), [turns]) == [(reason, said if reason else None)]


def test_turns_that_are_not_there() -> None:
    """No messages, a turn without a role, and an empty turn; the order of roles is told before the missing text."""
    broken: list[Turns | None] = [None, [*GOOD, (None, "b")], [("user", "a"), ("assistant", " ")], [("user", "")]]
    assert ruled(turn_rules(), broken) == [
        ("bad_alternation", "null"),
        ("bad_alternation", "user assistant null"),
        ("empty_turn", "a turn holds no text"),
        ("ends_on_user", "user"),
    ]


role = st.sampled_from(["system", "user", "user", "assistant", "assistant", "tool", "human", None])
conversation = st.lists(st.tuples(role, st.sampled_from(["x", "x", " ", None])), max_size=5)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.none() | conversation | st.just(GOOD), max_size=20), st.permutations(turn_rules()))
def test_the_order_of_rules_keeps_the_same_rows(said: list[Turns | None], rules: list[Keep]) -> None:
    """However the rules are ordered they keep what `roles` and `no_empty_turn` keep: only the names differ."""
    kept = [reason is None for reason, _ in ruled(rules, said)]
    assert kept == [reason is None for reason, _ in ruled([roles(), no_empty_turn()], said)]


def test_no_conversations_are_no_trouble() -> None:
    """The rules take a frame without rows."""
    assert ruled(turn_rules(), []) == []
