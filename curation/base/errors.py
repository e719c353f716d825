"""Every error a person can cause: the fact with its value, what was expected, what to do; and its exit code.

Below the kinds: how an exception of a stranger's code (a person's recipe, a library) becomes one of them.
"""

from __future__ import annotations

import os
import site
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb
from typing import cast

from curation.base.secrets import without_secrets


class CurateError(Exception):
    """Base of all errors that are shown as one line. `exit_code` is what the command line ends with.

    What the values in it may hold of secrets (an address, a message of a server) is left out here, once for all.
    """

    exit_code = 1

    def __init__(self, fact: str, hint: str = "") -> None:
        fact, hint = without_secrets(fact), without_secrets(hint)
        self.fact, self.hint = fact, hint
        end = "" if fact.endswith((".", "?", "!")) else "."
        super().__init__(f"{fact}{end} {hint}" if hint else fact)


class UsageError(CurateError):
    """An invalid argument: a word, a number or an option that is unknown or out of range."""

    exit_code = 2


class InputError(CurateError):
    """A source file, a tokenizer or a template that cannot be read as what it should be."""

    exit_code = 3


class GateError(CurateError):
    """The build ran, nothing was lost, and a check of the dataset did not pass."""

    exit_code = 4


class BuildError(CurateError):
    """A build folder that is not whole, or a stage that broke its promise (a row lost, added or twice)."""

    exit_code = 5


class DiskError(CurateError):
    """The system refused to read or write: no space, no permission, no such place."""

    exit_code = 6


class BusyError(CurateError):
    """Another build is writing to the same folder."""

    exit_code = 7


class TrainingError(CurateError):
    """Training cannot go on: the loss is no number or runs away, or the adapter does not move."""

    exit_code = 8


class ShareError(CurateError):
    """The Hub, or another store, refused what was sent, or the connection to it broke."""

    exit_code = 10


class FaultError(CurateError):
    """A fault of curate itself: none of these errors, so nobody has thought of it."""

    exit_code = 11


class Unfinished(CurateError):
    """Training saved and stopped before its end, as it was asked to; the same command resumes from there."""

    exit_code = 9


def nearest(word: str, known: list[str]) -> str:
    """` Did you mean X?` for the closest of `known`, or nothing."""
    from difflib import get_close_matches

    found = get_close_matches(word, known, n=1, cutoff=0.5)
    return f" Did you mean {found[0]}?" if found else ""


@contextmanager
def reraise_as(make: Callable[[Exception], CurateError | None]) -> Iterator[None]:
    """An exception inside, unless it is a CurateError, is raised as what `make` makes of it, if anything.

    The one place that catches any exception: for a stranger's code, bindings that raise no type of their own, and
    faults of ours (curation/base/border.py).
    """
    try:
        yield
    except (CurateError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic of Polars or tokenizers is no Exception
        made = make(cast("Exception", error))
        if made is None:
            raise
        raise made from error


def user_code_error(error: Exception) -> InputError | None:
    """An error in a person's own file, with its innermost line there; None where no such file was passed."""
    place = _place(error)
    return InputError(f"{place}: {one_line(error)}", "Correct it there.") if place else None


def one_line(error: Exception) -> str:
    """Type and message of an exception, on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def is_ours(file: str) -> bool:
    """Whether a file of code belongs to curate."""
    return any(Path(file).is_relative_to(folder) for folder in _OURS)


_HERE = Path(__file__).parents[2]
_OURS = tuple(_HERE / name for name in ("curation", "schemas", "train"))  # as installed, and in a checkout


def _place(error: Exception) -> str | None:
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_shown(error.filename)}, line {error.lineno}"
    frames = [frame for frame in extract_tb(error.__traceback__) if _is_theirs(frame.filename)]
    return f"{_shown(frames[-1].filename)}, line {frames[-1].lineno}" if frames else None


def _is_theirs(file: str) -> bool:
    installed = (Path(os.__file__).parent, *map(Path, site.getsitepackages()))
    strange = not any(Path(file).is_relative_to(folder) for folder in installed)
    return Path(file).is_file() and strange and not is_ours(file)


def _shown(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
