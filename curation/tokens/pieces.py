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
_CHUNK_CHARACTERS = 5_000


def encode_by_pieces(tokenizer: Tokenizer, texts: Sequence[str]) -> list[Ids]:
    """Ids of each text. The tokenizer must have safe cuts."""
    if not texts:
        return []
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    if frame["text"].str.contains(_MARK, literal=True).any():
        return list(tokenizer.ids(texts))
    cut = pl.col("text").str.replace_all(_CUT, f"${{1}}{_MARK} ${{2}}").str.split(_MARK)
    parts = frame.lazy().select(cut).collect()["text"]
    counts = parts.list.len().to_numpy().astype(np.int64)
    pieces = parts.explode()
    opens = np.zeros(len(pieces), dtype=bool)
    opens[np.cumsum(counts) - counts] = True
    (opening, openings), (inner, within) = (_coded(pieces.filter(pl.Series(mask))) for mask in (opens, ~opens))
    ids = pl.concat([_inner(tokenizer, within), id_lists(list(tokenizer.ids(openings.to_list())))])
    codes = np.empty(len(pieces), dtype=np.uint32)
    codes[opens], codes[~opens] = opening + len(within), inner
    flat, sizes = _gathered(ids, codes)
    return np.split(flat, np.cumsum(np.add.reduceat(sizes, np.cumsum(counts) - counts))[:-1])


def _gathered(ids: pl.Series, codes: Ids) -> tuple[Ids, Ids]:
    """The lists `ids[codes]` joined, and the size of each. Polars' own gather takes five times as long on millions."""
    lengths = ids.list.len().to_numpy()
    starts, sizes = (np.cumsum(lengths) - lengths).astype(np.uint32)[codes], lengths[codes]
    ends = np.cumsum(sizes, dtype=np.uint32)
    at = np.repeat(starts - ends + sizes, sizes) + np.arange(ends[-1], dtype=np.uint32)  # modulo 2 ** 32
    return ids.explode(empty_as_null=False).to_numpy()[at], sizes


def _coded(pieces: pl.Series) -> tuple[Ids, pl.Series]:
    """The number of each piece among the distinct ones, and those."""
    codes = pieces.cast(pl.Categorical(pl.Categories.random())).to_physical().to_numpy()
    somewhere = np.zeros(int(codes.max(initial=0)) + 1 if len(codes) else 0, dtype=np.uint32)
    somewhere[codes] = np.arange(len(codes), dtype=np.uint32)
    return codes, pieces.gather(somewhere)


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
