"""Findings out of frames: how many rows each kind has, the first places, and what they mean in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from curation.text import visible
from curation.validate.kinds import KINDS, LEVELS, Kind
from curation.validate.result import Finding, Place

FOUND = pl.Schema({"row": pl.UInt32(), "id": pl.String(), "because": pl.String()})
PLACES = 10
_SHOWN = 160  # characters of a value


def per_row(judged: pl.LazyFrame, ids: Sequence[str]) -> pl.LazyFrame:
    """The columns of these findings as lines: row, id, because."""
    known = [id for id in ids if id in judged.collect_schema()]
    lines = [judged.select("row", id=pl.lit(id), because=id).drop_nulls("because") for id in known]
    return pl.concat([pl.LazyFrame(schema=FOUND), *lines])


def tell(judged: pl.LazyFrame, found: pl.DataFrame, rows: Path, words: Mapping[str, str]) -> tuple[Finding, ...]:
    """Every kind that some row has: errors first, then by the number of rows. `words` fill the sentences."""
    alone = [kind.id for kind in KINDS if kind.id in judged.collect_schema()]
    counts = dict(zip(alone, judged.select(pl.col(alone).count()).collect().row(0), strict=True))
    counts |= dict(found.group_by("id").len().iter_rows())
    kinds = sorted((kind for kind in KINDS if counts.get(kind.id)), key=lambda kind: _order(kind, counts[kind.id]))
    firsts = pl.concat([pl.DataFrame(schema=FOUND), *_firsts(kinds, judged, found)])
    at = sources(rows, firsts["row"])
    places = {
        id: tuple(
            Place(shown(source), shown(because)) for source, because in some.select("source", "because").iter_rows()
        )
        for (id,), some in firsts.join(at, on="row", maintain_order="left").group_by("id")
    }
    return tuple(
        Finding(
            kind.id,
            kind.level,
            counts[kind.id],
            kind.means.format_map(words),
            kind.do.format_map(words),
            places[kind.id],
        )
        for kind in kinds
    )


def _order(kind: Kind, count: int) -> tuple[int, int]:
    return LEVELS.index(kind.level), -count


def _firsts(kinds: Sequence[Kind], judged: pl.LazyFrame, found: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for kind in kinds:
        if kind.id in judged.collect_schema():
            yield per_row(judged, [kind.id]).bottom_k(PLACES, by="row").sort("row").collect().select(FOUND.names())
        else:
            yield found.filter(pl.col("id") == kind.id).sort("row").head(PLACES).select(FOUND.names())


def sources(rows: Path, wanted: pl.Series) -> pl.DataFrame:
    """row, source: where these rows stand."""
    return (
        pl.scan_parquet(rows).select("row", "source").filter(pl.col("row").is_in(wanted.unique().implode())).collect()
    )


def shown(text: str) -> str:
    """On one line, cut, and harmless to a terminal: what is hidden or would move the cursor stands as an escape."""
    line = visible(text[: 2 * _SHOWN]).replace("\n", "\\n").replace("\t", "\\t")
    return line if len(line) <= _SHOWN else line[:_SHOWN] + " ..."
