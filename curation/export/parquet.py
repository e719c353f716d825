"""Parquet whose bytes depend on the rows alone: the streaming sink's pages depend on its threads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

_ROWS = 2_000


def write(rows: pl.LazyFrame, file: Path, plain: bool = False) -> None:
    """Write `rows`, in order, in row groups of 2,000; one group at a time is held in memory.

    `plain`: texts and lists of Arrow's usual kind, which `datasets` reads as string and List, not as the large kinds.
    """
    schema = pl.DataFrame(schema=rows.collect_schema()).to_arrow().schema
    if plain:
        schema = pa.schema([pa.field(field.name, _plain(field.type)) for field in schema])
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _groups(rows):
            writer.write_table(group.rechunk().to_arrow().combine_chunks().cast(schema), row_group_size=_ROWS)


def _groups(rows: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """Frames of exactly _ROWS rows, except the last."""
    buffer = pl.DataFrame(schema=rows.collect_schema())
    for batch in rows.collect_batches(chunk_size=_ROWS, maintain_order=True):
        buffer = pl.concat([buffer, batch])
        while len(buffer) >= _ROWS:
            yield buffer[:_ROWS]
            buffer = buffer[_ROWS:]
    if len(buffer):
        yield buffer


def _plain(dtype: pa.DataType) -> pa.DataType:
    """A type with 32-bit offsets: a group of rows is far from needing 64."""
    if pa.types.is_large_list(dtype):
        return pa.list_(_plain(dtype.value_type))
    if pa.types.is_struct(dtype):
        return pa.struct([pa.field(field.name, _plain(field.type)) for field in dtype])
    return pa.string() if pa.types.is_large_string(dtype) else dtype
