"""Facts about runs that cannot go on: the error names the step and the figure, and nothing is written over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import preset

from curation.base.errors import TrainingError

pytestmark = pytest.mark.usefixtures("libraries")
FALLING = [9.0 - 0.2 * step for step in range(30)]


@pytest.fixture
def trainer(trainers: Callable[..., Any]) -> Any:
    """A trainer that has not begun."""
    return trainers(preset("--epochs", "0.3"))


def rows_of(*labels: list[int]) -> Any:
    from datasets import Dataset

    return Dataset.from_dict({"input_ids": [[0, 5, 6, 7, 4]] * len(labels), "labels": list(labels)})


def test_a_loss_that_is_no_number_stops_the_run(trainer: Any) -> None:
    """A loss of NaN ends training at its step, which the error names, and no step is taken by it."""
    import torch

    weight = next(weight for name, weight in trainer.model.named_parameters() if ".lora_B." in name)
    with torch.no_grad():
        weight[0, 0] = float("nan")
    with pytest.raises(TrainingError, match=r"The loss became nan at step 1\b"):
        trainer.train()
    assert trainer.state.global_step == 0


def test_a_loss_that_becomes_no_number_names_its_step(trainer: Any) -> None:
    """A weight that breaks after the second step is named with the third."""
    import torch
    from transformers import TrainerCallback

    class Spoil(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, args: Any, state: Any, control: Any, **_: object) -> None:
            if state.global_step == 2:
                weight = next(weight for weight in trainer.model.parameters() if weight.requires_grad)
                weight.data.fill_(float("inf"))

    trainer.add_callback(Spoil())
    with torch.random.fork_rng(), pytest.raises(TrainingError, match=r"The loss became (nan|inf) at step 3\b"):
        trainer.train()
    assert trainer.state.global_step == 2


def test_a_batch_without_a_token_to_learn_stops_the_run(trainers: Callable[..., Any]) -> None:
    """A batch whose mask covers nothing is an error with its step, not a loss of zero."""
    made = trainers(preset("--epochs", "1", "--batch", "2"), rows_of(*[[-100] * 5] * 4))
    with pytest.raises(TrainingError, match=r"A batch at step 1 has no token with loss"):
        made.train()


def test_an_adapter_that_moved_nothing_is_an_error(trainer: Any, opened: Any) -> None:
    """A fresh adapter, its B all zeros, does not pass for a trained one."""
    from curation.training.compare import changed

    with pytest.raises(TrainingError, match=r"The adapter changes nothing: 0 of 28 LoRA matrices moved"):
        changed(trainer.model, opened.rows("train"))


def test_an_adapter_that_moved_is_counted(trainer: Any, opened: Any) -> None:
    """One matrix that moved is one of 28, and the log-probabilities change by it."""
    import torch

    from curation.training.compare import changed

    weight = next(weight for name, weight in trainer.model.named_parameters() if ".lora_B." in name)
    torch.nn.init.normal_(weight)
    moved, matrices, difference = changed(trainer.model, opened.rows("train"))
    assert (moved, matrices) == (1, 28)
    assert difference > 0


# A loss that runs away


@pytest.mark.parametrize(
    ("losses", "runs_away"),
    [
        (FALLING, False),
        ([*FALLING, *[20.0] * 10], True),
        ([*FALLING, 60.0], False),
        ([*FALLING, *[8.0] * 10], False),
        ([1.0] * 10 + [2.0] * 10, False),
        ([1.0] * 10 + [4.0] * 9, False),
        ([1.0] * 10 + [4.0] * 10, True),
        ([2.0, *[0.01] * 15, *[0.1] * 10], False),
        ([], False),
    ],
    ids=["falls", "runs away", "one spike", "below the first", "doubled", "few", "four times", "still small", "none"],
)
def test_a_loss_runs_away_by_its_means(losses: list[float], runs_away: bool) -> None:
    """Ten losses above three times the best ten, and above the first, end a run; a spike or a small rise does not."""
    from curation.training.callbacks import _check

    if not runs_away:
        _check(losses, 7)
        return
    with pytest.raises(TrainingError, match=r"The loss runs away: .* over the last 10 entries at step 7"):
        _check(losses, 7)


def test_a_run_whose_loss_runs_away_is_stopped_where_it_logs(tmp_path: Path) -> None:
    """The watch that writes the losses down is what stops; the last one is written first."""
    from transformers import TrainerControl, TrainerState

    from curation.training.callbacks import Stop, Watch, read

    watch = Watch(tmp_path, Stop(), lambda now: None, 2)

    def log(step: int, loss: float) -> None:
        watch.on_log(None, TrainerState(global_step=step), TrainerControl(), {"loss": loss})

    for step in range(19):
        log(step, 1.0 if step < 10 else 4.0)
    with pytest.raises(TrainingError, match="runs away"):
        log(19, 4.0)
    assert [line["loss"] for line in read(tmp_path / "metrics.jsonl")] == [1.0] * 10 + [4.0] * 10


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    """Of metrics that a kill cut off in the middle of a line the whole lines are read."""
    from curation.training.callbacks import read

    file = tmp_path / "metrics.jsonl"
    file.write_bytes(b'{"step":1,"loss":2.0}\n{"step":2,"lo')
    assert read(file) == [{"step": 1, "loss": 2.0}]
    assert read(tmp_path / "none.jsonl") == []
