"""train.jsonl, validation.jsonl, test.jsonl: {"messages": [...], "id": ..., "meta": {...}}, one row a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from curation.base.columns import column
from curation.base.rows import BESIDE, SIDES
from curation.ledger.build import Build
from curation.ledger.forms import form, whole
from curation.schemas.manifest import SPLITS
from curation.tokens.template import Template

_ROWS = 2_000


def lines(build: Build, template: Template) -> pl.LazyFrame:
    """The rows as they are written, in order, and `split`: the columns of the manifest's form, id, meta.

    Of a build some of whose rows have more keys: the columns that `_objects` makes lines of.
    """
    meta, rows = pl.struct(*map(column, build.manifest.meta)).alias("meta"), build.kept()
    columns = form(build.manifest.form, template)
    if build.manifest.keys and build.manifest.form != "text":
        columns = [pl.col("messages"), pl.selectors.by_name(*BESIDE, *SIDES, require_all=False).as_expr()]
    return rows.select("split", *columns, "id", meta)


def write(build: Build, template: Template) -> None:
    """All three files, in the order of the rows and the manifest's form. Lines end in \n; U+2028 is not escaped."""
    line = lines(build, template)
    each = [line.filter(pl.col("split") == split).drop("split") for split in SPLITS]
    files = [build.folder / f"{split}.jsonl" for split in SPLITS]
    if build.manifest.keys:
        for rows, file in zip(each, files, strict=True):
            _write_whole(rows, file, build.manifest.form)
    else:
        pl.collect_all([rows.sink_ndjson(file, lazy=True) for rows, file in zip(each, files, strict=True)])


def _write_whole(rows: pl.LazyFrame, file: Path, form: str) -> None:
    """Row by row: the keys differ from one to the next, and JSON goes in as it stands."""
    with file.open("wb") as stream:
        for batch in rows.collect_batches(chunk_size=_ROWS, maintain_order=True):
            stream.writelines(_objects(batch, form))


def _objects(batch: pl.DataFrame, form: str) -> Iterator[bytes]:
    for row in batch.iter_rows(named=True):
        meta: dict[str, Any] = row["meta"]
        if more := _more(meta.get("more"), row.get("messages") or ()):
            meta = meta | {"more": orjson.Fragment(more)}
        yield orjson.dumps({**whole(form, row), "id": row["id"], "meta": meta}, option=orjson.OPT_APPEND_NEWLINE)


def _more(more: str | None, turns: Sequence[Mapping[str, Any]]) -> str | None:
    """The other keys of a row, and under `of_turns` those of its turns by their number, from 1."""
    rest = {str(n): orjson.Fragment(turn["rest"]) for n, turn in enumerate(turns, 1) if turn["rest"] is not None}
    if not rest:
        return more
    ours = orjson.dumps({"of_turns": rest}).decode()
    return ours if more is None else f"{more[:-1]},{ours[1:]}"
