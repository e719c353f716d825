"""Encoding texts by their distinct pieces: no piece is tokenized twice.

A text is split at its safe cuts into pieces of about a word each. A corpus of contracts has millions of pieces and
few distinct ones, which are encoded once, joined into long strings (at safe cuts again), and looked up, in
later texts as well. The ids are the same as those of the whole texts; on CUAD this takes a third of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from threading import Lock
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from curation.tokens.arrays import VISIBLE, Ids, id_lists, joined, list_column
from curation.tokens.encoded import EncodedTexts, Ints

_MARK = "\x00"
_CUT = f"({VISIBLE}) ({VISIBLE})"  # SAFE_CUT without lookaround: of two cuts one character apart it finds the first
_CHUNK_CHARACTERS = 5_000
_MAX_PIECES = 2_000_000  # distinct pieces, about 200 MB


class Encoder(Protocol):
    """What a tokenizer must offer for its pieces to be cached."""

    def ids(self, texts: Sequence[str]) -> Iterator[Ids]:
        """The ids of each text, without special tokens."""

    def as_continuation(self, text: str) -> str:
        """`text` as it must be given where it continues another."""

    def edges(self, text: pl.Series, ids: Ids, sizes: Ints) -> tuple[Ids, npt.NDArray[np.bool_]]:
        """Character edges of each text, and for which texts they are known to be right."""


class PieceTable:
    """The pieces that a tokenizer has encoded, and their ids. The tokenizer must split at spaces (safe cuts)."""

    def __init__(self, tokenizer: Encoder) -> None:
        self._tokenizer = tokenizer
        self._tables: tuple[_PieceIds, _PieceIds] | None = None
        self._one_at_a_time = Lock()

    def encode(self, text: pl.Series) -> tuple[Ids, Ints]:
        """Ids of one text after another, and how many each has."""
        if text.is_empty() or text.str.contains(_MARK, literal=True).any():
            return joined(list(self._tokenizer.ids(text.to_list())))
        cut = pl.col(text.name).str.replace_all(_CUT, f"${{1}}{_MARK} ${{2}}").str.split(_MARK)
        parts = text.to_frame().lazy().select(cut).collect().to_series()
        counts = parts.list.len().to_numpy().astype(np.int64)
        pieces, starts = parts.explode(), np.cumsum(counts) - counts
        opens = np.zeros(len(pieces), dtype=bool)
        opens[starts] = True
        with self._one_at_a_time:
            tables, self._tables = self._tables or self._empty_tables(), None  # dropped if an error interrupts
            flat, sizes = _look_up(*tables, pieces, opens)
            self._tables = tables if sum(len(one.sizes) for one in tables) <= _MAX_PIECES else None
        return flat, np.add.reduceat(sizes, starts, dtype=np.int64)

    def _empty_tables(self) -> tuple[_PieceIds, _PieceIds]:
        """For the pieces that begin a text, and for those inside."""
        tokenizer = self._tokenizer
        return _PieceIds(lambda new: id_lists(list(tokenizer.ids(new.to_list())))), _PieceIds(
            lambda new: _inner(tokenizer, new)
        )


def _look_up(opening: _PieceIds, inner: _PieceIds, pieces: pl.Series, opens: npt.NDArray[np.bool_]) -> tuple[Ids, Ids]:
    """The ids of the pieces one after another, and how many each has; `opens`: which begin a text."""
    first = opening.numbers(pieces.filter(pl.Series(opens)))
    numbers = np.empty(len(pieces), dtype=np.uint32)
    numbers[~opens] = inner.numbers(pieces.filter(pl.Series(~opens)))
    numbers[opens] = first + np.uint32(len(inner.sizes))
    lengths = np.concatenate((inner.sizes, opening.sizes))
    starts, sizes = (np.cumsum(lengths, dtype=np.uint32) - lengths)[numbers], lengths[numbers]
    ends = np.cumsum(sizes, dtype=np.uint32)
    # Modulo 2 ** 32. The gather of lists in Polars takes five times as long on millions.
    at = np.repeat(starts - ends + sizes, sizes) + np.arange(ends[-1], dtype=np.uint32)
    return np.concatenate((inner.ids, opening.ids))[at], sizes


class _PieceIds:
    """Distinct pieces by number, in the order of first use: `sizes[i]` of the `ids` are those of piece i."""

    def __init__(self, encode: Callable[[pl.Series], pl.Series]) -> None:
        self._encode = encode
        self._numbered = pl.Series(dtype=pl.Categorical(pl.Categories.random()))  # numbers last as long as a column
        self.ids, self.sizes = np.zeros(0, np.uint32), np.zeros(0, np.uint32)

    def numbers(self, pieces: pl.Series) -> Ids:
        """The number of each piece; new ones are encoded."""
        numbers: Ids = pieces.cast(self._numbered.dtype).to_physical().to_numpy()
        known, new = len(self.sizes), np.flatnonzero(numbers >= len(self.sizes))
        if len(new):
            somewhere = np.zeros(int(numbers.max()) + 1 - known, dtype=np.uint32)
            somewhere[numbers[new] - known] = new
            found = self._encode(pieces.gather(somewhere))
            self.ids = np.concatenate((self.ids, found.explode(empty_as_null=False).to_numpy()))
            self.sizes = np.concatenate((self.sizes, found.list.len().to_numpy()))
        return numbers


def _inner(tokenizer: Encoder, pieces: pl.Series) -> pl.Series:
    """Ids of pieces that begin at a safe cut, encoded many at a time and taken apart again, as a list column."""
    ends = np.cumsum(pieces.str.len_chars().to_numpy(), dtype=np.int64)
    bounds = np.flatnonzero(np.diff(ends // _CHUNK_CHARACTERS, prepend=-1, append=-1))
    parts = [pieces[a:b] for a, b in pairwise(bounds)]
    texts = [tokenizer.as_continuation("".join(part)) for part in parts]
    flat, sizes = joined(list(tokenizer.ids(texts)))
    edges, right = tokenizer.edges(pl.Series("text", texts, dtype=pl.String), flat, sizes)
    of = np.repeat(np.arange(len(parts)), np.diff(bounds))
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    last = ends[bounds[1:] - 1] if parts else ends
    cuts, exact = EncodedTexts(flat, sizes, edges).first_edge(of, ends - (last - lengths)[of])  # a dropped first space
    right[of[~exact]] = False
    own_sizes = np.where(np.diff(of, prepend=-1) > 0, cuts, np.diff(cuts, prepend=0))
    if right.all():
        return list_column(flat, own_sizes)
    whole = zip(right, parts, np.split(flat, np.cumsum(sizes)), np.split(own_sizes, bounds[1:-1]), strict=False)
    each = [(ids, own) if fine else _alone(tokenizer, part) for fine, part, ids, own in whole]
    return list_column(np.concatenate([ids for ids, _ in each]), np.concatenate([own for _, own in each]))


def _alone(tokenizer: Encoder, part: pl.Series) -> tuple[Ids, Ints]:
    """The pieces of a part that cannot be taken apart, each encoded."""
    return joined(list(tokenizer.ids([tokenizer.as_continuation(piece) for piece in part])))
