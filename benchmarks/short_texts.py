"""Short texts with planted near-duplicates: Zipf words over a large vocabulary, or a small one, the hard case."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

WORDS = {"large": 50_000, "small": 3_000}


def write(file: Path, rows: int, vocabulary: str, seed: int = 7) -> None:
    """A Parquet file with the column `text`: 5 to 19 words each, 5 % of them another text with one word changed."""
    random, size = np.random.default_rng(seed), WORDS[vocabulary]
    words = np.array([f"w{i}" for i in range(size)])
    weights = 1 / np.arange(1, size + 1)
    own = rows - rows // 20
    lengths = random.integers(5, 20, own)
    flat = words[random.choice(size, int(lengths.sum()), p=weights / weights.sum())]
    texts = [" ".join(part) for part in np.split(flat, np.cumsum(lengths)[:-1])]
    for copied in random.integers(own, size=rows - own):
        changed = texts[int(copied)].split(" ")
        changed[int(random.integers(len(changed)))] = words[int(random.integers(size))]
        texts.append(" ".join(changed))
    order = random.permutation(rows)
    pl.DataFrame({"text": [texts[i] for i in order]}).write_parquet(file)
