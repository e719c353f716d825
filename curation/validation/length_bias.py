"""Whether the chosen answers of preferences are the longer ones: a model may learn to write long instead of well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl


def length_bias(rows: Path) -> Iterator[str]:
    """A sentence where the rows that were read hold pairs of answers: how often the chosen one is longer."""
    sizes = pl.scan_parquet(rows, glob=False).filter(pl.col("rejected").is_not_null())
    chosen, other = (
        turns.list.eval(pl.element().struct.field("content").str.len_chars()).list.sum()
        for turns in (pl.col("messages").list.slice("prompt_turns"), pl.col("rejected"))
    )
    pairs, longer, medians = (
        pl.len().alias("pairs"),
        (chosen > other).sum().alias("longer"),
        [chosen.median().alias("chosen"), other.median().alias("other")],
    )
    found = sizes.select(pairs, longer, *medians).collect().row(0, named=True)
    if found["pairs"]:
        yield (
            f"The chosen answer is the longer one in {found['longer'] / found['pairs']:.0%} of {found['pairs']:,} "
            f"preferences (median {found['chosen']:,.0f} characters, of the rejected one {found['other']:,.0f})."
        )
