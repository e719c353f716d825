"""train.jsonl, validation.jsonl, test.jsonl: {"messages": [...], "id": ..., "meta": {...}}, one row a line."""

from __future__ import annotations

import polars as pl

from curation.ledger import Build
from schemas.manifest import SPLITS


def write(build: Build) -> None:
    """All three files, in the order of the rows. Strings are UTF-8; U+2028 stands raw: lines end in \\n alone."""
    line = build.kept().select("split", "messages", "id", pl.struct(build.manifest.meta).alias("meta"))
    pl.collect_all(
        [
            line.filter(pl.col("split") == split).drop("split").sink_ndjson(build.folder / f"{split}.jsonl", lazy=True)
            for split in SPLITS
        ]
    )
