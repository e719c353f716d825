"""Facts about a run that is given other epochs: it resumes on the schedule of the new ones, and says so."""

from __future__ import annotations

import json
import shutil
from math import cos, pi
from pathlib import Path
from typing import Any

import pytest
from runs import go, metrics, preset

from curation.base.errors import Unfinished, UsageError
from curation.training import checkpoints
from curation.training.run_folder import open_run

pytestmark = pytest.mark.usefixtures("libraries")
STEADY = ("--schedule", "constant", "--warmup", "0", "--dropout", "0.1", "--compare", "0")


@pytest.fixture
def copied(finished: Any, tmp_path: Path) -> Path:
    """A copy of the finished run of one epoch."""
    return Path(shutil.copytree(finished.run.folder, tmp_path / "run"))


def weights(run: Path) -> bytes:
    return (run / "adapter" / "adapter_model.safetensors").read_bytes()


def test_a_finished_run_is_lengthened(build: Path, opened: Any, copied: Path) -> None:
    """Two epochs where one was trained: the second alone is trained; settings, result and lines say so."""
    before, last = weights(copied), checkpoints.step(checkpoints.found(copied / "checkpoints")[0])
    lines, taken = list[str](), list[int]()
    go(build, copied, "--epochs", "2", lines=lines, steps=taken)
    assert taken == list(range(last + 1, 2 * last + 1))
    assert f"resuming from checkpoint-{last}" in lines
    assert any("epochs changed from 1 to 2" in line and "cosine schedule of 2 epochs" in line for line in lines)
    run = open_run(copied)
    result = run.result()
    assert result
    assert result["tokens_seen"] == 2 * opened.manifest.splits["train"].tokens
    assert (result["epochs"], result["earlier_epochs"]) == (2, [1])
    assert (run.preset.epochs, run.settings.earlier_epochs) == (2, (1,))
    assert "| 2 epochs, " in (copied / "adapter" / "README.md").read_text("utf8")
    assert weights(copied) != before
    rates = {line["step"]: line["learning_rate"] for line in metrics(copied) if "learning_rate" in line}
    warmup = round(preset().warmup * 2 * last)
    for step in (last + 1, last + 2, 2 * last):  # the first step has the rate of the longer schedule, too
        share = (step - 1 - warmup) / (2 * last - warmup)
        assert rates[step] == pytest.approx(preset().learning_rate * (1 + cos(pi * share)) / 2, rel=1e-6)


@pytest.mark.parametrize("name", ["cosine", "linear", "constant_with_warmup"])
def test_the_rate_is_that_of_the_longer_schedule(name: str) -> None:
    """The states of 20 steps, loaded where there are 40, have the rates that 40 steps have from the twentieth on."""
    import torch
    from transformers import get_scheduler

    from curation.training.callbacks import _follow

    def made(steps: int) -> tuple[Any, Any]:
        optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=1e-3)
        return optimizer, get_scheduler(name, optimizer, 2, steps)

    def walk(optimizer: Any, schedule: Any, steps: int) -> list[float]:
        rates = []
        for _ in range(steps):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        return rates

    short, long, resumed = made(20), made(40), made(40)
    walk(*short, 20)
    for one, state in zip(resumed, short, strict=True):
        one.load_state_dict(state.state_dict())
    _follow(*resumed)
    assert resumed[1].get_last_lr() == [resumed[0].param_groups[0]["lr"]]
    assert walk(*resumed, 20) == pytest.approx(walk(*long, 40)[20:])


def test_a_lengthened_run_of_a_constant_rate_is_that_of_all_epochs(build: Path, tmp_path: Path) -> None:
    """Where the schedule is the same, one epoch and then another end with the bytes of two epochs at once."""
    go(build, tmp_path / "whole", *STEADY, "--epochs", "1")
    go(build, tmp_path / "parts", *STEADY, "--epochs", "0.5")
    go(build, tmp_path / "parts", *STEADY, "--epochs", "1")
    assert weights(tmp_path / "parts") == weights(tmp_path / "whole")


def test_a_lengthened_run_that_is_interrupted_resumes(build: Path, copied: Path) -> None:
    """The result of fewer epochs is gone at once, so that the same command goes on to the end of all epochs."""
    with pytest.raises(Unfinished, match="Run again to resume"):
        go(build, copied, "--epochs", "1.5", minutes=0.0001)
    assert open_run(copied).result() is None
    go(build, copied, "--epochs", "1.5")
    result = open_run(copied).result()
    assert result
    assert (result["epochs"], result["earlier_epochs"]) == (1.5, [1])


def test_an_interrupted_run_takes_other_epochs(build: Path, tmp_path: Path) -> None:
    """Fewer epochs than were asked for, but more than were trained, end the run sooner."""
    out = tmp_path / "run"
    with pytest.raises(Unfinished):
        go(build, out, "--compare", "0", "--epochs", "1", minutes=0.0001)
    go(build, out, "--compare", "0", "--epochs", "0.2")
    assert open_run(out).settings.earlier_epochs == (1,)
    assert json.loads((out / "result.json").read_bytes())["epochs"] == 0.2


def test_fewer_epochs_than_were_trained_are_refused(build: Path, copied: Path) -> None:
    """The error names both numbers; the run stays as it is."""
    before = (copied / "run.json").read_bytes()
    with pytest.raises(UsageError, match=r"has trained for 1 epochs, more than --epochs 0\.5"):
        go(build, copied, "--epochs", "0.5")
    assert (copied / "run.json").read_bytes() == before
    assert open_run(copied).result()


def test_a_finished_run_without_checkpoints_is_not_begun_again(build: Path, copied: Path) -> None:
    """Where the checkpoints were removed there is nothing to resume from, and the adapter stays."""
    shutil.rmtree(copied / "checkpoints")
    before = weights(copied)
    with pytest.raises(UsageError, match="no whole checkpoint left to resume from"):
        go(build, copied, "--epochs", "2")
    assert weights(copied) == before


def test_other_settings_are_refused_with_other_epochs(build: Path, copied: Path) -> None:
    """More epochs do not open a run to another rank; the error names the rank alone."""
    with pytest.raises(UsageError, match=r"other settings: rank 8 -> 4\. ") as error:
        go(build, copied, "--epochs", "2", "--rank", "4")
    assert "epochs" not in error.value.fact
