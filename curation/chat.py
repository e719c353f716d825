"""The two definitions everything stands on: a row, and a stage.

A record is what a source holds (a contract, a query, a conversation); a row is one training conversation made
from it. Both are frames with an `id`, a `source` (file and position) and a verdict that only stages write:
`rejected` (null, or the reason as an identifier) and `because` (the value that decided). Inside a phase there
is also `row`, the position in the file that started the level (uint32): "the first one" always means by `row`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

Stage = Callable[[pl.LazyFrame], pl.LazyFrame]
"""The same rows come out, some of them now rejected, or with a column more. No stage drops a row."""

VERDICT = {"rejected": pl.String(), "because": pl.String()}
MESSAGE = pl.Struct({"role": pl.String(), "content": pl.String()})
MESSAGES = pl.List(MESSAGE)


def message(role: str, content: pl.Expr) -> pl.Expr:
    """One element of `messages`: {"role": role, "content": content}."""
    return pl.struct(role=pl.lit(role), content=content)


def spoken(*roles: str) -> pl.Expr:
    """What is said in `messages`, turn after turn, as one text: by all, or by `roles` alone."""
    turn = pl.element().filter(pl.element().struct.field("role").is_in(roles)) if roles else pl.element()
    return pl.col("messages").list.eval(turn.struct.field("content")).list.join("\n")


def no_verdict() -> list[pl.Expr]:
    """The two verdict columns, empty."""
    return [pl.lit(None, dtype).alias(name) for name, dtype in VERDICT.items()]


def reject(when: pl.Expr, reason: str, because: pl.Expr) -> list[pl.Expr]:
    """Columns that reject the rows where `when` is true and that no earlier rule has rejected."""
    falls = pl.col("rejected").is_null() & when.fill_null(False)
    return [
        pl.when(falls).then(pl.lit(reason)).otherwise("rejected").alias("rejected"),
        pl.when(falls).then(because.cast(pl.String).fill_null("null")).otherwise("because").alias("because"),
    ]


@dataclass(frozen=True, eq=False)
class Keep:
    """Keep the rows where `when` is true; every other row, null included, is rejected as `reason`.

    `because` says the value that decided. `repr(keep)` is its line in the manifest.
    """

    reason: str
    when: pl.Expr
    because: pl.Expr

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.with_columns(reject(~self.when.fill_null(False), self.reason, self.because))

    def __repr__(self) -> str:
        return f"Keep({self.reason!r}, when={self.when})"
