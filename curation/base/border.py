"""The border of the command line: whatever ends a command becomes one line on stderr and an exit code."""

from __future__ import annotations

import io
import os
import platform
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import mkstemp
from traceback import FrameSummary, extract_tb, format_exception
from typing import Any, TextIO

from curation.base.errors import CurateError, DiskError, FaultError, UsageError, is_ours, reraise_as
from curation.base.scratch import clear_up
from curation.base.secrets import without_secrets

GONE = 141
"""The exit code where the reader of our output has gone: that of a Unix tool, which the signal SIGPIPE ends."""
TRACEBACK = "--traceback"


def run(command: Callable[[list[str]], Any], words: Sequence[str], *, whole_process: bool) -> None:
    """Call `command` with the words of a command line, and exit. `whole_process`: the process is ours, its streams too.

    A CurateError is one line and its code; any other exception is one as well, and its traceback a file.
    """
    if whole_process:
        sys.stdout, sys.stderr = _guarded(sys.stdout, "standard output"), _guarded(sys.stderr, "standard error")
    show = TRACEBACK in words
    try:
        with reraise_as(partial(_fault, words, show)):
            _in_utf8(words)
            clear_up()
            try:
                command([word for word in words if word != TRACEBACK])
            finally:
                sys.stdout.flush()
    except CurateError as error:
        from curation.base.console import note

        note("error: {}", error)
        sys.exit(error.exit_code)


def _in_utf8(words: Sequence[str]) -> None:
    """UsageError where a word is not UTF-8: no file of a build could tell such a name."""
    for word in words:
        plain = word.encode("utf8", "backslashreplace").decode()
        if plain != word:
            raise UsageError(f"{plain} is not UTF-8", "Rename the file, or give it a link with another name.")


class _Guarded(io.RawIOBase):
    """A stream of the process. Where it cannot be written, that is the end, and what is still to come goes nowhere."""

    def __init__(self, raw: Any, name: str) -> None:
        self.raw, self.named = raw, name

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self.raw.fileno())

    def isatty(self) -> bool:
        return bool(self.raw.isatty())

    def write(self, data: Any) -> int:
        try:
            return int(self.raw.write(data) or 0)
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            if isinstance(error, BrokenPipeError):
                raise SystemExit(GONE) from error
            raise DiskError(f"The {self.named} cannot be written: {error.strerror}", "Write it elsewhere.") from error


def _guarded(stream: TextIO | None, name: str) -> TextIO:
    """`stream`, guarded; one that the caller closed leads nowhere. As a class of its own, since rich and Typer take a
    broken pipe for their own affair, with other codes."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream or open(os.devnull, "w", encoding="utf8")
    raw = getattr(stream.buffer, "raw", stream.buffer)
    buffered = io.BufferedWriter(_Guarded(raw, name))
    return io.TextIOWrapper(buffered, stream.encoding, stream.errors, line_buffering=stream.line_buffering)


def _fault(words: Sequence[str], show: bool, error: Exception) -> CurateError:
    """What nobody has thought of, as a line: what the system refused, or a fault of ours, its traceback written."""
    if isinstance(error, OSError) and error.filename is not None:
        return DiskError(f"The system refused {error.filename}: {error.strerror}", "Check the path, and its rights.")
    if show:
        from curation.base.console import note_lines

        note_lines("".join(format_exception(error)))
    frames = extract_tb(error.__traceback__)
    ours = next((frame for frame in reversed(frames) if is_ours(frame.filename)), frames[-1])
    return FaultError(
        f"This is a fault of curate, please report it: {type(error).__name__} at {_place(ours)}",
        _saved("\n".join(_told(words, error))),
    )


def _place(frame: FrameSummary) -> str:
    return f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno}"


def _saved(text: str) -> str:
    try:
        handle, file = mkstemp(prefix="curate-fault-", suffix=".txt")  # for this user's eyes alone
        with open(handle, "w", encoding="utf8", errors="backslashreplace") as stream:
            stream.write(text)
    except OSError as error:
        return f"The traceback could not be saved ({error.strerror}): {TRACEBACK} shows it."
    return f"The traceback is in {file}, without messages and values; {TRACEBACK} shows all."


def _told(words: Sequence[str], error: BaseException) -> Iterator[str]:
    """The lines of the saved traceback. No message of an exception: it may hold a person's data."""
    yield f"curate {version('curate')}, Python {platform.python_version()}, Polars {version('polars')}"
    yield without_secrets(shlex.join(["curate", *words]))
    one: BaseException | None = error
    while one is not None:
        yield f"\n{type(one).__module__}.{type(one).__qualname__}"
        for frame in extract_tb(one.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}\n    {frame.line}"
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
