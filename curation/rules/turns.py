"""Defects of the turns of a conversation, as expressions: null, or the value that decided.

Every function takes a `RuleInput`, so that a build and validation, which have different columns, find the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from curation.base.rows import spoken
from curation.rules.texts import Controls, any_of

CONTENT = pl.element().struct.field("content")
ROLE = pl.element().struct.field("role")
GOOD_ORDER = "^s?(ua)+$"
_LETTERS = {"system": "s", "user": "u", "assistant": "a", "tool": "t"}
_SHOWN = 120  # characters of a sequence of roles
_REPEATED = 20  # characters of a system prompt from which a repetition is no accident


def order() -> pl.Expr:
    """The roles of `messages` as letters, `?` for one that is unknown or null; empty where there are no turns."""
    letter = ROLE.replace_strict(_LETTERS, default="?").fill_null("?")
    return pl.col("messages").list.eval(letter).list.join("").fill_null("")


@dataclass(frozen=True, eq=False)
class RuleInput:
    """What a rule may read beside the column `messages`.

    order: `order()`; content: all contents as one text; text: of a row that is a rendered text, else null.
    """

    controls: Controls
    order: pl.Expr
    content: pl.Expr
    text: pl.Expr


def for_messages(controls: Controls) -> RuleInput:
    """For rows that are conversations, none of them a rendered text."""
    return RuleInput(controls, order(), spoken(), pl.lit(None, pl.String))


def tool_turn(given: RuleInput) -> pl.Expr:
    """The roles of a row in which a tool speaks."""
    return pl.when(given.order.str.contains("t", literal=True)).then(_roles())


def ends_on_user(given: RuleInput) -> pl.Expr:
    """The roles of a row whose last turn is the user's."""
    return pl.when(given.order.str.ends_with("u")).then(_roles())


def bad_alternation(given: RuleInput) -> pl.Expr:
    """Rows that end on the user may be in order up to there; rows with tool turns are not checked."""
    tool = given.order.str.contains("t", literal=True)
    return pl.when(pl.col("messages").is_not_null() & ~tool & ~given.order.str.contains("^s?(ua)*ua?$")).then(_roles())


def empty_turn(given: RuleInput) -> pl.Expr:
    """The first turn that is empty or white."""
    return pl.format("{} holds no text", _turn_where(CONTENT.fill_null("").str.strip_chars() == ""))


def double_bos(given: RuleInput) -> pl.Expr:
    """A BOS at the start of a turn, or of a rendered text before which the tokenizer writes one."""
    bos = any_of(given.controls.bos)
    first = given.text.str.extract(rf"^\s*({bos})") if given.controls.adds_bos else pl.lit(None, pl.String)
    starts = pl.col("messages").list.eval(CONTENT.str.extract(rf"^\s*({bos})").drop_nulls()).list.first()
    return pl.coalesce(
        pl.format("{} at the start of the rendered text", first),
        pl.format("{} at the start of {}", starts, _starting(given)),
    )


def control_token(given: RuleInput) -> pl.Expr:
    """The first control string of the texts; of a row with a BOS at a start, the first other one."""
    strings = list(given.controls.strings)
    if not strings:
        return pl.lit(None, pl.String)
    found = given.content.str.extract_many(strings)
    others = found.list.eval(pl.element().filter(~pl.element().is_in(list(given.controls.bos)))).list.first()
    token = pl.when(_starting(given).is_null()).then(found.list.first()).otherwise(others)
    return pl.format("{} in {}", token, _turn_where(CONTENT.str.contains_any(strings)))


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
