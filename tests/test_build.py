"""Facts about the runner: the books of every phase, what a stage may not do, equal bytes, resuming, recovering."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from hashlib import sha256
from itertools import permutations
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.base.errors import BuildError, CurateError, GateError, InputError, UsageError
from curation.base.rows import VERDICT, Keep, Stage
from curation.ledger.build import Build
from curation.recipes.loading import copy, load, make
from curation.runner.build import build
from curation.runner.folder import verify
from curation.runner.recipe import Recipe
from curation.stages.tokens import Count
from curation.tokens import load_tokenizer

GOLDEN = Path(__file__).parent / "golden"
TINY = GOLDEN / "tiny.py"


def tiny(**changes: object) -> Recipe:
    """The recipe of golden/tiny.py, changed."""
    return replace(make(load(str(TINY)), TINY, {}), **changes)  # type: ignore[arg-type]


def with_stage(stage: Stage, level: str = "records", phase: str = "checks") -> Recipe:
    """The tiny recipe with `stage` at the end of one phase."""
    made = tiny()
    phases = dict(getattr(made, level))
    phases[phase] = [*phases[phase], stage]
    return replace(made, **{level: phases})  # type: ignore[arg-type]


def hashes(folder: Path) -> dict[str, str]:
    """Every file of a folder by name, its phases left out."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.parent.name != "phases")
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def kept_ids(made: Build) -> list[str]:
    return made.kept().select("id").collect()["id"].to_list()


# What a stage may not do.


def drops(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.filter(pl.col("id") != "fact 3")


def adds(rows: pl.LazyFrame) -> pl.LazyFrame:
    return pl.concat([rows, rows.filter(pl.col("id") == "fact 3").with_columns(id=pl.lit("fact 99"))])


def adds_nameless(rows: pl.LazyFrame) -> pl.LazyFrame:
    return pl.concat([rows, rows.filter(pl.col("id") == "fact 3").with_columns(id=pl.lit(None, pl.String))])


def doubles(rows: pl.LazyFrame) -> pl.LazyFrame:
    return pl.concat([rows, rows.filter(pl.col("id") == "fact 3")])


def drops_and_doubles(rows: pl.LazyFrame) -> pl.LazyFrame:
    return pl.concat([drops(rows), rows.filter(pl.col("id") == "fact 4")])


def joins(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The usual way to double rows: a join on a key that is not unique."""
    other = pl.LazyFrame({"id": ["fact 3", "fact 3"], "extra": [1, 2]})
    return rows.join(other, on="id", how="left")


@pytest.mark.parametrize(
    ("stage", "problem"),
    [
        (drops, "lost 1 of 8 records, first 'fact 3'"),
        (adds, "added 1 of 8 records, first 'fact 99'"),
        (doubles, "doubled 1 of 8 records, first 'fact 3'"),
        (joins, "doubled 1 of 8 records, first 'fact 3'"),
        (drops_and_doubles, "lost 1 of 8 records, first 'fact 3'"),
    ],
)
def test_books_that_do_not_balance(stage: Stage, problem: str, tmp_path: Path) -> None:
    """A stage that drops, adds or doubles a row is a BuildError with the phase, the count and the first id."""
    with pytest.raises(BuildError) as raised:
        build(with_stage(stage, phase="duplicates"), tmp_path / "out")
    assert f"Phase 'duplicates' {problem}" in str(raised.value)
    assert not (tmp_path / "out").exists()


def test_a_stage_that_adds_a_row_without_an_id(tmp_path: Path) -> None:
    """A row that is added with no id at all is a BuildError like any other."""
    with pytest.raises(BuildError, match=r"'checks'.*added"):
        build(with_stage(adds_nameless), tmp_path / "out")


def swaps_ids(rows: pl.LazyFrame) -> pl.LazyFrame:
    other = pl.col("id").replace({"fact 3": "fact 5", "fact 5": "fact 3"})
    return rows.with_columns(id=other)


def renumbers(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.sort("id", descending=True).drop("row").with_row_index("row")


@pytest.mark.parametrize("stage", [swaps_ids, renumbers])
def test_a_stage_that_mixes_up_ids(stage: Stage, tmp_path: Path) -> None:
    """A stage after which ids stand at other positions than before is a BuildError that names the phase."""
    with pytest.raises(BuildError, match="'checks'"):
        build(with_stage(stage), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_row_level_stage_that_drops_a_row(tmp_path: Path) -> None:
    """The books are kept over rows as over records."""
    with pytest.raises(BuildError, match=r"Phase 'split' lost 1 of 6 rows, first 'fact 3: told'"):
        build(with_stage(lambda rows: rows.filter(pl.col("record") != "fact 3"), "rows", "split"), tmp_path / "out")


@pytest.mark.parametrize(
    "stage",
    [
        lambda rows: rows.drop("text"),
        lambda rows: rows.rename({"text": "body"}),
        lambda rows: rows.with_columns(pl.col("text").str.len_chars()),
        lambda rows: rows.with_columns(pl.col("text").cast(pl.Categorical)),
    ],
)
def test_a_column_dropped_or_retyped(stage: Stage, tmp_path: Path) -> None:
    """A stage that drops, renames or retypes a column is a BuildError with the phase and the column."""
    with pytest.raises(BuildError, match="'checks' dropped or retyped the column 'text'"):
        build(with_stage(stage), tmp_path / "out")


def test_a_stage_that_edits_text(tmp_path: Path) -> None:
    """What a stage writes over a column that was there is not in the dataset: text is changed in shape alone."""
    built = build(with_stage(lambda rows: rows.with_columns(text=pl.lit("changed"))), tmp_path / "out")
    assert "changed" not in (tmp_path / "out" / "train.jsonl").read_text("utf8")
    assert "changed" not in built.kept("records").collect()["text"].to_list()


def test_ids_must_be_unique(tmp_path: Path) -> None:
    """Two records, or two rows, with one id are a BuildError that says the id."""
    made = tiny()

    def read_twice(paths: object) -> pl.LazyFrame:
        return made.read(()).with_columns(pl.col("id").replace({"fact 5": "fact 3"}))

    def shape_twice(records: pl.LazyFrame) -> pl.LazyFrame:
        return made.shape(records).with_columns(pl.col("id").replace({"fact 5: told": "fact 3: told"}))

    with pytest.raises(BuildError, match=r"read made the id 'fact 3' more than once"):
        build(replace(made, read=read_twice), tmp_path / "out")
    with pytest.raises(BuildError, match=r"shape made the id 'fact 3: told' more than once"):
        build(replace(made, shape=shape_twice), tmp_path / "out")


def test_shape_forgets_a_record(tmp_path: Path) -> None:
    """A shape that makes no row of a kept record is a BuildError with the record's id."""
    made = tiny()
    forgetful = replace(made, shape=lambda records: made.shape(records.filter(pl.col("id") != "fact 7")))
    with pytest.raises(BuildError, match=r"Phase 'shape' lost 1 of 7 records, first 'fact 7'"):
        build(forgetful, tmp_path / "out")


def test_shape_invents_a_record(tmp_path: Path) -> None:
    """A shape whose row names a record that is not there is a BuildError with that name."""
    made = tiny()
    renamed = pl.col("record").replace({"fact 7": "fact 70"})
    with pytest.raises(BuildError, match=r"Phase 'shape' (lost|added) 1 of 7 records, first 'fact 70?'"):
        build(replace(made, shape=lambda records: made.shape(records).with_columns(record=renamed)), tmp_path / "out")


def test_a_phase_named_like_a_base_step() -> None:
    """No phase is skipped because it is called `read` or `shape`: such a name is a UsageError on either level."""
    made = tiny()
    late = Keep("no_moon", when=pl.col("id").str.starts_with("fact 3").not_(), detail=pl.col("id"))
    for name, of in (("read", "records"), ("shape", "rows")):
        for level in ("records", "rows"):
            with pytest.raises(UsageError, match=rf"^'{name}' is reserved for the first step of {of}\."):
                replace(made, **{level: {**getattr(made, level), name: [late]}})


# Order and permutation.


@contextmanager
def folder_of_its_own(parent: Path) -> Iterator[Path]:
    """An out folder for one example, gone afterwards."""
    shutil.rmtree(parent / "example", ignore_errors=True)
    yield parent / "example" / "out"


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32),
    level_phase=st.sampled_from(
        [("records", "checks"), ("records", "families"), ("rows", "checks"), ("rows", "tokens")]
    ),
)
def test_a_stage_that_shuffles(seed: int, level_phase: tuple[str, str], tmp_path: Path) -> None:
    """A stage that returns its rows in another order changes no byte of the dataset."""
    if not (tmp_path / "plain").exists():
        build(tiny(), tmp_path / "plain")

    def shuffled(rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.collect().sample(fraction=1, shuffle=True, seed=seed).lazy()

    with folder_of_its_own(tmp_path) as out:
        build(with_stage(shuffled, *level_phase), out)
        for name in ("train.jsonl", "validation.jsonl", "test.jsonl", "rejects.parquet"):
            assert (out / name).read_bytes() == (tmp_path / "plain" / name).read_bytes()


def test_any_order_of_stages_keeps_the_same(tmp_path: Path) -> None:
    """However the stages of a phase are ordered, the same rows are kept and as many rejected."""
    made = tiny()
    told = pl.col("messages").list.last().struct.field("content")
    own = [
        Keep("short", when=told.str.len_chars() > 24, detail=told),
        Keep("no_rain", when=~told.str.contains("rain|oak"), detail=told),
    ]
    rules = [*made.rows["checks"], *own, *made.rows["duplicates"]]
    base = build(replace(made, rows={**made.rows, "checks": rules[:-1]}), tmp_path / "plain")
    assert {"short", "no_rain", "control_token"} <= base.counts().keys()
    merged = {name: stages for name, stages in made.rows.items() if name not in ("checks", "duplicates")}
    for n, order in enumerate(permutations(rules)):
        if n % 4 == 0:  # six of the twenty-four, each rule first at least once
            built = build(replace(made, rows={"checks": order, **merged}), tmp_path / "permuted")
            assert kept_ids(built) == kept_ids(base)
            assert sum(built.counts().values()) == sum(base.counts().values())


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(3)))
def test_any_order_of_record_rules_keeps_the_same(order: list[int], tmp_path: Path) -> None:
    """Rules over records that overlap keep the same records in any order; only the reason may be another's."""
    rules = [
        Keep("short", when=pl.col("text").str.len_chars() > 21, detail=pl.col("text")),
        Keep("article", when=~pl.col("text").str.starts_with("A"), detail=pl.col("text")),
        Keep("no_stop", when=pl.col("text").str.ends_with("."), detail=pl.col("text")),
    ]
    made = tiny()
    with folder_of_its_own(tmp_path) as out:
        built = build(replace(made, records={**made.records, "checks": [rules[i] for i in order]}), out)
        assert built.kept("records").collect()["id"].to_list() == [f"fact {i}" for i in (0, 4, 5, 7, 8)]
        assert kept_ids(built) == [f"fact {i}: told" for i in (0, 4, 5, 7, 8)]


# What the phase files hold.


def test_phase_files_hold_no_text_again(demo_build: Build) -> None:
    """A phase file holds row, id, the verdict and what its phase added: nothing that stood in an earlier file."""
    for level in ("records", "rows"):
        seen = set(pl.read_parquet_schema(demo_build.folder / "phases" / f"{level}.parquet"))
        for phase in demo_build.phases(level):
            added = set(pl.read_parquet_schema(demo_build.folder / "phases" / f"{level}.{phase}.parquet"))
            assert {"row", "id", *VERDICT} <= added
            assert not (added & seen) - {"row", "id", *VERDICT}
            seen |= added
    assert "messages" in seen


def test_nothing_is_lost_in_any_phase(demo_build: Build) -> None:
    """Of every phase: the ids that entered are those that the phase before kept, and are kept or rejected."""
    phases = demo_build.folder / "phases"
    records: list[str] = []
    for level in ("records", "rows"):
        base = pl.read_parquet(phases / f"{level}.parquet")
        if level == "rows":
            assert set(base["record"]) == set(records), "every kept record is shaped into a row"
        books = {phase.name: phase for phase in demo_build.flow() if phase.level == level}
        entered = base["id"].to_list()
        for name, found in [(next(iter(books)), base)] + [
            (name, pl.read_parquet(phases / f"{level}.{name}.parquet")) for name in demo_build.phases(level)
        ]:
            assert found["id"].to_list() == entered
            fallen = found.filter(pl.col("reason").is_not_null())
            assert fallen["detail"].null_count() == 0
            kept = found.filter(pl.col("reason").is_null())["id"].to_list()
            assert (books[name].entered, books[name].kept) == (len(entered), len(kept))
            assert books[name].rejected == dict(fallen["reason"].value_counts().iter_rows())
            assert set(kept) | set(fallen["id"]) == set(entered)
            entered = kept
        records = entered
    assert set(kept_ids(demo_build)) == set(records)


# Equal bytes.


def test_a_plain_object_as_a_stage_has_a_line_that_lasts(tmp_path: Path) -> None:
    """The manifest says the same of a stage made with functools.partial in every run: no address in memory."""

    def longer(rows: pl.LazyFrame, than: int) -> pl.LazyFrame:
        return Keep("short", when=pl.col("text").str.len_chars() > than, detail=pl.col("text"))(rows)

    built = build(with_stage(partial(longer, than=3)), tmp_path / "out")
    assert not [stage for phase in built.flow() for stage in phase.stages if " at 0x" in stage]


def run(*arguments: object, **environment: str) -> subprocess.Popen[str]:
    """`curate` in a process of its own, in a group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "curation.cli.app", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
    )


def finished(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=100)
    return process.returncode, out, err


@pytest.mark.parametrize("threads", [1, 2])
def test_same_bytes_with_any_number_of_threads(threads: int, demo_build: Build, tmp_path: Path) -> None:
    """A build in another process, with one thread or two, has the same files and the same manifest to the byte."""
    code, _, err = finished(
        run("build", "legal", "--demo", "--tokenized", "--out", tmp_path / "out", POLARS_MAX_THREADS=str(threads))
    )
    assert code == 0, err
    assert hashes(tmp_path / "out") == hashes(demo_build.folder)
    assert {file.name for file in demo_build.manifest.files} == hashes(tmp_path / "out").keys() - {"manifest.json"}


@pytest.mark.parametrize("name", ["legal", "banking", "bengali", "finetome", "mix"])
def test_golden_demo(name: str, request: pytest.FixtureRequest) -> None:
    """The dataset of each demo is the one that was looked at: its books, its splits, and its lines to the byte.

    With CURATE_GOLDEN=write in the environment the files are written anew, to be read in the diff.
    """
    made = request.getfixturevalue("demo_build") if name == "legal" else request.getfixturevalue("demos")(name).build
    manifest = made.manifest
    found = {
        "phases": [[p.level, p.name, p.entered, p.kept, p.rejected] for p in manifest.phases],
        "splits": {name: split.model_dump() for name, split in manifest.splits.items()},
        "sha256": {file.name: file.sha256 for file in manifest.files if file.name.endswith(".jsonl")},
    }
    file = GOLDEN / f"{name}_demo.json"
    if os.environ.get("CURATE_GOLDEN") == "write":
        file.write_text(json.dumps(found, indent=1) + "\n", "utf8")
    assert found == json.loads(file.read_bytes())
    assert len(found["sha256"]) == 3


def test_a_copied_recipe_makes_the_same_dataset(demo_build: Build, demo_source: Path, tmp_path: Path) -> None:
    """A recipe copied with `curate cp` and built by path gives the same lines, byte for byte."""
    copy("legal", tmp_path / "mine.py")
    built = build(make(load(str(tmp_path / "mine.py")), demo_source, {}), tmp_path / "out")
    for split in ("train", "validation", "test"):
        assert (built.folder / f"{split}.jsonl").read_bytes() == (demo_build.folder / f"{split}.jsonl").read_bytes()
    asked, theirs = built.manifest.invocation, demo_build.manifest.invocation
    assert asked is not None
    assert theirs is not None
    assert asked.recipe == "mine.py"
    assert asked.model_copy(update={"recipe": "legal", "tokenized": True}) == theirs


# Killed and resumed.


def wait_for(there: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Until `there` holds; fails when the process ends before."""
    while not there():
        assert process.poll() is None, f"the build ended before it could be killed: {process.communicate()}"
        time.sleep(0.0005)


def is_whole(file: Path) -> bool:
    """Whether a phase was finished, which is when its hash is written down; of another file, whether it is there."""
    hashes = file.parent / "hashes.json"
    return hashes.exists() and file.name in hashes.read_text() if file.parent.name == "phases" else file.exists()


def kill(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_killed_anywhere_and_run_again(demo_build: Build, demo_source: Path, tmp_path: Path) -> None:
    """Killed in every phase and while the outputs are written, a build loses nothing and ends with the same bytes.

    The earlier build stays as it was and verifies after each kill; whole phases are not run again; nothing of the
    interrupted runs is left in the end.
    """
    out, work = tmp_path / "out", tmp_path / "out.building"
    earlier = build(make(load("legal"), demo_source, {"seed": 8}, demo=True), out)
    was = hashes(out)
    marks = [work / "phases" / f"{name}.parquet" for name in ("records.families", "rows", "rows.split")]
    marks += [work / "tokenized" / "train.parquet"]
    written: dict[Path, int] = {}
    for mark in marks:
        process = run("build", "legal", "--demo", "--tokenized", "--out", out)
        wait_for(lambda mark=mark: is_whole(mark), process)
        kill(process)
        assert hashes(out) == was
        verify(out, earlier.manifest)
        for file, when in written.items():
            assert file.stat().st_mtime_ns == when, f"{file.name} was whole and has been run again"
        if mark.parent.name == "phases":
            written[mark] = mark.stat().st_mtime_ns
    code, _, err = finished(run("build", "legal", "--demo", "--tokenized", "--out", out))
    assert code == 0, err
    assert (out / "phases" / "rows.parquet").stat().st_mtime_ns == written[work / "phases" / "rows.parquet"]
    assert hashes(out) == hashes(demo_build.folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_interrupted_by_the_keyboard(tmp_path: Path) -> None:
    """Ctrl-C ends a build with exit code 130 and no traceback, and leaves its whole phases to the next run."""
    process = run("build", "legal", "--demo", "--out", tmp_path / "out")
    wait_for((tmp_path / "out.building" / "phases" / "records.tokens.parquet").exists, process)
    os.kill(process.pid, signal.SIGINT)
    code, _, err = finished(process)
    assert code == 130, err
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "out.building" / "phases" / "records.tokens.parquet").exists()


def test_killed_between_the_two_renames(tmp_path: Path) -> None:
    """Killed after the earlier build was moved away and before the new one came, the next run loses neither."""
    out = tmp_path / "out"
    was = build(tiny(), out)
    out.rename(tmp_path / ".out.replaced")
    with pytest.raises(BuildError):
        build(with_stage(drops), out)
    assert Build.open(out).manifest == was.manifest, "the earlier build stands where it stood"
    built = build(tiny(), out)
    verify(out, built.manifest)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_killed_after_the_renames(tmp_path: Path) -> None:
    """Killed after the new build came and before the earlier one went, the next run clears it away."""
    out = tmp_path / "out"
    build(tiny(), out)
    shutil.copytree(out, tmp_path / ".out.replaced")
    build(tiny(), out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


@pytest.mark.parametrize("state", ["half of the earlier one", "nothing yet", "between two renames"])
def test_states_that_a_kill_leaves(state: str, tmp_path: Path) -> None:
    """Whatever a killed run left beside a build, the next one takes its place and clears up."""
    out = tmp_path / "out"
    was = build(tiny(), out)
    if state == "half of the earlier one":
        (tmp_path / ".out.replaced").mkdir()
        (tmp_path / ".out.replaced" / "train.jsonl").write_text("x")
    elif state == "nothing yet":
        (tmp_path / "out.building").mkdir()
    else:
        shutil.copytree(out, tmp_path / "out.building")
        out.rename(tmp_path / ".out.replaced")
    assert Build.open(out).manifest == was.manifest, "a reader finds it where it stood"
    assert build(tiny(), out).manifest == was.manifest
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_a_source_that_changes_while_it_is_read(tmp_path: Path) -> None:
    """It is found by its hash, no build is made, and what was read is not resumed when the source is as it was."""
    source = tmp_path / "tiny.py"
    shutil.copy(TINY, source)
    recipe = tiny(sources=(source,))
    read = recipe.read

    def changed_meanwhile(paths: Sequence[Path]) -> pl.LazyFrame:
        rows = read(paths).collect()
        source.write_bytes(TINY.read_bytes() + b"\n")
        return rows.with_columns(source=pl.lit("another")).lazy()

    changed_meanwhile.__qualname__, changed_meanwhile.__module__ = read.__qualname__, read.__module__
    with pytest.raises(InputError, match=f"{source} was changed while it was read"):
        build(replace(recipe, read=changed_meanwhile), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    shutil.copy(TINY, source)
    built = build(recipe, tmp_path / "out")
    assert "another" not in built.kept("records").select("source").collect()["source"]


def test_two_builds_at_once(demo_source: Path, tmp_path: Path) -> None:
    """Of two builds into one folder one is refused, by name, and the other is whole."""
    both = [run("build", "legal", "--source", demo_source, "--out", tmp_path / "out") for _ in range(2)]
    ended = sorted(finished(process) for process in both)
    assert [code for code, _, _ in ended] == [0, 7], ended
    assert f"Another build is writing to {tmp_path / 'out'}" in ended[1][2]
    built = Build.open(tmp_path / "out")
    verify(built.folder, built.manifest)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_another_plan_is_not_resumed(tmp_path: Path) -> None:
    """What an interrupted run of other options left behind is not mixed into this one."""
    out = tmp_path / "out"
    with pytest.raises(BuildError):
        build(with_stage(drops, phase="families"), out)
    assert (tmp_path / "out.building" / "phases" / "records.checks.parquet").exists()
    short = make(load(str(TINY)), TINY, {"max_tokens": 40})
    built = build(short, out)
    assert built.manifest.files == build(short, tmp_path / "clean").manifest.files


def test_an_interrupted_run_leaves_no_output_behind(tmp_path: Path) -> None:
    """What an interrupted run wrote beside the phases does not come into the next one: no tokens unless asked for."""
    broken = replace(tiny(), suites={"rows": [str(tmp_path / "missing.json")]})
    with pytest.raises(CurateError):
        build(broken, tmp_path / "out", tokenized=True)
    built = build(tiny(), tmp_path / "out")
    assert not [file.name for file in built.manifest.files if file.name.startswith("tokenized")]


def test_fresh_forgets_phases(tmp_path: Path) -> None:
    """With `fresh` the whole phases of an interrupted run are run again."""
    out = tmp_path / "out"
    first = tmp_path / "out.building" / "phases" / "records.parquet"
    broken = replace(tiny(), figures=lambda seen: {"x": {}["y"]})
    for fresh, same in ((False, None), (False, True), (True, False)):
        before = first.stat().st_mtime_ns if first.exists() else None
        with pytest.raises(CurateError):
            build(broken, out, fresh=fresh)
        assert same is None or (first.stat().st_mtime_ns == before) is same


# What stands in the way.


@pytest.mark.parametrize("beside", [".out.replaced", "out.building", "out.failed"])
def test_a_folder_beside_that_is_no_build(beside: str, tmp_path: Path) -> None:
    """A person's own folder that stands beside is never deleted, whatever its name is."""
    (tmp_path / beside).mkdir()
    (tmp_path / beside / "notes.txt").write_text("mine")
    impossible = tmp_path / "suite.json"
    check = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "tokens", "max_value": 1}}
    impossible.write_text(json.dumps({"name": "impossible", "expectations": [check]}))
    for suites in ({"rows": ["common"]}, {"rows": [str(impossible)]}):
        try:
            build(replace(tiny(), suites=suites), tmp_path / "out")
        except (UsageError, GateError):
            continue
    assert (tmp_path / beside / "notes.txt").is_file()


def test_out_is_a_link(tmp_path: Path) -> None:
    """Where `out` is a link to a build elsewhere, it can be built again, twice, and nothing is left beside it."""
    (tmp_path / "big").mkdir()
    build(tiny(), tmp_path / "big" / "real")
    (tmp_path / "out").symlink_to(tmp_path / "big" / "real")
    for _ in range(2):
        built = build(tiny(), tmp_path / "out")
        verify(tmp_path / "out", built.manifest)
    assert not list(tmp_path.glob("out.*"))


def test_two_builds_into_one_folder(tmp_path: Path, demo_source: Path) -> None:
    """The second of two builds into one folder ends at once with exit code 7; the first goes on undisturbed."""
    out = tmp_path / "out"
    process = run("build", "legal", "--source", demo_source, "--out", out)
    wait_for((tmp_path / "out.building" / "phases" / "records.parquet").exists, process)
    os.killpg(process.pid, signal.SIGSTOP)
    try:
        code, _, err = finished(run("build", "legal", "--source", demo_source, "--out", out))
    finally:
        os.killpg(process.pid, signal.SIGCONT)
    assert code == 7
    said = f"error: Another build is writing to {out}. Wait for it, or give another --out."
    assert err.strip().splitlines() == [said]
    assert finished(process)[0] == 0
    verify(out, Build.open(out).manifest)


# Rows that are few, or none.


def test_a_recipe_whose_rows_all_fall(tmp_path: Path) -> None:
    """A build of which no row is kept fails at its gate, by name, and leaves the figures to look at."""
    none = Keep("never", when=pl.lit(False), detail=pl.lit("no row is good enough"))
    with pytest.raises(GateError, match="expect_table_row_count_to_be_between"):
        build(with_stage(none, "rows", "checks"), tmp_path / "out")
    assert Build.open(tmp_path / "out.failed").counts()["never"] == 6


def test_a_reader_that_finds_nothing(tmp_path: Path) -> None:
    """A source without a record fails at the gate as well."""
    made = tiny()
    with pytest.raises(GateError, match="expect_table_row_count_to_be_between"):
        build(replace(made, read=lambda paths: made.read(paths).filter(pl.lit(False))), tmp_path / "out")


def test_tokens_are_what_the_template_renders(tmp_path: Path) -> None:
    """The tokens of the tiny build are those that the tokenizer gives for its rendered messages."""
    built = build(tiny(), tmp_path / "out")
    tokenizer = load_tokenizer("builtin")
    rows = built.kept().collect()
    assert repr(Count(tokenizer)) in built.flow()[-2].stages
    for messages, ids in rows.select("messages", "input_ids").iter_rows():
        text = tokenizer.template.render(messages).text
        assert list(tokenizer.backend.encode(text, add_special_tokens=False).ids) == ids
