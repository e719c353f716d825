"""A few rows as they are learned: what carries loss, what is shown, what the template adds, what it leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from curation.base.errors import InputError
from curation.base.rows import BESIDE
from curation.tokens import Tokenizer
from curation.tokens.template import Template, learned
from curation.validation.dropped import words_of
from curation.validation.result import Piece, PieceKind, Sample

_ROWS = 6
_SHOWN = 4_000  # characters of a row


def samples(rows: Path, judged: pl.LazyFrame, tokenizer: Tokenizer | None) -> tuple[Sample, ...]:
    """The first row of each form and order of turns, six at most; by turns alone where there is no tokenizer."""
    firsts = judged.filter(pl.col("turns").is_not_null()).group_by("form", "order").agg(pl.col("row").min())
    chosen = firsts.sort("row").head(_ROWS).collect()["row"]
    wanted = ["source", "messages", *BESIDE]
    few = pl.scan_parquet(rows, glob=False).filter(pl.col("row").is_in(chosen.implode())).select(wanted).collect()
    return tuple(Sample(row["source"], tuple(_pieces(row, tokenizer))) for row in few.iter_rows(named=True))


def _pieces(row: Mapping[str, Any], tokenizer: Tokenizer | None) -> Iterator[Piece]:
    if tokenizer:
        try:
            yield from _rendered(tokenizer.template, row)
        except InputError as error:
            yield Piece(error.fact, "dropped")
        return
    for turn in row["messages"]:
        yield Piece(f"{turn['role']}\n", "template")
        shown = turn["role"] != "assistant" or turn["weight"] == 0
        words = (turn["reasoning"], turn["content"], turn["tool_calls"])
        yield Piece("\n".join(filter(None, words))[:_SHOWN] + "\n", "context" if shown else "learned")


def _rendered(template: Template, row: Mapping[str, Any]) -> Iterator[Piece]:
    text, trained = learned(template, row)
    found, missing = words_of(row["messages"], text)
    edges = sorted(
        {0, min(len(text), _SHOWN), *(edge for span in (*trained, *found) for edge in span if edge <= _SHOWN)}
    )
    for a, b in pairwise(edges):
        kind: PieceKind = "learned" if _within(trained, a, b) else "context" if _within(found, a, b) else "template"
        yield Piece(text[a:b], kind)
    yield from (Piece(words[:_SHOWN], "dropped") for words in missing)


def _within(spans: Sequence[tuple[int, int]], a: int, b: int) -> bool:
    return any(start <= a and b <= end for start, end in spans)
