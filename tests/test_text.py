"""Facts about the keys that texts are compared by."""

from __future__ import annotations

import doctest
import re
import unicodedata
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curation.base import text as text_module
from curation.base.text import fold, key, squeeze, words

Key = Callable[[pl.Expr], pl.Expr]
ACROSS = [
    "A",
    "\u03a3",
    "\u0301 x",
    "e",
    "\u1100",
    "\u1161",
    "\u0995\u09cd",
    "\u200d",
    "J",
    "\u030c",
    "\r",
    "\u2028",
    " ",
]
"""What would join with what stands before or after it, were the end of a line not between."""


def apply(key: Key, *texts: str | None) -> list[str | None]:
    return pl.select(key(pl.lit(pl.Series("text", texts, dtype=pl.String)))).to_series().to_list()


def one(key: Key, text: str) -> str:
    (made,) = apply(key, text)
    assert made is not None
    return made


@pytest.mark.parametrize(
    "space", [" ", "  ", "\t", "\r\n", "\n\n", "\u00a0", "\u2003", "\u2028", "\u2029", "\u3000", " \u00a0\n"]
)
def test_every_whitespace_is_one_space(space: str) -> None:
    """No-break, wide and line-separating spaces are whitespace like any other, inside and at the ends."""
    text = f"{space}Two{space}Words{space}"
    assert apply(squeeze, text) == ["Two Words"]
    assert apply(fold, text) == ["two words"]
    assert apply(words, text) == ["two words"]


def test_squeeze_touches_no_letter() -> None:
    """Case, accents, punctuation and invisible characters stay as they were."""
    text = "É\u200bx, “Quoted” \u0995\u09cd\u200d\u09b7 ﬁ"
    assert one(squeeze, text) == text


def test_squeeze_keeps_what_is_not_whitespace() -> None:
    """A zero-width space is no whitespace to squeeze: it stays, so a quote stays the exact one."""
    assert one(squeeze, "war\u200branty") == "war\u200branty"


@pytest.mark.parametrize("key", [fold, words])
@pytest.mark.parametrize(
    "invisible",
    [
        "\u00ad",
        "\u200b",
        "\u200c",
        "\u200d",
        "\u2060",
        "\ufeff",
        "\u200e",
        "\u202e",
        "\u2067",
        "\u034f",
        "\ufe0f",
        "\u3164",
    ],
)
def test_invisible_characters_do_not_count(key: Key, invisible: str) -> None:
    """A text with invisible characters has the key of the text without them."""
    assert one(key, f"{invisible}war{invisible}ranty{invisible}") == "warranty"


@pytest.mark.parametrize("key", [fold, words])
@pytest.mark.parametrize("text", ["café", "Ångström", "naïve façade", "ﬁne", "Ｆｕｌｌ", "½", "x²"])
def test_normal_forms_have_one_key(key: Key, text: str) -> None:
    """All four normal forms of a text, in either case, have one key."""
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    assert len(set(apply(key, *forms, text.upper(), text.lower()))) == 1


@pytest.mark.parametrize("key", [fold, words])
@pytest.mark.parametrize(
    ("one_form", "other"), [("\u09dc", "\u09a1\u09bc"), ("\u09dd", "\u09a2\u09bc"), ("\u09df", "\u09af\u09bc")]
)
def test_bengali_letters_with_a_dot_have_one_key(key: Key, one_form: str, other: str) -> None:
    """ড়, ঢ় and য় are one letter each, written as one character or as two."""
    assert one(key, f"বা{one_form}ি") == one(key, f"বা{other}ি")
    assert one(key, one_form) != one(key, other[0])


@pytest.mark.parametrize("key", [fold, words])
@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("ক\u09cb", "ক\u09c7\u09be"),
        ("ক\u09cc", "ক\u09c7\u09d7"),
        ("র\u200d\u09cdয", "র\u09cdয"),
        ("ক\u09cd\u200cষ", "ক\u09cdষ"),
        ("উত\u09cd\u200dসব", "উ\u09ceসব"),
        ("হঠাত\u09cd\u200d", "হঠা\u09ce"),
    ],
)
def test_bengali_spellings_have_one_key(key: Key, text: str, other: str) -> None:
    """Vowel signs in one piece or two, joiners or none, and ৎ as it was spelled before it was a letter."""
    assert one(key, text) == one(key, other)


@pytest.mark.parametrize("key", [squeeze, fold, words])
@pytest.mark.parametrize(
    ("text", "other"), [("চুল", "চল"), ("কি", "কী"), ("ক", "ক্"), ("বাংলা", "বালা"), ("résumé", "resume")]
)
def test_marks_tell_words_apart(key: Key, text: str, other: str) -> None:
    """Vowel signs, nasal marks and accents belong to the word."""
    assert one(key, text) != one(key, other)
    assert one(key, text).split() == [one(key, text)]


def test_words_hold_letters_marks_digits_and_signs_only() -> None:
    """Punctuation parts words, at the ends it leaves nothing; a sign is a word."""
    assert one(words, "“Don't—pay $1,000.50!” (a) § 5 🍺 চুল।") == "don t pay $ 1 000 50 a 5 🍺 চুল"
    assert one(words, " --- ") == ""


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("C", "C++"),
        ("C", "C#"),
        ("12 + 5", "12 - 5"),
        ("12 * 5", "12 / 5"),
        ("Solve x + 2 = 7", "Solve x - 2 = 7"),
        ("f(x) = x^2", "f(x) = x*2"),
        ("5 degrees", "-5 degrees"),
        ("a > b", "a < b"),
        ("👍", "👎"),
        ("5 €", "5 £"),
        ("১২ + ৫", "১২ − ৫"),
    ],
)
def test_signs_tell_texts_apart(text: str, other: str) -> None:
    """Of mathematics, of languages for machines, of currencies, and emoji."""
    assert one(words, text) != one(words, other)
    assert one(words, text) == one(words, f"  {text.upper()}!")


@pytest.mark.parametrize(
    ("text", "other"), [("well-known", "well known"), ("Covid-19", "covid 19"), ("wait — no", "wait no"), ("`x`", "x")]
)
def test_hyphens_and_marks_of_code_do_not(text: str, other: str) -> None:
    """A hyphen between words, a dash and a backtick are punctuation."""
    assert one(words, text) == one(words, other)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("“Don’t” ‘do’", "\"Don't\" 'do'"),
        ("„tief“ ‚so‛", "\"tief\" 'so'"),
        ("a—b – c‑d‐e − 1", "a-b - c-d-e - 1"),
        ("wait…", "wait..."),
        ("5′ 6″", "5' 6''"),
        ("donʼt", "don't"),
        ("（Ｎｏ．１）", "(No.1)"),
    ],
)
def test_typographic_signs_are_as_typed(text: str, typed: str) -> None:
    """Quotes, dashes and full-width signs have the key of those on a keyboard, in `fold` and in `words`."""
    assert one(fold, text) == one(fold, typed) == typed.lower()
    assert one(words, text) == one(words, typed)


def test_what_stays_apart() -> None:
    """ß is not ss, a dotted İ is not i, an ı without dot neither, and no digit is that of another script."""
    assert apply(words, "Straße", "STRAẞE", "STRASSE") == ["straße", "straße", "strasse"]
    assert apply(words, "İ", "I", "i", "ı") == ["i\u0307", "i", "i", "ı"]
    assert apply(words, "১২", "12", "１２") == ["১২", "12", "12"]


def test_a_danda_parts_words() -> None:
    """। and ॥ are punctuation: `words` has none of them, `fold` keeps them."""
    assert one(words, "আমি।তুমি॥") == "আমি তুমি"
    assert one(fold, "আমি।") == "আমি।"


def test_fold_keeps_punctuation() -> None:
    """Texts that differ in punctuation have different keys."""
    assert one(fold, "Pay now.") != one(fold, "Pay now")
    assert one(fold, "U.S.") == "u.s."


def test_null_stays_null_and_nothing_stays_nothing() -> None:
    """No text has no key; an empty and a white one have the empty key."""
    for made in (squeeze, fold, words):
        assert apply(made, None, "", " \n\u00a0") == [None, "", ""]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("caf\u00e9", "cafe\u200b\u0301"),
        ("\u00c5land", "A\u00ad\u030aland"),
        ("\u01f0", "J\u030c"),
        ("\u1e96", "H\u0331"),
    ],
)
def test_texts_that_read_the_same_have_one_key(text: str, other: str) -> None:
    """An invisible character before an accent, or a capital that has no accented form of its own, changes no key."""
    assert one(fold, text) == one(fold, other)
    assert one(words, text) == one(words, other)


def test_examples_are_true() -> None:
    """What the docstrings show is what comes out."""
    found = doctest.testmod(text_module)
    assert found.attempted >= 7
    assert found.failed == 0


def plain_words(text: str) -> str:
    """`words` once more, in plain Python."""
    ignorable = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u3164\ufeff\uffa0"
    ranges = [(0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0F)]
    ranges += [(0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)]
    text = text.replace("ত্\u200d", "ৎ")
    seen = (c for c in text if c not in ignorable and not any(first <= ord(c) <= last for first, last in ranges))
    lower = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", "".join(seen)).lower())
    return " ".join(word for line in lower.split("\n") for word in plain_words_of_line(line).split())


def plain_words_of_line(line: str) -> str:
    for dash in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212":
        line = line.replace(dash, "-")
    line = re.sub(r"(\d|(?<![^\W_])(?<![_\u0300-\u036f])[a-z]|[(=+*/]) ?-( ?)(\d|[a-z](?![\w]))", "\\1 ➖ \\3", line)
    line = re.sub(r"(^| )-(\d)", "\\1 ➖ \\2", line)
    kinds = ((c, unicodedata.category(c)[0]) for c in line)
    return "".join(
        c if kind in "LMN" else f" {c} " if (kind == "S" and c != "`") or c in "*/%#&@" else " " for c, kind in kinds
    )


assigned = st.characters(exclude_categories=["Cs", "Cn"])


@settings(deadline=None, max_examples=150)
@given(st.text(st.one_of(assigned, st.sampled_from("aΣİß.'ʼত্\u200dড়\u0301")), max_size=15))
@example("ΟΔΟΣ Σ'Σ")
def test_one_text_and_many_have_one_normalisation(text: str) -> None:
    """`key` is `words` of a text among others, and both are what plain Python makes of characters that it knows."""
    assert apply(words, "other", text) == ["other", key(text)]
    assert key(text) == plain_words(text)


def test_every_character_is_folded_once() -> None:
    """The key of each letter and sign of Unicode, alone and between letters and accents, is its own key."""
    every = [chr(c) for c in (*range(0xD800), *range(0xE000, 0x32400), *range(0xE0000, 0xE1000))]
    for texts in (every, [f"aΣ{c}\u0301\u09bc{c}Σ" for c in every]):
        for made in (fold, words):
            keys = apply(made, *texts)
            assert apply(made, *keys) == keys


def test_plain_english_is_lower_case() -> None:
    """Of visible ASCII `fold` changes the case alone; `words` leaves letters, digits and signs."""
    text = "".join(map(chr, range(33, 127)))
    assert one(fold, text) == text.lower()
    assert one(words, text) == " ".join(re.findall(r"[a-z0-9]+|[+<=>|~^$*/%#&@]", text.lower()))


lively = st.text(st.sampled_from("aBéＦß ı\u00a0\n\u2028\u200b\u00ad\u0301\u09a1\u09bc\u09dcচুল.,'1२½🍺"), max_size=20)


@settings(deadline=None, max_examples=150)
@given(lively)
def test_keys_of_any_text(text: str) -> None:
    """Squeezing twice is squeezing once, keys hold single inner spaces only, and words hold no punctuation."""
    squeezed, folded, worded = one(squeeze, text), one(fold, text), one(words, text)
    assert one(squeeze, squeezed) == squeezed
    assert squeezed == re.sub(r"\s+", " ", text).strip(" ")
    for made in (squeezed, folded, worded):
        assert made.split(" ") == made.split() or made == ""
    assert all(unicodedata.category(c)[0] in "LMNS" or c in "*/%#&@" for c in worded.replace(" ", ""))


@settings(deadline=None, max_examples=150)
@given(lively)
@example("a\u200b\u0301")
@example("J\u030c")
def test_a_key_is_its_own_key(text: str) -> None:
    """Folding twice is folding once, and so it is with words."""
    folded, worded = one(fold, text), one(words, text)
    assert one(fold, folded) == folded
    assert one(words, worded) == worded


@pytest.mark.parametrize("whole", [fold, words])
@settings(max_examples=300, deadline=None)
@given(several=st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(ACROSS), max_size=6))
@example(several=["\u03a3\u03a3", "\u03a3", ""])
def test_folding_by_lines_is_folding_the_whole(whole: Key, several: list[str]) -> None:
    """No rule of folding looks over the end of a line, so texts folded line by line are the texts folded whole."""
    text = "\n".join(several)
    spaced = text_module._folded(pl.lit(text))
    if whole is words:
        apart = text_module._minus(spaced).str.replace_all(r"([\p{S}*/%#&@])", " $1 ")
        spaced = apart.str.replace_all(r"(?:[^\p{L}\p{M}\p{N}\p{S}*/%#&@]|`)+", " ")
    assert one(whole, text) == pl.select(spaced.str.replace_all(r"\s+", " ").str.strip_chars(" ")).item()
