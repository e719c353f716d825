"""Unicode-safe normalisation as Polars expressions. For keys and metrics only: training texts are not changed.

Texts that read the same have the same key. `fold` keeps punctuation, `words` drops it and keeps signs (C is not C++,
12 + 5 not 12 - 5), `key` is `words` of a single text; all are idempotent. Not equal: ß and ss (Maße and Masse; but ẞ is
ß), İ and i, ı and i, whatever the language, and digits of other scripts (১২ and 12), as NFKC leaves them.
"""

from __future__ import annotations

import re

import polars as pl

WHITE = "\t\n\x0b\x0c\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""What Unicode calls white space, as Polars does. Python's `str.strip()` also takes U+001C to U+001F."""

# Soft hyphens, zero-width spaces and joiners, direction marks, variation selectors, fillers: not visible.
_INVISIBLE = r"\p{Default_Ignorable_Code_Point}"
# Before it had a letter of its own, Bengali ৎ was spelled with a joiner, which the next step removes.
_KHANDA_TA = ("\u09a4\u09cd\u200d", "\u09ce")
_QUOTES = dict.fromkeys("‘’‚‛′ʼ", "'") | dict.fromkeys("“”„‟", '"')
_SIGNS = "+<=>|~^$*/%#&@"
"""Signs of ASCII that count; of the others all that Unicode calls symbols, emoji too, but for the backtick."""
_MINUS = "\u2796"  # a symbol that folding leaves alone
_BETWEEN = r"(\d|\b[a-z]|[(=+*/]) ?-( ?)(\d|[a-z]\b)"
_NEGATIVE = r"(^| )-(\d)"
_APART = {sign: f" {sign} " for sign in _SIGNS}
_TYPED = _QUOTES | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")


def squeeze(text: pl.Expr) -> pl.Expr:
    """Every run of whitespace becomes one space; none at the ends. Letters are untouched."""
    return text.str.replace_all(r"\s{2,}|[^\S ]", " ").str.strip_chars(" ")


def fold(text: pl.Expr) -> pl.Expr:
    """One key for texts that read the same: NFKC, lower case, quotes and dashes as typed, nothing invisible.

    >>> pl.select(fold(pl.lit("“Ｄｏｎ’t” —\u00a0wai\u200bt…"))).item()
    '"don\\'t" - wait...'
    """
    return squeeze(text.str.split("\n").list.eval(_fold_line(pl.element())).list.join("\n"))


def words(text: pl.Expr) -> pl.Expr:
    """The words of the folded text, separated by single spaces: letters, marks and digits, and signs; no punctuation.

    Marks (vowel signs, nuktas, accents) belong to the word: without them, as with `\\w` of Python's `re`, different
    words become one. The danda and every apostrophe are punctuation. A sign is a word of its own: what Unicode calls a
    symbol (but for the backtick), * / % # & @, and a hyphen between numbers or single letters or before a number.
    """
    by_line = text.str.split("\n").list.eval(words_of_line(pl.element())).list.join(" ")
    return by_line.str.replace_all(" {2,}", " ").str.strip_chars(" ")


def words_of_line(line: pl.Expr) -> pl.Expr:
    """`words` for short lines: the text is not split at line ends first, which pays off for long texts only."""
    plain = _minus(_ascii(line).str.to_lowercase()).str.replace_many(_APART)
    plain = plain.str.replace_all(f"[^a-z0-9{re.escape(_SIGNS)}{_MINUS}]+", " ")
    other = _minus(_folded(_non_ascii(line))).str.replace_all(r"([\p{S}*/%#&@])", " $1 ")
    other = other.str.replace_all(r"(?:[^\p{L}\p{M}\p{N}\p{S}*/%#&@]|`)+", " ")
    return pl.coalesce(plain, other).str.strip_chars(" ")


def _minus(text: pl.Expr) -> pl.Expr:
    """With hyphens that are minus signs marked as such."""
    between = text.str.replace_all(_BETWEEN, f"$1 {_MINUS} $3")
    return between.str.replace_all(_NEGATIVE, f"$1 {_MINUS} $2")


def is_ascii(text: pl.Expr) -> pl.Expr:
    """Whether a text is ASCII; null where it is null."""
    return text.str.len_bytes() == text.str.len_chars()


def key(text: str) -> str:
    """`words` of one text. It takes about 0.1 ms: over many texts use the expression.

    >>> key("The Buyer’s “full” name: ÅNGSTRÖM & Co.")
    'the buyer s full name ångström & co'
    >>> key("C") == key("C++"), key("12 + 5") == key("12 - 5"), key("👍") == key("👎"), key("to-day") == key("to day")
    (False, False, False, True)
    >>> key("\u09dc\u09dd\u09df") == key("\u09a1\u09bc\u09a2\u09bc\u09af\u09bc")  # ড় ঢ় য়: one character or two
    True
    >>> key("\u0995\u09cb \u0995\u09cc") == key("\u0995\u09c7\u09be \u0995\u09c7\u09d7")  # কো কৌ: a sign in two halves
    True
    >>> key("র\u200d্যাব") == key("র্যাব"), key("উত্\u200dসব") == key("উৎসব")  # joiners
    (True, True)
    >>> key("চুল") == key("চল")  # hair, walk: a vowel sign differs
    False
    >>> key("১২টি বই। ５ books."), key("Straße"), key("STRAẞE"), key("STRASSE")
    ('১২টি বই 5 books', 'straße', 'straße', 'strasse')
    """
    return str(pl.select(words(pl.lit(text))).item())


def _fold_line(line: pl.Expr) -> pl.Expr:
    """Folded except for white space. Line by line: in long texts only the few lines that are not ASCII take time."""
    return pl.coalesce(_ascii(line).str.to_lowercase(), _folded(_non_ascii(line)))


def _ascii(text: pl.Expr) -> pl.Expr:
    return pl.when(is_ascii(text)).then(text)


def _non_ascii(text: pl.Expr) -> pl.Expr:
    return pl.when(~is_ascii(text)).then(text)


def _folded(text: pl.Expr) -> pl.Expr:
    # Invisible characters first: they separate accents from letters. NFKC twice: lower case can undo it.
    visible_text = text.str.replace_all(*_KHANDA_TA, literal=True).str.replace_all(_INVISIBLE, "")
    lower = visible_text.str.normalize("NFKC").str.to_lowercase().str.normalize("NFKC")
    return lower.str.replace_many(_TYPED)


def format_figure(value: int | float | str | bool | None) -> str:
    """A figure for display: thousands separated, yes and no, - for None."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    return f"{value:,}" if isinstance(value, int | float) else value
