"""What is wrong with the turns of a conversation: roles, order, empty ones, control strings in them.

Each entry is an expression over the columns of curation.validate.read: null where there is nothing to say, else the
value that decided.
"""

from __future__ import annotations

import polars as pl

from curation.chat import spoken
from curation.validate.signs import Controls, any_of

CONTENT = pl.element().struct.field("content")
ROLE = pl.element().struct.field("role")
GOOD_ORDER = "^s?(ua)+$"
_LETTERS = {"system": "s", "user": "u", "assistant": "a", "tool": "t"}
_REPEATED = 20  # characters of a system prompt from which it is no accident


def order() -> pl.Expr:
    """The roles of a row as letters."""
    return pl.col("messages").list.eval(ROLE.replace_strict(_LETTERS, default="?")).list.join("")


def roles() -> dict[str, pl.Expr]:
    """Over the column `order`: tools, the end, the order. A row that ends on the user may be in order up to there."""
    of = pl.col("order")
    said = pl.col("messages").list.eval(ROLE).list.join(" ").str.slice(0, 120)
    tool = of.str.contains("t", literal=True)
    return {
        "tool_turn": pl.when(tool).then(said),
        "ends_on_user": pl.when(of.str.ends_with("u")).then(said),
        "bad_alternation": pl.when(~tool & ~of.str.contains("^s?(ua)*ua?$")).then(said),
    }


def contents(controls: Controls) -> dict[str, pl.Expr]:
    """Empty turns, a BOS at the start of a text, control strings; the turn is named."""
    bos = pl.col("text").str.extract(rf"^\s*({any_of(controls.bos)})") if controls.adds_bos else pl.lit(None, pl.String)
    starts = _turn_where(CONTENT.str.contains(rf"^\s*{any_of(controls.bos)}"))
    first = pl.coalesce(
        pl.format("{} at the start of the rendered text", bos),
        pl.format("{} at the start of {}", _bos(controls), starts),
    )
    found = spoken().str.extract_many(list(controls.strings)) if controls.strings else pl.lit(None, pl.List(pl.String))
    others = found.list.eval(pl.element().filter(~pl.element().is_in(list(controls.bos)))).list.first()
    token = pl.when(starts.is_null()).then(found.list.first()).otherwise(others)
    return {
        "empty_turn": pl.format("{} holds no text", _turn_where(CONTENT.str.strip_chars() == "")),
        "double_bos": first,
        "control_token": pl.format("{} in {}", token, _turn_where(CONTENT.str.contains_any(list(controls.strings)))),
    }


def _bos(controls: Controls) -> pl.Expr:
    """The BOS string that the first turn with one begins with."""
    return pl.col("messages").list.eval(CONTENT.str.extract(rf"^\s*({any_of(controls.bos)})").drop_nulls()).list.first()


def system_repeated() -> pl.Expr:
    """The start of a system prompt that a turn of the user holds once more."""
    head = pl.col("messages").list.first()
    prompt = pl.when(head.struct.field("role") == "system").then(head.struct.field("content").str.strip_chars())
    long = pl.when(prompt.str.len_chars() >= _REPEATED).then(prompt)
    return pl.when(spoken("user").str.contains(long, literal=True)).then(long.str.slice(0, 80))


def _turn_where(when: pl.Expr) -> pl.Expr:
    """The first turn of which `when` is true, as `turn 2 (assistant)`; null where there is none."""
    told = pl.format("turn {} ({})", pl.int_range(1, pl.len() + 1), ROLE)
    return pl.col("messages").list.eval(told.filter(when)).list.first()
