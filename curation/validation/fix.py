"""`--fix`: the rows without errors in a new folder, and the dropped ones with their reasons. Inputs are not changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from curation.base import progress
from curation.base.errors import UsageError
from curation.base.folders import locked, new_folder, recover
from curation.base.messages import as_message
from curation.base.rows import BESIDE
from curation.export import parquet
from curation.readers.tool_calls import as_json
from curation.rules.catalogue import RULES
from curation.validation.inputs import InputFile
from curation.validation.read import groups, slice_of_group
from curation.validation.result import Fixed

REJECTS = "rejects.parquet"


def check(out: Path) -> None:
    """UsageError where `out` exists, or is no name for a folder."""
    if out.name not in ("", ".."):
        with locked(out, "validate"):
            recover(out)
    if out.exists() or out.name in ("", ".."):
        raise UsageError(f"--fix {out} exists already and is not overwritten", "Give the name of a new folder.")


def fix(parts: Sequence[InputFile], rows: Path, found: pl.DataFrame, out: Path) -> Fixed:
    """Write `out`, beside its place first. `rows`: what was read; `found`: row, id, detail of the rows to drop.

    Each input becomes <its stem>.jsonl: {"messages": [...]} and the other keys of the object as they were; a rendered
    text stays a text, and a preference becomes prompt, chosen and rejected, or prompt, completion and label.
    rejects.parquet: file, source, reason (the first in the order of the kinds), detail.
    """
    progress.start("fix")
    reasons = found.with_columns(rank=pl.col("id").replace_strict({rule.id: n for n, rule in enumerate(RULES)}))
    dropped = reasons.sort("row", "rank").unique("row", keep="first", maintain_order=True)
    with new_folder(out, "validate") as made:
        kept, rejects = _write(parts, rows, dropped, made)
        parquet.write(rejects.lazy(), made / REJECTS)
    return Fixed(str(out), kept, len(rejects))


def _write(
    parts: Sequence[InputFile], rows: Path, dropped: pl.DataFrame, folder: Path
) -> tuple[dict[str, int], pl.DataFrame]:
    """Write the lines that are kept; how many in each file, and the table of those that are not."""
    kept = {f"{part.stem}.jsonl": 0 for part in parts}
    names = {n: part.name for n, part in enumerate(parts)}
    rejects = []
    with ExitStack() as files:
        streams = [files.enter_context((folder / name).open("wb")) for name in kept]
        for group in groups(rows):
            some = slice_of_group(dropped, group)
            stay = group.join(some, on="row", how="anti", maintain_order="left")
            for (file,), lines in stay.group_by("file", maintain_order=True):
                streams[int(file)].writelines(_lines(lines))
                kept[f"{parts[int(file)].stem}.jsonl"] += len(lines)
            removed = group.select("row", "file", "source").join(some, on="row", maintain_order="left")
            name = pl.col("file").replace_strict(names, return_dtype=pl.String)
            rejects.append(removed.select(name, "source", pl.col("id").alias("reason"), "detail"))
            progress.advance(len(group))
    return kept, pl.concat(rejects)


def _lines(rows: pl.DataFrame) -> Iterator[bytes]:
    for row in rows.iter_rows(named=True):
        yield orjson.dumps(_object(row), option=orjson.OPT_APPEND_NEWLINE)


def _object(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says under the keys of TRL, then its other keys as they were; `_` after one that is taken."""
    made = _said(row)
    for key, value in json.loads(row["more"] or "{}").items():
        while key in made:
            key += "_"
        made[key] = orjson.Fragment(as_json(value))
    return made


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    if row["messages"] is None:
        return {"text": row["text"]}
    turns, at = [_turn(turn) for turn in row["messages"]], row["prompt_turns"]
    beside = {key: orjson.Fragment(row[key]) for key in BESIDE if row[key] is not None}
    if at is None:
        return {"messages": turns, **beside}
    if row["rejected"] is None:
        return {"prompt": turns[:at], "completion": turns[at:], "label": row["wanted"], **beside}
    return {"prompt": turns[:at], "chosen": turns[at:], "rejected": [*map(_turn, row["rejected"])], **beside}


def _turn(turn: Mapping[str, Any]) -> dict[str, Any]:
    made = as_message(turn, orjson.Fragment)
    rest = json.loads(turn["rest"] or "{}")
    return made | {key: orjson.Fragment(as_json(value)) for key, value in rest.items() if key not in made}
