"""Defects of preference rows: two answers to one prompt of which one is better, or one answer that is good or bad.

Their columns are those of curation.validation.read, null for every other row: `prompt_turns`, how many of the messages
are the prompt; `rejected`, the turns in the place of the chosen answer; `wanted`, of an answer that stands alone.
"""

from __future__ import annotations

import polars as pl

from curation.base.text import fold

_CONTENT = pl.element().struct.field("content")


def is_one() -> pl.Expr:
    """Whether a row is a preference."""
    return pl.col("prompt_turns").is_not_null()


def other_side() -> pl.Expr:
    """What makes two preferences of one conversation different: the rejected side, or the verdict."""
    wanted = pl.when("wanted").then(pl.lit("wanted")).when(~pl.col("wanted")).then(pl.lit("not wanted"))
    return pl.coalesce(_said(pl.col("rejected")), wanted)


def found() -> dict[str, pl.Expr]:
    """The findings that one row shows: the value that decided, or null."""
    chosen, rejected = _said(pl.col("messages").list.slice("prompt_turns")), _said(pl.col("rejected"))
    return {
        "identical_sides": pl.when(chosen == rejected).then(rejected.str.head(80)),
        "empty_side": pl.when(rejected.str.strip_chars() == "").then(pl.lit("the rejected answer holds no text")),
    }


def _said(turns: pl.Expr) -> pl.Expr:
    return turns.list.eval(fold(_CONTENT)).list.join("\x1e")
