"""Unicode-safe normalisation as Polars expressions. For keys and metrics only: what is trained stays as it was."""

from __future__ import annotations

import polars as pl

WHITE = "\t\n\x0b\x0c\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""What Unicode calls white space, as Polars does. Python's `str.strip()` also takes U+001C to U+001F."""

# Soft hyphen, zero-width space / non-joiner / joiner, word joiner, byte-order mark: they show nothing.
_INVISIBLE = "[\u00ad\u200b\u200c\u200d\u2060\ufeff]"


def squeeze(text: pl.Expr) -> pl.Expr:
    """Every run of whitespace becomes one space; none at the ends. Letters are untouched."""
    return text.str.replace_all(r"\s+", " ").str.strip_chars(" ")


def fold(text: pl.Expr) -> pl.Expr:
    """One key for texts that read the same: NFKC, lower case, nothing invisible, single spaces."""
    return squeeze(_plain(text))


def words(text: pl.Expr) -> pl.Expr:
    """The words of the folded text, separated by single spaces: letters, marks and digits; no punctuation.

    Marks (vowel signs, nuktas, accents) belong to the word: without them different words become one.
    """
    return _plain(text).str.replace_all(r"[^\p{L}\p{M}\p{N}]+", " ").str.strip_chars(" ")


def _plain(text: pl.Expr) -> pl.Expr:
    # Invisible characters go first, they keep accents from their letters; lower case can undo a composition.
    return text.str.replace_all(_INVISIBLE, "").str.normalize("NFKC").str.to_lowercase().str.normalize("NFKC")
