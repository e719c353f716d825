"""Languages of rows: of a sample of each file, to find mixed files, or of every row where --languages is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from curation.base import progress
from curation.base.rows import no_verdict, spoken
from curation.stages.langdetect_pool import UNKNOWN
from curation.stages.language import Language
from curation.validation.read import groups

SAMPLE = 500  # rows of a file that are checked where no language is named
LEAST = 80  # letters: of a shorter text langdetect guesses, unless its script is that of one language
_AT_ONCE = 20_000
_READ_CHARACTERS = 600  # characters of a row, which are enough and take langdetect half the time of 2,000
_SHARE, _ROWS = 0.01, 2  # share of the rows, and rows, from which a language belongs to a file
COLUMNS = {"row": pl.UInt32(), "file": pl.UInt16(), "language": pl.String()}


def languages(file: Path, sizes: Sequence[int], named: tuple[str, ...]) -> pl.DataFrame:
    """row, file, language: of every row with a text if languages are `named`, else of a sample of each file."""
    step = {n: 1 if named else -(-size // SAMPLE) or 1 for n, size in enumerate(sizes)}
    progress.start("languages", sum(-(-size // step[n]) for n, size in enumerate(sizes)))
    stage = Language(pl.col("content"), least=LEAST)
    found = [
        stage(some.lazy().with_columns(no_verdict())).select(list(COLUMNS)).collect() for some in _texts(file, step)
    ]
    return pl.concat([pl.DataFrame(schema=COLUMNS), *found]).sort("row")


def _texts(file: Path, step: dict[int, int]) -> Iterator[pl.DataFrame]:
    """The rows that are checked, about _AT_ONCE at a time: row, file, content."""
    waiting: list[pl.DataFrame] = []
    every = pl.col("file").replace_strict(step, return_dtype=pl.UInt32)
    for group in groups(file, "row", "file", "messages", "text"):
        some = group.lazy().filter(pl.col("row") % every == 0)
        content = pl.coalesce(spoken(), "text").str.head(_READ_CHARACTERS)
        waiting.append(some.select("row", "file", content=content).drop_nulls("content").collect())
        if sum(map(len, waiting)) >= _AT_ONCE:
            yield pl.concat(waiting)
            waiting = []
    if waiting:
        yield pl.concat(waiting)


def findings(found: pl.DataFrame, named: tuple[str, ...]) -> pl.DataFrame:
    """row, id, detail: rows in none of the languages that are named, or in another than most of their file."""
    known = found.filter(pl.col("language") != UNKNOWN)
    if named:
        wrong = known.filter(~pl.col("language").is_in(named))
        detail = pl.format("{}, expected {}", "language", pl.lit(" or ".join(named)))
        return wrong.select("row", id=pl.lit("wrong_language"), detail=detail)
    counts = known.group_by("file", "language").len("rows")
    counts = counts.filter(pl.col("rows") >= _ROWS, pl.col("rows") >= _SHARE * pl.col("rows").sum().over("file"))
    counts = counts.sort("file", "rows", "language", descending=[False, True, False])
    others = counts.filter(pl.int_range(pl.len()).over("file") > 0)
    main = counts.group_by("file", maintain_order=True).agg(main=pl.col("language").first())
    strange = known.join(others, on=["file", "language"], maintain_order="left").join(main, on="file")
    return strange.select("row", id=pl.lit("mixed_language"), detail=pl.format("{}, most are {}", "language", "main"))


def table(found: pl.DataFrame, file: int) -> dict[str, int]:
    """How many of the checked rows of a file are in which language, the commonest first."""
    counts = found.filter(pl.col("file") == file).group_by("language").len()
    return {str(code): int(n) for code, n in counts.sort("len", "language", descending=[True, False]).iter_rows()}
