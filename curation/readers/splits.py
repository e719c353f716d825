"""Files and folders as a person gives them, to files with the split that each is by its name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path

from curation.base.errors import InputError, UsageError
from curation.base.files import check_file, unreadable
from curation.readers.files import CHATS, TABLES, known_format

_WORDS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "dev", "eval"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_NOT_ROWS = (
    "dataset_info.json",
    "state.json",
    "dataset_dict.json",
    "dataset_infos.json",
    "croissant.json",
    "manifest.json",
)
"""What stands beside the rows of a dataset."""
_SHARD = re.compile(r"(.*)-(\d{5})-of-(\d{5})")


@dataclass(frozen=True)
class SourceFile:
    """A file to read, and its split where its name or its folder's name says so."""

    path: Path
    split: str | None = None


def split_of_word(word: str) -> str | None:
    """The split that a word is a common name of."""
    return _WORDS.get(word.strip().lower())


def split_of_name(name: str) -> str | None:
    """The split that the name of a file or folder holds, if exactly one: `my_train_v2`, `train-00000-of-00002`."""
    found = {_WORDS[word] for word in re.split(r"[^a-z]+", name.lower()) if word in _WORDS}
    return found.pop() if len(found) == 1 else None


def expand(paths: Sequence[Path]) -> tuple[SourceFile, ...]:
    """Files, folders of files and patterns (`data/*.jsonl`) to the files in them, shards in their order.

    A folder may hold files, folders named as splits, configurations, or what `save_to_disk` writes. Its files come
    train first, then without a split, validation, test, each by name. InputError where there is nothing to read, or a
    shard is missing; UsageError where a file comes twice.
    """
    found = [file for path in paths for file in _expanded(path)]
    seen: set[Path] = set()
    for file in found:
        real = file.path.resolve()
        if real in seen:
            raise UsageError(f"{file.path} is given twice", "Give each file once.")
        seen.add(real)
    return tuple(found)


def _expanded(path: Path) -> list[SourceFile]:
    with unreadable(path):
        folder = path.is_dir()
    if folder:
        return _in_folder(path)
    if has_magic(str(path)) and not path.exists():
        matched = sorted(map(Path, glob(str(path), recursive=True)), key=_natural)
        if not matched:
            raise InputError(f"No file matches {path}", "Give a file, a folder, or another pattern.")
        return [file for one in matched for file in _expanded(one)]
    check_file(path)
    return [SourceFile(path, split_of_name(path.name.partition(".")[0]))]


def _in_folder(folder: Path) -> list[SourceFile]:
    files = [
        SourceFile(path, _split_in(path, folder))
        for path in sorted(_walk(folder), key=_natural)
        if known_format(path, (*CHATS, *TABLES)) and path.name not in _NOT_ROWS
    ]
    if not files:
        names = sorted(path.name for path in folder.iterdir())[:5]
        raise InputError(
            f"{folder} is a folder that holds nothing to read: {', '.join(names) or 'it is empty'}",
            f"Expected files that end in {', '.join(f'.{one}' for one in dict.fromkeys((*CHATS, *TABLES)))}.",
        )
    _check_shards(folder, files)
    ranks: dict[str | None, int] = {None: 1, "train": 0, "validation": 2, "test": 3}
    return sorted(files, key=lambda file: ranks[file.split])


def _natural(path: Path) -> list[tuple[int, str]]:
    """A key by which `part-2` comes before `part-10`."""
    return [(int(run), run) if run.isdecimal() else (-1, run) for run in re.split(r"(\d+)", str(path))]


def _walk(folder: Path) -> Iterator[Path]:
    """Its files at any depth but for hidden ones; InputError where links go round."""
    try:
        for path in folder.rglob("*"):
            inner = path.relative_to(folder).parts
            if path.is_symlink() and not path.exists():
                raise InputError(f"{path} is a link that leads nowhere", "Remove it, or give the files one by one.")
            if not any(part.startswith((".", "cache-")) for part in inner) and path.is_file():
                yield path
    except OSError as error:
        raise InputError(f"{folder} cannot be read: {error.strerror}", "Look at its links and permissions.") from error


def _split_in(path: Path, folder: Path) -> str | None:
    """By its own name, else by the nearest folder below the one that was given, or by that where it is called so."""
    inner = path.relative_to(folder)
    names = (inner.name.partition(".")[0], *reversed(inner.parts[:-1]))
    return next((split for name in names if (split := split_of_name(name))), None) or split_of_word(folder.name)


def _check_shards(folder: Path, files: Sequence[SourceFile]) -> None:
    there = {file.path.relative_to(folder).as_posix() for file in files}
    for name in sorted(there):
        stem, dot, suffix = name.rpartition(".")
        if shard := _SHARD.fullmatch(stem):
            for n in range(int(shard[3])):
                wanted = f"{shard[1]}-{n:05}-of-{shard[3]}{dot}{suffix}"
                if wanted not in there:
                    raise InputError(
                        f"{folder / name} is one of {int(shard[3])} shards, and {wanted} is missing",
                        "Fetch it, or give the files one by one.",
                    )
