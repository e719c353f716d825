"""What a person calls a record or a row: its id, the start of it, or any part that no other has."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from curation.base.errors import UsageError, nearest
from curation.ledger.build import Build
from curation.ledger.lines import collect, lines
from curation.ledger.phase_files import LEVELS, base_file

_LOOKED_AT = 2_000  # ids that a wrong one is compared with, letter by letter
_NAMED = 4
_WORD = {"records": "record", "rows": "row"}


def find(build: Build, asked: str, levels: Sequence[str] = LEVELS) -> str:
    """The id of the record or row that is meant by `asked`.

    It is the id itself, or the only one that starts with it or holds it, upper and lower case alike; of a record and
    its rows it is the record. UsageError where there is none, with the nearest, or several, with the first.
    """
    ids = pl.concat([_ids(build, level) for level in levels])
    small, word = pl.col("id").str.to_lowercase(), asked.lower()
    found = ids.filter(small.str.contains(word, literal=True)).with_columns(first=small.str.starts_with(word))
    near = collect(found, build).unique(["level", "id"], maintain_order=True)
    if asked in near["id"]:
        return asked
    for part in (near.filter("first"), near):
        for those in (part["id"], part.filter(level="records")["id"]):
            if those.n_unique() == 1:
                return str(those[0])
    words = " or ".join(_WORD[level] for level in levels)
    if len(near):
        named = "; ".join(map(repr, near["id"].unique(maintain_order=True).head(_NAMED)))
        raise UsageError(
            f"{asked!r} is a part of {near['id'].n_unique():,} ids of {build.folder.name}, first {named}",
            f"Give so much of the id that one {words} has it.",
        )
    raise UsageError(
        f"No {words} of {build.folder.name} has the id {asked!r}.{nearest(asked, _alike(build, ids, asked))}",
        "Ids stand in the JSONL and in rejects.parquet; a part that no other has is enough.",
    )


def _ids(build: Build, level: str) -> pl.LazyFrame:
    file = base_file(build.folder, level)
    ids = pl.scan_parquet(file, glob=False) if file.exists() else lines(build)
    return ids.select(pl.lit(level).alias("level"), "id")


def _alike(build: Build, ids: pl.LazyFrame, asked: str) -> list[str]:
    """Ids that share the most quarters of `asked`, if any."""
    size = max(2, -(-len(asked) // 4))
    parts = [pl.col("id").str.contains(asked[at : at + size], literal=True) for at in range(0, len(asked), size)]
    shared = ids.select(pl.col("id").unique(maintain_order=True)).with_columns(shared=pl.sum_horizontal(parts))
    near = collect(shared.filter(pl.col("shared") > 0), build).sort("shared", descending=True, maintain_order=True)
    return near["id"].head(_LOOKED_AT).to_list()
