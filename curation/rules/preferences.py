"""Defects of preferences: two answers to one prompt of which one is better, or one answer that is good or bad.

Their columns are those of curation.base.rows.SIDES. `found` is for validation, the stages are for builds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from curation.base.rows import VERDICT, Keep, Stage, reasons_of, words_of_turn
from curation.base.text import fold

_CONTENT = pl.element().struct.field("content")


def is_one() -> pl.Expr:
    """Whether a row is a preference."""
    return pl.col("prompt_turns").is_not_null()


def chosen() -> pl.Expr:
    """The folded words of the answer that was chosen, or of the one that stands alone and is wanted."""
    answer = _said(pl.col("messages").list.slice("prompt_turns"))
    return pl.when(is_one() & pl.col("wanted").fill_null(True)).then(answer)


def refused() -> pl.Expr:
    """The folded words of the answer that was not."""
    alone = pl.when(~pl.col("wanted")).then(_said(pl.col("messages").list.slice("prompt_turns")))
    return pl.coalesce(_said(pl.col("rejected")), alone)


def other_side() -> pl.Expr:
    """What makes two preferences of one conversation different: the rejected side, or the verdict."""
    wanted = pl.when("wanted").then(pl.lit("wanted")).when(~pl.col("wanted")).then(pl.lit("not wanted"))
    return pl.coalesce(_said(pl.col("rejected")), wanted)


def both_sides() -> pl.Expr:
    """All words of a preference as one text: of the conversation, and of the other side or the verdict."""
    every = pl.col("messages").list.eval(words_of_turn()).list.join("\n")
    return pl.concat_str(every, other_side(), separator="\n\x1f", ignore_nulls=True)


def found() -> dict[str, pl.Expr]:
    """The findings that one row shows: the value that decided, or null."""
    sides = chosen(), refused()
    return {
        "identical_sides": pl.when(pl.col("rejected").is_not_null() & (sides[0] == sides[1])).then(
            sides[1].str.head(80)
        ),
        "empty_side": pl.when(sides[1].str.strip_chars() == "").then(pl.lit("the rejected answer holds no text")),
    }


def preference_rules() -> list[Keep]:
    """The stages that reject preferences whose sides are the same, or of which one holds no text."""
    return [Keep(reason, when=detail.is_null(), detail=detail) for reason, detail in found().items()]


@dataclass(frozen=True)
class OnRejected:
    """A stage over the conversation that ends in the rejected answer; its verdict counts, and of what it adds `adds`.

    These columns are called `rejected_` and their name, null for a row without a rejected answer.
    """

    stage: Stage
    adds: Sequence[str] = ()

    across_rows = False

    @property
    def reasons(self) -> tuple[str, ...]:
        """What it rejects for."""
        return reasons_of(self.stage)

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        names = rows.collect_schema().names()
        own = {name: f"chosen_{name}" for name in names if name not in VERDICT}  # what the stage may write over
        there = pl.col("rejected").is_not_null()
        other = pl.concat_list(pl.col("messages").list.head("prompt_turns"), "rejected")
        kept = rows.with_columns(pl.col(name).alias(aside) for name, aside in own.items())
        after = self.stage(kept.with_columns(messages=pl.when(there).then(other).otherwise("messages")))
        return after.select(
            *(pl.col(own.get(name, name)).alias(name) for name in names),
            *(pl.when(there).then(name).alias(f"rejected_{name}") for name in self.adds),
        )


def _said(turns: pl.Expr) -> pl.Expr:
    return turns.list.eval(fold(_CONTENT)).list.join("\x1e")
