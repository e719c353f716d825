"""Facts about what is counted over a build as a whole."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from curation.ledger import Build
from curation.report import facts


def test_texts_without_a_word_are_not_compared(demo_build: Build, tmp_path: Path) -> None:
    """Two texts of the same words in two splits count once; question marks and emoji in both do not."""
    texts = {
        "Why not?": "train",
        "why NOT": "test",
        "??": "train",
        "!!": "test",
        "\U0001f600": "validation",
        "Yes": "test",
    }
    rows = pl.DataFrame({"text": list(texts), "split": list(texts.values())})
    (tmp_path / "phases").mkdir()
    rows.with_columns(rejected=pl.lit(None, pl.String), because=pl.lit(None, pl.String)).write_parquet(
        tmp_path / "phases" / "rows.parquet"
    )
    build = Build(tmp_path, demo_build.manifest.model_copy(update={"phases": ()}))
    assert facts.texts_in_two_splits(build, pl.col("text")) == 1
