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

from curation.tokens.encoded import EncodedTexts, Ints
from curation.tokens.ids import VISIBLE, Ids, id_lists, joined, list_column

if TYPE_CHECKING:
    from curation.tokens.tokenizer import Tokenizer

_MARK = "\x00"
_CUT = f"({VISIBLE}) ({VISIBLE})"  # SAFE_CUT without looking around: of two cuts one character apart it finds the first
_CHUNK_CHARACTERS = 5_000


def encode_by_pieces(tokenizer: Tokenizer, texts: Sequence[str]) -> tuple[Ids, Ints]:
    """Ids of one text after another, and how many each has. The tokenizer must have safe cuts."""
    text = pl.Series("text", texts, dtype=pl.String)
    if text.is_empty() or text.str.contains(_MARK, literal=True).any():
        return joined(list(tokenizer.ids(texts)))
    cut = pl.col("text").str.replace_all(_CUT, f"${{1}}{_MARK} ${{2}}").str.split(_MARK)
    parts = text.to_frame().lazy().select(cut).collect()["text"]
    counts = parts.list.len().to_numpy().astype(np.int64)
    pieces, starts = parts.explode(), np.cumsum(counts) - counts
    opens = np.zeros(len(pieces), dtype=bool)
    opens[starts] = True
    (opening, openings), (inner, within) = (_coded(pieces.filter(pl.Series(mask))) for mask in (opens, ~opens))
    ids = pl.concat([_inner(tokenizer, within), id_lists(list(tokenizer.ids(openings.to_list())))])
    codes = np.empty(len(pieces), dtype=np.uint32)
    codes[opens], codes[~opens] = opening + len(within), inner
    flat, sizes = _gathered(ids, codes)
    return flat, np.add.reduceat(sizes, starts, dtype=np.int64)


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
    ends = np.cumsum(pieces.str.len_chars().to_numpy(), dtype=np.int64)
    bounds = np.flatnonzero(np.diff(ends // _CHUNK_CHARACTERS, prepend=-1, append=-1))
    parts = [pieces[a:b] for a, b in pairwise(bounds)]
    texts = [tokenizer.resume("".join(part)) for part in parts]
    flat, sizes = joined(list(tokenizer.ids(texts)))
    edges, right = tokenizer.edges(texts, flat, sizes)
    of = np.repeat(np.arange(len(parts)), np.diff(bounds))
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    last = ends[bounds[1:] - 1] if parts else ends
    cuts, there = EncodedTexts(flat, sizes, edges).first_edge(of, ends - (last - lengths)[of])  # a dropped first space
    right[of[~there]] = False
    own_sizes = np.where(np.diff(of, prepend=-1) > 0, cuts, np.diff(cuts, prepend=0))
    if right.all():
        return list_column(flat, own_sizes)
    whole = zip(right, parts, np.split(flat, np.cumsum(sizes)), np.split(own_sizes, bounds[1:-1]), strict=False)
    each = [(ids, own) if fine else _alone(tokenizer, part) for fine, part, ids, own in whole]
    return list_column(np.concatenate([ids for ids, _ in each]), np.concatenate([own for _, own in each]))


def _alone(tokenizer: Tokenizer, part: pl.Series) -> tuple[Ids, Ints]:
    """The pieces of a part that cannot be taken apart, each encoded."""
    return joined(list(tokenizer.ids([tokenizer.resume(piece) for piece in part])))
