"""What a banking build must prove: the test set untouched, no text on two sides, every label everywhere."""

from __future__ import annotations

import polars as pl

from curation.figures import common
from curation.ledger.observation import Observation
from curation.schemas.manifest import Figure


def figures(seen: Observation) -> dict[str, Figure]:
    """The figures of the closing table and of the suites chat.figures and labels.figures."""
    listed = seen.once(conflicts)
    across = listed.filter((pl.col("file") == "test") != (pl.col("other_file") == "test"))
    return {
        **common.figures(seen, None),
        **common.families(seen),
        "texts_in_two_splits": common.texts_in_two_splits(seen),
        "validation_label_tv_distance": common.label_distance(seen.rows, "validation"),
        "conflicts": len(listed),
        "conflicts_with_test": len(across),
        "test_queries_in_conflict": pl.concat(
            [across.filter(pl.col(f) == "test")[i] for f, i in (("file", "id"), ("other_file", "other"))]
        ).n_unique(),
    }


def conflicts(seen: Observation) -> pl.DataFrame:
    """Near-identical queries under two labels, each pair once, the nearest first; rejected or not."""
    files = seen.build.files
    read = files.base("records").select("id", "file", "category", "text")
    found = files.added("records", "published").select("id", "conflicts")
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
