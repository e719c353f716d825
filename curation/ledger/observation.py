"""A finished build seen once: what is kept and rejected, collected for everyone who says something about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import polars as pl
import polars_hash  # noqa: F401  (registers the `nchash` namespace: hashes that no version of Polars changes)

from curation.base.columns import BULKY, KEYS, column
from curation.ledger.build import Build
from curation.ledger.user_words import user_words, with_key

Made = TypeVar("Made")
_LINKS = pl.List(pl.Struct({"id": pl.String(), "jaccard": pl.Float64(), "containment": pl.Float64()}))
_PAIRS = {
    **dict.fromkeys(("a", "b"), pl.String()),
    **dict.fromkeys(("jaccard", "containment"), pl.Float64()),
    **dict.fromkeys(("split_a", "split_b"), pl.String()),
}


@dataclass(frozen=True)
class Observation:
    """A build with its phases, and frames that hold no long text of it; all in the order of the level.

    rows     of each kept row: every number, boolean, list of numbers and name that a stage added; turns, characters,
             words (runs without white space; uint32); one_bos, ends_in_turn (booleans); splits_of_group (how many
             splits hold its group); asked (uint128: of the user's folded words, null where there are none); answer
             (uint64: of the last turn)
    records  of each kept record: id, group, near (list of id, jaccard, containment), near_count; null where no phase
             looks for near-duplicates
    rejects  of each rejected record and row: the columns of rejects.parquet
    """

    build: Build
    rows: pl.DataFrame
    records: pl.DataFrame
    rejects: pl.DataFrame
    _made: dict[Callable[[Observation], Any], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, make: Callable[[Observation], Made]) -> Made:
        """What `make` makes of this, made when it is first asked for: gold spans, pairs, whatever several need."""
        if make not in self._made:
            self._made[make] = make(self)
        found: Made = self._made[make]
        return found

    def of(self, build: Build) -> Observation:
        """The same, of the same folder with another manifest."""
        made = replace(self, build=build)
        object.__setattr__(made, "_made", self._made)
        return made


def observe(build: Build) -> Observation:
    """Read what is kept of `build` once. BuildError where its phases were removed (curate clean)."""
    kept = build.kept()
    schema = kept.collect_schema()
    narrow = [name for name, dtype in schema.items() if name not in BULKY and (name in KEYS or _is_narrow(dtype))]
    rows = with_key(kept).select(*map(column, narrow), "asked", **_seen(build)).collect()
    asked = user_words(build.files.base("rows").select("row", "messages"), rows.select("row", "asked"))
    rows = rows.with_columns(asked["asked"])
    records = build.kept("records")
    there = records.collect_schema()
    near = [
        pl.col(n) if n in there else pl.lit(None, t).alias(n)
        for n, t in (("near", _LINKS), ("near_count", pl.UInt32()))
    ]
    return Observation(
        build=build,
        rows=rows.with_columns(splits_of_group=pl.col("split").n_unique().over("group")),
        records=records.select("id", *(["group"] if "group" in there else []), *near).collect(),
        rejects=build.rejected().frame.collect(),
    )


def near_pairs(seen: Observation) -> pl.DataFrame:
    """Pairs a < b of near-duplicate kept records that both have rows: a, b, jaccard, containment, split_a, split_b."""
    links = seen.records.select("id", "near").explode("near").drop_nulls("near")
    if links.is_empty():
        return pl.DataFrame(schema=_PAIRS)
    links = links.unnest("near", separator="_").filter(pl.col("id") != pl.col("near_id"))
    ends = pl.col("id"), pl.col("near_id")
    pairs = links.select(
        a=pl.min_horizontal(ends), b=pl.max_horizontal(ends), jaccard="near_jaccard", containment="near_containment"
    ).unique(["a", "b"], keep="first", maintain_order=True)
    where = seen.rows.select("record", "split").unique("record", keep="first", maintain_order=True)
    for side in ("a", "b"):
        there = where.rename({"record": side, "split": f"split_{side}"})
        pairs = pairs.join(there, on=side, maintain_order="left")
    return pairs.sort("a", "b")


def _is_narrow(dtype: pl.DataType) -> bool:
    """Numbers and booleans, and lists or structs of them."""
    if isinstance(dtype, pl.List):
        return _is_narrow(dtype.inner if isinstance(dtype.inner, pl.DataType) else dtype.inner())
    if isinstance(dtype, pl.Struct):
        return all(_is_narrow(f.dtype if isinstance(f.dtype, pl.DataType) else f.dtype()) for f in dtype.fields)
    return dtype.is_numeric() or dtype == pl.Boolean


def _seen(build: Build) -> dict[str, pl.Expr]:
    contract = build.manifest.contract
    content = pl.element().struct.field("content")
    last = pl.col("trained").list.last().struct.field("end") - 1
    return {
        "turns": pl.col("messages").list.len(),
        "characters": pl.col("messages").list.eval(content.str.len_chars()).list.sum(),
        "words": pl.col("messages").list.eval(content.str.count_matches(r"\S+")).list.sum(),
        "one_bos": _one_bos(contract.bos_id),
        "ends_in_turn": pl.col("input_ids").list.get(last).is_in(list(contract.end_of_turn_ids)),
        "answer": pl.col("messages").list.last().struct.field("content").nchash.xxh3_64(),  # type: ignore[attr-defined]
    }


def _one_bos(bos: int | None) -> pl.Expr:
    """Whether the tokens of a row begin with `bos` and hold it nowhere else; true where the tokenizer has none."""
    ids = pl.col("input_ids")
    return pl.lit(True) if bos is None else (ids.list.first() == bos) & (ids.list.agg((pl.element() == bos).sum()) == 1)
