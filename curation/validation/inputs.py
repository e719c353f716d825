"""The files that are validated together: the name of each, and which split it is by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from curation.base.errors import UsageError
from curation.base.files import check_file
from curation.readers.files import CHATS, parse_file_name
from curation.schemas.manifest import SPLITS

_WORDS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "dev", "eval"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}


@dataclass(frozen=True)
class InputFile:
    """A file. `rank`: of two splits with a row in common, the one with the smaller rank must drop it.

    The order: train, other files as they were given, validation, test.
    """

    path: Path
    name: str
    stem: str
    split: str
    rank: int


def input_files(paths: Sequence[Path]) -> tuple[InputFile, ...]:
    """UsageError where a file is given twice, InputError where it is no file, or its suffix none of chat files."""
    for path in paths:
        check_file(path)
    twice = [path for n, path in enumerate(paths) if path.resolve() in {other.resolve() for other in paths[:n]}]
    if twice:
        raise UsageError(f"{twice[0]} is given twice", "Give each file once.")
    names = [path.name if [p.name for p in paths].count(path.name) == 1 else str(path) for path in paths]
    folders = len({path.parent for path in paths}) > 1
    splits = [
        _split_of_name(parse_file_name(path, CHATS).stem)
        or (_split_of_name(path.parent.name) if folders else None)
        or name
        for path, name in zip(paths, names, strict=True)
    ]
    order = sorted(dict.fromkeys(splits), key=_rank)
    return tuple(
        InputFile(path, name, stem, split, order.index(split))
        for path, name, stem, split in zip(paths, names, _stems(paths), splits, strict=True)
    )


def _split_of_name(name: str) -> str | None:
    """The split that a file name names, if exactly one."""
    found = {_WORDS[word] for word in re.split(r"[^a-z]+", name.lower()) if word in _WORDS}
    return found.pop() if len(found) == 1 else None


def _rank(split: str) -> int:
    return {"train": 0, "validation": 2, "test": 3}[split] if split in SPLITS else 1


def _stems(paths: Sequence[Path]) -> list[str]:
    """The name without its suffixes; with a number where it is taken."""
    stems: list[str] = []
    for path in paths:
        stem, n = parse_file_name(path, CHATS).stem, 1
        free = stem
        while free in stems:
            n += 1
            free = f"{stem}-{n}"
        stems.append(free)
    return stems
