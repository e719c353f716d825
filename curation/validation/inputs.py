"""The files that are judged together: how each is called, and which split it is by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from curation.base.errors import UsageError
from curation.readers.files import CHATS, named
from curation.schemas.manifest import SPLITS

_WORDS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "dev", "eval"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}


@dataclass(frozen=True)
class Part:
    """A file. `place`: of two splits with a row in common, the one with the smaller place gives it up.

    Train gives way to other files, those to validation, that to test; of other files the earlier one gives way.
    """

    path: Path
    name: str
    stem: str
    split: str
    place: int


def parts(paths: Sequence[Path]) -> tuple[Part, ...]:
    """UsageError where a file is given twice, InputError where a suffix is not one of chat files."""
    twice = [path for n, path in enumerate(paths) if path.resolve() in {other.resolve() for other in paths[:n]}]
    if twice:
        raise UsageError(f"{twice[0]} is given twice", "Give each file once.")
    names = [path.name if [p.name for p in paths].count(path.name) == 1 else str(path) for path in paths]
    folders = len({path.parent for path in paths}) > 1
    splits = [
        _told(named(path, CHATS).stem) or (_told(path.parent.name) if folders else None) or name
        for path, name in zip(paths, names, strict=True)
    ]
    order = sorted(dict.fromkeys(splits), key=_rank)
    return tuple(
        Part(path, name, stem, split, order.index(split))
        for path, name, stem, split in zip(paths, names, _stems(paths), splits, strict=True)
    )


def _told(name: str) -> str | None:
    """The split that a name tells, if it tells one."""
    found = {_WORDS[word] for word in re.split(r"[^a-z]+", name.lower()) if word in _WORDS}
    return found.pop() if len(found) == 1 else None


def _rank(split: str) -> int:
    return {"train": 0, "validation": 2, "test": 3}[split] if split in SPLITS else 1


def _stems(paths: Sequence[Path]) -> list[str]:
    """The name without its suffixes; where it came before, with a number."""
    stems: list[str] = []
    for path in paths:
        stem, n = named(path, CHATS).stem, 1
        free = stem
        while free in stems:
            n += 1
            free = f"{stem}-{n}"
        stems.append(free)
    return stems
