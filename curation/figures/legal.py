"""What a legal build must prove: span coverage, negatives, families, leaks; and its own words for page and explain."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from curation.base.sections import Section
from curation.figures import common
from curation.ledger.observation import Observation
from curation.schemas.manifest import Figure, Sentence

_KEY = ["question", "start", "end"]
WARNINGS = {
    "rows_too_long": "{} rows have more than --max-tokens and were rejected: lower --window, or raise --max-tokens.",
    "spans_in_rejected_rows": "{} spans are only in rows that were rejected by name: see rejects.parquet.",
    "spans_too_long": "{} spans are too long for a row and were rejected by name: see rejects.parquet.",
}
SENTENCES = (
    Sentence(column="start", text="It shows characters {start}-{end} of the record's text."),
    Sentence(column="found", equals=True, text="Whole spans in the excerpt: {spans}; in part: {cut}."),
    Sentence(
        column="found",
        equals=False,
        text="A negative: the excerpt holds no span. Free windows of its label in the whole corpus: {free_windows}.",
    ),
    Sentence(column="grounded", equals=True, text="Every quote is in the excerpt."),
    Sentence(column="grounded", equals=False, text="A quote is not in the excerpt."),
)
"""What `curate explain` says of the columns that this recipe's rows have."""


def figures(seen: Observation, shares: Sequence[float] | None) -> dict[str, Figure]:
    """The figures of the closing table and of the suites legal.figures and split.figures.

    `shares`: what the splits aim at; None for a published split.
    """
    return {
        **common.figures(seen, shares),
        **seen.once(_spans),
        **seen.once(_negatives),
        "rows_too_long": len(seen.rejects.filter(pl.col("reason") == "too_long")),
        **common.families(seen),
    }


def categories(seen: Observation) -> pl.DataFrame:
    """For each clause type: gold spans, windows with an answer, negatives drawn and available; the commonest first."""
    spans = seen.once(gold).group_by("label").agg(spans=pl.len())
    rows = seen.rows.group_by("label").agg(
        windows_with_answer=pl.col("found").sum(),
        negatives=(~pl.col("found")).sum(),
        negatives_available=pl.col("free_windows").max(),
    )
    both = rows.join(spans, on="label", how="left").fill_null(0)
    ordered = both.select("label", "spans", "windows_with_answer", "negatives", "negatives_available")
    return ordered.sort("spans", "label", descending=[True, False])


def section(seen: Observation) -> Section:
    """What became of the gold spans, and of the windows without one."""
    found = {**seen.once(_spans), **seen.once(_negatives)}
    return Section(
        title="Gold spans and windows",
        text="A span is covered where a row of the dataset holds it whole. A negative is a window that holds no part "
        "of a span of its clause type.",
        columns=("what", "count"),
        rows=tuple((name.replace("_", " "), value) for name, value in found.items()),
    )


def gold(seen: Observation) -> pl.DataFrame:
    """The gold spans of the kept contracts without outer whitespace, in characters: id, question, label, start, end."""
    asked = seen.build.kept("records").select(asked="questions").explode("asked").unnest("asked")
    numbered = asked.select("id", "category", "spans").with_columns(n=pl.int_ranges(pl.col("spans").list.len()))
    spans = numbered.explode("spans", "n").drop_nulls("spans").unnest("spans")
    start = pl.col("start") + pl.col("text").str.len_chars() - pl.col("text").str.strip_chars_start().str.len_chars()
    end = start + pl.col("text").str.strip_chars().str.len_chars()
    id = pl.format("{}#span{}", "id", "n").alias("id")
    return spans.select(id, question="id", label="category", start=start, end=end).collect()


def _spans(seen: Observation) -> dict[str, Figure]:
    """A span is covered where a kept row holds it whole; else a rejection must name it, or the row that held it."""
    spans = seen.once(gold)
    rejected = seen.rejects.filter(pl.col("phase") == "shape").select("id", "reason")
    named = spans.join(rejected, on="id", how="left")
    fitting = named.filter(pl.col("reason").is_null()).select(_KEY).unique()
    covered = fitting.join(_held(seen.rows.lazy()).collect(), on=_KEY, how="semi")
    shaped = seen.build.files.base("rows").filter(pl.col("reason").is_null())
    placed = fitting.join(_held(shaped).collect(), on=_KEY, how="semi") if len(covered) < len(fitting) else covered
    counts = dict(named.group_by("reason").len().iter_rows())
    return {
        "spans": len(spans),
        "spans_mismatched": counts.get("span_mismatch", 0),
        "spans_too_long": counts.get("span_too_long", 0),
        "spans_covered": len(covered),
        "spans_in_rejected_rows": len(placed) - len(covered),
        "spans_lost": len(fitting) - len(placed),
        "span_coverage": round(len(covered) / max(1, len(fitting)), 6),
    }


def _held(rows: pl.LazyFrame) -> pl.LazyFrame:
    spans = rows.select("question", "spans").explode("spans").drop_nulls("spans").unnest("spans")
    return spans.select("question", pl.col("start", "end").cast(pl.Int64)).unique()


def _negatives(seen: Observation) -> dict[str, Figure]:
    found, bare = seen.rows.filter("found"), seen.rows.filter(~pl.col("found"))
    touching = bare.join(seen.once(gold), on="question", suffix="_gold").filter(
        (pl.col("start_gold") < pl.col("end")) & (pl.col("start") < pl.col("end_gold"))
    )
    return {
        "windows_with_answer": len(found),
        "windows_cutting_a_span": found.filter(pl.col("cut") > 0).height,
        "negatives": len(bare),
        "negatives_available": int(bare.group_by("label").agg(pl.col("free_windows").first())["free_windows"].sum()),
        "negatives_with_a_span": touching.select("question", "start").n_unique() if len(touching) else 0,
    }
