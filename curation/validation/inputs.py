"""The files that are validated together: the name of each, and which split it is by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from curation.readers.files import CHATS, parse_file_name
from curation.readers.splits import expand, split_of_name
from curation.schemas.manifest import SPLITS


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
    """The files of `paths`, of folders among them all that can be read.

    UsageError where a file is given twice, InputError where it is no file, or its suffix none of chat files.
    """
    sources = expand(paths)
    found = [source.path for source in sources]
    names = [path.name if [p.name for p in found].count(path.name) == 1 else str(path) for path in found]
    folders = len({path.parent for path in found}) > 1
    splits = [
        source.split
        or split_of_name(parse_file_name(source.path, CHATS).stem)
        or (split_of_name(source.path.parent.name) if folders else None)
        or name
        for source, name in zip(sources, names, strict=True)
    ]
    order = sorted(dict.fromkeys(splits), key=rank_of)
    return tuple(
        InputFile(path, name, stem, split, order.index(split))
        for path, name, stem, split in zip(found, names, _stems(found), splits, strict=True)
    )


def rank_of(split: str) -> int:
    """The place of a split in the order above."""
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
