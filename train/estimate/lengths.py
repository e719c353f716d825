"""How many tokens each train row of a build has, read without its texts where that can be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curation.base.errors import BuildError


def lengths(folder: Path) -> NDArray[np.int64]:
    """Tokens by row, in order: of tokenized/train.parquet, else as train.jsonl says. BuildError where it does not."""
    parquet = folder / "tokenized" / "train.parquet"
    if parquet.is_file():
        return np.concatenate([np.empty(0, np.int64), *_of_parquet(parquet)])
    return np.fromiter(_of_lines(folder / "train.jsonl"), np.int64)


def _of_parquet(file: Path) -> Iterator[NDArray[np.int64]]:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as opened:
        for part in opened.iter_batches(columns=["input_ids"]):
            yield pc.list_value_length(part.column(0)).to_numpy().astype(np.int64)


def _of_lines(file: Path) -> Iterator[int]:
    import orjson

    with file.open("rb") as opened:
        for number, line in enumerate(opened, 1):
            tokens = orjson.loads(line).get("meta", {}).get("tokens")
            if not isinstance(tokens, int):
                raise BuildError(f"Line {number} of {file} has no meta.tokens", "Build again with --tokenized.")
            yield tokens
