"""Fixtures that the tests of training share: the libraries, two small builds, and one finished run."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from runs import go

from curation.demo import banking
from curation.recipes.loading import load, make
from curation.runner.build import build as make_build

if TYPE_CHECKING:
    from curation.training.compare import Comparison
    from curation.training.data import TrainingData
    from curation.training.run_folder import Run

EXTRA = ("torch", "transformers", "trl", "peft", "accelerate", "bitsandbytes", "datasets", "rapidfuzz", "sklearn")


class Finished(NamedTuple):
    """A run that came to its end, what it found, and the lines it reported."""

    run: Run
    found: Comparison
    lines: list[str]


@pytest.fixture(scope="session")
def libraries() -> Iterator[None]:
    """The extra `train`, on one thread: sharing out small tensors takes longer than computing them."""
    missing = [name for name in EXTRA if find_spec(name) is None]
    if missing:
        pytest.skip(f"the extra `train` is not installed: no {', '.join(missing)}")
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The banking demo, every fourth intent of it."""
    folder = tmp_path_factory.mktemp("bank")
    kept = set(sorted({row.category for row in banking.splits()["test"]})[::4])
    banking.write_banking(folder)
    for name in ("train.csv", "test.csv"):
        with (folder / name).open(encoding="utf8", newline="") as file:
            header, *rows = csv.reader(file)
        with (folder / name).open("w", encoding="utf8", newline="") as file:
            csv.writer(file).writerows([header, *(row for row in rows if row[1] in kept)])
    return folder


@pytest.fixture(scope="session")
def build(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Queries and their intents, with tokenized/; tests read it and never write to it."""
    out = tmp_path_factory.mktemp("datasets_out") / "banking"
    return make_build(make(load("banking"), source, {"task": "intent"}, demo=True), out, tokenized=True).folder


@pytest.fixture(scope="session")
def untokenized(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same build made without --tokenized."""
    out = tmp_path_factory.mktemp("datasets_out") / "banking"
    return make_build(make(load("banking"), source, {"task": "intent"}, demo=True), out).folder


@pytest.fixture(scope="session")
def opened(build: Path) -> TrainingData:
    from curation.training.data import open_build

    return open_build(build)


@pytest.fixture(scope="session")
def finished(build: Path, libraries: None, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """One epoch of the tiny model on `build`."""
    from curation.training.run_folder import open_run

    out, lines = tmp_path_factory.mktemp("runs") / "banking-tiny", list[str]()
    found = go(build, out, "--epochs", "1", lines=lines)
    return Finished(open_run(out), found, lines)


@pytest.fixture(scope="session")
def trainers(build: Path, libraries: None, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """trainers(preset, rows=None): the trainer that a run of that preset makes, and the rows it was handed."""
    from curation.training import model, run, trainer
    from curation.training.callbacks import Stop, Watch
    from curation.training.data import open_build
    from curation.training.lengths import with_limit
    from curation.training.libraries import libraries as quiet
    from curation.training.precision import decide, here
    from curation.training.resolve import resolve

    def made(preset: Any, rows: Any = None) -> Any:
        with quiet():
            data = open_build(build)
            preset = with_limit(preset, data)
            precision = decide(here(), preset)
            opened = resolve(tmp_path_factory.mktemp("run") / "one", data, preset, precision, False)
            tokenizer = run._tokenizer(data, preset, None)
            train, validation = run._rows(data, preset, run.Reporter(lambda line: None, lambda now: None))
            base = model.base(run._base(opened, preset, tokenizer), precision)
            watch = Watch(opened.folder, Stop(), lambda now: None, preset.keep)
            rows = train if rows is None else rows
            return trainer.make(base, tokenizer, rows, validation, preset, precision, opened.checkpoints, watch, "none")

    return made
