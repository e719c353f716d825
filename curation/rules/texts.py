"""Defects of a text: control strings, wrong decoding, decomposed letters, invisible characters.

Each function returns an expression: null where there is no defect, else the value that decided.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from curation.base.text import is_ascii
from curation.tokens.tokenizer import Tokenizer

KNOWN_BOS = ("<s>", "<|begin_of_text|>", "<bos>", "<|startoftext|>", "<|begin▁of▁sentence|>")
KNOWN_CONTROLS = (
    *KNOWN_BOS, "</s>", "<eos>", "<|endoftext|>", "<|end_of_text|>", "<|im_start|>", "<|im_end|>", "<|im_sep|>",
    "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|eom_id|>", "<|python_tag|>", "<|system|>", "<|user|>",
    "<|assistant|>", "<|end|>", "<|eot|>", "<|header_start|>", "<|header_end|>", "[INST]", "[/INST]", "<<SYS>>",
    "<</SYS>>", "[TOOL_CALLS]", "[AVAILABLE_TOOLS]", "<start_of_turn>", "<end_of_turn>", "<|START_OF_TURN_TOKEN|>",
    "<|END_OF_TURN_TOKEN|>", "<|end▁of▁sentence|>", "<|start|>", "<|channel|>", "<|message|>", "<|return|>",
)  # fmt: skip
"""Control strings of well-known models, for files without a known tokenizer."""


@dataclass(frozen=True)
class Controls:
    """Control strings, those of them that are a BOS, and whether a tokenizer writes a BOS before a rendered text."""

    strings: tuple[str, ...]
    bos: tuple[str, ...]
    adds_bos: bool
    sure: bool = True
    """Whether a tokenizer says that they are; else they are words that many models take for control tokens."""


def controls(tokenizer: Tokenizer | None) -> Controls:
    """Those of the tokenizer, or without one the well-known ones."""
    if tokenizer is None:
        return Controls(KNOWN_CONTROLS, KNOWN_BOS, adds_bos=True, sure=False)
    bos = tokenizer.template.specials.get("bos_token")
    first = tokenizer.backend.encode("x", add_special_tokens=True).tokens[:1]
    return Controls(tokenizer.control, (bos,) if bos else (), adds_bos=bool(bos) and first == [bos])


def any_of(strings: Sequence[str]) -> str:
    """A pattern for one of the strings."""
    return "(?:" + "|".join(map(re.escape, strings)) + ")" if strings else r"[^\s\S]"


# What the bytes 0x80 to 0xBF become in Windows-1252 or Latin-1.
_HIGH = "[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
_AFTER_A = "[\u0080-\u009f¡-¿€ƒ„†‡ˆ‰Š‹ŒŽ•˜™š›œžŸ]"  # not what may follow a capital Ã: dashes, quotes, spaces
MOJIBAKE = "|".join(
    (
        "\ufffd",
        f"Ã{_AFTER_A}",  # é ü ñ and their like
        "â€|â[\u0080-\u009f]|â„¢|â†[’‘“”]",  # quotes, dashes, arrows
        "Â[\u00a0°±²³·´¶¼½¾©®£¥¢§]",
        f"à[¤¥¦§¨©ª«¬\u00ad®¯°±²³´µ¶·¸¹º»¼]{_HIGH}",  # Devanagari, Bengali and the other scripts of India; Thai
        f"(?:[ÐÑ]{_HIGH}){{3}}|(?:[ØÙ]{_HIGH}){{3}}",  # Cyrillic, Arabic
        f"(?:[ãäåæçèé]{_HIGH}{_HIGH}){{2}}",  # Chinese, Japanese
        "ðŸ|ï»¿|ï¿½",  # emoji, a byte-order mark, U+FFFD itself
    )
)


def mojibake(text: pl.Expr) -> pl.Expr:
    """UTF-8 read as Windows-1252 or Latin-1, or U+FFFD; with the text around it."""
    return _non_ascii(text).str.extract(f"(.{{0,20}}(?:{MOJIBAKE}).{{0,20}})")


# Characters that NFC decomposes or replaces: both spellings are common.
_NFC_CHANGES = {
    c: unicodedata.normalize("NFC", c)
    for c in map(chr, (*range(0x80, 0xD800), *range(0xE000, 0x30000)))
    if unicodedata.normalize("NFC", c) != c
}


def not_nfc(text: pl.Expr) -> pl.Expr:
    """A text that NFC would compose.

    What NFC decomposes (ড় in one character) or only reorders (Arabic vowel signs beside a shadda, which everyone types
    in the other order) does not count.
    """
    plain = _non_ascii(text).str.replace_many(_NFC_CHANGES)
    nfc = plain.str.normalize("NFC")
    many, fewer = plain.str.len_chars(), nfc.str.len_chars()
    return pl.when(fewer < many).then(pl.format("{} characters, {} in NFC", many, fewer))


_INVISIBLE = [0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF]
_JOINERS = (0x200C, 0x200D)  # scripts and emoji need them; after an ASCII letter or digit they join nothing


def invisible(text: pl.Expr) -> pl.Expr:
    """The first invisible character, but no joiner where one belongs, as U+200B."""
    hidden, joiners = ("".join(map(chr, points)) for points in (_INVISIBLE, _JOINERS))
    found = _non_ascii(text).str.extract(f"([{hidden}]|[A-Za-z0-9][{joiners}])").str.tail(1)
    names = {chr(point): f"U+{point:04X}" for point in (*_INVISIBLE, *_JOINERS)}
    return found.replace_strict(names, default=None, return_dtype=pl.String)


def _non_ascii(text: pl.Expr) -> pl.Expr:
    """The text, null where it is ASCII and can have none of these defects."""
    return pl.when(~is_ascii(text)).then(text)
