"""Encoded texts, many at a time: flat arrays in place of an object for each text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from curation.tokens.arrays import Ids, list_column

Ints = npt.NDArray[np.int64]


class Encoded(NamedTuple):
    """`ids` of n tokens; `edges`: n + 1 offsets in characters, token i covers edges[i] to edges[i + 1]."""

    ids: Ids
    edges: Ids


@dataclass(frozen=True, eq=False)
class EncodedTexts:
    """`ids` of one text after another, `sizes[i]` of text i; `edges` likewise, one more for each text."""

    ids: Ids
    sizes: Ints
    edges: Ids

    def __iter__(self) -> Iterator[Encoded]:
        """Each text alone."""
        ends = np.cumsum(self.sizes)
        for i, (end, size) in enumerate(zip(ends.tolist(), self.sizes.tolist(), strict=True)):
            yield Encoded(self.ids[end - size : end], self.edges[end - size + i : end + i + 1])

    def columns(self) -> tuple[pl.Series, pl.Series]:
        """`ids` and `edges` as list columns, a text a row."""
        return list_column(self.ids, self.sizes).alias("ids"), list_column(self.edges, self.sizes + 1).alias("edges")

    def first_edge(self, text: Ints, character: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """For each place (number of a text, offset in it) the first edge at or after it, and whether it is at it."""
        at = np.minimum(np.searchsorted(self._line, self._begin[text] + character), len(self.edges) - 1)
        return at - self._first[text], self.edges[at] == character

    def token_at(self, text: Ints, character: Ints) -> Ints:
        """The first token that covers any of the character, as the library's char_to_token finds it."""
        edge, exact = self.first_edge(text, character)
        return edge - ~exact

    @cached_property
    def _first(self) -> Ints:
        """Where in `edges` those of each text start."""
        return np.cumsum(self.sizes + 1) - self.sizes - 1

    @cached_property
    def _begin(self) -> Ints:
        """Where each text starts if all are placed on one line, a step apart: equal edges are in one text."""
        lengths = self.edges[self._first + self.sizes].astype(np.int64) + 1
        return np.asarray(np.cumsum(lengths) - lengths)

    @cached_property
    def _line(self) -> Ints:
        return np.repeat(self._begin, self.sizes + 1) + self.edges.astype(np.int64)
