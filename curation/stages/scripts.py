"""How many letters of a text belong to which script, counted over a thousand texts at a time."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

ONE_LANGUAGE = {
    "am": r"\p{Ethiopic}",
    "bn": r"\p{Bengali}",
    "bo": r"\p{Tibetan}",
    "dv": r"\p{Thaana}",
    "el": r"\p{Greek}",
    "gu": r"\p{Gujarati}",
    "he": r"\p{Hebrew}",
    "hy": r"\p{Armenian}",
    "ja": r"\p{Hiragana}\p{Katakana}\u{30fc}",
    "ka": r"\p{Georgian}",
    "km": r"\p{Khmer}",
    "kn": r"\p{Kannada}",
    "ko": r"\p{Hangul}",
    "lo": r"\p{Lao}",
    "ml": r"\p{Malayalam}",
    "my": r"\p{Myanmar}",
    "or": r"\p{Oriya}",
    "pa": r"\p{Gurmukhi}",
    "si": r"\p{Sinhala}",
    "ta": r"\p{Tamil}",
    "te": r"\p{Telugu}",
    "th": r"\p{Thai}",
}
"""Scripts in which one language is written, or one far more than others (not so Yiddish, Tigrinya, Manipuri)."""

_KINDS = {"other": r"[\p{L}\p{M}]--\p{Inherited}", **ONE_LANGUAGE, "han": r"\p{Han}"}
_PLANES = 0x40000  # beyond them no letter is assigned
_AT_ONCE = 1000  # fits the processor's cache; ten thousand take four times as long each


def letters(text: pl.Series) -> pl.DataFrame:
    """Letters and marks of each text by kind (int64): `other`, the languages of ONE_LANGUAGE, `han`. Null has none.

    A mark that any script may use (a combining accent, a variation selector) is not a letter, nor is the danda.
    """
    parts = [_count(text.slice(start, _AT_ONCE)) for start in range(0, max(len(text), 1), _AT_ONCE)]
    return pl.DataFrame(np.vstack(parts), schema=list(_KINDS))


def _count(text: pl.Series) -> np.ndarray:
    text, width = text.fill_null(""), len(_KINDS) + 1
    lengths, joined = text.str.len_chars().to_numpy(), text.str.join("").item()
    kinds = _kind_of()[np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)]
    cells = np.repeat(np.arange(len(text)) * width, lengths) + kinds
    return np.bincount(cells, minlength=len(text) * width).reshape(-1, width)[:, 1:]


@cache
def _kind_of() -> np.ndarray:
    """For each code point the number of its kind, 0 where it is not a letter; by Polars: Python has no scripts."""
    kind = np.zeros(0x110000, dtype=np.uint8)
    every = pl.Series(["".join(chr(c) for c in range(_PLANES) if not 0xD800 <= c < 0xE000)])
    for number, script in enumerate(_KINDS.values(), start=1):
        found = every.str.extract_all(rf"[[{script}]&&[\p{{L}}\p{{M}}\u{{30fc}}]]+").list.join("").item()
        kind[np.frombuffer(found.encode("utf-32-le"), dtype=np.uint32)] = number
    return kind
