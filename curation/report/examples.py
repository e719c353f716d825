"""Rows, rejects and pairs for the page: drawn by hash, so that the same build shows the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import polars as pl
import polars_hash  # noqa: F401  (registers the `nchash` namespace)

from curation.ledger import LEVELS, Build, base_file
from schemas.manifest import SPLITS

_BOOKS = {"id", "source", "file", "record", "group", "label", "question", "task", "split", "rejected", "because"}
_SAMPLES, _REJECTS, _PAIRS = 10, 3, 20
_SHOWN = 4_000  # characters of a turn
_COMPARED = 300  # words of each text of a pair


@dataclass(frozen=True)
class Turn:
    """`cut`: how many characters more the turn has."""

    role: str
    text: str
    cut: int


@dataclass(frozen=True)
class Sample:
    id: str
    split: str
    label: str
    tokens: int
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class Reject:
    """One of `count` rejects with this reason. `text`: what was rejected, its beginning."""

    level: str
    phase: str
    reason: str
    count: int
    id: str
    source: str
    because: str
    text: str


@dataclass(frozen=True)
class Pair:
    """Two near-duplicates: words as (text, whether the other lacks it)."""

    a: str
    b: str
    jaccard: float
    containment: float
    split: str
    left: tuple[tuple[str, bool], ...]
    right: tuple[tuple[str, bool], ...]


def samples(build: Build, rows: pl.DataFrame) -> tuple[Sample, ...]:
    """Ten rows of each split."""
    drawn = rows.with_columns(draw=pl.col("id").nchash.xxh3_64()).sort("draw", "row")  # type: ignore[attr-defined]
    chosen = drawn.filter(pl.int_range(pl.len()).over("split") < _SAMPLES)
    texts = pl.scan_parquet(base_file(build.folder, "rows")).filter(pl.col("row").is_in(chosen["row"].implode()))
    said = dict(texts.select("row", "messages").collect().iter_rows())
    found = [
        Sample(id, split, str(label), tokens, tuple(map(_turn, said[row])))
        for row, id, split, label, tokens in chosen.select("row", "id", "split", "label", "tokens").iter_rows()
    ]
    return tuple(sorted(found, key=lambda sample: SPLITS.index(sample.split)))


def _turn(message: dict[str, str]) -> Turn:
    text = message["content"]
    return Turn(message["role"], text[:_SHOWN], max(0, len(text) - _SHOWN))


def rejects(build: Build) -> tuple[Reject, ...]:
    """Three of each reason, in the order of the phases."""
    every = build.rejected().with_row_index("at")
    draw = pl.col("id").nchash.xxh3_64()  # type: ignore[attr-defined]
    counted = every.with_columns(draw=draw, count=pl.len().over("level", "phase", "rejected")).collect()
    order = pl.int_range(pl.len()).over("level", "phase", "rejected")
    first = counted.sort("draw", "at").filter(order < _REJECTS).sort("at")
    texts = {level: _texts(build, level, first.filter(pl.col("level") == level)["id"].to_list()) for level in LEVELS}
    return tuple(
        Reject(
            one["level"],
            one["phase"],
            one["rejected"],
            one["count"],
            one["id"],
            one["source"],
            one["because"],
            texts[one["level"]].get(one["id"], "")[:1_000],
        )
        for one in first.to_dicts()
    )


def _texts(build: Build, level: str, ids: Sequence[str]) -> dict[str, str]:
    """What the records or rows hold, as they were read: their conversation, or every text column by name."""
    base = pl.scan_parquet(base_file(build.folder, level))
    schema = base.collect_schema()
    plain = [name for name, dtype in schema.items() if dtype == pl.String and name not in _BOOKS]
    wanted = ["messages"] if "messages" in schema else plain
    found = base.filter(pl.col("id").is_in(list(ids))).select("id", *wanted).collect()
    return {row.pop("id"): _told(row) for row in found.to_dicts()}


def _told(row: dict[str, Any]) -> str:
    if "messages" in row:
        return "\n".join(f"{turn['role']}: {turn['content']}" for turn in row["messages"] or ())
    if len(row) == 1:
        return next(iter(row.values())) or ""
    return "\n".join(f"{name}: {value}" for name, value in row.items() if value)


def pairs(build: Build) -> tuple[Pair, ...]:
    """The 20 nearest pairs of kept records, side by side."""
    records = build.kept("records")
    if "near" not in records.collect_schema():
        return ()
    links = records.select("id", "near").explode("near").drop_nulls("near").collect()
    links = links.unnest("near", separator="_").filter(pl.col("id") < pl.col("near_id"))
    links = links.sort("near_jaccard", "id", "near_id", descending=[True, False, False]).head(_PAIRS)
    texts = _texts(build, "records", [*links["id"], *links["near_id"]])
    splits = build.kept().select("record", "split").unique("record", keep="first", maintain_order=True)
    where = dict(splits.collect().iter_rows())
    return tuple(
        Pair(a, b, round(j, 4), round(c, 4), where.get(a, "-"), *_compared(texts.get(a, ""), texts.get(b, "")))
        for a, b, j, c in links.iter_rows()
    )


def _compared(a: str, b: str) -> tuple[tuple[tuple[str, bool], ...], tuple[tuple[str, bool], ...]]:
    one, two = (text.split(None, _COMPARED)[:_COMPARED] for text in (a, b))
    left, right = [], []
    for tag, i, j, k, m in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        left.append((" ".join(one[i:j]), tag != "equal"))
        right.append((" ".join(two[k:m]), tag != "equal"))
    return tuple(part for part in left if part[0]), tuple(part for part in right if part[0])
