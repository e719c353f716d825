"""From planned windows to conversations: the excerpt cut out and quoted, with the tokens already known."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import orjson
import polars as pl

from curation.base.rows import MESSAGE
from curation.base.text import squeeze
from curation.stages.shapes.windows import Span, merged
from curation.tokens import Ids, Tokenizer, first_cut, id_lists, last_cut, list_column

Answers = Literal["lines", "json"]
ABSENT = {"lines": "No such clause in this excerpt.", "json": "[]"}
"""The answer where the excerpt holds no span of the category."""

ROLES = ("system", "user", "assistant")
"""The turns of a row."""


@dataclass(frozen=True)
class Quoting:
    """Writes the conversation around an excerpt, and quotes from it as lines or as JSON."""

    tokenizer: Tokenizer
    system: str
    answers: Answers

    def rows(self, batch: pl.DataFrame, plan: pl.DataFrame) -> pl.DataFrame:
        """The rows of the records in `batch` as they were planned, with their `messages`, and `known`: the run of the
        user's turn whose tokens are among the record's."""
        texts = {
            row: (context, ids.to_numpy(), memoryview(edges.to_numpy()))
            for row, context, ids, edges in zip(*(batch[c] for c in ("row", "context", "ids", "edges")), strict=True)
        }
        rows = plan.filter(pl.col("record_row").is_in(batch["row"].implode()))
        written = rows["start"].is_not_null()
        users: list[str] = []
        quotes: list[list[str]] = []
        known = [_UNKNOWN] * len(rows)
        places = rows.filter(written).select("record_row", "prompt", "start", "end", "spans")
        for at, (row, prompt, start, end, spans) in zip(written.arg_true(), places.iter_rows(), strict=True):
            context, ids, edges = texts[row]
            users.append(prompt + context[start:end])
            quotes.append([context[s.start : s.end] for s in merged(Span(**s) for s in spans)])
            if self.tokenizer.splits_at_spaces:
                known[at] = _known(context, ids, edges, start, end, len(prompt))
        quoted = pl.Series("quotes", [quote for of_row in quotes for quote in of_row], dtype=pl.String)
        sizes = np.fromiter(map(len, quotes), np.int64, len(quotes))
        answers = list_column(quoted, sizes).alias("quotes").to_frame().select(_answer(self.answers)).to_series()
        contents = [text for pair in zip(users, answers.to_list(), strict=True) for text in (self.system, *pair)]
        told = {"role": ROLES * len(users), "content": contents}
        turns = pl.DataFrame({name: told.get(name) for name in MESSAGE.to_schema()}, schema=MESSAGE.to_schema())
        return rows.drop("record_row", "prompt").with_columns(
            messages=list_column(turns.to_struct(), np.full(len(rows), len(ROLES)), written.to_numpy()),
            known=_runs(known),
        )


class _Known(NamedTuple):
    """Characters start to end of a user's turn, between safe cuts, and their tokens."""

    start: int | None
    end: int | None
    ids: Ids


_UNKNOWN = _Known(None, None, np.zeros(0, np.uint32))


def _known(context: str, ids: Ids, edges: Sequence[int], start: int, end: int, before: int) -> _Known:
    """The tokens between the first and the last safe cut of the excerpt: a slice of those of the whole text.

    `before`: characters before the excerpt in the user's turn.
    """
    first, last = first_cut(context, start, end), last_cut(context, start, end)
    if not 0 <= first < last:
        return _UNKNOWN
    i = bisect_left(edges, first)
    j = bisect_left(edges, last, i)
    if edges[i] != first or edges[j] != last:
        return _UNKNOWN
    return _Known(before + first - start, before + last - start, ids[i:j])


def _runs(known: Sequence[_Known]) -> pl.Series:
    """The column `known` (KNOWN), null where nothing is."""
    fields = {
        "message": pl.repeat(ROLES.index("user"), len(known), dtype=pl.UInt32, eager=True),
        "start": pl.Series([run.start for run in known], dtype=pl.UInt32),
        "end": pl.Series([run.end for run in known], dtype=pl.UInt32),
        "ids": id_lists([run.ids for run in known]),
    }
    runs, known_rows = pl.DataFrame(fields).to_struct(), fields["start"].is_not_null()
    return runs if known_rows.all() else pl.select(pl.when(known_rows).then(runs)).to_series()


def _answer(answers: Answers) -> pl.Expr:
    """The quotes in order, each once: a line each, inner whitespace folded, or a JSON array of the exact strings."""
    quotes = pl.col("quotes")
    if answers == "lines":
        answer = quotes.list.eval(squeeze(pl.element())).list.unique(maintain_order=True).list.join("\n")
    else:
        answer = quotes.map_elements(lambda exact: orjson.dumps(list(dict.fromkeys(exact))).decode(), pl.String)
    return pl.when(quotes.list.len() > 0).then(answer).otherwise(pl.lit(ABSENT[answers]))
