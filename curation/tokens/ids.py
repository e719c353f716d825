"""Token ids in bulk: arrays of uint32, and list columns made of them without a Python integer in between."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

VISIBLE = "[!-;=?-{}~\u00c0-\u024f\u0370-\u05ff\u0620-\u06dc\u06de-\u070e\u0710-\u167f\u1681-\u17ff\u1820-\u1fff]"
"""Visible ASCII characters but < > |, which control tokens begin and end with: those may swallow a space. And the

letters, marks and digits of scripts that write spaces between words, from accented Latin to Tibetan; none is a space,
an ideograph or an emoji. For Python's `re` and for Polars alike.
"""
Ids = npt.NDArray[np.uint32]
SPANS = pl.List(pl.Struct({"start": pl.UInt32(), "end": pl.UInt32()}))
"""[start, end) pairs, in tokens or in characters."""


def list_column(flat: Ids, sizes: npt.NDArray[np.int64]) -> pl.Series:
    """A list[uint32] column: the first `sizes[0]` ids are row 0, and so on."""
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)))
    return pl.Series(pa.LargeListArray.from_arrays(offsets, flat), dtype=pl.List(pl.UInt32()))


def id_lists(arrays: Sequence[Ids], counts: Sequence[int] | None = None) -> pl.Series:
    """A list[uint32] column: one array a row, or `counts[i]` arrays joined for row i."""
    sizes = np.fromiter(map(len, arrays), dtype=np.int64, count=len(arrays))
    if counts is not None:
        sizes = np.diff(np.concatenate(([0], np.cumsum(sizes)))[np.cumsum([0, *counts])])
    return list_column(np.concatenate([np.zeros(0, np.uint32), *arrays]), sizes)


def span_lists(spans: Sequence[Sequence[tuple[int, int]]]) -> pl.Series:
    """A column of SPANS."""
    offsets = np.cumsum([0, *map(len, spans)])
    flat = np.array([edge for row in spans for span in row for edge in span], dtype=np.uint32).reshape(-1, 2)
    pairs = pa.StructArray.from_arrays([flat[:, 0], flat[:, 1]], names=["start", "end"])
    return pl.Series(pa.LargeListArray.from_arrays(offsets, pairs), dtype=SPANS)
