"""Phases: barriers between which stages run. The ids that went in must be the ids that came out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from curation.base import progress
from curation.base.errors import BuildError, CurateError, InputError, one_line, reraise_as, user_code_error
from curation.base.files import hashed
from curation.base.rows import MESSAGES, VERDICT, Stage, across_rows, no_verdict, reasons_of
from curation.ledger.phase_files import PhaseFiles, base_file, phase_file
from curation.runner.engine import ROWS, Engine, rows_at_once, run
from curation.runner.recipe import Recipe
from curation.schemas.manifest import File, Level, Phase

_STAGE = "A stage takes a LazyFrame and returns one."


def run_phases(recipe: Recipe, sources: Sequence[File], files: PhaseFiles, engine: Engine) -> Iterator[Phase]:
    """Every phase of both levels, skipping those whose file is whole; yields the counts of each.

    `sources`: the recipe's, as they were hashed. InputError where one was changed while it was read.
    """
    hashes = zip(recipe.sources, sources, strict=True)
    yield _base("records", "read", recipe.read, lambda: recipe.read(recipe.sources), files, engine, hashes)
    yield from _phases("records", recipe.records, files, engine)
    kept = files.kept("records", recipe.records)
    yield _base("rows", "shape", recipe.shape, lambda: run(engine, kept, [recipe.shape]), files, engine)
    shaped = files.base("rows").select(pl.col("record").unique()).collect()["record"]
    ids = kept.select("id").collect()["id"]
    if set(ids) != set(shaped):
        _check_ids("shape", "records", ids, shaped)
    yield from _phases("rows", recipe.rows, files, engine)


def _base(
    level: Level,
    name: str,
    step: object,
    make: Callable[[], pl.LazyFrame],
    files: PhaseFiles,
    engine: Engine,
    sources: Iterable[tuple[Path, File]] = (),
) -> Phase:
    file = base_file(files.folder, level)
    made = not files.is_whole(file)
    if made:
        progress.start(name)
        with failing(f"The step {name!r}", f"Look at {name_of(step)}"):
            rows = make().drop("row", strict=False)
            schema = rows.collect_schema()
            turns = schema.get("messages")
            if isinstance(turns, pl.List) and turns != MESSAGES:  # a recipe's own, of roles and contents
                rows = rows.with_columns(pl.col("messages").cast(MESSAGES))
            columns = schema.names()
            empty = [verdict for verdict in no_verdict() if verdict.meta.output_name() not in columns]
            numbered = rows.with_columns(empty).with_row_index("row")
            engine.write(numbered, file, rows_at_once(rows) if level == "records" else ROWS)
    found = pl.read_parquet(file, glob=False, columns=["id", "reason"])
    ids = found["id"]
    if ids.has_nulls() or ids.n_unique() < len(ids):
        twice = ids.filter(ids.is_duplicated() | ids.is_null()).head(1).to_list()
        file.unlink()
        raise BuildError(
            f"{name} made the id {twice[0]!r} more than once", "Ids must be unique: add the position in the file."
        )
    if made:
        _check_unchanged(sources)
        files.seal(file)
    return _counted(level, name, (step,), found)


def _check_unchanged(sources: Iterable[tuple[Path, File]]) -> None:
    """What was hashed is what was read."""
    for path, before in sources:
        if hashed(path, before.name) != before:
            raise InputError(f"{path} was changed while it was read", "Build again, once nothing writes to it.")


def _phases(level: Level, phases: Mapping[str, Sequence[Stage]], files: PhaseFiles, engine: Engine) -> Iterator[Phase]:
    for n, (name, stages) in enumerate(phases.items()):
        file = phase_file(files.folder, level, name)
        if not files.is_whole(file):
            before = files.kept(level, list(phases)[:n])
            ids = before.select("row", "id").collect()
            progress.start(name, len(ids))
            with failing(f"The phase {name!r} of the {level}", f"Look at its stages: {_names(stages)}"):
                engine.write(_added(name, before, stages, engine), file)
            after = pl.read_parquet(file, glob=False, columns=["row", "id", "reason"])
            if not after.drop("reason").equals(ids):
                file.unlink()
                _check_ids(name, level, ids["id"], after["id"])
            files.seal(file)
        else:
            after = pl.read_parquet(file, glob=False, columns=["reason"])
        yield _counted(level, name, stages, after)


def _added(name: str, before: pl.LazyFrame, stages: Sequence[Stage], engine: Engine) -> pl.LazyFrame:
    """What the stages add to `before`: verdicts and new columns, with row and id, no text again."""
    checked = [_Checked(name, stage) for stage in stages]
    after = run(engine, before.with_columns(no_verdict()), checked)
    old, new = before.collect_schema(), after.collect_schema()
    broken = [column for column, dtype in old.items() if new.get(column) != dtype]
    if broken:
        raise BuildError(
            f"A stage of the phase {name!r} dropped or retyped the column {broken[0]!r}",
            "A stage may add columns and reject rows; text is changed in shape.",
        )
    return after.select("row", "id", *(c for c in new if c not in old and c not in VERDICT), *VERDICT)


class _Checked:
    """A stage whose failure, or whose return of no LazyFrame, is an error that names it and its phase."""

    def __init__(self, phase: str, stage: Stage) -> None:
        self.stage, self.across_rows = stage, across_rows(stage)
        self.what = f"The stage {name_of(stage)} of the phase {phase!r}"

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        with failing(self.what, _STAGE):
            after = self.stage(rows)
        if not isinstance(after, pl.LazyFrame):
            raise BuildError(f"{self.what} returned {type(after).__name__}", _STAGE)
        return after


def failing(what: str, hint: str) -> AbstractContextManager[None]:
    """What a query or a stage raises becomes an error that names `what`, or the line in a person's file."""

    def make(error: Exception) -> CurateError | None:
        refused = isinstance(error, OSError) or (isinstance(error, PolarsError) and "os error" in str(error))
        return user_code_error(error) or (None if refused else BuildError(f"{what} failed: {one_line(error)}", hint))

    return reraise_as(make)


def _check_ids(name: str, level: str, entered: pl.Series, left: pl.Series) -> None:
    """BuildError unless the same ids came out, each once."""
    lost, new = sorted(set(entered) - set(left)), sorted(set(left) - set(entered))
    twice = left.filter(left.is_duplicated()).unique().to_list()
    for problem, ids in (("lost", lost), ("added", new), ("doubled", sorted(twice))):
        if ids:
            raise BuildError(
                f"Phase {name!r} {problem} {len(ids)} of {len(entered)} {level}, first {ids[0]!r}",
                "A stage must return every row it was given: reject with Keep instead of filtering.",
            )
    raise BuildError(f"{name!r} gave {level} the ids of others", "A stage leaves the columns id and row as they are.")


def _counted(level: Level, name: str, stages: Sequence[object], rows: pl.DataFrame) -> Phase:
    counts = dict(rows.group_by("reason").len().sort("reason").iter_rows())
    kept = counts.pop(None, 0)
    may = dict.fromkeys(reason for stage in stages for reason in reasons_of(stage))
    return Phase(
        level=level,
        name=name,
        stages=tuple(map(name_of, stages)),
        entered=kept + sum(counts.values()),
        kept=kept,
        rejected=counts,
        reasons=tuple(may),
    )


def name_of(step: object) -> str:
    """The provenance line of a stage: its repr, or module and name where a repr would hold an address in memory."""
    if isinstance(step, partial):
        given = [*map(repr, step.args), *(f"{name}={value!r}" for name, value in sorted(step.keywords.items()))]
        return f"{name_of(step.func)}({', '.join(given)})"
    named = step if hasattr(step, "__qualname__") else type(step)
    plain = named is step or type(step).__repr__ is object.__repr__
    return f"{named.__module__}.{named.__qualname__}" if plain else repr(step)


def _names(stages: Sequence[object]) -> str:
    return ", ".join(map(name_of, stages))
