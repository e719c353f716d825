"""Every error a person can cause: the fact with its value, what was expected, what to do; and its exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb


class CurateError(Exception):
    """Base of all errors that are shown as one line. `exit_code` is what the command line ends with."""

    exit_code = 1

    def __init__(self, fact: str, hint: str = "") -> None:
        self.fact, self.hint = fact, hint
        end = "" if fact.endswith((".", "?", "!")) else "."
        super().__init__(f"{fact}{end} {hint}" if hint else fact)


class UsageError(CurateError):
    """A word, a number or an option that cannot be meant."""

    exit_code = 2


class InputError(CurateError):
    """A source file, a tokenizer or a template that cannot be read as what it should be."""

    exit_code = 3


class GateError(CurateError):
    """The build ran, its books balance, and an expectation about the dataset is not met."""

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


MISTAKES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What a mistake in a person's recipe file raises."""


@contextmanager
def blame(file: Path) -> Iterator[None]:
    """A mistake made in `file` becomes an InputError with its line; one made elsewhere stays what it is."""
    try:
        yield
    except MISTAKES as error:
        line = error.lineno if isinstance(error, SyntaxError) else _line_in(file, error)
        if line is None:
            raise
        raise InputError(f"{file}, line {line}: {type(error).__name__}: {error}", "Mend the recipe file.") from error


def _line_in(file: Path, error: BaseException) -> int | None:
    """The innermost line of `file` that the error came through."""
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if Path(frame.filename) == file]
    return lines[-1] if lines else None


def nearest(word: str, known: list[str]) -> str:
    """` Did you mean X?` for the closest of `known`, or nothing."""
    from difflib import get_close_matches

    found = get_close_matches(word, known, n=1, cutoff=0.5)
    return f" Did you mean {found[0]}?" if found else ""
