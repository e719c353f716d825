"""Defects of the turns of a conversation, as expressions: null, or the value that decided.

Every function takes a `RuleInput`, so that a build and validation, which have different columns, find the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from curation.base.rows import spoken, words_of_turn
from curation.rules.texts import Controls, any_of

CONTENT = pl.element().struct.field("content")
ROLE = pl.element().struct.field("role")
CALLS = pl.element().struct.field("tool_calls")
GOOD_ORDER = "^s?(u(ct+)*[ac])+$"
"""Of the letters of `order`: after the user the assistant may call tools, which answer, before it answers itself."""
_UP_TO_THE_USER = "^s?(u(ct+)*[ac])*(u(ct+)*[ac]?)$"
_LETTERS = {"system": "s", "user": "u", "assistant": "a", "tool": "t"}
_CALLED = "<tool_call>"
"""How Hermes, Qwen and others write a call in the text of an answer."""
_SHOWN = 120  # characters of a sequence of roles
_REPEATED = 20  # characters of a system prompt from which a repetition is no accident


def order() -> pl.Expr:
    """The roles of `messages` as letters: s, u, a, t; c for an assistant that calls a tool; ? for any other, or null.

    Empty where there are no turns.
    """
    letter = ROLE.replace_strict(_LETTERS, default="?").fill_null("?")
    calls = CALLS.is_not_null() | CONTENT.str.contains(_CALLED, literal=True)
    letter = pl.when(letter == "a", calls.fill_null(False)).then(pl.lit("c")).otherwise(letter)
    return pl.col("messages").list.eval(letter).list.join("").fill_null("")


@dataclass(frozen=True, eq=False)
class RuleInput:
    """What a rule may read beside the column `messages`.

    order: `order()`; content: all contents as one text; text: of a row that is a rendered text, else null. `writes`:
    what of tools the chat template writes (curation.tokens.template), null where there is none to ask.
    """

    controls: Controls
    order: pl.Expr
    content: pl.Expr
    text: pl.Expr
    writes: frozenset[str] | None = None


def for_messages(controls: Controls, writes: frozenset[str] | None = None) -> RuleInput:
    """For rows that are conversations, none of them a rendered text."""
    return RuleInput(controls, order(), spoken(), pl.lit(None, pl.String), writes)


def tool_turn(given: RuleInput) -> pl.Expr:
    """The roles of a row with a call or a result of a tool that the chat template does not write."""
    writes = frozenset(("tool", "tool_calls")) if given.writes is None else given.writes
    unwritten = pl.lit(False)
    if "tool" not in writes:
        unwritten |= given.order.str.contains("t", literal=True)
    if "tool_calls" not in writes:
        unwritten |= pl.col("messages").list.eval(CALLS.is_not_null()).list.any()
    return pl.when(unwritten).then(_roles())


def ends_on_user(given: RuleInput) -> pl.Expr:
    """The roles of a row whose last turn is the user's, or the result of a tool."""
    return pl.when(given.order.str.contains("[ut]$")).then(_roles())


def bad_alternation(given: RuleInput) -> pl.Expr:
    """Rows that end on the user may be in order up to there."""
    return pl.when(pl.col("messages").is_not_null() & ~given.order.str.contains(_UP_TO_THE_USER)).then(_roles())


def unanswered_call(given: RuleInput) -> pl.Expr:
    """The roles of a row in which the user goes on where a tool should have answered."""
    calls = pl.col("messages").list.eval(CALLS.is_not_null()).list.any()
    return pl.when(calls & given.order.str.contains("cu", literal=True)).then(_roles())


def nothing_learned(given: RuleInput) -> pl.Expr:
    """The number of answers of a row that are all of weight 0."""
    weight = pl.element().filter(ROLE == "assistant").struct.field("weight")
    shown = pl.col("messages").list.eval((weight == 0).fill_null(False).all() & (weight.len() > 0)).list.first()
    answers = pl.col("messages").list.eval((ROLE == "assistant").sum()).list.first()
    return pl.when(shown).then(pl.format("all {} answers have weight 0", answers))


def empty_turn(given: RuleInput) -> pl.Expr:
    """The first turn that is empty or white; a call needs no words, and a tool may answer with none."""
    silent = CALLS.is_not_null() | (ROLE == "tool").fill_null(False)
    return pl.format("{} holds no text", _turn_where(~silent & (CONTENT.fill_null("").str.strip_chars() == "")))


def double_bos(given: RuleInput) -> pl.Expr:
    """A BOS at the start of a turn, or of a rendered text before which the tokenizer writes one."""
    bos = any_of(given.controls.bos)
    sure = pl.lit(given.controls.sure)  # else it is a word that many models take for one: control_word
    first = given.text.str.extract(rf"^\s*({bos})") if given.controls.adds_bos else pl.lit(None, pl.String)
    starts = pl.col("messages").list.eval(CONTENT.str.extract(rf"^\s*({bos})").drop_nulls()).list.first()
    return pl.coalesce(
        pl.format("{} at the start of the rendered text", first),
        pl.when(sure).then(pl.format("{} at the start of {}", starts, _starting(given))),
    )


def control_token(given: RuleInput) -> pl.Expr:
    """The first control string of the texts; of a row with a BOS at a start, the first other one."""
    return _control(given) if given.controls.sure else pl.lit(None, pl.String)


def control_word(given: RuleInput) -> pl.Expr:
    """The same where no tokenizer says whether it is one."""
    return pl.lit(None, pl.String) if given.controls.sure else _control(given)


def _control(given: RuleInput) -> pl.Expr:
    strings = list(given.controls.strings)
    if not strings:
        return pl.lit(None, pl.String)
    found = given.content.str.extract_many(strings)
    others = found.list.eval(pl.element().filter(~pl.element().is_in(list(given.controls.bos)))).list.first()
    elsewhere = _starting(given).is_null() | pl.lit(not given.controls.sure)  # of a start `double_bos` speaks, if sure
    token = pl.when(elsewhere).then(found.list.first()).otherwise(others)
    return pl.format("{} in {}", token, _turn_where(words_of_turn().str.contains_any(strings)))


def system_repeated(given: RuleInput) -> pl.Expr:
    """The start of a system prompt that a user turn repeats."""
    head = pl.col("messages").list.first()
    prompt = pl.when(head.struct.field("role") == "system").then(head.struct.field("content").str.strip_chars())
    long = pl.when(prompt.str.len_chars() >= _REPEATED).then(prompt)
    return pl.when(spoken("user").str.contains(long, literal=True)).then(long.str.slice(0, 80))


def _starting(given: RuleInput) -> pl.Expr:
    """The first turn that begins with a BOS string."""
    return _turn_where(CONTENT.str.contains(rf"^\s*{any_of(given.controls.bos)}"))


def _roles() -> pl.Expr:
    return pl.col("messages").list.eval(ROLE.fill_null("null")).list.join(" ").str.slice(0, _SHOWN)


def _turn_where(when: pl.Expr) -> pl.Expr:
    """The first turn of which `when` is true, as `turn 2 (assistant)`; null where there is none."""
    place = pl.format("turn {} ({})", pl.int_range(1, pl.len() + 1), ROLE)
    return pl.col("messages").list.eval(place.filter(when)).list.first()
