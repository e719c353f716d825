"""Files: hashed, written whole or not at all, and what the system refuses as an error."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from polars.exceptions import PolarsError

from curation.base.errors import BuildError, DiskError, InputError
from curation.schemas.manifest import File
from curation.schemas.names import name_fault

ELSEWHERE = "Free some space, or give another place."
RESUMES = "Free some space or give another --out; the next run goes on from the last whole phase."


def hashed(path: Path, name: str) -> File:
    """Size and SHA-256. InputError where `path` is not a readable file."""
    check_file(path)
    with unreadable(path), path.open("rb") as stream:
        digest, size = sha256(), 0
        while block := stream.read(1 << 20):
            digest.update(block)
            size += len(block)
    return File(name=name, bytes=size, sha256=digest.hexdigest())


def inside(folder: Path, name: str) -> Path:
    """`name` in `folder`, to write or delete there. BuildError where it would lead out: by its parts, or by a link.

    `folder` itself may be reached through links: that is its owner's affair.
    """
    fault = name_fault(name)
    if fault:
        raise BuildError(f"{name!r} is no name inside {folder}: {fault}", "Do not use what names it.")
    path = folder
    for part in name.split("/"):
        path /= part
        if path.is_symlink():
            raise BuildError(
                f"{path} is a symbolic link, and to write or delete there could reach outside {folder}",
                "Put the file or folder itself in its place.",
            )
    return path


def check_file(path: Path) -> None:
    """InputError where `path` is no regular file, before it is opened: a pipe keeps who reads it waiting for ever."""
    if "\0" in str(path):
        raise InputError(f"{str(path)!r} is no path: it holds a zero character", "Check the path.")
    with unreadable(path):
        mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise InputError(f"{path} is a folder", "Expected a file.")
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "no regular file")
        raise InputError(f"{path} is {kind}", "Expected a file: write what comes from there into one.")


def content(path: Path) -> bytes:
    """The bytes of a small file. InputError as of `check_file`, and where it cannot be read."""
    check_file(path)
    with unreadable(path):
        return path.read_bytes()


@contextmanager
def unreadable(path: Path) -> Iterator[None]:
    """What the system says of `path` becomes an InputError that names it."""
    try:
        yield
    except FileNotFoundError as error:
        link = f"{path} is a link to {os.readlink(path)}, which is not there" if path.is_symlink() else ""
        raise InputError(link or f"There is no file {path}", "Check the path.") from error
    except OSError as error:
        reason = (error.strerror or str(error)).splitlines()[0]
        hint = "Check that the file is complete, and its permissions."
        raise InputError(f"{_shown(path)} cannot be read: {reason}", hint) from error


def _shown(path: Path) -> str:
    """Of a path that is too long for the system, its start."""
    return str(path) if len(str(path)) < 1_000 else f"{str(path)[:100]}..."


_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def write_whole(file: Path, content: bytes) -> None:
    """`content` as `file`, written beside it and renamed at the end: a process that dies leaves no half file.

    DiskError where the system refuses, or something else than a file is there; what was there is then unchanged.
    """
    place = file.resolve() if file.is_symlink() else file
    if place.exists() and not place.is_file():
        raise DiskError(f"{file} is not a file", "Give the name of a file.")
    partial = place.with_name(f".{place.name}.part")
    try:
        partial.write_bytes(content)
        partial.replace(place)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise DiskError(f"{file} cannot be written: {error.strerror or error}", ELSEWHERE) from error


@contextmanager
def disk_errors(place: Path, hint: str = RESUMES) -> Iterator[None]:
    """What the system refuses becomes a DiskError. Polars wraps some of it, so its message is read too."""
    try:
        yield
    except OSError as error:
        raise DiskError(f"The system refused to write beside {place}: {error.strerror or error}", hint) from error
    except PolarsError as error:
        if "os error" not in str(error):
            raise
        reason = str(error).splitlines()[0]
        raise DiskError(f"The system refused to write beside {place}: {reason}", hint) from error
