"""Checkpoints that can be trusted: sealed when they are whole, checked before one is resumed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import orjson

_SEAL = "seal.json"
_STATES = ("trainer_state.json", "optimizer.pt", "scheduler.pt", "adapter_model.safetensors")
_NAME = re.compile(r"checkpoint-(\d+)")


def found(folder: Path) -> list[Path]:
    """The checkpoints in `folder`, newest first, by their number: checkpoint-1000 after checkpoint-200."""
    there = folder.iterdir() if folder.is_dir() else ()
    return sorted((path for path in there if _NAME.fullmatch(path.name)), key=step, reverse=True)


def step(checkpoint: Path) -> int:
    named = _NAME.fullmatch(checkpoint.name)
    assert named, checkpoint
    return int(named[1])


def seal(checkpoint: Path) -> None:
    """Write down size and hash of every file, last of all: a checkpoint without a seal was never finished."""
    files = {path.name: _hashed(path) for path in sorted(checkpoint.iterdir()) if path.name != _SEAL}
    partial = checkpoint / f"{_SEAL}.part"
    partial.write_bytes(orjson.dumps({"step": step(checkpoint), "files": files}, option=orjson.OPT_INDENT_2))
    partial.rename(checkpoint / _SEAL)


def fault(checkpoint: Path) -> str | None:
    """What is wrong with a checkpoint, or None: sealed, files as they were written, states there, step right."""
    try:
        told = orjson.loads((checkpoint / _SEAL).read_bytes())
    except FileNotFoundError:
        return "it was never finished (no seal.json)"
    except orjson.JSONDecodeError:
        return "its seal.json is damaged"
    for name in _STATES:
        if name not in told["files"]:
            return f"{name} was never written"
    for name, (size, digest) in told["files"].items():
        path = checkpoint / name
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != size:
            return f"{name} has {path.stat().st_size:,} bytes and had {size:,}"
        if _hashed(path)[1] != digest:
            return f"{name} has changed since it was written"
    state = orjson.loads((checkpoint / "trainer_state.json").read_bytes())
    if not told["step"] == state["global_step"] == step(checkpoint):
        return f"it holds step {state['global_step']}"
    return None


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


def _hashed(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        digest, size = sha256(), 0
        while block := file.read(1 << 20):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()
