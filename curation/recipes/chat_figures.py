"""What a build of conversations must prove, and which languages its records are in."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from curation.ledger import Build, phase_file
from curation.report import facts
from schemas.manifest import Figure


def figures(build: Build, rows: pl.DataFrame, shares: Sequence[float] | None) -> dict[str, Figure]:
    """The figures of the closing table and of the suites chat.figures and, with `shares`, split.figures."""
    return {**facts.figures(build, rows, shares), **facts.families(build)}


def language_table(build: Build) -> pl.DataFrame:
    """language, records, kept: of every record that was looked at, the commonest first."""
    found = pl.scan_parquet(phase_file(build.folder, "records", "language")).select("id", "language", "rejected")
    counts = found.group_by("language").agg(records=pl.len(), kept=pl.col("rejected").is_null().sum())
    return counts.sort("records", "language", descending=[True, False]).collect()
