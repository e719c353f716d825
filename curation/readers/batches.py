"""Records in batches, as a lazy frame that can be collected repeatedly; and stable, unique ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import TypeVar

import polars as pl
from polars.io.plugins import register_io_source

from curation.base.columns import column

ROWS = 10_000
CHARACTERS = 8_000_000  # 32 MB where every character takes four bytes

_T = TypeVar("_T")
Schema = dict[str, pl.DataType]


def scan(frames: Callable[[], Iterator[pl.DataFrame]], schema: Schema) -> pl.LazyFrame:
    """A lazy frame over what `frames()` yields, in that order. Each collection calls `frames` anew."""

    def source(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        left = n_rows
        for frame in frames():
            if left is not None:  # Polars leaves the limit to the source, and counts rows before the predicate
                frame = frame.head(left)
                left -= frame.height
            if predicate is not None:
                frame = frame.filter(predicate)
            yield frame if with_columns is None else frame.select(map(column, with_columns))
            if left == 0:
                return

    return register_io_source(source, schema=schema, validate_schema=True)


def batches(items: Iterable[_T], size: Callable[[_T], int]) -> Iterator[list[_T]]:
    """Runs of items: at most ROWS of them, and no more once their sizes reach CHARACTERS."""
    batch: list[_T] = []
    total = 0
    for item in items:
        batch.append(item)
        total += size(item)
        if len(batch) >= ROWS or total >= CHARACTERS:
            yield batch
            batch, total = [], 0
    if batch:
        yield batch


def digest(content: bytes) -> str:
    """16 hexadecimal digits that are the same on every machine."""
    return blake2b(content, digest_size=8).hexdigest()


def unique_id(id: str, counts: dict[str, int]) -> str:
    """`id`, or `id#2`, `id#3` ... where it was given before."""
    free = id
    while free in counts:
        counts[id] += 1
        free = f"{id}#{counts[id]}"
    counts[free] = 1
    return free
