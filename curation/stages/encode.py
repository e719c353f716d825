"""The stage that tokenizes each text once, for the windows and counts that are made from it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from curation import progress
from curation.tokens import Tokenizer, id_lists

_ADDED = {"ids": pl.List(pl.UInt32()), "edges": pl.List(pl.UInt32())}


@dataclass(frozen=True)
class Encode:
    """Adds the tokens of `column`: ids (n, uint32) and edges (n + 1 offsets in characters, uint32)."""

    tokenizer: Tokenizer
    column: str = "context"

    def __call__(self, records: pl.LazyFrame) -> pl.LazyFrame:
        schema = {**records.collect_schema(), **_ADDED}
        return records.map_batches(self._encode, streamable=True, schema=schema)

    def _encode(self, records: pl.DataFrame) -> pl.DataFrame:
        encoded = []
        for one in self.tokenizer.encode(records[self.column].to_list()):
            encoded.append(one)
            progress.advance(1)
        return records.with_columns(
            id_lists([e.ids for e in encoded]).alias("ids"), id_lists([e.edges for e in encoded]).alias("edges")
        )
