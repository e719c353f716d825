"""Exact duplicates: equal texts, or equal keys of texts (see curation.base.text.fold)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import polars as pl
import polars_hash  # noqa: F401  (registers the `nchash` namespace: hashes that no version of Polars changes)

from curation.base.rows import BESIDE, MESSAGE, PLAIN, reject


def conversation() -> pl.Expr:
    """All fields of all turns of a conversation as one text, and its tools and options where rows have them.

    The lengths keep different conversations apart.
    """
    content = pl.element().struct.field("content")
    turn = pl.format("{} {}: {}", pl.element().struct.field("role"), content.str.len_chars(), content)
    more = [
        pl.format(f"{name} {{}}", pl.element().struct.field(name)) for name in MESSAGE.to_schema() if name not in PLAIN
    ]
    whole = pl.concat_str(turn, *more, separator="\n", ignore_nulls=True)
    turns = pl.col("messages").list.eval(whole).list.join("\n")
    return pl.concat_str(turns, pl.selectors.by_name(*BESIDE, require_all=False), separator="\n", ignore_nulls=True)


@dataclass(frozen=True, eq=False)
class ExactDuplicates:
    """Rejects every row whose `text` repeats another's, as `reason`, naming the row it repeats.

    Of equal texts the one with the smallest `first` is kept, by default the first in the file. Only 128-bit hashes
    are held in memory. Null texts are no duplicates.
    """

    text: pl.Expr
    reason: str = "duplicate"
    first: pl.Expr = field(default_factory=lambda: pl.col("row"))

    across_rows: ClassVar[bool] = True

    @property
    def reasons(self) -> tuple[str, ...]:
        """What it rejects for."""
        return (self.reason,)

    def __repr__(self) -> str:
        return f"ExactDuplicates({self.text}, {self.reason!r}, first={self.first})"

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        key = self.text.nchash.xxh3_128()  # type: ignore[attr-defined]
        keys = rows.select("row", "id", key=key, first=self.first).filter(pl.col("key").is_not_null()).collect()
        keys = keys.sort("first", "row")
        kept = keys.group_by("key").agg(kept=pl.col("row").first(), repeats=pl.col("id").first())
        others = keys.join(kept, on="key").filter(pl.col("row") != pl.col("kept")).select("row", "repeats")
        joined = rows.join(others.lazy(), on="row", how="left", maintain_order="left")
        repeated = pl.col("repeats")
        verdict = reject(repeated.is_not_null(), self.reason, pl.format("repeats {}", repeated), other=repeated)
        return joined.with_columns(verdict).drop("repeats")
