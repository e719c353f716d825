"""Checkpoints that can be trusted: sealed when they are whole, checked before one is resumed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

from pydantic import BaseModel, ValidationError

from curation.base.files import content
from curation.base.seals import Seal, changed, read_seal, write_seal

_STATES = ("trainer_state.json", "optimizer.pt", "scheduler.pt", "adapter_model.safetensors")
_NAME = re.compile(r"checkpoint-(\d+)")


class _Sealed(Seal):
    step: int


class State(BaseModel):
    """What is taken from a trainer_state.json."""

    global_step: int
    epoch: float = 0.0


def found(folder: Path) -> list[Path]:
    """The checkpoints in `folder`, newest first, by their number: checkpoint-1000 after checkpoint-200."""
    there = folder.iterdir() if folder.is_dir() else ()
    return sorted((path for path in there if _NAME.fullmatch(path.name) and path.is_dir()), key=step, reverse=True)


def step(checkpoint: Path) -> int:
    """The step in the name of a checkpoint's folder."""
    named = _NAME.fullmatch(checkpoint.name)
    assert named, checkpoint
    return int(named[1])


def seal(checkpoint: Path) -> None:
    """Write down size and hash of every file, last of all: a checkpoint without a seal was never finished."""
    write_seal(checkpoint, {"step": step(checkpoint)})


def fault(checkpoint: Path) -> str | None:
    """What is wrong with a checkpoint, or None: sealed, files as they were written, states there, step right."""
    sealed = read_seal(checkpoint, _Sealed)
    if isinstance(sealed, str):
        return sealed
    for name in _STATES:
        if name not in sealed.files:
            return f"{name} was never written"
    if wrong := changed(checkpoint, sealed):
        return wrong
    try:
        state = read_state(checkpoint)
    except ValidationError:
        return "its trainer_state.json is damaged"
    if not sealed.step == state.global_step == step(checkpoint):
        return f"it holds step {state.global_step}"
    return None


def read_state(checkpoint: Path) -> State:
    """How far a checkpoint without a fault is."""
    return State.model_validate_json(content(checkpoint / "trainer_state.json"))


def newest(folder: Path) -> tuple[Path | None, list[tuple[Path, str]]]:
    """The newest checkpoint without a fault, and the newer ones with theirs."""
    skipped: list[tuple[Path, str]] = []
    for checkpoint, wrong in _judged(folder):
        if wrong is None:
            return checkpoint, skipped
        skipped.append((checkpoint, wrong))
    return None, skipped


def drop(folder: Path, keep: int) -> None:
    """Remove all but the `keep` newest, by their number.

    The library does so before a checkpoint is sealed, and by time: what a kill left half removed counts as new.
    """
    for old in found(folder)[keep:]:
        rmtree(old)


def _judged(folder: Path) -> Iterator[tuple[Path, str | None]]:
    return ((checkpoint, fault(checkpoint)) for checkpoint in found(folder))
