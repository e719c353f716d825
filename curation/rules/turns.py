"""What may be wrong with the turns of a conversation, as expressions: null, or the value that decided.

Every function takes what a rule may look at (`Given`), so that a build, which has columns of its own, and validation,
which has others, find the same.
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
_REPEATED = 20  # characters of a system prompt from which it is no accident


def order() -> pl.Expr:
    """The roles of `messages` as letters, `?` for one that is unknown or null; empty where there are no turns."""
    letter = ROLE.replace_strict(_LETTERS, default="?").fill_null("?")
    return pl.col("messages").list.eval(letter).list.join("").fill_null("")


@dataclass(frozen=True, eq=False)
class Given:
    """What a rule may look at beside the column `messages`.

    order: `order()`; said: all that is said, as one text; text: of a row that is one rendered text, else null.
    """

    controls: Controls
    order: pl.Expr
    said: pl.Expr
    text: pl.Expr


def in_messages(controls: Controls) -> Given:
    """For rows that are conversations, none of them a rendered text."""
    return Given(controls, order(), spoken(), pl.lit(None, pl.String))


def tool_turn(given: Given) -> pl.Expr:
    return pl.when(given.order.str.contains("t", literal=True)).then(_roles())


def ends_on_user(given: Given) -> pl.Expr:
    return pl.when(given.order.str.ends_with("u")).then(_roles())


def bad_alternation(given: Given) -> pl.Expr:
    """A row that ends on the user may be in order up to there; of one with tools nothing is said."""
    tool = given.order.str.contains("t", literal=True)
    return pl.when(pl.col("messages").is_not_null() & ~tool & ~given.order.str.contains("^s?(ua)*ua?$")).then(_roles())


def empty_turn(given: Given) -> pl.Expr:
    return pl.format("{} holds no text", _turn_where(CONTENT.fill_null("").str.strip_chars() == ""))


def double_bos(given: Given) -> pl.Expr:
    """A BOS at the start of a turn, or of a rendered text before which the tokenizer writes one."""
    bos = any_of(given.controls.bos)
    first = given.text.str.extract(rf"^\s*({bos})") if given.controls.adds_bos else pl.lit(None, pl.String)
    starts = pl.col("messages").list.eval(CONTENT.str.extract(rf"^\s*({bos})").drop_nulls()).list.first()
    return pl.coalesce(
        pl.format("{} at the start of the rendered text", first),
        pl.format("{} at the start of {}", starts, _starting(given)),
    )


def control_token(given: Given) -> pl.Expr:
    """The first control string of the texts; of a row with a BOS at a start, the first other one."""
    strings = list(given.controls.strings)
    if not strings:
        return pl.lit(None, pl.String)
    found = given.said.str.extract_many(strings)
    others = found.list.eval(pl.element().filter(~pl.element().is_in(list(given.controls.bos)))).list.first()
    token = pl.when(_starting(given).is_null()).then(found.list.first()).otherwise(others)
    return pl.format("{} in {}", token, _turn_where(CONTENT.str.contains_any(strings)))


def system_repeated(given: Given) -> pl.Expr:
    """The start of a system prompt that a turn of the user holds once more."""
    head = pl.col("messages").list.first()
    prompt = pl.when(head.struct.field("role") == "system").then(head.struct.field("content").str.strip_chars())
    long = pl.when(prompt.str.len_chars() >= _REPEATED).then(prompt)
    return pl.when(spoken("user").str.contains(long, literal=True)).then(long.str.slice(0, 80))


def _starting(given: Given) -> pl.Expr:
    """The first turn that begins with a BOS string."""
    return _turn_where(CONTENT.str.contains(rf"^\s*{any_of(given.controls.bos)}"))


def _roles() -> pl.Expr:
    return pl.col("messages").list.eval(ROLE.fill_null("null")).list.join(" ").str.slice(0, _SHOWN)


def _turn_where(when: pl.Expr) -> pl.Expr:
    """The first turn of which `when` is true, as `turn 2 (assistant)`; null where there is none."""
    told = pl.format("turn {} ({})", pl.int_range(1, pl.len() + 1), ROLE)
    return pl.col("messages").list.eval(told.filter(when)).list.first()
