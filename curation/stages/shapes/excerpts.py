"""The shape of an extractive corpus: from a long text and its questions to rows that quote an excerpt.

Three steps: place the windows of every record (no text is kept), sample the negatives over the whole corpus, then
cut the texts and write the conversations (curation.stages.shapes.quoting).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl
import polars_hash  # noqa: F401  (registers the `nchash` namespace: hashes that no version of Polars changes)

from curation.base.errors import UsageError
from curation.base.rows import MESSAGES, VERDICT
from curation.stages.shapes.offsets import Miss, check_spans, explained
from curation.stages.shapes.quoting import ROLES, Answers, Quoting
from curation.stages.shapes.windows import Span, Text, fits, place_windows, untouched
from curation.stages.tokens import KNOWN
from curation.tokens import SPANS, Tokenizer

_PLACE = {"record_row": pl.UInt32(), "question": pl.UInt32(), "start": pl.UInt32(), "end": pl.UInt32()}
_PLANNED = {**_PLACE, "n": pl.UInt32(), "spans": SPANS, "cut": pl.UInt32(), **VERDICT}
_NO_VERDICT = (None,) * len(VERDICT)
_RECORDS_AT_ONCE = 64
_SMALLEST = 64  # tokens of a window worth reading
_MARGIN = 8  # tokens that joining prompt, window and answer may cost beyond their sum


@dataclass(frozen=True, eq=False)
class Excerpts:
    """A row for each window that holds an answer, and `negatives` times as many without one.

    Negatives are sampled by `seed`, for each category, from windows free of any part of a span (all of them where
    there are too few). A span whose text is not at its offset becomes a row rejected as `span_mismatch` (its detail
    says how the offset may be counted), one that fits no window a row rejected as `span_too_long`; a record without
    any row, a row rejected as `not_drawn`.
    """

    tokenizer: Tokenizer
    system: str
    ask: pl.Expr
    """The user's words before the excerpt, over the columns `category` and `question`."""
    answers: Answers
    window: int
    overlap: int
    max_tokens: int
    negatives: float
    seed: int

    across_rows: ClassVar[bool] = True
    reasons: ClassVar[tuple[str, ...]] = ("span_mismatch", "span_too_long", "not_drawn")

    def __post_init__(self) -> None:
        if not 0 <= self.negatives < float("inf"):
            raise UsageError(f"--negatives {self.negatives} is out of range", "Expected 0 or more, e.g. 1.0.")
        bare = pl.select(category=pl.lit("x"), question=pl.lit("x")).select(self.ask).item()
        taken = self._costs([bare])[bare]
        if self.max_tokens < taken + _SMALLEST:
            raise UsageError(
                f"{self.max_tokens} tokens are too few for a row: the prompt alone has {taken}",
                f"Give --max-tokens {taken + 4 * _SMALLEST} or more.",
            )
        if self.window < _SMALLEST or not 0 <= self.overlap * 2 <= self.window:
            raise UsageError(
                f"Windows of {self.window} tokens with an overlap of {self.overlap} are out of range",
                f"Expected a window of {_SMALLEST} tokens or more, and an overlap of at most half of it.",
            )

    def __repr__(self) -> str:
        sizes = f"window={self.window}, overlap={self.overlap}, max_tokens={self.max_tokens}"
        draw = f"negatives={self.negatives}, seed={self.seed}"
        return f"Excerpts({self.tokenizer!r}, {self.system!r}, answers={self.answers!r}, {sizes}, {draw})"

    def __call__(self, records: pl.LazyFrame) -> pl.LazyFrame:
        questions = self._questions(records)
        planned, free = self._windows(records, questions)
        drawn = _negatives(planned, free, questions, self.negatives, self.seed)
        plan = _with_columns(pl.concat([planned, drawn], how="diagonal"), questions, records)
        texts = records.select("row", "context", "ids", "edges")
        schema = {**plan.drop("record_row", "prompt").schema, "messages": MESSAGES, "known": KNOWN}
        quoting = Quoting(self.tokenizer, self.system, self.answers)
        return texts.map_batches(lambda batch: quoting.rows(batch, plan), streamable=True, schema=schema)

    def _questions(self, records: pl.LazyFrame) -> pl.DataFrame:
        """One line a question: record_row, question (its number), question_id, label, origin, prompt."""
        listed = records.select(pl.col("row").alias("record_row"), "questions").collect()
        listed = listed.with_columns(question=pl.int_ranges(pl.col("questions").list.len(), dtype=pl.UInt32))
        listed = listed.explode("questions", "question").drop_nulls("questions").unnest("questions", separator="|")
        named = listed.rename({"questions|category": "category", "questions|question": "text"})
        prompts = named.select("category", question="text").select(prompt=self.ask)["prompt"]
        return named.select(
            "record_row",
            "question",
            question_id="questions|id",
            label="category",
            origin="questions|source",
            prompt=prompts,
        )

    def _costs(self, prompts: list[str]) -> dict[str, int]:
        """Tokens of a row with this prompt, an empty excerpt and an empty answer."""
        bare = [self.tokenizer.template.fill(ROLES, [self.system, prompt, ""])[0].text for prompt in prompts]
        return {prompt: len(ids) + _MARGIN for prompt, ids in zip(prompts, self.tokenizer.ids(bare), strict=True)}

    def _windows(self, records: pl.LazyFrame, questions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Windows with answers and rejected spans (_PLANNED), and the windows free of any part of a span (_PLACE)."""
        costs = self._costs(questions["prompt"].unique(maintain_order=True).to_list())
        prompts = questions.select("record_row", "question", "prompt").iter_rows()
        rooms = {(row, q): self.max_tokens - costs[prompt] for row, q, prompt in prompts}
        planned, free = [pl.DataFrame(schema=_PLANNED)], [pl.DataFrame(schema=_PLACE)]
        missed: list[tuple[int, int, int, Miss]] = []
        spans_of = pl.col("questions").list.eval(pl.element().struct.field("spans"))
        columns = [pl.col("row"), pl.col("context"), pl.col("edges"), spans_of]
        for batch in records.select(columns).collect_batches(chunk_size=_RECORDS_AT_ONCE, maintain_order=True):
            rows: list[tuple[Any, ...]] = []
            without: list[tuple[int, int, Sequence[Span]]] = []
            for row, context, edges, spans_of_questions in zip(*batch, strict=True):
                text = Text(context, memoryview(edges.to_numpy()), self.window, self.overlap)
                grid = text.grid()
                for q, given in enumerate(spans_of_questions.to_list()):
                    gold, others = check_spans(context, given)
                    missed += [(row, q, n, miss) for n, miss in others.items()]
                    rejected = _too_long(text, gold, rooms[row, q])
                    rows += [(row, q, None, None, n, [], 0, *verdict, None) for n, *verdict in rejected]
                    spans = sorted(set(gold.values()))
                    for w in place_windows(text, grid, spans, rooms[row, q]) if spans else ():
                        rows.append((row, q, w.start, w.end, None, [s._asdict() for s in w.whole], w.cut, *_NO_VERDICT))
                    if len(gold) == len(given):  # else the place of the rejected span is unknown
                        without.append((row, q, list(untouched(grid, spans)) if spans else grid))
            planned.append(pl.DataFrame(rows, schema=_PLANNED, orient="row"))
            free.append(_places(without))
        return pl.concat([*planned, _mismatched(missed)]), pl.concat(free)


def _mismatched(missed: Sequence[tuple[int, int, int, Miss]]) -> pl.DataFrame:
    """_PLANNED: a rejected line for each span, explained by all of them."""
    details = explained([miss for *_, miss in missed])
    places = zip(missed, details, strict=True)
    rows: list[tuple[Any, ...]] = [
        (row, q, None, None, n, [], 0, "span_mismatch", detail, None) for (row, q, n, _), detail in places
    ]
    return pl.DataFrame(rows, schema=_PLANNED, orient="row")


def _places(windows: Sequence[tuple[int, int, Sequence[Span]]]) -> pl.DataFrame:
    """_PLACE: a line for each window of (record_row, question, windows)."""
    counts = [len(spans) for _, _, spans in windows]
    edges = np.array([edge for _, _, spans in windows for span in spans for edge in span], np.uint32).reshape(-1, 2)
    of = [np.repeat(np.array([one[i] for one in windows], np.uint32), counts) for i in (0, 1)]
    return pl.DataFrame(dict(zip(_PLACE, (*of, edges[:, 0], edges[:, 1]), strict=True)), schema=_PLACE)


def _too_long(text: Text, gold: dict[int, Span], room: int) -> list[tuple[int, str, str]]:
    long = [(n, span) for n, span in gold.items() if not fits(text, span, room)]
    limits = f"a window holds {text.size}, and window and answer together {room}"
    return [(n, "span_too_long", f"{text.tokens(s)} tokens at characters {s.start}-{s.end}; {limits}") for n, s in long]


def _negatives(
    planned: pl.DataFrame, free: pl.DataFrame, questions: pl.DataFrame, ratio: float, seed: int
) -> pl.DataFrame:
    """The negatives: for each category the free windows with the smallest seeded hashes."""
    names = questions.select("record_row", "question", "question_id", "label")
    positives = planned.filter(pl.col("start").is_not_null()).join(names, on=["record_row", "question"])
    wanted = positives.group_by("label").agg(wanted=(pl.len() * ratio).round().cast(pl.UInt32))
    key = pl.format(f"{seed}|{{}}|{{}}", "question_id", "start")
    named = free.join(names, on=["record_row", "question"]).join(wanted, on="label")
    drawn = named.with_columns(draw=key.nchash.xxh3_64())  # type: ignore[attr-defined]
    drawn = drawn.sort("draw", "record_row", "question", "start")
    drawn = drawn.with_columns(free_windows=pl.len().over("label"), rank=pl.int_range(pl.len()).over("label"))
    return drawn.filter(pl.col("rank") < pl.col("wanted")).select(
        *_PLACE, "free_windows", spans=pl.lit([], SPANS), cut=pl.lit(0, pl.UInt32)
    )


def _with_columns(plan: pl.DataFrame, questions: pl.DataFrame, records: pl.LazyFrame) -> pl.DataFrame:
    """Every planned row with its id, record, group, label and source; and one for each record that has none."""
    origin = records.select(pl.col("row").alias("record_row"), "group", "title", record="id", file="source").collect()
    rows = plan.join(questions, on=["record_row", "question"], how="left").join(origin, on="record_row", how="right")
    barren = pl.col("question").is_null()
    id = (
        pl.when(barren)
        .then(pl.format("{}#not_drawn", "record"))
        .when(pl.col("start").is_null())
        .then(pl.format("{}#span{}", "question_id", "n"))
        .otherwise(pl.format("{}@{}-{}", "question_id", "start", "end"))
    )
    rows = rows.sort("record_row", "question", "start", "n", nulls_last=True)
    return rows.select(
        "record_row",
        "prompt",
        id.alias("id"),
        "record",
        "title",
        "group",
        pl.col("question_id").alias("question"),
        "label",
        pl.coalesce("origin", "file").alias("source"),
        (pl.col("spans").list.len() > 0).alias("found"),
        "start",
        "end",
        "spans",
        "cut",
        "free_windows",
        pl.when(barren).then(pl.lit("not_drawn")).otherwise("reason").alias("reason"),
        pl.when(barren)
        .then(pl.lit("no window with an answer, and none drawn as a negative"))
        .otherwise("detail")
        .alias("detail"),
        "other",
    )
