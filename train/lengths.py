"""How many tokens the rows of a build have, and the limit that a run holds them to: nothing is ever cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from curation.base.errors import BuildError, UsageError
from curation.training.data import TrainingData

if TYPE_CHECKING:
    from datasets import Dataset

    from curation.training.preset import Preset


def with_limit(preset: Preset, data: TrainingData) -> Preset:
    """`preset` with a number for max_tokens: its own, else the build's limit, else the longest train row."""
    if preset.max_tokens is not None:
        return preset
    limit = data.manifest.max_tokens or int(lengths(data).max())
    return preset.model_copy(update={"max_tokens": limit})


def lengths(data: TrainingData) -> NDArray[np.int64]:
    """Tokens by row, in order: of tokenized/train.parquet, else as train.jsonl says.

    BuildError where it does not, or the file is not as it was built.
    """
    if data.has_ids:
        return np.concatenate([np.empty(0, np.int64), *_of_parquet(data.file("tokenized/train.parquet"))])
    return np.fromiter(_of_lines(data.file("train.jsonl")), np.int64)


def check_lengths(data: TrainingData, split: str, rows: Dataset, limit: int) -> None:
    """UsageError where a row is longer than `limit` tokens: it is never cut, and never left out silently."""
    import pyarrow.compute as pc

    counts = pc.list_value_length(rows.data.column("input_ids"))
    longer = pc.sum(pc.greater(counts, limit)).as_py() or 0
    if longer:
        longest = pc.max(counts).as_py()
        raise UsageError(
            f"{longer:,} of {len(rows):,} {split} rows of {data.folder} are longer than --max-tokens {limit:,}, the "
            f"longest has {longest:,} tokens",
            f"Train with --max-tokens {longest}, or build again with --max-tokens {limit}.",
        )


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
