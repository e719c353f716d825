"""Folders that are made beside their place and take it in one step, so that a process may die at any moment.

Beside a folder X there may be .X.lock while a process works at it, .X.part (what is being made), .X.replaced (what
stood there, between two renames, where the system cannot exchange two folders) and .X.removed (on its way out).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from curation.base.errors import BusyError
from curation.base.files import ELSEWHERE, disk_errors


@contextmanager
def locked(folder: Path, work: str) -> Iterator[None]:
    """`folder` for this process alone, by a lock file beside it. BusyError where another `work` (build, run) has it.

    The system frees the lock of a process that dies. DiskError where there is no place for the file.
    """
    place = _hidden(folder, "lock")
    with disk_errors(folder, ELSEWHERE):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = _take(place)
    if lock is None:
        raise BusyError(f"Another {work} is writing to {folder}", "Wait for it, or give another --out.")
    try:
        yield
    finally:
        place.unlink(missing_ok=True)  # while it is held: who waits for it sees that its file is gone
        os.close(lock)


def _take(place: Path) -> int | None:
    """The open lock file; None where another process holds it."""
    while True:
        lock = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(lock), os.stat(place)):
                return lock
        except BlockingIOError:
            os.close(lock)
            return None
        except FileNotFoundError:
            pass
        os.close(lock)  # its last holder has removed the file meanwhile: another process may lock a new one


def recover(folder: Path) -> None:
    """Clear up after a process that died while it wrote `folder`, which the caller has locked.

    What stood there is put back where nothing took its place, and what was on its way out is removed.
    """
    replaced = _hidden(folder, "replaced")
    if replaced.exists():
        if folder.exists():
            discard(replaced, folder)
        else:
            replaced.rename(folder)
    shutil.rmtree(_hidden(folder, "removed"), ignore_errors=True)


def recover_unless_busy(folder: Path) -> None:
    """`recover` for those who only read: nothing where `folder` is there, or a process works at it."""
    if not folder.exists() and _hidden(folder, "replaced").exists():
        with suppress(BusyError), locked(folder, "build"):
            recover(folder)


@contextmanager
def new_folder(folder: Path, work: str) -> Iterator[Path]:
    """An empty folder that takes the place of `folder` at the end; an error leaves all as it was.

    BusyError where another `work` is at it, DiskError where the system refuses to write.
    """
    place = _followed(folder)
    with locked(place, work), disk_errors(folder, ELSEWHERE), replacing(place) as made:
        yield made


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """As `new_folder`, for who has locked `folder` already, or what it lies in."""
    folder = _followed(folder)
    made = _hidden(folder, "part")
    recover(folder)
    discard(made, folder)
    made.mkdir(parents=True)
    try:
        yield made
        take_place(made, folder)
    finally:
        discard(made, folder)


def take_place(made: Path, folder: Path) -> None:
    """`made` becomes `folder`, in one step where the system can exchange two; then what stood there is removed."""
    if folder.exists() and _exchange(made, folder):
        discard(made, folder)
        return
    replaced = _hidden(folder, "replaced")
    if folder.exists():
        folder.rename(replaced)
    made.rename(folder)
    discard(replaced, folder)


def discard(old: Path, folder: Path) -> None:
    """Remove the folder `old`, if it is there: out of its place in one step, so that no half of it is ever seen there.

    `folder`: the place beside which it waits to be removed.
    """
    if old.exists():
        removed = _hidden(folder, "removed")
        shutil.rmtree(removed, ignore_errors=True)
        old.rename(removed)
        shutil.rmtree(removed, ignore_errors=True)


def _followed(folder: Path) -> Path:
    """Where a link leads: it stays, and what it leads to is replaced."""
    return folder.resolve() if folder.is_symlink() else folder


def _hidden(folder: Path, word: str) -> Path:
    return folder.with_name(f".{folder.name}.{word}")


def _exchange(a: Path, b: Path) -> bool:
    """Whether the system exchanged the two in one step: Linux and macOS can, on most of their file systems."""
    library, here = ctypes.CDLL(None, use_errno=True), -2 if sys.platform == "darwin" else -100
    call = getattr(library, "renameatx_np" if sys.platform == "darwin" else "renameat2", None)
    swap = ctypes.c_uint(2)
    return call is not None and call(here, os.fsencode(a.absolute()), here, os.fsencode(b.absolute()), swap) == 0
