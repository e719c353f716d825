"""The runner: a recipe becomes a build folder, phase by phase, with the books checked at every one.

A phase is a barrier. Its stages are piped over what the last phase kept, what they added is written as Parquet,
and the ids that went in must be the ids that came out. The runner knows no stage by name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import orjson
import polars as pl
from polars.exceptions import PolarsError

from curation import progress
from curation.chat import VERDICT, Stage, no_verdict
from curation.errors import BuildError, CurateError, GateError, Translate, UsageError, mistake, nearest, told
from curation.export.forms import FORMS
from curation.folder import beside, check_target, hashed, put, workplace
from curation.ledger import Build, base_file, phase_file, rejects, survivors
from curation.report import gate
from curation.report.apart import Apart
from curation.tokens import Tokenizer
from schemas.manifest import SPLITS, About, Figure, File, Level, Manifest, Phase, Split

_ROWS = 2048
_GROUP_BYTES = 16_000_000
_VERSIONS = ("polars", "polars-hash", "tokenizers", "transformers", "great-expectations")


Figures = Callable[[Build, pl.DataFrame], dict[str, Figure]]


def no_figures(build: Build, facts: pl.DataFrame) -> dict[str, Figure]:
    """For a recipe whose proof needs nothing beyond the common figures."""
    return {}


@dataclass(frozen=True)
class Recipe:
    """How one corpus becomes a dataset. A recipe file holds a function `recipe(...)` that returns one."""

    name: str
    about: About
    sources: tuple[Path, ...]
    read: Callable[[Sequence[Path]], pl.LazyFrame]
    """Files to records: id, source, and what the stages need; a record that cannot be read is a rejected one."""
    records: Mapping[str, Sequence[Stage]]
    """Phases over records; one of them adds `group`, what must not straddle splits."""
    shape: Stage
    """Kept records to rows, at least one (a rejected one, if need be) for each record, named in `record`."""
    rows: Mapping[str, Sequence[Stage]]
    """Phases over rows, which have label and group; they add tokens, trained_tokens, input_ids, trained and split."""
    tokenizer: Tokenizer
    meta: tuple[str, ...]
    """The columns that go into `meta` of each line."""
    suites: Mapping[str, Sequence[str]]
    """Expectation suites of the gate, over "rows" and over "figures": names in schemas/expectations, or paths."""
    figures: Figures = no_figures
    """What else the proof needs, as queries over the build and its facts frame (curation.report.facts)."""
    tables: Mapping[str, Callable[[Build], pl.DataFrame]] = field(default_factory=dict)
    """What a person should look through: tables/<name>.csv, each a query over the build."""
    provenance: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, phases in (("read", self.records), ("shape", self.rows)):
            if name in phases:
                raise UsageError(f"A phase cannot be called {name!r}", "That is the step which begins its level.")


def build(
    recipe: Recipe,
    out: Path,
    *,
    form: str = "messages",
    tokenized: bool = False,
    fresh: bool = False,
    judge: Apart | None = None,
) -> Build:
    """Run `recipe` into the folder `out`, resuming at the last whole phase of an interrupted run.

    The build is made beside `out` and renamed into place when its gate passes; else GateError, and the new build
    stands in `<out>.failed`. `form`: of the lines (curation.export.forms). `tokenized` also writes token ids, masks
    and labels. `fresh` forgets earlier phases. `judge`: the gate, where it is warm already.
    """
    if form not in FORMS:
        raise UsageError(
            f"There is no form {form!r} of a row.{nearest(form, list(FORMS))}", f"Known: {', '.join(FORMS)}."
        )
    out = out.resolve() if out.is_symlink() else out
    check_target(out)
    for names in recipe.suites.values():
        for name in names:
            gate.read_suite(name)
    sources = tuple(hashed(path, path.name) for path in recipe.sources)
    plan = _plan(recipe, sources)
    with workplace(out, plan, fresh) as work, nullcontext(judge) if judge else Apart() as judge:
        judge.warm()
        _spare_real(recipe, out)
        phases = tuple(_run(recipe, work))
        made = _finish(Build(work, _manifest(recipe, work, sources, phases, form)), recipe, tokenized, judge)
        failed = [check for check in made.manifest.gate if not check.passed]
        target = beside(out, "failed") if failed else out
        put(work, target)
    if failed:
        first = failed[0]
        raise GateError(
            f"The gate failed: {len(failed)} of {len(made.manifest.gate)} expectations are not met, first "
            f"{first.expectation} of {first.column or 'the table'} ({first.suite}): {first.observed}",
            f"{first.note} The new build stands in {target} with all its figures; {out} is as it was.".strip(),
        )
    return Build(out, made.manifest)


def _spare_real(recipe: Recipe, out: Path) -> None:
    """A demo does not take the place of a build from a real source."""
    if "demo" in recipe.provenance and (out / "manifest.json").is_file():
        manifest = Build.open(out).manifest
        if "demo" not in manifest.provenance:
            held = ", ".join(file.name for file in manifest.sources)
            raise UsageError(
                f"{out} holds a build of {held}, and a demo would take its place",
                f"Give the demo a place of its own: --out {out}-demo",
            )


def _run(recipe: Recipe, work: Path) -> Iterator[Phase]:
    """Every phase of both levels, skipping those whose file is whole; yields their books."""
    yield _base("records", "read", recipe.read, lambda: recipe.read(recipe.sources), work)
    yield from _phases("records", recipe.records, work)
    kept = survivors(work, "records", recipe.records)
    yield _base("rows", "shape", recipe.shape, lambda: recipe.shape(kept), work)
    shaped = pl.scan_parquet(base_file(work, "rows")).select(pl.col("record").unique()).collect()["record"]
    ids = kept.select("id").collect()["id"]
    if set(ids) != set(shaped):
        _balance("shape", "records", ids, shaped)
    yield from _phases("rows", recipe.rows, work)


def _base(level: Level, name: str, step: object, make: Callable[[], pl.LazyFrame], work: Path) -> Phase:
    file = base_file(work, level)
    if not file.exists():
        progress.start(name)
        with _failing(f"The step {name!r}", f"Look at {name_of(step)}"):
            made = make().drop("row", strict=False)
            columns = made.collect_schema().names()
            empty = [verdict for verdict in no_verdict() if verdict.meta.output_name() not in columns]
            _write(
                made.with_columns(empty).with_row_index("row"),
                file,
                _rows_at_once(made) if level == "records" else _ROWS,
            )
    ids = pl.scan_parquet(file).select("id").collect()["id"]
    if ids.has_nulls() or ids.n_unique() < len(ids):
        twice = ids.filter(ids.is_duplicated() | ids.is_null()).head(1).to_list()
        file.unlink()
        raise BuildError(
            f"{name} made the id {twice[0]!r} more than once", "Ids must be unique: add the position in the file."
        )
    return _books(level, name, (name_of(step),), file)


def _phases(level: Level, phases: Mapping[str, Sequence[Stage]], work: Path) -> Iterator[Phase]:
    for n, (name, stages) in enumerate(phases.items()):
        file = phase_file(work, level, name)
        if not file.exists():
            before = survivors(work, level, list(phases)[:n])
            ids = before.select("row", "id").collect()
            progress.start(name, len(ids))
            with _failing(f"The phase {name!r} of the {level}", f"Look at its stages: {_names(stages)}"):
                _write(_added(name, before, stages), file)
            after = pl.read_parquet(file, columns=["row", "id"])
            if not after.equals(ids):
                file.unlink()
                _balance(name, level, ids["id"], after["id"])
        yield _books(level, name, tuple(map(name_of, stages)), file)


def _added(name: str, before: pl.LazyFrame, stages: Sequence[Stage]) -> pl.LazyFrame:
    """What the stages add to `before`: verdicts and new columns, with row and id, no text again."""
    after = before.with_columns(no_verdict())
    for stage in stages:
        with _failing(
            f"The stage {name_of(stage)} of the phase {name!r}", "A stage takes a LazyFrame and returns one."
        ):
            after = stage(after)
        if not isinstance(after, pl.LazyFrame):
            raise BuildError(
                f"The stage {name_of(stage)} of the phase {name!r} returned {type(after).__name__}",
                "A stage takes a LazyFrame and returns one.",
            )
    old, new = before.collect_schema(), after.collect_schema()
    broken = [column for column, dtype in old.items() if new.get(column) != dtype]
    if broken:
        raise BuildError(
            f"A stage of the phase {name!r} dropped or retyped the column {broken[0]!r}",
            "A stage may add columns and reject rows; text is changed in shape.",
        )
    return after.select("row", "id", *(c for c in new if c not in old and c not in VERDICT), *VERDICT)


def _rows_at_once(records: pl.LazyFrame) -> int:
    """How many records make a row group. Later phases work on one group a thread, so this bounds their memory."""
    few = records.head(64).collect()
    return max(1, min(_ROWS * 32, _GROUP_BYTES * len(few) // max(1, int(few.estimated_size()))))


def _write(rows: pl.LazyFrame, file: Path, rows_at_once: int | None = None) -> None:
    """Write in the order of `row`, beside first and renamed at the end: a file that exists is whole."""
    part, ordered = file.with_suffix(".part"), file.with_suffix(".sorted")
    try:
        rows.sink_parquet(part, compression="lz4", row_group_size=rows_at_once)
        if not pl.read_parquet(part, columns=["row"])["row"].is_sorted():
            pl.scan_parquet(part).sort("row").sink_parquet(ordered, compression="lz4")
            os.replace(ordered, part)
    except PolarsError as error:
        if isinstance(error.__cause__, CurateError):
            raise error.__cause__ from None
        raise
    os.replace(part, file)


def _failing(what: str, hint: str) -> Translate:
    """What a query or a stage raises becomes an error that names `what`, or the line in a person's file."""

    def make(error: Exception) -> CurateError | None:
        refused = isinstance(error, OSError) or (isinstance(error, PolarsError) and "os error" in str(error))
        return mistake(error) or (None if refused else BuildError(f"{what} failed: {told(error)}", hint))

    return Translate(make)


def _balance(name: str, level: str, entered: pl.Series, left: pl.Series) -> None:
    """BuildError unless the same ids came out, each once."""
    lost, new = sorted(set(entered) - set(left)), sorted(set(left) - set(entered))
    twice = left.filter(left.is_duplicated()).unique().to_list()
    for problem, ids in (("lost", lost), ("added", new), ("doubled", sorted(twice))):
        if ids:
            raise BuildError(
                f"The books of {name!r} do not balance: {len(ids)} of {len(entered)} {level} {problem}, "
                f"first {ids[0]!r}",
                "A stage returns the rows it was given: reject with Keep, do not filter.",
            )
    raise BuildError(f"{name!r} gave {level} the ids of others", "A stage leaves the columns id and row as they are.")


def _books(level: Level, name: str, stages: tuple[str, ...], file: Path) -> Phase:
    fallen = pl.scan_parquet(file).group_by("rejected").len().sort("rejected").collect()
    counts = dict(fallen.iter_rows())
    kept = counts.pop(None, 0)
    entered = kept + sum(counts.values())
    return Phase(level=level, name=name, stages=stages, entered=entered, kept=kept, rejected=counts)


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


def _plan(recipe: Recipe, sources: tuple[File, ...]) -> str:
    """A hash of all that decides the bytes of the phases: an interrupted run of another plan is not resumed."""
    parts = [
        [file.model_dump() for file in sources],
        [name_of(recipe.read), name_of(recipe.shape), recipe.tokenizer.contract.model_dump()],
        [[name, [name_of(s) for s in stages]] for name, stages in (*recipe.records.items(), *recipe.rows.items())],
        {name: version(name) for name in _VERSIONS},
        recipe.provenance,
        [sha256(file.read_bytes()).hexdigest() for file in sorted(Path(__file__).parent.rglob("*.py"))],
    ]
    return sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _manifest(recipe: Recipe, work: Path, sources: tuple[File, ...], phases: tuple[Phase, ...], form: str) -> Manifest:
    manifest = Manifest(
        name=recipe.name,
        about=recipe.about,
        provenance=recipe.provenance,
        versions={name: version(name) for name in _VERSIONS},
        sources=sources,
        contract=recipe.tokenizer.contract,
        meta=recipe.meta,
        form=form,
        suites={over: tuple(names) for over, names in recipe.suites.items()},
        phases=phases,
        splits={},
        straddling={},
        figures={},
    )
    kept = Build(work, manifest).kept()
    sums = {name: pl.sum(name) for name in ("tokens", "trained_tokens")}
    per_split = kept.group_by("split").agg(rows=pl.len(), groups=pl.col("group").n_unique(), **sums).collect()
    sizes = {row.pop("split"): Split(**row) for row in per_split.to_dicts()}
    empty = Split(rows=0, groups=0, tokens=0, trained_tokens=0)
    places = kept.group_by("group").agg(pl.col("split").unique().sort()).filter(pl.col("split").list.len() > 1)
    straddling = {group: tuple(splits) for group, splits in places.sort("group").collect().iter_rows()}
    splits = {name: sizes.get(name, empty) for name in SPLITS}
    return manifest.model_copy(update={"splits": splits, "straddling": straddling})


def _finish(made: Build, recipe: Recipe, tokenized: bool, judge: Apart) -> Build:
    """Figures, outputs while the gate judges, card and page; the manifest last of all."""
    from curation.export import card, croissant, jsonl, parquet, tokens
    from curation.report import data, facts, page

    progress.start("figures")
    rows = facts.rows(made)
    with _failing("The recipe's figures", "They are a function of a build and its facts frame."):
        made = _with(made, figures=recipe.figures(made, rows))
    judge.ask({"rows": rows, "figures": pl.DataFrame([made.manifest.figures])}, recipe.suites)
    progress.start("write", sum(split.rows for split in made.manifest.splits.values()))
    (made.folder / "chat_template.jinja").write_text(recipe.tokenizer.template.jinja, "utf8")
    parquet.write(rejects(made.folder, made.manifest.phases), made.folder / "rejects.parquet")
    jsonl.write(made, recipe.tokenizer.template)
    lines = {split: hashed(made.folder / f"{split}.jsonl", f"{split}.jsonl") for split in SPLITS}
    _write_tables(made, recipe)
    if tokenized:
        tokens.write(made)
    report = data.gather(made)
    progress.start("gate")
    made = _with(made, gate=judge.answer())
    card.write(made)
    columns = jsonl.lines(made, recipe.tokenizer.template).drop("split").collect_schema()
    croissant.write(made, columns, lines)
    page.write(made, report, made.folder / "report")
    files = _files(made.folder, {file.name: file for file in lines.values()})
    made = _with(made, files=files)
    (made.folder / "manifest.json").write_text(made.manifest.model_dump_json(indent=1) + "\n", "utf8")
    return made


def _write_tables(made: Build, recipe: Recipe) -> None:
    for name, table in recipe.tables.items():
        with _failing(f"The table {name!r}", "It is a function of a build."):
            found = table(made)
        (made.folder / "tables").mkdir(exist_ok=True)
        found.write_csv(made.folder / "tables" / f"{name}.csv")


def _files(folder: Path, known: Mapping[str, File]) -> tuple[File, ...]:
    """What the build promises, in order; `known` are hashed already. Phases can be removed, the plan goes away."""
    inner = ("phases", "plan.sha256", "manifest.json")
    paths = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    names = [path.as_posix() for path in paths if path.parts[0] not in inner]
    return tuple(known.get(name) or hashed(folder / name, name) for name in names)


def _with(made: Build, **changes: object) -> Build:
    return Build(made.folder, made.manifest.model_copy(update=changes))
