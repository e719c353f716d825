"""The columns that records and rows have, each named once: what readers, the runner and every stage add.

A file's own column of such a name is called by it and an underscore (`id_`), so that none is overwritten.
"""

from __future__ import annotations

import polars as pl

from curation.base.rows import VERDICT

READ = ("id", "source", "file", "given")
"""Of a reader: the id, the position, the file's name without suffixes, the split that the source names."""
RUNNER = ("row", "record")
"""Of the runner and of a recipe's shape: the position in the level, the record that a row was made of."""
FAMILIES = ("group", "near", "near_count", "conflicts")
SHARING = ("part", "split", "language")
COUNTED = ("tokens", "trained_tokens", "spare_tokens", "input_ids", "trained", "known")
SCRATCH = ("repeats", "jaccard", "rank", "limit", "upto", "aim", "letters_seen")
"""Of a stage while it works; they do not reach a file."""
RESERVED = (*READ, *VERDICT, *RUNNER, *FAMILIES, *SHARING, *COUNTED, *SCRATCH)

KEYS = ("id", "record", "group", "label", "split", "source", "question", "task", "part", "origin", *SHARING)
"""Short texts that name a row, its group, its stratum: what may be held in memory of every row."""
BULKY = ("messages", "input_ids", "trained", "known")
"""Texts and tokens of a row: read when they are written, never held for all rows."""


def column(name: str) -> pl.Expr:
    """The column of exactly this name. `pl.col` takes `*` and `^...$` for patterns: for names that data bring along."""
    return pl.selectors.by_name(name).as_expr()


def is_pattern(name: str) -> bool:
    """Whether `pl.col` would take it for one."""
    return name == "*" or (name.startswith("^") and name.endswith("$"))
