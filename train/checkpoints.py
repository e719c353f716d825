"""Checkpoints that can be trusted: sealed when they are whole, checked before one is resumed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from curation.base.files import hashed, write_whole
from curation.schemas.names import name_fault

_SEAL = "seal.json"
_STATES = ("trainer_state.json", "optimizer.pt", "scheduler.pt", "adapter_model.safetensors")
_NAME = re.compile(r"checkpoint-(\d+)")


def found(folder: Path) -> list[Path]:
    """The checkpoints in `folder`, newest first, by their number: checkpoint-1000 after checkpoint-200."""
    there = folder.iterdir() if folder.is_dir() else ()
    return sorted((path for path in there if _NAME.fullmatch(path.name)), key=step, reverse=True)


def step(checkpoint: Path) -> int:
    """The step in the name of a checkpoint's folder."""
    named = _NAME.fullmatch(checkpoint.name)
    assert named, checkpoint
    return int(named[1])


def seal(checkpoint: Path) -> None:
    """Write down size and hash of every file, last of all: a checkpoint without a seal was never finished."""
    files = {path.name: _size_and_hash(path) for path in sorted(checkpoint.iterdir()) if path.name != _SEAL}
    content = {"step": step(checkpoint), "files": files}
    write_whole(checkpoint / _SEAL, orjson.dumps(content, option=orjson.OPT_INDENT_2))


def fault(checkpoint: Path) -> str | None:
    """What is wrong with a checkpoint, or None: sealed, files as they were written, states there, step right."""
    try:
        sealed = orjson.loads((checkpoint / _SEAL).read_bytes())
    except FileNotFoundError:
        return "it was never finished (no seal.json)"
    except orjson.JSONDecodeError:
        return "its seal.json is damaged"
    for name in _STATES:
        if name not in sealed["files"]:
            return f"{name} was never written"
    for name, (size, digest) in sealed["files"].items():
        if wrong := name_fault(name):
            return f"its seal.json names {name!r}, and {wrong}"
        path = checkpoint / name
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != size:
            return f"{name} has {path.stat().st_size:,} bytes and had {size:,}"
        if _size_and_hash(path)[1] != digest:
            return f"{name} has changed since it was written"
    state = read_state(checkpoint)
    if not sealed["step"] == state["global_step"] == step(checkpoint):
        return f"it holds step {state['global_step']}"
    return None


def read_state(checkpoint: Path) -> dict[str, Any]:
    """trainer_state.json: `global_step`, `epoch` and what was logged."""
    state: dict[str, Any] = orjson.loads((checkpoint / "trainer_state.json").read_bytes())
    return state


def newest(folder: Path) -> tuple[Path | None, list[tuple[Path, str]]]:
    """The newest checkpoint without a fault, and the newer ones with theirs."""
    skipped: list[tuple[Path, str]] = []
    for checkpoint, wrong in _judged(folder):
        if wrong is None:
            return checkpoint, skipped
        skipped.append((checkpoint, wrong))
    return None, skipped


def _judged(folder: Path) -> Iterator[tuple[Path, str | None]]:
    return ((checkpoint, fault(checkpoint)) for checkpoint in found(folder))


def _size_and_hash(path: Path) -> tuple[int, str]:
    found = hashed(path, path.name)
    return found.bytes, found.sha256
