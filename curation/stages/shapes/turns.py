"""The shape of a corpus whose records are conversations, or can be written as one: a row for each record and task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from curation.base.rows import MESSAGES, message


def turns(user: pl.Expr, assistant: pl.Expr, system: pl.Expr | str | None = None) -> pl.Expr:
    """`messages` of one question and one answer, after a system turn if one is given."""
    first = [] if system is None else [message("system", pl.lit(system) if isinstance(system, str) else system)]
    return pl.concat_list(*first, message("user", user), message("assistant", assistant)).cast(MESSAGES)


@dataclass(frozen=True, eq=False)
class Turns:
    """For each record a row with `messages`; where there are several `tasks`, one for each, its name after a #.

    `label` is what the split stratifies. All columns of the records but the verdict stay.
    """

    tasks: Mapping[str, pl.Expr]
    label: pl.Expr

    across_rows: ClassVar[bool] = False
    reasons: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        tasks = ", ".join(f"{name!r}: {messages}" for name, messages in self.tasks.items())
        return f"Turns({{{tasks}}}, label={self.label})"

    def __call__(self, records: pl.LazyFrame) -> pl.LazyFrame:
        several = len(self.tasks) > 1
        made = [
            records.with_columns(
                messages.alias("messages"),
                record=pl.col("id"),
                id=pl.format(f"{{}}#{name}", "id") if several else pl.col("id"),
                label=self.label,
                task=pl.lit(name),
            )
            for name, messages in self.tasks.items()
        ]
        return pl.concat(made).sort("row", maintain_order=True) if several else made[0]
