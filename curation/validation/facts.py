"""The facts frame of `--suite`: a line a row, numbers and booleans, no text."""

from __future__ import annotations

import polars as pl

from curation.rules.catalogue import LEVEL, LEVELS, RULES


def facts(
    judged: pl.LazyFrame, costs: pl.DataFrame | None, found: pl.DataFrame, max_tokens: int | None
) -> pl.DataFrame:
    """A line for each row, from its findings `found` (row, id).

    row, file (numbers from 0, in the order given), turns, characters, asked_characters (null where the row
    cannot be read), tokens, trained_tokens, spare_tokens (null without a tokenizer, the last without a limit), errors,
    warnings, notes (how many findings), and for each rule of the catalogue a boolean of its name.
    """
    numbers = judged.select("row", "file", "turns", "characters", "asked_characters").collect()
    if costs is None:
        counted = numbers.with_columns(pl.lit(None, pl.UInt32).alias(name) for name in ("tokens", "trained_tokens"))
    else:
        counted = numbers.join(costs.select("row", "tokens", "trained_tokens"), on="row", how="left")
    spare = pl.lit(max_tokens, pl.Int64) - pl.col("tokens").cast(pl.Int64)
    of = {rule.id: found.filter(pl.col("id") == rule.id)["row"].implode() for rule in RULES}
    marked = counted.with_columns(
        spare.alias("spare_tokens"), *(pl.col("row").is_in(rows).alias(id) for id, rows in of.items())
    )
    levels = [
        pl.sum_horizontal(pl.col(id).cast(pl.UInt16) for id in of if LEVEL[id] == level).alias(f"{level}s")
        for level in LEVELS
    ]
    return marked.with_columns(levels).sort("row")
