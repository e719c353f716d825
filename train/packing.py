"""Several rows in one sequence, by best fit, so that little is padding; no row attends to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True)
class Packed:
    """`rows` with input_ids, labels and seq_lengths; `efficiency`: their tokens over sequences times max_tokens."""

    rows: Dataset
    efficiency: float
    """Of the packed sequences."""
    plain: float
    """Of the rows as they came, each padded to max_tokens."""


def pack(rows: Dataset, max_tokens: int) -> Packed:
    """Best-fit decreasing, by TRL. `seq_lengths` makes its collator restart positions at every row."""
    from trl import pack_dataset

    tokens = sum(map(len, rows["input_ids"]))
    packed = pack_dataset(rows, max_tokens, "bfd", {"desc": "Packing"})
    assert sum(map(len, packed["input_ids"])) == tokens, "packing lost tokens"
    return Packed(packed, tokens / (len(packed) * max_tokens), tokens / (len(rows) * max_tokens))
