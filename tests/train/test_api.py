"""Facts about training from Python: the keywords, the run it gives, and files of the current folder."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from runs import SHORT

import curation as cu
from curation.api.runs import Run
from curation.base.errors import UsageError
from curation.training.preset import Preset

OWN = ("build", "preset", "out", "tokenizer", "minutes", "report_to", "fresh", "quiet")
BRIEF = {"epochs": 0.05, "batch": 4, "accumulation": 2, "compare": 0, "log_steps": 1}


def test_the_keywords_are_the_fields_of_a_preset() -> None:
    """After its own, train takes each field by its name, with the field's type or None, and no open keywords."""
    parameters = inspect.signature(cu.train).parameters
    assert list(parameters) == [*OWN, *Preset.model_fields]
    assert not any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())
    hints, fields = get_type_hints(cu.train), get_type_hints(Preset)
    for name in Preset.model_fields:
        assert hints[name] == fields[name] | None, name
        assert parameters[name].default is None


@pytest.mark.usefixtures("libraries")
def test_a_build_is_trained(build: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A Build, a folder or a text gives a Run with its settings, result and adapter; progress is printed."""
    run = cu.train(cu.Build.open(build), preset="tiny", out=tmp_path / "run", packing=False, **BRIEF)  # type: ignore[arg-type]
    assert "step 1 of" in capsys.readouterr().err
    assert isinstance(run, Run)
    assert (run.preset.epochs, run.preset.batch, run.preset.model) == (0.05, 4, "tiny")
    result = run.result()
    assert result
    assert (run.adapter / "adapter_model.safetensors").is_file()
    shown = run._repr_html_()
    assert f"{result['adapter']['loss']:.4f}" in shown
    assert str(run.folder / "index.html") in shown
    with pytest.raises(UsageError, match="is finished"):
        cu.train(str(build), preset="tiny", out=str(run.folder), quiet=True, **BRIEF)  # type: ignore[arg-type]
    assert capsys.readouterr().err == ""
    assert Run.open(run.folder) == run


@pytest.mark.usefixtures("libraries")
def test_a_value_out_of_range_is_a_usage_error(build: Path, tmp_path: Path) -> None:
    """The error names the option, the value and the range, as on the command line."""
    with pytest.raises(UsageError, match=r"--rank 0 is out of range.*1 <= x"):
        cu.train(build, preset="tiny", out=tmp_path / "run", rank=0)
    with pytest.raises(UsageError, match="There is no preset 'legl'"):
        cu.train(build, preset="legl", out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_adapter_is_pushed(finished: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """push hands the run's folder and every keyword to what `curate push` calls."""
    from curation.hub import adapter

    sent: list[Any] = []
    monkeypatch.setattr(adapter, "push_adapter", lambda *given, **options: sent.append((given, options)))
    Run.open(finished.run.folder).push("me/mine", private=True, dataset="me/data", dry_run=True)
    options = {"private": True, "revision": "main", "dataset": "me/data", "dry_run": True}
    assert sent == [((finished.run.folder, "me/mine"), options)]


# Files of the current folder


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    """A folder with files of a person's own that have the names of libraries, and of this project's parts."""
    for name in ("datasets", "trl", "train", "schemas"):
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('the wrong {name}')\n", "utf8")
    return tmp_path


def python(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    alone = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *map(str, words)]
    return subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True)


@pytest.mark.usefixtures("libraries")
def test_a_notebook_beside_such_files_trains(build: Path, strange: Path) -> None:
    """With the current folder first on the path, as in a notebook, the libraries are imported and not the files."""
    code = f"""
import sys
assert sys.path[0] == ""
import curation as cu
run = cu.train({str(build)!r}, preset="tiny", out="run", quiet=True, **{BRIEF!r})
assert run.result() and sys.path[0] == ""
"""
    ended = python(strange, "-c", code)
    assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")


@pytest.mark.usefixtures("libraries")
def test_commands_beside_such_files_work(build: Path, finished: Any, strange: Path) -> None:
    """train, generate and estimate, started with the current folder first on the path."""
    curate = ("-m", "curation.cli.app")
    trained = python(
        strange, *curate, "train", build, "--preset", "tiny", "--out", "run", *SHORT, "--epochs", "0.05", "--json"
    )
    assert trained.returncode == 0, trained.stderr
    assert json.loads(trained.stdout)["epochs"] == 0.05
    asked = python(strange, *curate, "generate", finished.run.folder, "Where?", "--new-tokens", 4, "--json")
    assert asked.returncode == 0, asked.stderr
    estimated = python(strange, *curate, "estimate", build, "--preset", "tiny", "--gpu", "cpu", "--json")
    assert estimated.returncode == 0, estimated.stderr


@pytest.mark.usefixtures("libraries")
def test_such_a_file_that_is_loaded_already_is_named(build: Path, tmp_path: Path) -> None:
    """A notebook that imported its own datasets.py before is told to rename it."""
    (tmp_path / "datasets.py").write_text("mine = 1\n", "utf8")
    code = f"import datasets, curation as cu; cu.train({str(build)!r}, preset='tiny', out='run')"
    ended = python(tmp_path, "-c", code)
    assert "datasets.py is loaded in place of the library datasets. Rename it" in ended.stderr
    assert not (tmp_path / "run").exists()
