"""Exact near-duplicates among users' texts, in memory that does not grow with the number of rows.

The words of a row are the set that curation.stages.near.set_join compares. Three things keep that small and
precise: of a long text only both ends are compared; what many rows share because they come from one template (they
begin or end alike) is left out, so that their own words are compared; and more text than PART is compared in parts,
each block of the held-out rows with each block of the rest, so that no leak is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from curation.base import progress
from curation.stages.near.set_join import Sets, similar
from curation.stages.near.word_sets import word_hashes
from curation.validation.read import groups, slice_of_group
from curation.validation.row_checks import compared_text

PART = 220_000_000  # characters compared at a time: about 35 million words, 1.7 GB
TEMPLATE = 200  # rows that begin or end alike, from which they count as one template
_SHARED = 0.9  # share of them that hold a word of the template
_TEMPLATE_SAMPLE = 500  # rows of a template by which its words are found
_SAMPLE = 4_000  # rows from which the number of pairs is estimated
_PAIRS = 20_000_000  # pairs above which the threshold is raised
_STEPS = (0.9, 0.95, 1.0)
_SLICE = 1 << 22
PAIRS = pl.Schema({"a": pl.UInt32(), "b": pl.UInt32(), "jaccard": pl.Float64()})
_WORDS = pl.Schema({"row": pl.UInt32(), "word": pl.UInt64()})


class NearPairs(NamedTuple):
    """Pairs a < b of rows; the threshold used; in how many parts; rows whose template was left out."""

    pairs: pl.DataFrame
    jaccard: float
    parts: int
    templated: int


class _Template(NamedTuple):
    """Which rows come from which template (row, group), by one end, and the words that are its own (group, word)."""

    rows: pl.DataFrame
    words: pl.DataFrame


def near(file: Path, asks: pl.DataFrame, jaccard: float) -> NearPairs:
    """`asks`: the rows to compare (row, held_out, asked_characters, head, tail), no two with the same words."""
    templates = [_template(file, asks.select("row", group=end)) for end in ("head", "tail")]
    templated = pl.concat(template.rows["row"] for template in templates).n_unique()
    found, threshold, parts = [pl.DataFrame(schema=PAIRS)], jaccard, list(_parts(asks))
    progress.start("near-duplicates", sum(map(len, parts)))
    for chosen in parts:
        owners, sets = _sets(_words(file, chosen, templates))
        threshold = _affordable_threshold(sets, threshold)
        found.append(_named(similar(sets, threshold), owners, sets))
    pairs = pl.concat(found).unique(["a", "b"]).sort("a", "b")
    return NearPairs(pairs.filter(pl.col("jaccard") >= threshold - 1e-9), threshold, len(parts), templated)


def _parts(asks: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Rows that are compared at a time. Each held-out row is compared with each other row."""
    held_out = asks.filter("held_out")
    held_out_blocks = _blocks(held_out, PART // 2)
    others = _blocks(asks.filter(~pl.col("held_out")), max(PART // 2, PART - int(held_out["asked_characters"].sum())))
    for one in held_out_blocks:
        for other in others:
            yield pl.concat([one, other]).select("row").sort("row")


def _blocks(asks: pl.DataFrame, characters: int) -> list[pl.DataFrame]:
    """Runs of rows with about so many characters; one without rows where there are none."""
    before = asks["asked_characters"].cast(pl.UInt64).cum_sum() - asks["asked_characters"]
    return asks.with_columns(block=before // characters).partition_by("block", include_key=False) or [asks]


def _words(file: Path, chosen: pl.DataFrame, templates: list[_Template]) -> pl.DataFrame:
    """Each word of each of the chosen rows once, except those of its templates: row, word."""
    frames = [pl.DataFrame(schema=_WORDS)]
    for group in groups(file, "row", "messages", "text"):
        some = slice_of_group(chosen, group)
        rows = group.lazy().join(some.lazy(), on="row", how="semi").select("row", text=compared_text())
        words = word_hashes(rows, pl.col("text")).unique()
        for template in templates:
            if len(template.words):
                with_group = words.join(slice_of_group(template.rows, group), on="row", how="left")
                words = with_group.join(template.words, on=["group", "word"], how="anti").select("row", "word")
        frames.append(words)
        progress.advance(len(some))
    return pl.concat(frames)


def _template(file: Path, ends: pl.DataFrame) -> _Template:
    """Templates by the hash of one end of the texts (row, group): who shares it, and the words that nearly all hold."""
    rows = ends.drop_nulls().filter(pl.len().over("group") >= TEMPLATE).sort("row")
    if rows.is_empty():
        return _Template(rows, pl.DataFrame(schema={"group": pl.UInt64, "word": pl.UInt64}))
    some = rows.filter(pl.int_range(pl.len()).over("group") < _TEMPLATE_SAMPLE)
    counted = _words(file, some.select("row"), []).join(some, on="row").group_by("group", "word").len("holders")
    sizes = some.group_by("group").len("rows")
    shared = counted.join(sizes, on="group").filter(pl.col("holders") >= _SHARED * pl.col("rows"))
    return _Template(rows, shared.select("group", "word"))


def _sets(words: pl.DataFrame) -> tuple[np.ndarray, Sets]:
    """The rows that have words, and their sets: each word by its rank, the rarest first."""
    ranks = words.group_by("word").len().sort("len", "word").select("word").with_row_index("rank")
    keys = np.empty(len(words), np.uint64)
    key = pl.col("row").cast(pl.UInt64) * (1 << 32) + pl.col("rank")
    for at in range(0, len(words), _SLICE):  # a join of all at once takes five times the memory
        some = words[at : at + _SLICE].join(ranks, on="word", how="left", maintain_order="left")
        keys[at : at + _SLICE] = some.select(key).to_series().to_numpy()
    keys.sort()
    owners = (keys >> np.uint64(32)).astype(np.uint32)
    starts = np.flatnonzero(np.append(True, owners[1:] != owners[:-1])) if len(keys) else np.zeros(0, np.int64)
    ranked = (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    return owners[starts], Sets(np.append(starts, len(ranked)).astype(np.int64), ranked)


def _affordable_threshold(sets: Sets, jaccard: float) -> float:
    """The threshold, or a higher one where by a sample it would give more than _PAIRS pairs."""
    count = len(sets.sizes)
    if count <= _SAMPLE:
        return jaccard
    drawn = np.sort(np.random.default_rng(7).choice(count, _SAMPLE, replace=False))
    sizes = sets.sizes[drawn]
    starts = np.concatenate(([0], np.cumsum(sizes)))
    at = np.repeat(sets.starts[drawn] - starts[:-1], sizes) + np.arange(starts[-1])
    sample = Sets(starts, sets.elements[at])
    for step in (jaccard, *(step for step in _STEPS if step > jaccard)):
        if len(similar(sample, step)) * (count / _SAMPLE) ** 2 <= _PAIRS:
            return step
    return 1.0


def _named(pairs: pl.DataFrame, owners: np.ndarray, sets: Sets) -> pl.DataFrame:
    """Pairs of sets as pairs of rows, with their similarity."""
    rows, sizes = pl.Series(owners, dtype=pl.UInt32), pl.Series(sets.sizes)
    m, n = (sizes.gather(pairs[side]) for side in ("a", "b"))
    jaccard = pairs["both"] / (m + n - pairs["both"])
    return pl.DataFrame({"a": rows.gather(pairs["a"]), "b": rows.gather(pairs["b"]), "jaccard": jaccard}, schema=PAIRS)
