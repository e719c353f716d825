"""Parquet whose bytes depend on the rows alone: the streaming sink's pages follow the threads that made them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

_ROWS = 2_000


def write(rows: pl.LazyFrame, file: Path) -> None:
    """Write `rows`, in order, in row groups of 2,000; one group at a time is held in memory."""
    schema = pl.DataFrame(schema=rows.collect_schema()).to_arrow().schema
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _groups(rows):
            writer.write_table(group.rechunk().to_arrow().combine_chunks().cast(schema), row_group_size=_ROWS)


def _groups(rows: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """Frames of exactly _ROWS rows, but for the last."""
    held = pl.DataFrame(schema=rows.collect_schema())
    for batch in rows.collect_batches(chunk_size=_ROWS, maintain_order=True):
        held = pl.concat([held, batch])
        while len(held) >= _ROWS:
            yield held[:_ROWS]
            held = held[_ROWS:]
    if len(held):
        yield held
