"""Findings from frames: how many rows each kind has, the first places, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from curation.base.visible import in_a_line
from curation.rules.catalogue import LEVELS, RULES, Rule
from curation.validation.inputs import InputFile
from curation.validation.result import Finding, Place

FOUND = pl.Schema({"row": pl.UInt32(), "id": pl.String(), "detail": pl.String()})
PLACES = 10
_SHOWN = 160  # characters of a value
_LINE = re.compile(r"(?:.*, )?lines? (\d+)(?:$|,| to )")


def per_row(judged: pl.LazyFrame, ids: Sequence[str]) -> pl.LazyFrame:
    """The columns of these findings as lines: row, id, detail."""
    known = [id for id in ids if id in judged.collect_schema()]
    lines = [judged.select("row", id=pl.lit(id), detail=id).drop_nulls("detail") for id in known]
    return pl.concat([pl.LazyFrame(schema=FOUND), *lines])


def findings_of(
    files: Sequence[InputFile], judged: pl.LazyFrame, found: pl.DataFrame, rows: Path, words: Mapping[str, str]
) -> tuple[Finding, ...]:
    """Every kind that some row has: errors first, then by the number of rows. `words` fill the sentences."""
    alone = [rule.id for rule in RULES if rule.id in judged.collect_schema()]
    counts = dict(zip(alone, judged.select(pl.col(alone).count()).collect().row(0), strict=True))
    counts |= dict(found.group_by("id").len().iter_rows())
    rules = sorted((rule for rule in RULES if counts.get(rule.id)), key=lambda rule: _order(rule, counts[rule.id]))
    firsts = pl.concat([pl.DataFrame(schema=FOUND), *_firsts(rules, judged, found)])
    at = sources(rows, firsts["row"])
    places = {
        id: tuple(
            _place(files[file], source, detail)
            for file, source, detail in some.select("file", "source", "detail").iter_rows()
        )
        for (id,), some in firsts.join(at, on="row", maintain_order="left").group_by("id")
    }
    return tuple(
        Finding(
            rule.id,
            rule.level,
            counts[rule.id],
            rule.meaning.format_map(words),
            rule.remedy.format_map(words),
            places[rule.id],
        )
        for rule in rules
    )


def _place(file: InputFile, source: str, detail: str) -> Place:
    line = _LINE.match(source.removeprefix(f"{file.name}#"))
    return Place(shown(source), shown(detail), str(file.path), int(line[1]) if line else None)


def _order(rule: Rule, count: int) -> tuple[int, int]:
    return LEVELS.index(rule.level), -count


def _firsts(rules: Sequence[Rule], judged: pl.LazyFrame, found: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for rule in rules:
        if rule.id in judged.collect_schema():
            yield per_row(judged, [rule.id]).bottom_k(PLACES, by="row").sort("row").collect().select(FOUND.names())
        else:
            yield found.filter(pl.col("id") == rule.id).sort("row").head(PLACES).select(FOUND.names())


def sources(rows: Path, wanted: pl.Series) -> pl.DataFrame:
    """row, file, source: the positions of these rows in their files."""
    return (
        pl.scan_parquet(rows, glob=False)
        .select("row", "file", "source")
        .filter(pl.col("row").is_in(wanted.unique().implode()))
        .collect()
    )


def shown(text: str) -> str:
    """On one line, shortened, and safe for a terminal: invisible and control characters are escaped."""
    line = in_a_line(text[: 2 * _SHOWN])
    return line if len(line) <= _SHOWN else line[:_SHOWN] + " ..."
