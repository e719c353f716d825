"""Tokens: what every row costs once rendered, and what a trainer would cut away at the limit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from curation.base import progress
from curation.base.rows import BESIDE
from curation.rules.turns import GOOD_ORDER, order
from curation.stages.tokens import REFUSED, Count
from curation.tokens import Tokenizer
from curation.validation.dropped import dropped
from curation.validation.findings import FOUND
from curation.validation.read import groups

COSTS = {
    "row": pl.UInt32(),
    "tokens": pl.UInt32(),
    "trained_tokens": pl.UInt32(),
    "cut": pl.UInt32(),
    "last": pl.UInt32(),
    "last_cut": pl.UInt32(),
    "refused": pl.String(),
}
_END = pl.element().struct.field("end")
_START = pl.element().struct.field("start")


def costs(file: Path, rows: int, tokenizer: Tokenizer, max_tokens: int | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What every row costs, and what the template leaves out of it (row, id, detail).

    The columns of COSTS for those of the `rows` in `file` that are in good order, and for rendered texts.

    cut: tokens with loss beyond `max_tokens`; last: tokens of the last answer with its end, last_cut: those beyond. A
    rendered text has `tokens` alone, with what the tokenizer adds. refused: what the template says of a row that it
    does not write.
    """
    progress.start("tokens", rows)
    frames, left_out = [pl.DataFrame(schema=COSTS)], [pl.DataFrame(schema=FOUND)]
    for group in groups(file, "row", "messages", *BESIDE, "text"):
        frames += _costs(group, tokenizer, max_tokens)
        left_out.append(dropped(group.filter(order().str.contains(GOOD_ORDER)), tokenizer))
    return pl.concat(frames), pl.concat(left_out)


def _costs(group: pl.DataFrame, tokenizer: Tokenizer, max_tokens: int | None) -> Iterator[pl.DataFrame]:
    good = group.lazy().filter(order().str.contains(GOOD_ORDER)).select("row", "messages", *BESIDE).collect()
    if len(good):
        spent = Count(tokenizer).counted(good.lazy())
        yield spent.select("row", "tokens", "trained_tokens", **_beyond(max_tokens), refused=REFUSED).collect()
    progress.advance(len(group) - len(good))
    texts = group.drop_nulls("text")
    if len(texts):
        counts = [len(e.ids) for e in tokenizer.backend.encode_batch_fast(texts["text"].to_list())]
        counted = texts.select("row", tokens=pl.Series(counts, dtype=pl.UInt32))
        yield counted.select(pl.col(c) if c in counted.columns else pl.lit(None, t).alias(c) for c, t in COSTS.items())


def _beyond(max_tokens: int | None) -> dict[str, pl.Expr]:
    spans, last = pl.col("trained"), pl.col("trained").list.last()
    size = last.struct.field("end") - last.struct.field("start")
    if max_tokens is None:
        return {"cut": pl.lit(0, pl.UInt32), "last": size, "last_cut": pl.lit(0, pl.UInt32)}
    limit = pl.lit(max_tokens, pl.UInt32)
    every = spans.list.eval(_END.clip(limit) - _START.clip(limit)).list.sum().cast(pl.UInt32)
    beyond = last.struct.field("end").clip(limit) - last.struct.field("start").clip(limit)
    return {"cut": every, "last": size, "last_cut": beyond}


def findings(costs: pl.DataFrame, max_tokens: int | None) -> pl.DataFrame:
    """row, id, detail: what the limit and the mask mean for each row."""
    limit = f"{max_tokens:,}" if max_tokens else ""
    over = pl.col("tokens") > max_tokens if max_tokens else pl.lit(False)
    long = pl.format(f"{{}} tokens, the limit is {limit}; {{}} tokens of answers would be cut", "tokens", "cut")
    long = (
        pl.when(pl.col("cut").is_null()).then(pl.format(f"{{}} tokens, the limit is {limit}", "tokens")).otherwise(long)
    )
    ending = pl.format("{} of the {} tokens of the last answer would be cut", "last_cut", "last")
    none = pl.format("{} tokens with loss, {} of them beyond the limit", "trained_tokens", "cut")
    rules = {
        "template_refused": (pl.col("refused").is_not_null(), pl.col("refused")),
        "too_long": (over, long),
        "answer_cut": (pl.col("last_cut") > 0, ending),
        "no_trainable_token": (pl.col("trained_tokens") == pl.col("cut"), none),
    }
    return pl.concat(
        costs.filter(when).select("row", id=pl.lit(id), detail=detail) for id, (when, detail) in rules.items()
    )
