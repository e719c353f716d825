"""What happens beside training: figures written down, checkpoints sealed, time and signals obeyed."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import orjson
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from curation.base.errors import InputError, TrainingError
from curation.base.files import content, write_whole
from curation.training import checkpoints

_WORSE = 3.0  # times the best mean loss of late, and above the first: that run will not come back
_LATE = 10  # logged losses that a mean is taken over


class _Line(BaseModel):
    """A line of metrics.jsonl; what is no number (NaN) stands there as null."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int | float | None] = Field(init=False)

    step: int


@dataclass(frozen=True)
class Progress:
    """How far a run is. `left`: seconds at the pace so far; `memory`: bytes at their peak."""

    step: int
    steps: int
    loss: float | None
    pace: float
    """Tokens a second, padding not counted."""
    memory: int
    left: float


@dataclass
class Stop:
    """Set by a signal or by the time budget; the run saves at the end of its step, and stops."""

    minutes: float | None = None
    because: str | None = None
    began: float = field(default_factory=time.monotonic)

    def asked(self) -> str | None:
        """Whether the run shall stop at the next step."""
        if self.because is None and self.minutes is not None and time.monotonic() - self.began > self.minutes * 60:
            self.because = f"the {self.minutes:g} minutes are over"
        return self.because

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT ask to stop; a second one does what it always did."""
        before = {which: signal.getsignal(which) for which in (signal.SIGTERM, signal.SIGINT)}

        def note(which: int, frame: FrameType | None) -> None:
            self.because = f"{signal.Signals(which).name} came"
            signal.signal(which, before[signal.Signals(which)])

        for which in before:
            signal.signal(which, note)
        try:
            yield
        finally:
            for which, handler in before.items():
                signal.signal(which, handler)


class Watch(TrainerCallback):  # type: ignore[misc]
    """Writes `metrics.jsonl`, seals checkpoints, calls `show` after every step, and stops the run when asked."""

    def __init__(self, folder: Path, stop: Stop, show: Callable[[Progress], None], keep: int) -> None:
        self.keep = keep
        self.file = folder / "metrics.jsonl"
        self.stop, self.show = stop, show
        self.losses: list[float] = []
        self.began, self.first, self.tokens_before = time.monotonic(), 0, 0

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        optimizer: Any = None,
        lr_scheduler: Any = None,
        **_: object,
    ) -> None:
        """What an interrupted run wrote after its checkpoint will be written again, so it goes."""
        if state.global_step:
            _follow(optimizer, lr_scheduler)
        done = (line for line in read(self.file) if line["step"] <= state.global_step)
        kept = [line for line in done if "total_flos" not in line]  # the last line of a process, about it alone
        write_whole(self.file, b"".join(orjson.dumps(line) + b"\n" for line in kept))
        self.losses = [line["loss"] for line in kept if "loss" in line]
        self.began, self.first = time.monotonic(), state.global_step
        self.tokens_before = int(state.num_input_tokens_seen)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: object,
    ) -> None:
        """Write what the trainer logs as a line of metrics.jsonl, and report the progress."""
        logged = {name: value for name, value in (logs or {}).items() if name != "train_loss"}  # of this process alone
        line = {"step": state.global_step, "seconds": round(time.monotonic() - self.began, 1), **logged}
        with self.file.open("ab") as file:
            file.write(orjson.dumps(line) + b"\n")
        if logs and "loss" in logs:
            self.losses.append(logs["loss"])
            _check(self.losses, state.global_step)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object) -> None:
        """Save and stop where that was asked for."""
        spent = time.monotonic() - self.began
        pace = (int(state.num_input_tokens_seen) - self.tokens_before) / max(spent, 1e-9)
        left = spent / max(state.global_step - self.first, 1) * (state.max_steps - state.global_step)
        last = self.losses[-1] if self.losses else None
        peak = torch.cuda.max_memory_allocated() if torch.cuda.is_available() else _resident()
        self.show(Progress(state.global_step, state.max_steps, last, pace, peak, left))
        if self.stop.asked():
            control.should_save = control.should_training_stop = True

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object) -> None:
        """Seal the checkpoint that was saved; then the oldest may go."""
        checkpoints.seal(Path(args.output_dir) / f"checkpoint-{state.global_step}")
        checkpoints.drop(Path(args.output_dir), self.keep)

    def evaluated(self, step: int) -> bool:
        """Whether there is an evaluation of that step."""
        return any("eval_loss" in line and line["step"] == step for line in read(self.file))


def read(file: Path) -> list[dict[str, float]]:
    """The lines of a metrics.jsonl; a last line that was cut off by a kill is left out. InputError naming another."""
    if not file.is_file():
        return []
    lines = content(file).split(b"\n")[:-1]
    return [_figures(file, number, line) for number, line in enumerate(lines, 1) if line]


def _figures(file: Path, number: int, line: bytes) -> dict[str, float]:
    try:
        written = _Line.model_validate_json(line)
    except ValidationError as error:
        raise InputError(
            f"Line {number} of {file} does not hold figures: {error.errors()[0]['msg']}",
            "It is damaged, or of another version. Remove the line: a run goes on without it.",
        ) from error
    return {name: float("nan") if value is None else value for name, value in written.model_dump().items()}


def _follow(optimizer: Any, schedule: Any) -> None:
    """Sets the learning rate to that of `schedule` at its step; a checkpoint holds that of the epochs before."""
    for group, base, factor in zip(optimizer.param_groups, schedule.base_lrs, schedule.lr_lambdas, strict=True):
        group["lr"] = base * factor(schedule.last_epoch)
    schedule._last_lr = [group["lr"] for group in optimizer.param_groups]  # what is logged


def _check(losses: list[float], step: int) -> None:
    """TrainingError where the mean of the last losses is far above the best such mean, and above the first loss."""
    if len(losses) < 2 * _LATE:
        return
    means = [sum(losses[at : at + _LATE]) / _LATE for at in range(len(losses) - _LATE + 1)]
    if means[-1] > _WORSE * min(means) and means[-1] > losses[0]:
        raise TrainingError(
            f"The loss runs away: {means[-1]:.2f} over the last {_LATE} entries at step {step}, {min(means):.2f} at "
            "its best",
            "Lower --learning-rate; the checkpoints before it are kept.",
        )


def _resident() -> int:
    """Peak memory of this process in bytes."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
