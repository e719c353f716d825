"""Every error a person can cause: the fact with its value, what was expected, what to do; and its exit code."""

from __future__ import annotations


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


class TrainingError(CurateError):
    """Training cannot go on: the loss is no number or runs away, or the adapter does not move."""

    exit_code = 8


class ShareError(CurateError):
    """The Hub, or another store, refused what was sent, or the connection to it broke."""

    exit_code = 10


class Unfinished(CurateError):
    """Training saved and stopped before its end, as it was asked to; the same command goes on from there."""

    exit_code = 9


def nearest(word: str, known: list[str]) -> str:
    """` Did you mean X?` for the closest of `known`, or nothing."""
    from difflib import get_close_matches

    found = get_close_matches(word, known, n=1, cutoff=0.5)
    return f" Did you mean {found[0]}?" if found else ""
