"""What becomes of each key of each turn and row: learned, shown as context, kept as meta, or refused with its row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from curation.base.rows import BESIDE, MESSAGE, PLAIN
from curation.validation.result import Key

_FIELDS = tuple(name for name in MESSAGE.to_schema() if name not in (*PLAIN, "weight"))
_WRITTEN = {"reasoning": "reasoning", "tool_calls": "tool_calls", "tool_call_id": "", "name": "name", "tools": "tools"}
"""Which part of a template's writing (curation.tokens.template) a field belongs to; none: it only links turns."""
META = "kept as meta"
PREFERENCES = "preferences"


def keys(rows: Path, writes: frozenset[str] | None) -> tuple[Key, ...]:
    """Each key with how many turns or rows have it, and what becomes of it.

    `rows`: what was read. `writes`: what the chat template writes, null where no tokenizer is given.
    """
    scan = pl.scan_parquet(rows, glob=False)
    read = scan.filter(pl.col("messages").is_not_null())
    turn, pairs = pl.col("messages").struct, pl.col("prompt_turns").count()
    by_role = (
        read.filter(pl.col("prompt_turns").is_null())
        .select(pl.col("messages").explode())
        .group_by(role=turn.field("role"), shown=(turn.field("weight") == 0).fill_null(False))
        .agg(pl.len().alias("turns"), *(turn.field(name).count().alias(name) for name in _FIELDS))
    )
    beside = read.select(*(pl.col(name).count() for name in BESIDE), pairs.alias(PREFERENCES))
    kept = (
        scan.select(pl.col("keys").explode())
        .drop_nulls()
        .group_by("keys")
        .len()
        .sort("len", "keys", descending=[True, False])
    )
    roles, counts, others = pl.collect_all([by_role, beside, kept])
    return (
        *_contents(roles),
        *_fields(roles.select(pl.col(_FIELDS).sum()).row(0, named=True), writes),
        *_fields(counts.row(0, named=True), writes),
        *(Key(str(name), int(count), META) for name, count in others.iter_rows()),
    )


def _contents(roles: pl.DataFrame) -> Iterator[Key]:
    for role in ("system", "user", "tool"):
        if count := roles.filter(role=role)["turns"].sum():
            yield Key(f"content of {role}", int(count), "context")
    for shown, fate in ((False, "learned"), (True, "context: weight 0")):
        if count := roles.filter(role="assistant", shown=shown)["turns"].sum():
            yield Key("content of assistant", int(count), fate)


def _fields(counts: Mapping[str, int], writes: frozenset[str] | None) -> Iterator[Key]:
    for name, count in counts.items():
        if count:
            yield Key(name, count, _fate(name, writes))


def _fate(name: str, writes: frozenset[str] | None) -> str:
    part = _WRITTEN.get(name)
    if part == "":
        return "links a result to its call"
    if name == PREFERENCES:
        return "compared with one another, not learned here"
    if part is None:
        return "given to the template"
    fate = "learned with its answer" if name in ("reasoning", "tool_calls") else "context"
    if writes is None:
        return f"{fate}, where the template writes it"
    return fate if part in writes else "not written by the template"
