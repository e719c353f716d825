"""Token ids in bulk: arrays of uint32, and list columns made of them without a Python integer in between."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

VISIBLE = "[!-;=?-{}~]"
"""Visible ASCII characters but < > |, which control tokens begin and end with: those may swallow a space."""
Ids = npt.NDArray[np.uint32]
SPANS = pl.List(pl.Struct({"start": pl.UInt32(), "end": pl.UInt32()}))
"""[start, end) pairs, in tokens or in characters."""


def id_lists(arrays: Sequence[Ids], counts: Sequence[int] | None = None) -> pl.Series:
    """A list[uint32] column: one array a row, or `counts[i]` arrays joined for row i."""
    edges = np.cumsum([0, *map(len, arrays)])
    offsets = edges if counts is None else edges[np.cumsum([0, *counts])]
    flat = np.concatenate([np.zeros(0, np.uint32), *arrays])
    return pl.Series(pa.LargeListArray.from_arrays(offsets, flat), dtype=pl.List(pl.UInt32()))


def span_lists(spans: Sequence[Sequence[tuple[int, int]]]) -> pl.Series:
    """A column of SPANS."""
    offsets = np.cumsum([0, *map(len, spans)])
    flat = np.array([edge for row in spans for span in row for edge in span], dtype=np.uint32).reshape(-1, 2)
    pairs = pa.StructArray.from_arrays([flat[:, 0], flat[:, 1]], names=["start", "end"])
    return pl.Series(pa.LargeListArray.from_arrays(offsets, pairs), dtype=SPANS)
