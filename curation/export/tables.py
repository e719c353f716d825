"""tables/<name>.csv: for people, who open them in a spreadsheet. A text that one would compute stands there as text."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import polars.selectors as cs

# What a spreadsheet takes for a formula. Apostrophes before it count, so that `read` gives the very text back.
_COMPUTED, _QUOTED = r"^('*[=+\-@\t\r\n])", r"^'('*[=+\-@\t\r\n])"


def write(table: pl.DataFrame, file: Path) -> None:
    """`table` as CSV, an apostrophe before each head and text that begins with = + - @, a tab or a line end.

    Numbers stay numbers, negative ones too.
    """
    texts = table.with_columns((cs.string() | cs.categorical() | cs.enum()).cast(pl.String))
    quoted = texts.with_columns(cs.string().str.replace(_COMPUTED, "'$1"))
    heads = pl.Series(table.columns, dtype=pl.String).str.replace(_COMPUTED, "'$1")
    quoted.rename(dict(zip(table.columns, heads, strict=True))).write_csv(file)


def read(file: Path) -> pl.DataFrame:
    """Every cell as text, without the apostrophes of `write`."""
    table = pl.read_csv(file, glob=False, infer_schema=False).with_columns(pl.all().str.replace(_QUOTED, "$1"))
    heads = pl.Series(table.columns, dtype=pl.String).str.replace(_QUOTED, "$1")
    return table.rename(dict(zip(table.columns, heads, strict=True)))
