"""Facts about the keys that texts are compared by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curation.text import fold, squeeze, words

Key = Callable[[pl.Expr], pl.Expr]


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
@pytest.mark.parametrize("invisible", ["\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff"])
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


@pytest.mark.parametrize("key", [squeeze, fold, words])
@pytest.mark.parametrize(
    ("text", "other"), [("চুল", "চল"), ("কি", "কী"), ("ক", "ক্"), ("বাংলা", "বালা"), ("résumé", "resume")]
)
def test_marks_tell_words_apart(key: Key, text: str, other: str) -> None:
    """Vowel signs, nasal marks and accents belong to the word."""
    assert one(key, text) != one(key, other)
    assert one(key, text).split() == [one(key, text)]


def test_words_hold_letters_marks_and_digits_only() -> None:
    """Punctuation and symbols part words, at the ends they leave nothing."""
    assert one(words, "“Don't—pay $1,000.50!” (a) § 5 🍺 চুল।") == "don t pay 1 000 50 a 5 চুল"
    assert one(words, " --- ") == ""


def test_fold_keeps_punctuation() -> None:
    """Texts that differ in punctuation have different keys."""
    assert one(fold, "Pay now.") != one(fold, "Pay now")
    assert one(fold, "U.S.") == "u.s."


def test_null_stays_null_and_nothing_stays_nothing() -> None:
    """No text has no key; an empty and a white one have the empty key."""
    for key in (squeeze, fold, words):
        assert apply(key, None, "", " \n\u00a0") == [None, "", ""]


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
    assert all(unicodedata.category(c)[0] in "LMN" for c in worded.replace(" ", ""))


@settings(deadline=None, max_examples=150)
@given(lively)
@example("a\u200b\u0301")
@example("J\u030c")
def test_a_key_is_its_own_key(text: str) -> None:
    """Folding twice is folding once, and so it is with words."""
    folded, worded = one(fold, text), one(words, text)
    assert one(fold, folded) == folded
    assert one(words, worded) == worded
