"""The stage that counts the tokens of every rendered row, and marks those that carry loss.

A row may come with `known`: a part of one message's content that is already encoded and whose ends are safe
cuts (see curation.tokens.tokenizer). Then only the text before and after it is encoded; the text before is
nearly always the same for many rows, so it is encoded once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import polars as pl

from curation.base import progress
from curation.base.errors import InputError
from curation.base.rows import BESIDE, Keep, has_more, reject
from curation.tokens.arrays import SPANS, Ids, id_lists, span_lists
from curation.tokens.encoded import EncodedTexts, Ints
from curation.tokens.template import learned
from curation.tokens.tokenizer import Tokenizer, last_cut

KNOWN = pl.Struct({"message": pl.UInt32(), "start": pl.UInt32(), "end": pl.UInt32(), "ids": pl.List(pl.UInt32())})
"""Characters start to end of the stripped content of that message, and the ids they encode to."""

_ADDED = {"tokens": pl.UInt32(), "trained_tokens": pl.UInt32(), "input_ids": pl.List(pl.UInt32()), "trained": SPANS}
REFUSED = "refused"
"""Why the template does not write a row, or null: a column of `Count.counted`."""
_BATCH_ROWS = 4_000
_TAKEN = pl.element().struct.field("end") - pl.element().struct.field("start")
_NOTHING = np.zeros(0, dtype=np.uint32)


Spans = list[tuple[int, int]]


class _Plan(NamedTuple):
    """A rendered row in encodable pieces: `heads` (shared by many rows), the known ids, and the rest of the text.

    `trained`: [start, end) in characters of `rest`. `refused`: why there is none.
    """

    heads: tuple[str, ...]
    known: Ids
    rest: str
    trained: Spans
    refused: str | None = None


class _Turns(NamedTuple):
    """A conversation: roles and contents; and `more`, its row, where it has more than these."""

    roles: tuple[str, ...]
    contents: list[str]
    more: dict[str, Any] | None


@dataclass(frozen=True)
class Count:
    """Adds tokens and trained_tokens (uint32), input_ids (list[uint32]) and trained (list of [start, end) in tokens).

    The counts equal `apply_chat_template(messages, tokenize=True)`; the spans equal its assistant mask.
    """

    tokenizer: Tokenizer

    across_rows: ClassVar[bool] = False
    reasons: ClassVar[tuple[str, ...]] = ("template_refused",)

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        counted, why = self.counted(rows), pl.col(REFUSED)
        return counted.with_columns(reject(why.is_not_null(), "template_refused", why)).drop(REFUSED)

    def counted(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The columns above, null where `refused`, a column more, says that the template refuses the row."""
        schema = {**rows.collect_schema(), **_ADDED, REFUSED: pl.String()}
        return rows.map_batches(self._batches, streamable=True, schema=schema)

    def _batches(self, rows: pl.DataFrame) -> pl.DataFrame:
        parts = [self._count(part) for part in rows.iter_slices(_BATCH_ROWS) if len(part)]
        added = {**_ADDED, REFUSED: pl.String()}
        return pl.concat(parts) if parts else rows.with_columns(pl.lit(None, t).alias(n) for n, t in added.items())

    def _count(self, rows: pl.DataFrame) -> pl.DataFrame:
        plans = [
            _plan(self.tokenizer, turns, *known)
            for turns, known in zip(_conversations(rows), _known(rows), strict=True)
        ]
        heads = list(dict.fromkeys(head for plan in plans for head in plan.heads))
        known = dict(zip(heads, self.tokenizer.ids(heads), strict=True))
        rest = self.tokenizer.encode([plan.rest for plan in plans])
        pieces = [
            [*(known[head] for head in plan.heads), plan.known, tail.ids]
            for plan, tail in zip(plans, rest, strict=True)
        ]
        ids = id_lists([piece for row in pieces for piece in row], [len(row) for row in pieces])
        tokens = ids.list.len().cast(pl.UInt32)
        trained = _trained(plans, rest, tokens.to_numpy() - rest.sizes)
        progress.advance(len(rows))
        refused = pl.Series(REFUSED, [plan.refused for plan in plans], dtype=pl.String)
        added = rows.with_columns(
            tokens.alias("tokens"),
            trained.list.eval(_TAKEN).list.sum().cast(pl.UInt32).alias("trained_tokens"),
            ids.alias("input_ids"),
            trained.alias("trained"),
            refused,
        )
        if refused.is_null().all():
            return added
        return added.with_columns(pl.when(pl.col(REFUSED).is_null()).then(name).alias(name) for name in _ADDED)


def _conversations(rows: pl.DataFrame) -> Iterator[_Turns]:
    """Each conversation: columns of texts leave Polars faster than lists of turns."""
    turns = rows["messages"].explode(empty_as_null=False).struct.unnest()
    roles, contents = turns["role"].to_list(), turns["content"].to_list()
    beside = [name for name in BESIDE if name in rows.columns]
    more = rows.select(pl.any_horizontal(has_more(), *(pl.col(name).is_not_null() for name in beside))).to_series()
    whole = iter(rows.filter(more).select("messages", *beside).iter_rows(named=True))
    sizes = rows["messages"].list.len()
    for end, n, rich in zip(sizes.cum_sum().to_list(), sizes.to_list(), more.to_list(), strict=True):
        yield _Turns(tuple(roles[end - n : end]), contents[end - n : end], next(whole) if rich else None)


def _known(rows: pl.DataFrame) -> Iterator[tuple[dict[str, int] | None, Ids]]:
    """The known run of each row without its ids, and the ids as one slice of an array (no Python integers)."""
    if "known" not in rows.columns:
        yield from ((None, _NOTHING) for _ in range(len(rows)))
        return
    run = rows["known"].struct.unnest()
    places = run.select("message", "start", "end").to_dicts()
    lengths = run["ids"].list.len().fill_null(0).to_numpy()
    flat = run["ids"].drop_nulls().list.explode(empty_as_null=False).to_numpy()
    for place, end, length in zip(places, np.cumsum(lengths), lengths, strict=True):
        yield (place if place["message"] is not None else None), flat[end - length : end]


def _plan(tokenizer: Tokenizer, turns: _Turns, run: dict[str, int] | None, ids: Ids) -> _Plan:
    if turns.more:
        return _whole(tokenizer, turns.more)
    (text, trained), starts = tokenizer.template.fill(turns.roles, turns.contents)
    if run is None or run["message"] not in starts or not trained:
        return _Plan((), _NOTHING, text, trained)
    start, end = (starts[run["message"]] + run[edge] for edge in ("start", "end"))
    if trained[0][0] < end:
        return _Plan((), _NOTHING, text, trained)
    cut = last_cut(text, 0, start)
    heads = (text[:cut], tokenizer.as_continuation(text[cut:start])) if cut > 0 else (text[:start],)
    rest = tokenizer.as_continuation(text[end:])
    shift = len(text) - len(rest)
    return _Plan(heads, ids, rest, [(a - shift, b - shift) for a, b in trained])


def _whole(tokenizer: Tokenizer, row: dict[str, Any]) -> _Plan:
    """A row with tools, calls, reasoning, weights or options: rendered whole, as a template may look at all of it."""
    try:
        return _Plan((), _NOTHING, *learned(tokenizer.template, row))
    except InputError as error:
        return _Plan((), _NOTHING, "", [], error.fact)


def _trained(plans: list[_Plan], rest: EncodedTexts, before: Ints) -> pl.Series:
    """The trained spans of each row in tokens (SPANS), `before[i]` of which come before the rest of row i."""
    sizes = np.fromiter((len(plan.trained) for plan in plans), np.int64, len(plans))
    spans = np.array([edge for plan in plans for span in plan.trained for edge in span], np.int64).reshape(-1, 2)
    of = np.repeat(np.arange(len(plans)), sizes)
    first, last = rest.token_at(of, spans[:, 0]), rest.token_at(of, spans[:, 1] - 1)
    return span_lists(np.column_stack((first, last + 1)) + before[of, None], sizes)


@dataclass(frozen=True)
class Fits:
    """Adds spare_tokens (int32): what a row leaves of `max_tokens`. Rejects `too_long`: no row is ever cut."""

    max_tokens: int

    across_rows: ClassVar[bool] = False
    reasons: ClassVar[tuple[str, ...]] = ("too_long",)

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        spare = (self.max_tokens - pl.col("tokens").cast(pl.Int32)).alias("spare_tokens")
        detail = pl.format(f"{{}} tokens, the limit is {self.max_tokens}", "tokens")
        return Keep("too_long", when=pl.col("spare_tokens") >= 0, detail=detail)(rows.with_columns(spare))


def trainable() -> Keep:
    """Rejects rows in which no token carries loss: they teach nothing."""
    return Keep("no_trainable_token", when=pl.col("trained_tokens") > 0, detail=pl.lit("0 trained tokens"))
