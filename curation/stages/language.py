"""The stage that detects the language of a text: by its script where only one language uses it, else by langdetect.

The result is one code per text, possibly `unknown`, and depends on nothing but the text:

- Bengali script is `as` where it has more of ৰ and ৱ, which only Assamese writes, than of র, which only Bengali
  writes; else `bn`. A few words with neither are `bn`.
- Hiragana or katakana, one letter in twenty, make a text `ja`, its Han letters included. Han alone is langdetect's
  (`zh-cn`, `zh-tw`, `ja`).
- Latin, Cyrillic, Arabic and Devanagari are written in many languages: langdetect's, as are mixtures of scripts. Of
  a mixture it gives one language: without Latin letters where they are fewer than half as many as the others.
- Digits, signs and emoji are not letters. Without letters, or with fewer than `least` and no script that decides,
  a text is `unknown`: langdetect's results for a word or two are guesses.
- Languages that langdetect does not know get the code of another in their script (Pashto, Sanskrit, Latin).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import polars as pl
import polars_hash  # noqa: F401  (registers the `nchash` namespace: hashes that no version of Polars changes)

from curation.base.columns import column
from curation.base.errors import UsageError, nearest
from curation.base.rows import reject
from curation.stages.langdetect_pool import LANGUAGES, UNKNOWN, detect
from curation.stages.scripts import ONE_LANGUAGE, letters

READ_CHARACTERS = 2000
"""Characters of a text that are read, from its start."""
SCRIPT_SHARE = 0.7
"""Share of the letters from which a script decides the language. Above it langdetect adds nothing: in 540 texts mixed
of two languages it always gave the one with 70 % of the letters, but not always the one with 65 %."""
_KANA = 0.05  # of Japanese prose half the letters are kana; a Chinese text may hold a name with one の
_KNOWN = sorted({*LANGUAGES, *ONE_LANGUAGE, "as"})
_SCRIPT_COLUMNS = {"letter_count": pl.Int64(), "language": pl.String(), "assamese": pl.Boolean(), "key": pl.UInt128()}


@dataclass(frozen=True, eq=False)
class Language:
    """Adds `column`, the language of `text` (ISO 639-1, zh-cn, zh-tw, unknown); rejects all but `allowed`, if given.

    Reasons: `wrong_language`, and with `unknown="reject"` also `unknown_language`. `least` is in letters. UsageError
    for an unknown code. Memory holds the distinct texts for langdetect, the first 2,000 characters each.
    """

    text: pl.Expr
    allowed: tuple[str, ...] = ()
    unknown: Literal["keep", "reject"] = "keep"
    least: int = 12
    column: str = "language"

    across_rows: ClassVar[bool] = False

    @property
    def reasons(self) -> tuple[str, ...]:
        """What it rejects for."""
        return (
            *(("wrong_language",) if self.allowed else ()),
            *(("unknown_language",) if self.unknown == "reject" else ()),
        )

    def __post_init__(self) -> None:
        if self.unknown not in ("keep", "reject"):
            raise UsageError(f"unknown={self.unknown!r} is not valid", "Expected keep or reject.")
        for code in self.allowed:
            if code not in _KNOWN:
                raise UsageError(
                    f"{code!r} is not a known language code.{nearest(code, _KNOWN)}",
                    f"Expected one of: {', '.join(_KNOWN)}.",
                )

    def __repr__(self) -> str:
        options = f"allowed={self.allowed!r}, unknown={self.unknown!r}, least={self.least}, column={self.column!r}"
        return f"Language({self.text}, {options})"

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        if self.column in rows.collect_schema():
            raise UsageError(f"The rows have a column {self.column!r} already", "Name another: Language(column=...).")
        detected = self._detected(rows).rename({"language": self.column})
        joined = rows.join(detected.lazy(), on="row", how="left", maintain_order="left")
        code, rules = column(self.column), []
        if self.allowed:
            expected = pl.format("{}, expected {}", code, pl.lit(" or ".join(self.allowed)))
            rules.append((~code.is_in([*self.allowed, UNKNOWN]), "wrong_language", expected))
        if self.unknown == "reject":
            rules.append((code == UNKNOWN, "unknown_language", pl.format("{} letters", "letter_count")))
        for rule in rules:
            joined = joined.with_columns(reject(*rule))
        return joined.drop("letter_count")

    def _detected(self, rows: pl.LazyFrame) -> pl.DataFrame:
        """row, language, letter_count: the letters among the characters that are read."""
        start = rows.select("row", text=self.text.str.slice(0, READ_CHARACTERS))
        schema = {**start.collect_schema(), **_SCRIPT_COLUMNS}
        scripts = start.map_batches(self._by_script, streamable=True, schema=schema)
        left = scripts.filter(pl.col("key").is_not_null()).group_by("key").agg(pl.col("text").first())
        by_script, texts = pl.collect_all([scripts.drop("text"), left], engine="streaming")
        codes = detect(texts["text"].to_list(), pl.thread_pool_size())
        detected = texts.select("key", detected=pl.Series(codes, dtype=pl.String))
        language = pl.coalesce("language", "detected")
        assamese = pl.when("assamese", language == "bn").then(pl.lit("as")).otherwise(language)
        return by_script.join(detected, on="key", how="left").select("row", "letter_count", language=assamese)

    def _by_script(self, start: pl.DataFrame) -> pl.DataFrame:
        """The languages that the script decides; texts left for langdetect get a key (128-bit hash) instead."""
        counts = letters(start["text"])
        counted = start.with_columns(
            letter_count=counts.sum_horizontal(), language=counts.select(_language_by_script(self.least)).to_series()
        )
        text, left = pl.col("text"), pl.col("language").is_null()
        return counted.with_columns(
            text=pl.when(left).then(text).str.normalize("NFKC"),
            assamese=text.str.count_matches("[\u09f0\u09f1]") > text.str.count_matches("\u09b0", literal=True),
        ).with_columns(key=pl.col("text").nchash.xxh3_128())  # type: ignore[attr-defined]


def _language_by_script(least: int) -> pl.Expr:
    """The language by the letters of each script, null where the script does not decide."""
    every = pl.sum_horizontal(pl.all())
    japanese = (pl.col("ja") + pl.col("han") >= SCRIPT_SHARE * every) & (pl.col("ja") >= _KANA * every)
    return pl.coalesce(
        pl.when(every == 0).then(pl.lit(UNKNOWN)),
        *(pl.when(pl.col(code) >= SCRIPT_SHARE * every).then(pl.lit(code)) for code in ONE_LANGUAGE),
        pl.when(japanese).then(pl.lit("ja")),
        pl.when(every < least).then(pl.lit(UNKNOWN)),
    )
