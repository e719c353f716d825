"""The second pass: every row by itself. Its defects, its size, and the hashes by which rows are compared."""

from __future__ import annotations

import polars as pl
import polars_hash  # noqa: F401  (registers the `nchash` namespace)

from curation.base.rows import BESIDE, spoken
from curation.base.text import fold
from curation.rules import preferences, turns
from curation.rules.catalogue import RULES
from curation.rules.rendered import asked_in
from curation.rules.texts import Controls
from curation.rules.turns import CONTENT, ROLE, RuleInput

READ_REASONS = (
    *("bad_line", "no_messages", "preference_prompt", "unknown_role", "not_text", "rendered_text"),
    *("bad_tool_call", "bad_tools", "bad_weight", "spans"),
)
COMPARED_CHARACTERS = 500  # characters from each end of the user's text; the middle is not compared
_LABEL = 5  # words that an answer has at most to be a label
_LABEL_CHARACTERS = 60


def check_rows(rows: pl.LazyFrame, controls: Controls, writes: frozenset[str] | None) -> pl.LazyFrame:
    """For each row (columns of curation.validation.read): row, file, form, numbers, keys, and a column per finding.

    turns, characters, asked_characters (uint32): sizes. whole, ask, frame, answer (uint128): hashes of the folded
    conversation, the user's words, those with the system prompt, the answers; others: of all other turns. label: a
    folded answer of five words or fewer. head, tail (uint64): how a longer text of the user begins and ends. order:
    roles as letters. `writes`: what the chat template writes (curation.tokens.template), null without one.
    """
    content = rows.with_columns(order=turns.order(), content=pl.coalesce(spoken(), "text"))
    content = content.with_columns(
        asked=pl.coalesce(_folded(ROLE == "user"), fold(asked_in(pl.col("text")))),
        answered=_folded(ROLE == "assistant"),
        others=_folded(~ROLE.is_in(["user", "assistant"])),
    )
    found: dict[str, pl.Expr] = {name: pl.when(pl.col("reason") == name).then("detail") for name in READ_REASONS}
    given = RuleInput(controls, pl.col("order"), pl.col("content"), pl.col("text"), writes)
    found |= preferences.found() | {"read_as": pl.col("notes")}
    found |= {rule.id: rule.find(given) for rule in RULES if rule.find}
    kind = preferences.is_one().alias("preference")
    return content.select("row", "file", "split", "form", "order", kind, *_sizes(), *_keys(), **found)


def _sizes() -> list[pl.Expr]:
    return [
        pl.col("messages").list.len().cast(pl.UInt32).alias("turns"),
        pl.col("content").str.len_chars().cast(pl.UInt32).alias("characters"),
        pl.col("asked").str.len_chars().cast(pl.UInt32).alias("asked_characters"),
    ]


def _keys() -> list[pl.Expr]:
    asked, answered = pl.col("asked"), pl.col("answered")
    ask = pl.when(asked.str.strip_chars() != "").then(asked)
    short = pl.when(answered.str.len_chars() <= _LABEL_CHARACTERS).then(answered)
    long = pl.when(asked.str.len_chars() >= 80).then(asked)
    every = [pl.col(name).fill_null("") for name in ("order", "others", "asked", "answered")]
    every += [said.fill_null("") for said in (_beside_words(), preferences.other_side())]
    return [
        _hash(pl.when(pl.col("content").is_not_null()).then(pl.concat_str(every, separator="\x1f"))).alias("whole"),
        _hash(ask).alias("ask"),
        _hash(pl.concat_str(pl.col("others"), ask, separator="\x1f")).alias("frame"),
        _hash(pl.when(~preferences.is_one()).then(answered)).alias("answer"),
        _hash(pl.col("others")).alias("others"),
        _hash(asked.str.extract_all(r"[\p{N}\p{S}*/%#]+").list.join(" ")).alias("numbers"),
        _hash(preferences.chosen()).alias("chosen"),
        _hash(preferences.refused()).alias("refused"),
        pl.when(~preferences.is_one(), short.str.count_matches(r"\S+") <= _LABEL).then(short).alias("label"),
        long.str.head(40).nchash.xxh3_64().alias("head"),  # type: ignore[attr-defined]
        long.str.tail(40).nchash.xxh3_64().alias("tail"),  # type: ignore[attr-defined]
    ]


def _beside_words() -> pl.Expr:
    """What a row has beside contents, as one text: calls, reasoning and tools make two rows different."""
    fields = [pl.element().struct.field(name) for name in ("reasoning", "tool_calls")]
    turns = pl.col("messages").list.eval(pl.concat_str(fields, separator="\x1f", ignore_nulls=True)).list.join("\x1e")
    return pl.concat_str(turns, *BESIDE, separator="\x1d", ignore_nulls=True)


def _hash(text: pl.Expr) -> pl.Expr:
    hashed: pl.Expr = text.nchash.xxh3_128()  # type: ignore[attr-defined]
    return hashed


def _folded(who: pl.Expr) -> pl.Expr:
    """The folded contents of the turns that `who` selects."""
    return pl.col("messages").list.eval(fold(CONTENT.filter(who))).list.join("\x1e")


def compared_text() -> pl.Expr:
    """The user's text as it is compared: both ends where it is long. Over messages and text."""
    text = pl.coalesce(spoken("user"), asked_in(pl.col("text")))
    ends = pl.concat_str(text.str.head(COMPARED_CHARACTERS), text.str.tail(COMPARED_CHARACTERS), separator=" ")
    return pl.when(text.str.len_chars() > 2 * COMPARED_CHARACTERS).then(ends).otherwise(text)
