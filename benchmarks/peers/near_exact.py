"""Our exact join: python near_exact.py TEXTS PAIRS; both Parquet. Prints nothing; PAIRS gets a, b."""

from __future__ import annotations

import sys

import polars as pl

from curation.stages.near.word_sets import WordSets

rows = pl.scan_parquet(sys.argv[1]).with_row_index("row")
WordSets(pl.col("text"), 0.8)(rows).select("a", "b").write_parquet(sys.argv[2])
