"""Encoding long texts by their distinct pieces: no run of words is tokenized twice.

A text is split at its safe cuts into pieces of about a word each. A corpus of contracts has millions of pieces and
few distinct ones, which are encoded once, joined into long strings (they meet at safe cuts again), and looked up.
The ids are the same as those of the whole texts; on CUAD this takes half the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from curation.tokens.ids import VISIBLE, Ids, id_lists, list_column

if TYPE_CHECKING:
    from curation.tokens.tokenizer import Tokenizer

_MARK = "\x00"
_CUT = f"({VISIBLE}) ({VISIBLE})"  # SAFE_CUT without looking around: of two cuts one character apart it finds the first
_CHUNK_CHARACTERS = 50_000


def encode_by_pieces(tokenizer: Tokenizer, texts: Sequence[str]) -> list[Ids]:
    """Ids of each text. The tokenizer must have safe cuts."""
    if not texts:
        return []
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    if frame["text"].str.contains(_MARK, literal=True).any():
        return list(tokenizer.ids(texts))
    cut = pl.col("text").str.replace_all(_CUT, f"${{1}}{_MARK} ${{2}}").str.split(_MARK)
    pieces = frame.lazy().with_row_index("row").select("row", piece=cut).collect().explode("piece")
    pieces = pieces.with_columns(opens=pl.col("row") != pl.col("row").shift(1, fill_value=len(texts)))
    distinct = pieces.select("opens", "piece").unique(maintain_order=True).sort("opens", maintain_order=True)
    inner, opening = (distinct.filter(pl.col("opens") == opens)["piece"] for opens in (False, True))
    ids = pl.concat([_inner(tokenizer, inner), id_lists(list(tokenizer.ids(opening.to_list())))])
    found = pieces.join(distinct.with_columns(ids=ids), on=["opens", "piece"], how="left", maintain_order="left")
    sizes = found.group_by("row").agg(pl.col("ids").list.len().sum()).sort("row")["ids"].to_numpy()
    flat = found["ids"].list.explode(empty_as_null=False).to_numpy()
    return np.split(flat, np.cumsum(sizes)[:-1])


def _inner(tokenizer: Tokenizer, pieces: pl.Series) -> pl.Series:
    """Ids of pieces that begin at a safe cut, encoded many at a time and taken apart again, as a list column."""
    lengths = pieces.str.len_chars().to_numpy().astype(np.int64)
    bounds = np.flatnonzero(np.diff(np.cumsum(lengths) // _CHUNK_CHARACTERS, prepend=-1, append=-1))
    parts = [pieces[a:b] for a, b in pairwise(bounds)]
    joined = [tokenizer.resume("".join(part)) for part in parts]
    flat, sizes = [np.zeros(0, np.uint32)], [np.zeros(0, np.int64)]
    for part, text, ids, start in zip(parts, joined, tokenizer.ids(joined), bounds, strict=False):
        ends = np.cumsum(lengths[start : start + len(part)])
        ends -= ends[-1] - len(text)  # a dropped first space
        edges = tokenizer.edges(text, ids)
        cuts = None if edges is None else np.searchsorted(edges, ends.astype(np.uint32))
        if cuts is None or edges is None or not np.array_equal(edges[cuts], ends):
            alone = list(tokenizer.ids([tokenizer.resume(piece) for piece in part]))
            flat += alone
            sizes.append(np.array([len(ids) for ids in alone], dtype=np.int64))
        else:
            flat.append(ids)
            sizes.append(np.diff(cuts, prepend=0))
    return list_column(np.concatenate(flat), np.concatenate(sizes))
