"""Which rows have the same words of the user: by both ends of long texts first, whole only where those agree."""

from __future__ import annotations

import polars as pl
import polars_hash  # noqa: F401  (registers the `nchash` namespace: hashes that no version of Polars changes)

from curation.base.rows import spoken
from curation.base.text import words

_ENDS = 10  # words at each end of a text that are compared first
_CHARACTERS = 160  # at each end of a long text, which hold so many words and one more nearly always


def with_key(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Adds `asked` (uint128): a hash of the first and the last ten words of the user, or of all of up to twenty.

    Null without a word. It follows from the folded words alone, so rows with equal words have equal hashes; a long
    text is not folded whole for it.
    """
    first, last, every = (pl.col(name) for name in ("_first", "_last", "_every"))
    # The word at a cut may be a part of one, so one more than is needed must be there.
    enough = ((first.list.len() > _ENDS) & (last.list.len() > _ENDS)).fill_null(False)
    long = pl.when(pl.col("_said").str.len_chars() > 2 * _CHARACTERS).then("_said")
    ended = rows.with_columns(_said=spoken("user")).with_columns(
        _first=words(long.str.head(_CHARACTERS)).str.split(" "), _last=words(long.str.tail(_CHARACTERS)).str.split(" ")
    )
    whole = ended.with_columns(_every=words(pl.when(~enough).then("_said")).str.split(" "))
    both = pl.concat_list(pl.coalesce(every, first).list.head(_ENDS), pl.coalesce(every, last).list.tail(_ENDS))
    joined = pl.when(every.list.len() <= 2 * _ENDS).then(every).otherwise(both).list.join(" ")
    hashed = pl.when(joined != "").then(joined).nchash.xxh3_128()  # type: ignore[attr-defined]
    return whole.with_columns(asked=hashed).drop("_said", "_first", "_last", "_every")


def user_words(messages: pl.LazyFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """row, asked (uint128): equal for rows whose user says the same words, null for rows without a word.

    `messages`: row and messages; `keys`: row and asked, as `with_key` adds it.
    """
    shared = keys.drop_nulls().filter(pl.len().over("asked") > 1)["row"]
    if shared.is_empty():
        return keys
    some = messages.filter(pl.col("row").is_in(shared.implode()))
    whole = some.select("row", whole=words(spoken("user")).nchash.xxh3_128()).collect()  # type: ignore[attr-defined]
    both = keys.join(whole, on="row", how="left", maintain_order="left")
    return both.select("row", asked=pl.coalesce("whole", "asked"))
