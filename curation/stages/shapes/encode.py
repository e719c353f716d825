"""The stage that tokenizes each text once, for the windows and counts that are made from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
import polars as pl

from curation.base import progress
from curation.tokens import Tokenizer

_CHARACTERS = 8_000_000
_ADDED = {"ids": pl.List(pl.UInt32()), "edges": pl.List(pl.UInt32())}


@dataclass(frozen=True)
class Encode:
    """Adds the tokens of `column`: ids (n, uint32) and edges (n + 1 offsets in characters, uint32)."""

    tokenizer: Tokenizer
    column: str = "context"

    across_rows: ClassVar[bool] = False
    reasons: ClassVar[tuple[str, ...]] = ()

    def __call__(self, records: pl.LazyFrame) -> pl.LazyFrame:
        schema = {**records.collect_schema(), **_ADDED}
        return records.map_batches(self._encode, streamable=True, schema=schema)

    def _encode(self, records: pl.DataFrame) -> pl.DataFrame:
        parts = [self._encoded(part) for part in _parts(records, self.column)]
        return pl.concat(parts) if parts else records.with_columns(pl.lit(None, t).alias(n) for n, t in _ADDED.items())

    def _encoded(self, records: pl.DataFrame) -> pl.DataFrame:
        encoded = self.tokenizer.encode(records[self.column])
        progress.advance(len(records))
        return records.with_columns(encoded.columns())


def _parts(records: pl.DataFrame, column: str) -> Iterator[pl.DataFrame]:
    """Slices of about _CHARACTERS: the step of the progress bar, and what is in memory beside the records."""
    places = records[column].str.len_chars().cum_sum().to_numpy() // _CHARACTERS
    bounds = np.flatnonzero(np.diff(places.astype(np.int64), prepend=-1, append=-1))
    yield from (records[a:b] for a, b in pairwise(bounds))
