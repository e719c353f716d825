"""Token ids in bulk: arrays of uint32, and list columns made of them without a Python integer in between."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

VISIBLE = "[!-;=?-{}~\u00c0-\u024f\u0370-\u05ff\u0620-\u06dc\u06de-\u070e\u0710-\u167f\u1681-\u17ff\u1820-\u1fff]"
"""Visible ASCII characters without < > |, which control tokens begin and end with (those may absorb a space), and the
letters, marks and digits of scripts that write spaces between words, from accented Latin to Tibetan; no spaces,
ideographs or emoji. For Python's `re` and for Polars alike."""
Ids = npt.NDArray[np.uint32]
SPANS = pl.List(pl.Struct({"start": pl.UInt32(), "end": pl.UInt32()}))
"""[start, end) pairs, in tokens or in characters."""


def list_column(
    flat: Ids | pl.Series, sizes: npt.NDArray[np.int64], present: npt.NDArray[np.bool_] | None = None
) -> pl.Series:
    """A list column: the first `sizes[0]` of `flat` (ids or a Polars column) are row 0, and so on; nothing is copied.

    Rows that are not `present` are null and take none.
    """
    items = _numbers(flat) if isinstance(flat, np.ndarray) else flat.to_arrow(compat_level=pl.CompatLevel.newest())
    valid = None
    if present is not None:
        sizes, valid = sizes * present, pa.py_buffer(np.packbits(present, bitorder="little"))
    return _lists(items, sizes, valid)


def _numbers(values: Ids) -> pa.Array:
    """By its buffer: handed a NumPy array as it is, pyarrow imports pandas, a third of a second."""
    return pa.Array.from_buffers(pa.uint32(), len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def _lists(items: pa.Array, sizes: npt.NDArray[np.int64], valid: pa.Buffer | None = None) -> pl.Series:
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)))
    kind = pa.large_list(items.type)
    return pl.Series(pa.Array.from_buffers(kind, len(sizes), [valid, pa.py_buffer(offsets)], children=[items]))


def joined(arrays: Sequence[Ids]) -> tuple[Ids, npt.NDArray[np.int64]]:
    """The arrays one after another, and the size of each."""
    return np.concatenate([np.zeros(0, np.uint32), *arrays]), np.fromiter(map(len, arrays), np.int64, len(arrays))


def id_lists(arrays: Sequence[Ids], counts: Sequence[int] | None = None) -> pl.Series:
    """A list[uint32] column: one array a row, or `counts[i]` arrays joined for row i."""
    flat, sizes = joined(arrays)
    if counts is not None:
        sizes = np.diff(np.concatenate(([0], np.cumsum(sizes)))[np.cumsum([0, *counts])])
    return list_column(flat, sizes)


def span_lists(spans: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> pl.Series:
    """A column of SPANS: the first `sizes[0]` of the (n, 2) `spans` are row 0, and so on."""
    ends = [_numbers(spans[:, edge].astype(np.uint32)) for edge in (0, 1)]
    return _lists(pa.StructArray.from_arrays(ends, names=["start", "end"]), sizes)
