"""rensa's RMinHash LSH with its estimate at 0.8: python near_rensa.py TEXTS PAIRS."""

from __future__ import annotations

import sys

import polars as pl
from rensa import RMinHash, RMinHashLSH

texts = pl.read_parquet(sys.argv[1])["text"].to_list()
index, sketches, pairs = RMinHashLSH(threshold=0.8, num_perm=128, num_bands=16), [], []
for row, text in enumerate(texts):
    sketch = RMinHash(num_perm=128, seed=42)
    sketch.update(text.split(" "))
    pairs += [(other, row) for other in index.query(sketch) if sketch.jaccard(sketches[other]) >= 0.8]
    index.insert(row, sketch)
    sketches.append(sketch)
pl.DataFrame(pairs, schema={"a": pl.UInt32, "b": pl.UInt32}, orient="row").write_parquet(sys.argv[2])
