"""The two definitions everything stands on: a row, and a stage.

A record is what a source holds (a contract, a query, a conversation); a row is one training conversation made
from it. Both are frames with an `id`, a `source` (file and position) and a verdict that only stages write:
`reason` (null, or why it was rejected, an id of curation.rules.catalogue or of the recipe), `detail` (the value that
decided) and `other` (the id of the record or row that it repeats or conflicts with, if any). Inside a phase there is
also `row`, the position in the file that started the level (uint32): "the first one" always means by `row`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

Stage = Callable[[pl.LazyFrame], pl.LazyFrame]
"""The same rows come out, some of them now rejected, or with a column more. No stage drops a row.

A stage may say two things of itself as attributes: `across_rows` (bool; whether what it does to a row depends on
others, true where it does not say) and `reasons` (tuple of str; what it rejects for).
"""

VERDICT = {"reason": pl.String(), "detail": pl.String(), "other": pl.String()}
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
    """The verdict columns, empty."""
    return [pl.lit(None, dtype).alias(name) for name, dtype in VERDICT.items()]


def reject(when: pl.Expr, reason: str, detail: pl.Expr, other: pl.Expr | None = None) -> list[pl.Expr]:
    """Columns that reject the rows where `when` is true and that no earlier rule has rejected.

    `other`: the id of the record or row that a rejected one repeats or conflicts with.
    """
    rejected = pl.col("reason").is_null() & when.fill_null(False)
    values = {"reason": pl.lit(reason), "detail": detail.cast(pl.String).fill_null("null"), "other": other}
    return [
        pl.when(rejected).then(value).otherwise(name).alias(name) for name, value in values.items() if value is not None
    ]


def across_rows(stage: object) -> bool:
    """Whether what `stage` does to a row may depend on other rows."""
    return bool(getattr(stage, "across_rows", True))


def reasons_of(stage: object) -> tuple[str, ...]:
    """What `stage` says that it rejects for; nothing where it does not say."""
    return tuple(getattr(stage, "reasons", ()))


@dataclass(frozen=True, eq=False)
class Keep:
    """Keep the rows where `when` is true; every other row, null included, is rejected as `reason`.

    `detail` is the value that decided, `other` the id that a rejected row repeats, if any. `meaning` says the rule in a
    sentence, for a reason that the catalogue does not know (curation.rules.catalogue). `repr(keep)` is its line in the
    manifest.
    """

    reason: str
    when: pl.Expr
    detail: pl.Expr
    meaning: str = ""
    other: pl.Expr | None = None

    across_rows: ClassVar[bool] = False

    @property
    def reasons(self) -> tuple[str, ...]:
        """What it rejects for."""
        return (self.reason,)

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.with_columns(reject(~self.when.fill_null(False), self.reason, self.detail, self.other))

    def __repr__(self) -> str:
        return f"Keep({self.reason!r}, when={self.when})"
