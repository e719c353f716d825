"""Where stages run. An engine is asked to `map` stages that look at one row at a time, and to show others the `whole`.

The local engine does both in one lazy query of this process. Another may cut `map` into pieces: what it returns, row
by row, must be the same.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Protocol

import polars as pl
from polars.exceptions import PolarsError

from curation.base.errors import CurateError
from curation.base.rows import Stage, across_rows

ROWS = 2048
"""Rows of a row group of a level of rows."""
_GROUP_BYTES = 16_000_000


class Engine(Protocol):
    """Runs stages over the rows of a phase and writes them down."""

    def map(self, rows: pl.LazyFrame, stages: Sequence[Stage]) -> pl.LazyFrame:
        """`stages` one after the other; what each does to a row depends on that row alone."""

    def whole(self, rows: pl.LazyFrame, stage: Stage) -> pl.LazyFrame:
        """A stage that must see all rows at once."""

    def write(self, rows: pl.LazyFrame, file: Path, rows_at_once: int | None = None) -> None:
        """Write `rows` to `file` in the order of `row`; a file that exists is whole."""


class LocalEngine:
    """One process, the threads of Polars, streaming."""

    def map(self, rows: pl.LazyFrame, stages: Sequence[Stage]) -> pl.LazyFrame:
        """All of `stages` in one lazy query."""
        for stage in stages:
            rows = stage(rows)
        return rows

    def whole(self, rows: pl.LazyFrame, stage: Stage) -> pl.LazyFrame:
        """The stage over all rows, lazily."""
        return stage(rows)

    def write(self, rows: pl.LazyFrame, file: Path, rows_at_once: int | None = None) -> None:
        """Written beside first and renamed at the end."""
        part, ordered = file.with_suffix(".part"), file.with_suffix(".sorted")
        try:
            rows.sink_parquet(part, compression="lz4", row_group_size=rows_at_once)
            if not pl.read_parquet(part, glob=False, columns=["row"])["row"].is_sorted():
                pl.scan_parquet(part, glob=False).sort("row").sink_parquet(ordered, compression="lz4")
                os.replace(ordered, part)
        except PolarsError as error:
            if isinstance(error.__cause__, CurateError):
                raise error.__cause__ from None
            raise
        os.replace(part, file)


def run(engine: Engine, rows: pl.LazyFrame, stages: Sequence[Stage]) -> pl.LazyFrame:
    """`stages` in their order, neighbours that look at one row each handed over together."""
    for across, some in groupby(stages, across_rows):
        if across:
            for stage in some:
                rows = engine.whole(rows, stage)
        else:
            rows = engine.map(rows, list(some))
    return rows


def rows_at_once(records: pl.LazyFrame) -> int:
    """How many records make a row group. Later phases work on one group a thread, so this bounds their memory."""
    few = records.head(64).collect()
    return max(1, min(ROWS * 32, _GROUP_BYTES * len(few) // max(1, int(few.estimated_size()))))
