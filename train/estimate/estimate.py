"""An estimate for a build, a preset and a device: bytes, batches, time, and what to change where nothing fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curation.training.data import open_build
from curation.training.estimate.gpus import Gpu, gpu_of
from curation.training.estimate.memory import Memory, fits, memory
from curation.training.estimate.shapes import BUILTIN, Shape, shape_of
from curation.training.estimate.speed import Epoch, epoch
from curation.training.estimate.step import Step
from curation.training.lengths import lengths, with_limit
from curation.training.precision import Precision, decide
from curation.training.preset import Preset


@dataclass(frozen=True)
class Choice:
    """A batch of one device, and the batches to a step of the optimizer."""

    batch: int
    accumulation: int
    memory: Memory
    fits: bool
    epoch: Epoch


@dataclass(frozen=True)
class Plan:
    """What `curate estimate` found. Bytes are those of one device, tokens those of the train rows."""

    build: str
    model: str
    gpu: Gpu
    precision: Precision
    parameters: int
    trainable: int
    """Numbers in LoRA's matrices."""
    rows: int
    longest: int
    """Tokens of the longest row."""
    length: int
    """Tokens of the longest row that would be trained: `longest`, but at most max_tokens."""
    longer: int
    """Rows longer than max_tokens. A run refuses a build that has any."""
    asked: Choice
    """The preset as it is written."""
    choices: tuple[Choice, ...]
    """Every batch that keeps the rows to a step of the optimizer as the preset has them."""
    best: Choice | None
    """The fastest that fits; the largest where the device's speed is unknown."""
    limit: int | None
    """Where nothing fits: the most tokens a row may have, one row to a batch; 0 where even the weights do not fit."""
    over: int
    """Rows longer than `limit`."""
    ways: tuple[str, ...]
    """Where nothing fits: options to change, each line of which makes it fit."""
    notes: tuple[str, ...]


def estimate(build: str | Path, preset: Preset, gpu: str) -> Plan:
    """The plan for a build folder, or a build's name. No model is loaded, and no library that computes.

    UsageError, InputError, BuildError: an unknown device, model or projection, or a build that cannot be read.
    """
    data = open_build(build)
    split = data.manifest.splits["train"]
    trained = split.trained_tokens / max(split.tokens, 1)
    preset = with_limit(preset, data)
    return plan(shape_of(preset.model), preset, gpu_of(gpu), lengths(data), trained, str(data.folder))


def plan(shape: Shape, preset: Preset, gpu: Gpu, rows: NDArray[np.int64], trained: float, build: str = "") -> Plan:
    """The plan for rows of so many tokens, of which the share `trained` has a loss; of any length without a limit."""
    precision = decide(gpu.device, preset)
    longest = int(rows.max())
    most = preset.max_tokens or longest
    length = most if preset.packing else min(longest, most)
    one = Step(shape, preset, precision, gpu, 1, length)
    taken = np.minimum(rows, most)
    options = choices(one, taken, trained)
    best = fastest(options)
    limit = None if best else longest_fitting(one)
    return Plan(
        build=build,
        model=preset.model,
        gpu=gpu,
        precision=precision,
        parameters=shape.parameters(),
        trainable=one.trainable,
        rows=len(rows),
        longest=longest,
        length=length,
        longer=int((rows > most).sum()),
        asked=choice(one, preset.batch, preset.accumulation, taken, trained),
        choices=options,
        best=best,
        limit=limit,
        over=0 if limit is None else int((rows > limit).sum()),
        ways=() if best else tuple(_ways(one)),
        notes=tuple(_notes(gpu, preset)),
    )


def largest(options: tuple[Choice, ...]) -> Choice | None:
    """The largest batch that fits."""
    return max((option for option in options if option.fits), key=lambda option: option.batch, default=None)


def choice(one: Step, batch: int, accumulation: int, rows: NDArray[np.int64], trained: float) -> Choice:
    """What `batch` costs, with everything else as in `one`."""
    step = replace(one, batch=batch)
    return Choice(batch, accumulation, memory(step), fits(step), epoch(step, accumulation, rows, trained))


def choices(one: Step, rows: NDArray[np.int64], trained: float) -> tuple[Choice, ...]:
    """Every batch that divides the rows to a step of the optimizer, the smallest first."""
    share = one.preset.batch * one.preset.accumulation
    sizes = [size for size in range(1, share + 1) if share % size == 0]
    return tuple(choice(one, size, share // size, rows, trained) for size in sizes)


def fastest(options: tuple[Choice, ...]) -> Choice | None:
    """The batch that fits with the least time to an epoch; the largest where no time is known."""
    timed = {option.epoch.seconds: option for option in options if option.fits and option.epoch.seconds is not None}
    return timed[min(timed)] if timed else largest(options)


def longest_fitting(one: Step) -> int:
    """The most tokens that one row may have, up to the length of `one`; 0 where not even one token fits."""
    fitting, failing = 0, one.length + 1
    while failing - fitting > 1:
        middle = (fitting + failing) // 2
        if fits(replace(one, batch=1, length=middle)):
            fitting = middle
        else:
            failing = middle
    return fitting


def _ways(one: Step) -> Iterator[str]:
    """Options that make one row of the asked length fit: each alone, or the first few together; the next model."""
    changes: dict[str, dict[str, object]] = {
        "--checkpointing": {"checkpointing": True},
        "--bits 4": {"bits": 4},
        "--optimizer paged_adamw_8bit": {"optimizer": "paged_adamw_8bit"},
        "--no-packing": {"packing": False},
        "--rank 8": {"rank": min(8, one.preset.rank)},
        "--targets q_proj,v_proj": {} if one.shape.fused else {"targets": "q_proj, v_proj"},
    }
    changed = {option: one.preset.model_copy(update=change) for option, change in changes.items()}
    alone = [option for option, preset in changed.items() if fits(_changed(one, one.shape, preset))]
    yield from alone or _together(one, changes)
    smaller = {name: shape for name, shape in BUILTIN.items() if shape.parameters() < one.shape.parameters()}
    for name, shape in sorted(smaller.items(), key=lambda item: -item[1].parameters()):
        if name != "tiny" and fits(_changed(one, shape, one.preset)):
            yield f"--model {name}"
            return


def _together(one: Step, changes: dict[str, dict[str, object]]) -> Iterator[str]:
    preset, options = one.preset, ""
    for option, change in changes.items():
        before, preset = preset, preset.model_copy(update=change)
        options += f" {option}" * (preset != before)
        if fits(_changed(one, one.shape, preset)):
            yield options.strip()
            return


def _changed(one: Step, shape: Shape, preset: Preset) -> Step:
    return replace(one, shape=shape, preset=preset, precision=decide(one.gpu.device, preset), batch=1)


def _notes(gpu: Gpu, preset: Preset) -> Iterator[str]:
    if gpu.count > 1:
        yield (
            f"A run uses one of the {gpu.count} devices, and these figures are those of one; the others can train "
            "another run: CUDA_VISIBLE_DEVICES=1 curate train ..."
        )
    if gpu.tflops is None:
        yield "There is no estimate of the time: how fast this device computes is not known."
    if preset.optimizer.startswith("paged") and gpu.cuda:
        yield "The paged optimizer moves its state to the host when memory is short; it is counted as if it stayed."
