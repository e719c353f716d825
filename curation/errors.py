"""How errors are made from a stranger's exceptions; their kinds stand in schemas.errors, for training shares them."""

from __future__ import annotations

import os
import site
from collections.abc import Callable
from pathlib import Path
from traceback import extract_tb

import schemas.errors
from schemas.errors import (
    BuildError,
    BusyError,
    CurateError,
    DiskError,
    GateError,
    InputError,
    ShareError,
    UsageError,
    nearest,
)

__all__ = [
    "BuildError",
    "BusyError",
    "CurateError",
    "DiskError",
    "GateError",
    "InputError",
    "ShareError",
    "Translate",
    "UsageError",
    "mistake",
    "nearest",
    "told",
]


class Translate:
    """`with Translate(make):` an exception inside, unless one of ours, becomes what `make` makes of it, if anything.

    For places where a stranger's code runs: a person's recipe, a binding that raises no type of its own.
    """

    def __init__(self, make: Callable[[Exception], CurateError | None]) -> None:
        self.make = make

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, CurateError):
            made = self.make(error)
            if made is not None:
                raise made from error


def mistake(error: Exception) -> InputError | None:
    """A mistake in a person's own file, with its innermost line there; None where no such file was passed."""
    place = _place(error)
    return InputError(f"{place}: {told(error)}", "Mend it there.") if place else None


def told(error: Exception) -> str:
    """Type and message, on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _place(error: Exception) -> str | None:
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_shown(error.filename)}, line {error.lineno}"
    frames = [frame for frame in extract_tb(error.__traceback__) if _is_theirs(frame.filename)]
    return f"{_shown(frames[-1].filename)}, line {frames[-1].lineno}" if frames else None


def _is_theirs(file: str) -> bool:
    ours = (
        Path(__file__).parent,
        Path(schemas.errors.__file__).parent,
        Path(os.__file__).parent,
        *map(Path, site.getsitepackages()),
    )
    return Path(file).is_file() and not any(Path(file).is_relative_to(folder) for folder in ours)


def _shown(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
