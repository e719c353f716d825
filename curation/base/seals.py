"""A seal: size and hash of every file of a folder, written into it last of all. Without one it was never finished.

README.md is left out: a person may change it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from curation.base.files import content, hashed, write_whole
from curation.schemas.names import name_fault

SEAL = "seal.json"
_PERSONS = "README.md"


class Seal(BaseModel):
    """Of each file its size in bytes and its SHA-256, by its name in the folder. Kinds of seals add facts."""

    model_config = ConfigDict(frozen=True)

    files: dict[str, tuple[int, str]]


_Kind = TypeVar("_Kind", bound=Seal)


def write_seal(folder: Path, facts: Mapping[str, object] | None = None, name: str = SEAL) -> None:
    """Write down every file of `folder`, after `facts`, as `name` there. DiskError."""
    files = {one: _size_and_hash(folder / one) for one in names(folder) if one not in (name, _PERSONS)}
    write_whole(folder / name, orjson.dumps({**(facts or {}), "files": files}, option=orjson.OPT_INDENT_2))


def read_seal(folder: Path, kind: type[_Kind], name: str = SEAL) -> _Kind | str:
    """The seal of `folder`, or what is wrong with it. A name in it leads nowhere but into the folder."""
    file = folder / name
    if not file.is_file():
        return f"it was never finished, or is of an earlier version (no {name})"
    try:
        sealed = kind.model_validate_json(content(file))
    except ValidationError:
        return f"its {name} is damaged, or of a later version"
    outside = ((one, wrong) for one in sealed.files if (wrong := name_fault(one)))
    return next((f"its {name} names {one!r}, and {wrong}" for one, wrong in outside), sealed)


def fault(folder: Path, name: str = SEAL) -> str | None:
    """What is wrong with a sealed folder, the file named; None where every file is as it was written."""
    sealed = read_seal(folder, Seal, name)
    return sealed if isinstance(sealed, str) else changed(folder, sealed)


def changed(folder: Path, sealed: Seal) -> str | None:
    """The first file that is not as `sealed` has it."""
    for name, (size, digest) in sealed.files.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != size:
            return f"{name} has {path.stat().st_size:,} bytes and had {size:,}"
        if _size_and_hash(path)[1] != digest:
            return f"{name} has changed since it was written"
    return None


def names(folder: Path) -> Iterator[str]:
    """Every file below `folder`, by its name there, sorted."""
    return (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if not path.is_dir())


def _size_and_hash(path: Path) -> tuple[int, str]:
    found = hashed(path, path.name)
    return found.bytes, found.sha256
