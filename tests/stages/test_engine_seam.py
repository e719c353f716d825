"""Facts about the seam between stages and engines: what a stage says of itself holds, whoever runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from curation.base.rows import VERDICT, Stage, across_rows, no_verdict
from curation.ledger.build import Build
from curation.recipes.loading import load, make, names
from curation.runner.build import build
from curation.runner.engine import LocalEngine, run
from curation.runner.recipe import Recipe
from curation.schemas.manifest import SPLITS

AT_ONCE = 7
ROWS = 500
"""Of a phase, from its start and its end, so that a demo of thousands of rows takes no minutes."""
OPTIONS: dict[str, dict[str, object]] = {
    "banking": {"conflicting": "reject", "task": "both"},
    "bengali": {"repeated": "reject", "limit": "train=20"},
    "finetome": {"min_score": 4.0, "languages": "en,de", "sample": 150, "limit": "train=20"},
    "legal": {},
    "mix": {},
}
"""Options that add every stage that a recipe has."""


class Sliced(LocalEngine):
    """Runs what looks at one row at a time on few rows at a time, each few in a frame of their own."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self.at_once = at_once
        self.mapped: list[Stage] = []
        self.slices = 0

    def map(self, rows: pl.LazyFrame, stages: Sequence[Stage]) -> pl.LazyFrame:
        self.mapped += stages
        whole = rows.collect()
        one = super().map
        parts = [one(part.lazy(), stages).collect() for part in whole.iter_slices(self.at_once)]
        self.slices += len(parts)
        return pl.concat(parts).lazy() if parts else one(rows, stages)


def few(rows: pl.DataFrame) -> pl.DataFrame:
    return rows if len(rows) <= ROWS else pl.concat([rows.head(ROWS // 2), rows.tail(ROWS // 2)])


def judged(rows: pl.DataFrame) -> pl.DataFrame:
    """With the verdict columns that are missing."""
    missing = [verdict for verdict in no_verdict() if verdict.meta.output_name() not in rows.columns]
    return rows.with_columns(missing)


def phases(recipe: Recipe) -> list[tuple[str, Sequence[Stage]]]:
    """Every step of a recipe with its stages, in order."""
    return [*recipe.records.items(), ("shape", [recipe.shape]), *recipe.rows.items()]


@pytest.mark.parametrize("name", OPTIONS)
def test_stages_that_look_at_one_row_do(name: str, tmp_path: Path) -> None:
    """In slices of 7 rows, laid end to end, such stages of every phase give the frame that all rows at once give."""
    recipe = make(load(name), load(name).demo(tmp_path), OPTIONS[name])
    alone = 0
    rows = recipe.read(recipe.sources).with_row_index("row").collect()
    for phase, stages in phases(recipe):
        rows = judged(rows) if phase != "shape" else rows
        for across, some in groupby(stages, across_rows):
            run_of = list(some)
            if not across:
                engine, before = Sliced(), few(rows)
                at_once = run(LocalEngine(), before.lazy(), run_of).collect()
                sliced = run(engine, before.lazy(), run_of).collect()
                assert sliced.schema == at_once.schema, phase
                assert sliced.equals(at_once), phase
                assert engine.mapped == run_of
                assert engine.slices == -(-len(before) // AT_ONCE) > 1
                alone += len(run_of)
            rows = run(LocalEngine(), rows.lazy(), run_of).collect()
        if phase == "shape":
            rows = judged(rows.drop("row", strict=False)).with_row_index("row")
        rows = rows.filter(pl.col("reason").is_null()).drop(*VERDICT)
    assert alone >= 4


def test_every_recipe_is_looked_at() -> None:
    assert sorted(OPTIONS) == names()


@pytest.mark.parametrize("across", [True, None])
def test_what_a_stage_does_not_say_is_not_taken_for_granted(across: bool | None) -> None:
    """A stage that says it looks across rows, or says nothing, sees all of them; its order among others stays."""
    sizes: list[int] = []

    def counted(rows: pl.LazyFrame) -> pl.LazyFrame:
        sizes.append(len(rows.collect()))
        return rows.with_columns(n=pl.lit(sizes[-1]))

    def doubled(rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.with_columns(n=pl.col("n") * 2)

    if across is not None:
        counted.across_rows = across  # type: ignore[attr-defined]
    doubled.across_rows = False  # type: ignore[attr-defined]
    engine, rows = Sliced(), pl.LazyFrame({"row": range(20)})
    assert run(engine, rows, [counted, doubled, doubled, counted, doubled]).collect()["n"].to_list() == [40] * 20
    assert sizes == [20, 20]
    assert engine.mapped == [doubled] * 3
    assert engine.slices == 6


@pytest.mark.parametrize("at_once", [7, 100_000])
def test_no_rows_are_no_trouble(at_once: int) -> None:
    """A frame without rows is mapped as well, so that it has the columns of any other."""

    def added(rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.with_columns(n=pl.lit(1))

    added.across_rows = False  # type: ignore[attr-defined]
    made = run(Sliced(at_once), pl.LazyFrame(schema={"row": pl.UInt32()}), [added]).collect()
    assert made.columns == ["row", "n"]


def jsonl(made: Build) -> dict[str, bytes]:
    return {split: (made.folder / f"{split}.jsonl").read_bytes() for split in SPLITS}


@pytest.mark.parametrize("name", ["legal", "finetome"])
def test_another_engine_writes_the_same_bytes(name: str, demos: Callable[[str], Any], tmp_path: Path) -> None:
    """A build whose engine cuts what it may into slices has the lines, counts and rejects of the local engine's."""
    source, local = demos(name)
    engine = Sliced(97)
    made = build(make(load(name), source, {}, demo=True), tmp_path / name, engine=engine)
    assert engine.slices > len(engine.mapped) > 0
    assert jsonl(made) == jsonl(local)
    assert made.manifest.phases == local.manifest.phases
    assert made.manifest.figures == local.manifest.figures
    assert list(made.rejected()) == list(local.rejected())
