"""train.jsonl, validation.jsonl, test.jsonl: {"messages": [...], "id": ..., "meta": {...}}, one row a line."""

from __future__ import annotations

import polars as pl

from curation.base.columns import column
from curation.ledger.build import Build
from curation.ledger.forms import form
from curation.schemas.manifest import SPLITS
from curation.tokens.template import Template


def lines(build: Build, template: Template) -> pl.LazyFrame:
    """The rows as they are written, in order, and `split`: the columns of the manifest's form, id, meta."""
    columns = form(build.manifest.form, template)
    return build.kept().select("split", *columns, "id", pl.struct(*map(column, build.manifest.meta)).alias("meta"))


def write(build: Build, template: Template) -> None:
    """All three files, in the order of the rows and the manifest's form. Lines end in \\n; U+2028 is not escaped."""
    line = lines(build, template)
    pl.collect_all(
        [
            line.filter(pl.col("split") == split).drop("split").sink_ndjson(build.folder / f"{split}.jsonl", lazy=True)
            for split in SPLITS
        ]
    )
