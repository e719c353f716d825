"""What a banking build must prove: the test set untouched, no text on two sides, every label everywhere."""

from __future__ import annotations

import polars as pl

from curation.ledger import Build, base_file, phase_file
from curation.report import facts
from schemas.manifest import Figure


def figures(build: Build, rows: pl.DataFrame) -> dict[str, Figure]:
    """The figures of the closing table and of the suites chat.figures and labels.figures."""
    listed = conflicts(build)
    across = listed.filter((pl.col("file") == "test") != (pl.col("other_file") == "test"))
    return {
        **facts.figures(build, rows, None),
        **facts.families(build),
        "texts_in_two_splits": facts.texts_in_two_splits(build, pl.col("text")),
        "validation_label_distance": facts.label_distance(rows, "validation"),
        "conflicts": len(listed),
        "conflicts_with_test": len(across),
        "test_queries_in_conflict": pl.concat(
            [across.filter(pl.col(f) == "test")[i] for f, i in (("file", "id"), ("other_file", "other"))]
        ).n_unique(),
    }


def conflicts(build: Build) -> pl.DataFrame:
    """Near-identical queries under two labels, each pair once, the nearest first; rejected or not."""
    read = pl.scan_parquet(base_file(build.folder, "records")).select("id", "file", "category", "text")
    found = pl.scan_parquet(phase_file(build.folder, "records", "published")).select("id", "conflicts")
    pairs = found.explode("conflicts").drop_nulls("conflicts").unnest("conflicts", separator="_")
    ends = pl.col("id"), pl.col("conflicts_id")
    pairs = pairs.select(
        id=pl.min_horizontal(ends), other=pl.max_horizontal(ends), jaccard="conflicts_jaccard"
    ).unique()
    sided = pairs.join(read, on="id").join(read, left_on="other", right_on="id", suffix="_other")
    return (
        sided.select(
            pl.col("jaccard").round(4),
            "id",
            "file",
            label="category",
            text="text",
            other="other",
            other_file="file_other",
            other_label="category_other",
            other_text="text_other",
        )
        .sort("jaccard", "id", "other", descending=[True, False, False])
        .collect()
    )
