"""What a legal build must prove, as queries over its folder: span coverage, negatives, families, leaks."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from curation.ledger import Build
from curation.report import facts
from schemas.manifest import Figure

_KEY = ["question", "start", "end"]


def figures(build: Build, rows: pl.DataFrame, shares: Sequence[float] | None) -> dict[str, Figure]:
    """The figures of the closing table and of the suites legal.figures and split.figures.

    `rows`: the facts frame. `shares`: what the splits aim at; None for a published split.
    """
    kept = build.kept().select("question", "label", "found", "start", "end", "spans", "cut", "free_windows").collect()
    return {
        **facts.figures(build, rows, shares),
        **_spans(build, kept),
        **_negatives(build, kept),
        **facts.families(build),
    }


def categories(build: Build) -> pl.DataFrame:
    """For each clause type: gold spans, windows with an answer, negatives drawn and available; the commonest first."""
    named = build.kept("records").select("questions").explode("questions").unnest("questions")
    labels = named.select(question="id", label="category").unique().collect()
    spans = gold(build).join(labels, on="question").group_by("label").agg(spans=pl.len())
    kept = build.kept().select("label", "found", "free_windows").collect()
    rows = kept.group_by("label").agg(
        windows_with_answer=pl.col("found").sum(),
        negatives=(~pl.col("found")).sum(),
        negatives_available=pl.col("free_windows").max(),
    )
    both = rows.join(spans, on="label", how="left").fill_null(0)
    ordered = both.select("label", "spans", "windows_with_answer", "negatives", "negatives_available")
    return ordered.sort("spans", "label", descending=[True, False])


def gold(build: Build) -> pl.DataFrame:
    """The gold spans of the kept contracts, without outer whitespace: id, question, start, end; in characters."""
    asked = build.kept("records").select(asked="questions").explode("asked").unnest("asked")
    numbered = asked.select("id", "spans").with_columns(n=pl.int_ranges(pl.col("spans").list.len()))
    spans = numbered.explode("spans", "n").drop_nulls("spans").unnest("spans")
    start = pl.col("start") + pl.col("text").str.len_chars() - pl.col("text").str.strip_chars_start().str.len_chars()
    end = start + pl.col("text").str.strip_chars().str.len_chars()
    id = pl.format("{}#span{}", "id", "n").alias("id")
    return spans.select(id, question="id", start=start, end=end).collect()


def _spans(build: Build, kept: pl.DataFrame) -> dict[str, Figure]:
    """A span is covered where a kept row holds it whole; else a rejection must name it, or the row that held it."""
    spans = gold(build)
    fallen = build.rejected().filter(pl.col("phase") == "shape").select("id", "rejected").collect()
    named = spans.join(fallen, on="id", how="left")
    fitting = named.filter(pl.col("rejected").is_null()).select(_KEY).unique()
    covered = fitting.join(_held(kept.lazy()).collect(), on=_KEY, how="semi")
    shaped = pl.scan_parquet(build.folder / "phases" / "rows.parquet").filter(pl.col("rejected").is_null())
    placed = fitting.join(_held(shaped).collect(), on=_KEY, how="semi")
    counts = dict(named.group_by("rejected").len().iter_rows())
    return {
        "spans": len(spans),
        "spans_mismatched": counts.get("span_mismatch", 0),
        "spans_too_long": counts.get("span_too_long", 0),
        "spans_covered": len(covered),
        "spans_in_rejected_rows": len(placed) - len(covered),
        "spans_lost": len(fitting) - len(placed),
        "coverage_of_spans_that_fit": round(len(covered) / max(1, len(fitting)), 6),
    }


def _held(rows: pl.LazyFrame) -> pl.LazyFrame:
    spans = rows.select("question", "spans").explode("spans").drop_nulls("spans").unnest("spans")
    return spans.select("question", pl.col("start", "end").cast(pl.Int64)).unique()


def _negatives(build: Build, kept: pl.DataFrame) -> dict[str, Figure]:
    found, bare = kept.filter("found"), kept.filter(~pl.col("found"))
    touching = bare.join(gold(build), on="question", suffix="_gold").filter(
        (pl.col("start_gold") < pl.col("end")) & (pl.col("start") < pl.col("end_gold"))
    )
    return {
        "windows_with_answer": len(found),
        "windows_that_cut": found.filter(pl.col("cut") > 0).height,
        "negatives": len(bare),
        "negatives_available": int(bare.group_by("label").agg(pl.col("free_windows").first())["free_windows"].sum()),
        "negatives_with_a_span": touching.select("question", "start").n_unique() if len(touching) else 0,
    }
