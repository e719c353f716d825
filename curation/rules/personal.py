"""Personal data and keys in texts: what a model would learn by heart and say to strangers.

Every kind has a pattern for candidates, and a test of the whole candidate: its form with nothing glued to it, check
digits, ranges of addresses. A value is shown masked. Rather one too few than a number that is none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import polars as pl

from curation.base.rows import words_of_turn
from curation.base.secrets import KEYS
from curation.rules.turns import ROLE, RuleInput

_NAMED = 3  # values that a detail names; the others are counted
_ASCII = "(?-u)"  # the classes of Unicode would make these patterns thirty times slower

# E-mail. A host ends in two letters or in a common name; `a@b.T` is a product, `icon@2x.png` a file.
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+"
_TOP = (
    "com|org|net|edu|gov|mil|int|info|biz|name|pro|aero|coop|museum|mobi|jobs|travel|app|dev|cloud|online|site|store"
    "|shop|tech|xyz|email|agency|solutions|group|company|digital|media|studio|design|blog|world|life|global|network"
    "|systems|software|services|support|academy|university|school|health|care|bank|law|team|work|top|club|live|news"
    "|london|berlin|paris|nyc|tokyo|asia|test|example"
)
_MAIL = rf"[A-Za-z0-9][A-Za-z0-9._%+-]*@{_HOST}(?:{_TOP}|{_TOP.upper()}|[a-z]{{2}}|[A-Z]{{2}})"
_NO_MAIL = r"^(?:git|svn|hg)@|\.(?:js|ts|cs|vb|kt|rb|hs|ex|md)$|\.@|\.\."

# Phones: with a country's code, or a national form with its separators. What is glued to it makes it another number.
_CODED = r"[1-9]\d{0,2}(?:[ ./-]?\(\d{1,5}\)|[ .-]\d)?(?:[ ./-]?\d{2,5}){2,5}"
_ABROAD = rf"\+{_CODED}|\+[1-9]\d{{9,14}}"  # +49 30 1234567
_AT_HOME = "|".join(
    (
        rf"00{_CODED}",  # 0049 30 1234567
        r"(?:1[ .-]?)?\(\d{3}\) ?\d{3}[ .-]\d{4}",  # (555) 010-9999
        r"(?:1[ .-])?[1-9]\d{2}(?:-\d{3}-|\.\d{3}\.)\d{4}",  # 555-010-9999
        r"555-01\d{2}",
        r"0[1-9]\d{1,3}[ /-]\d{3,4}[ -]\d{3,4}",  # 020 7946 0958
        r"0[1-9]\d{1,3}[ /-]\d{6,8}",  # 030 1234567
        r"0[1-9][ -]\d{4}[ -]\d{4}",  # 03-1234-5678
        r"\(0\d{1,4}\)[ -]?\d{3,4}[ -]?\d{3,5}",
        r"0[1-9](?:(?: \d{2}){4}|(?:\.\d{2}){4})",  # 01 23 45 67 89
    )
)
_NO_PHONE = r"^\+\d{1,3}(?:\.\d{3})+$|^\+\d+\.\d+$|^01.02.03|^[01 /-]+$"

# Cards: the prefixes and lengths that are issued, alone or in groups.
_CARD = r"\d{13,19}|\d{4}(?: \d{4}){3}|\d{4}(?:-\d{4}){3}|3\d{3}(?: \d{6} |-\d{6}-)\d{4,5}"
_ISSUED = (
    r"^(?:4\d{12}(?:\d{3}){0,2}|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|(?:6011|64[4-9]\d|65\d{2})\d{12}|3(?:0[0-5]|[689]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17})$"
)

# IBAN: the length that each country gives them.
_IBAN = r"[A-Z]{2}\d{2}(?:[A-Z0-9]{11,30}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?)"
_LENGTHS = (
    "NO15 BE16 DK18 FI18 FK18 FO18 GL18 NL18 SD18 MK19 SI19 AT20 BA20 EE20 KZ20 LT20 LU20 MN20 XK20 CH21 HR21 LI21 LV21"
    " BG22 BH22 CR22 DE22 GB22 GE22 IE22 ME22 RS22 AE23 GI23 IL23 IQ23 OM23 SO23 TL23 AD24 CZ24 ES24 MD24 PK24 RO24"
    " SA24 SE24 SK24 TN24 VG24 LY25 PT25 ST25 IS26 TR26 BI27 DJ27 FR27 GR27 IT27 MC27 MR27 SM27 AL28 AZ28 BY28 CY28"
    " DO28 GT28 HU28 LB28 NI28 PL28 SV28 BR29 EG29 PS29 QA29 UA29 JO30 KW30 MU30 YE30 MT31 SC31 LC32 RU33"
)

# Addresses: four numbers below a hundred are as likely a version; so is what follows that word.
_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d{2}|[1-9]?\d)"
_IP4 = rf"(?:{_BYTE}\.){{3}}{_BYTE}"
_NO_IP4 = (
    r"^(?:0|10|127|22[4-9]|2[345]\d)\.|^169\.254\.|^192\.168\.|^172\.(?:1[6-9]|2\d|3[01])\."
    r"|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^\d{1,2}(?:\.\d{1,2}){3}$"
)
_IP6 = r"[23][0-9A-Fa-f]{3}(?::[0-9A-Fa-f]{1,4}){0,6}(?:::?[0-9A-Fa-f]{1,4}){1,6}"
_WHOLE_IP6 = r"^[^:]+(?::[^:]+){7}$|^[^:]+(?::[^:]+){0,5}::[^:]+(?::[^:]+){0,5}$"


class _Kind(NamedTuple):
    """`shown`: of a value of this form, the value masked, or null where it is none after all.

    `glued`: what may stand neither before nor after it. It is taken along, and the candidate then is no value.
    """

    name: str
    form: str
    shown: Callable[[pl.Expr], pl.Expr]
    glued: tuple[str, str] = ("", "")

    def found(self, texts: pl.DataFrame) -> pl.DataFrame:
        """The values in `texts` (row, turn, place, text): row, turn, place, shown."""
        before, after = self.glued
        candidates = pl.col("text").str.extract_all(f"{_ASCII}(?:{before})?(?:{self.form})(?:{after})?")
        each = texts.select("row", "turn", "place", value=candidates).explode("value").drop_nulls("value")
        alone = each.filter(pl.col("value").str.contains(f"{_ASCII}^(?:{self.form})$"))
        shown = pl.format("{} {} in {}", pl.lit(self.name), self.shown(pl.col("value")), "place")
        return alone.select("row", "turn", shown=shown).drop_nulls("shown")


def _mail(one: pl.Expr) -> pl.Expr:
    masked = one.str.replace(r"^(.)[^@]*@(.).*\.([^.]+)$", "$1***@$2***.$3")
    return pl.when(~one.str.contains(_NO_MAIL)).then(masked)


def _phone(one: pl.Expr) -> pl.Expr:
    digits = _digits(one).str.len_chars()
    abroad, split = one.str.contains(r"^(?:\+|00)"), one.str.contains(r"[ ./()-]")
    enough = pl.when(abroad).then(pl.when(split).then(digits >= 9).otherwise(digits >= 10)).otherwise(digits >= 7)
    return pl.when(enough, digits <= 15, ~one.str.contains(_NO_PHONE)).then(_start(one, 3))


def _card(one: pl.Expr) -> pl.Expr:
    digits = _digits(one)
    each = [_digit(digits, n) for n in range(19)]  # from the end
    twice = [pl.when(digit > 4).then(2 * digit - 9).otherwise(2 * digit) for digit in each[1::2]]
    luhn = pl.sum_horizontal(*each[::2], *twice) % 10 == 0
    article = (digits.str.len_chars() == 13) & (pl.sum_horizontal(*each[::2], *(3 * d for d in each[1::2])) % 10 == 0)
    return pl.when(digits.str.contains(_ISSUED), luhn, ~article).then(_start(one, 2))


def _iban(one: pl.Expr) -> pl.Expr:
    letters, split = one.str.replace_all(" ", "", literal=True), one.str.contains(" ", literal=True)
    size = letters.str.head(2).replace_strict(_SIZES, default=None, return_dtype=pl.UInt32)
    whole = pl.when(split | (letters.str.len_chars() == size), letters.str.len_chars() >= size).then(letters)
    turned = pl.concat_str(whole.str.slice(4, size.cast(pl.Int64) - 4), whole.str.head(4))
    numbers = turned.str.replace_many(_AS_NUMBERS).str.zfill(7 * 9)
    rest = pl.lit(0, pl.Int64)
    for n in range(7):
        rest = (rest * 1_000_000_000 + numbers.str.slice(9 * n, 9).cast(pl.Int64)) % 97
    return pl.when(rest == 1).then(_start(one, 2))


def _ip4(one: pl.Expr) -> pl.Expr:
    return pl.when(~one.str.contains(_NO_IP4)).then(one.str.replace(r"\..*", ".***"))


def _ip6(one: pl.Expr) -> pl.Expr:
    return pl.when(one.str.contains(_WHOLE_IP6)).then(one.str.replace(":.*", ":***"))


def _key(one: pl.Expr) -> pl.Expr:
    return pl.when(one.str.starts_with("-----")).then(pl.lit("key ***")).otherwise(_start(one, 3))


def _digits(one: pl.Expr) -> pl.Expr:
    return one.str.replace_all(r"\D", "")


def _digit(digits: pl.Expr, n: int) -> pl.Expr:
    """The n-th digit from the end, 0 where there are fewer."""
    return digits.str.zfill(19).str.slice(18 - n, 1).cast(pl.Int32)


def _start(one: pl.Expr, characters: int) -> pl.Expr:
    return one.str.head(characters) + "***"


_SIZES = {one[:2]: int(one[2:]) for one in _LENGTHS.split()}
_AS_NUMBERS = {chr(ord("A") + n): str(10 + n) for n in range(26)}
_KINDS = (
    _Kind("e-mail address", _MAIL, _mail, (r"\w+://[!-~]*|[\w./%+@-]", r"[\w@(\[-]|:[\w~/]|\.\w")),
    _Kind("phone number", _ABROAD, _phone, (r"[\w.+$#%/-]", r"[-./: ]?\d|\w")),
    _Kind("phone number", _AT_HOME, _phone, (r"\d |[\w.+$#%/-]", r"[-./: ]?\d|\w")),
    _Kind("card number", _CARD, _card, (r"\d[ .-]|[\w.+$#/-]", r"[-.]?\d| \d{4}|\w")),
    _Kind("IBAN", _IBAN, _iban, (r"\w", r"\w")),
    _Kind("IP address", _IP4, _ip4, (r"(?i:version|release|ver|build)[ :=]{1,2}|\w/|[\w.-]", r"\.\d|[\w-]|/\d")),
    _Kind("IP address", _IP6, _ip6, (r"[\w:.]", r":?\w|[/.]\d")),
    _Kind("secret", "|".join(KEYS), _key),
)
_ANY = _ASCII + "|".join(
    (
        r"[A-Za-z0-9]@[A-Za-z0-9]",
        r"\d[\d ().+/-]{5,}\d",
        r"\d\.\d+\.\d+\.\d",
        r"[23][0-9A-Fa-f]{3}:[0-9A-Fa-f:]{2}",
        r"[A-Z]{2}\d{2}[A-Z0-9 ]{11}",
        *KEYS,
    )
)
"""What a text holds in which a candidate may stand: most texts hold none, and are looked at once."""


def personal_data(given: RuleInput) -> pl.Expr:
    """The first values of a row, each with its kind, masked, and its turn; and how many more there are."""
    some = given.content.str.contains(_ANY)
    said = pl.when(some).then(pl.struct(messages="messages", text=given.text))
    return said.map_batches(_details, pl.String)


def _details(rows: pl.Series) -> pl.Series:
    """Of structs with `messages` or `text`, null for most rows: the values in them."""
    every = pl.DataFrame({"said": rows}).with_row_index("row")
    texts = _texts(every.drop_nulls("said").unnest("said"))
    values = pl.concat([kind.found(texts) for kind in _KINDS]).sort("row", "turn", maintain_order=True)
    named = pl.col("shown").head(_NAMED).str.join("; ")
    more = pl.format("{}; and {} more", named, pl.len() - _NAMED)
    details = values.group_by("row").agg(detail=pl.when(pl.len() > _NAMED).then(more).otherwise(named))
    return every.join(details, on="row", how="left", maintain_order="left")["detail"]


def _texts(rows: pl.DataFrame) -> pl.DataFrame:
    """The text of each turn, or of a row that is a rendered text: row, turn, place, text."""
    words = pl.col("messages").list.eval(pl.struct(role=ROLE, text=words_of_turn()))
    turns = rows.select("row", words).explode("messages").drop_nulls("messages").unnest("messages")
    numbered = turns.with_columns(turn=pl.int_range(1, pl.len() + 1).over("row"))
    of_turns = numbered.select("row", "turn", place=pl.format("turn {} ({})", "turn", "role"), text="text")
    of_text = rows.select("row", turn=pl.lit(0, pl.Int64), place=pl.lit("the text"), text="text").drop_nulls("text")
    return pl.concat([of_turns, of_text])
