"""Temporary folders, which hold text of the corpus: gone when their work is done, or at the next command.

Nothing heavy is imported: every command begins with clearing up.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

_OURS = re.compile(r"curate-[a-z]+-(\d+)-\w+")
NO_SPACE = "Free some space there, or choose another folder with TMPDIR."
"""What to do where it is full."""


@contextmanager
def scratch(work: str) -> Iterator[Path]:
    """An empty folder for `work` (a word) in TMPDIR, removed at the end. DiskError where none can be made."""
    from curation.base.files import disk_errors

    clear_up()
    with disk_errors(Path("a temporary folder"), NO_SPACE):
        made = TemporaryDirectory(prefix=f"curate-{work}-{os.getpid()}-", ignore_cleanup_errors=True)
    with made:
        lock = os.open(made.name, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield Path(made.name)
        finally:
            os.close(lock)


def clear_up() -> None:
    """Remove the temporary folders that dead processes left."""
    with suppress(OSError):  # nothing can be seen there, or another process was faster
        for folder in Path(gettempdir()).glob("curate-*-*-*"):
            named, found = _OURS.fullmatch(folder.name), folder.lstat()
            mine = named and stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
            if named and mine and not _runs(int(named[1])) and not _held(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    """Whether there is such a process here; one in another container is seen by its lock only."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _held(folder: Path) -> bool:
    lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
