"""datasketch's MinHash LSH with 128 permutations at 0.8: python near_datasketch.py TEXTS PAIRS."""

from __future__ import annotations

import sys

import polars as pl
from datasketch import MinHash, MinHashLSH

texts = pl.read_parquet(sys.argv[1])["text"].to_list()
index = MinHashLSH(threshold=0.8, num_perm=128)
pairs = []
for row, sketch in enumerate(
    MinHash.generator(([w.encode() for w in text.split(" ")] for text in texts), num_perm=128)
):
    pairs += [(other, row) for other in index.query(sketch)]
    index.insert(row, sketch)
pl.DataFrame(pairs, schema={"a": pl.UInt32, "b": pl.UInt32}, orient="row").write_parquet(sys.argv[2])
