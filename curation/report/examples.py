"""Rows, rejects and pairs for the page: drawn by hash, so that the same build shows the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import polars as pl
import polars_hash  # noqa: F401  (registers the `nchash` namespace)

from curation.base.columns import column
from curation.base.rows import MESSAGES, VERDICT
from curation.ledger.observation import Observation, near_pairs
from curation.ledger.phase_files import LEVELS
from curation.schemas.manifest import SPLITS

_BOOKS = {"id", "source", "file", "record", "group", "label", "question", "task", "split", *VERDICT}
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
    """A row of the dataset, turn by turn."""

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
    detail: str
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


def samples(seen: Observation) -> tuple[Sample, ...]:
    """Ten rows of each split."""
    rows = seen.rows.select("row", "id", "split", "label", "tokens", draw=pl.col("id").nchash.xxh3_64())  # type: ignore[attr-defined]
    chosen = rows.sort("draw", "row").filter(pl.int_range(pl.len()).over("split") < _SAMPLES)
    texts = seen.build.files.base("rows").filter(pl.col("row").is_in(chosen["row"].implode()))
    turns_of = dict(texts.select("row", "messages").collect().iter_rows())
    found = [
        Sample(id, split, str(label), tokens, tuple(map(_turn, turns_of[row])))
        for row, id, split, label, tokens, _ in chosen.iter_rows()
    ]
    return tuple(sorted(found, key=lambda sample: SPLITS.index(sample.split)))


def _turn(message: dict[str, Any]) -> Turn:
    text = _words(message)
    return Turn(message["role"], text[:_SHOWN], max(0, len(text) - _SHOWN))


def _words(turn: dict[str, Any]) -> str:
    """What was thought, said and called."""
    return "\n".join(filter(None, (turn["reasoning"], turn["content"], turn["tool_calls"])))


def rejects(seen: Observation) -> tuple[Reject, ...]:
    """Three of each reason, in the order of the phases."""
    every = seen.rejects.with_row_index("at")
    draw = pl.col("id").nchash.xxh3_64()  # type: ignore[attr-defined]
    counted = every.with_columns(draw=draw, count=pl.len().over("level", "phase", "reason"))
    order = pl.int_range(pl.len()).over("level", "phase", "reason")
    first = counted.sort("draw", "at").filter(order < _REJECTS).sort("at")
    texts = {level: _texts(seen, level, first.filter(pl.col("level") == level)["id"].to_list()) for level in LEVELS}
    return tuple(
        Reject(
            one["level"],
            one["phase"],
            one["reason"],
            one["count"],
            one["id"],
            seen.build.manifest.place(one["source"]) or "",
            one["detail"],
            texts[one["level"]].get(one["id"], "")[:1_000],
        )
        for one in first.to_dicts()
    )


def _texts(seen: Observation, level: str, ids: Sequence[str]) -> dict[str, str]:
    """What the records or rows hold, as they were read: their conversation, or every text column by name."""
    base = seen.build.files.base(level)
    schema = base.collect_schema()
    plain = [name for name, dtype in schema.items() if dtype == pl.String and name not in _BOOKS]
    wanted = ["messages"] if schema.get("messages") == MESSAGES else plain  # a table may have a column of that name
    found = base.filter(pl.col("id").is_in(list(ids))).select("id", *map(column, wanted)).collect()
    return {row.pop("id"): _told(row) for row in found.to_dicts()}


def _told(row: dict[str, Any]) -> str:
    if isinstance(row.get("messages"), list):
        return "\n".join(f"{turn['role']}: {_words(turn)}" for turn in row["messages"] or ())
    if len(row) == 1:
        return next(iter(row.values())) or ""
    return "\n".join(f"{name}: {value}" for name, value in row.items() if value)


def pairs(seen: Observation) -> tuple[Pair, ...]:
    """The 20 nearest pairs of kept records, side by side."""
    near = seen.once(near_pairs).sort("jaccard", "a", "b", descending=[True, False, False]).head(_PAIRS)
    texts = _texts(seen, "records", [*near["a"], *near["b"]]) if len(near) else {}
    return tuple(
        Pair(a, b, round(j, 4), round(c, 4), split, *_compared(texts.get(a, ""), texts.get(b, "")))
        for a, b, j, c, split in near.select("a", "b", "jaccard", "containment", "split_a").iter_rows()
    )


def _compared(a: str, b: str) -> tuple[tuple[tuple[str, bool], ...], tuple[tuple[str, bool], ...]]:
    one, two = (text.split(None, _COMPARED)[:_COMPARED] for text in (a, b))
    left, right = [], []
    for tag, i, j, k, m in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        left.append((" ".join(one[i:j]), tag != "equal"))
        right.append((" ".join(two[k:m]), tag != "equal"))
    return tuple(part for part in left if part[0]), tuple(part for part in right if part[0])
