"""A file name taken apart (stem, format, compression), and a file's bytes, decompressed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from curation.base.errors import InputError
from curation.base.files import check_file, unreadable

DELIMITED = ("csv", "tsv", "tab")
TABLES = (*DELIMITED, "parquet", "xlsx")
CHATS = ("json", "jsonl", "ndjson", "parquet", "arrow")
_COMPRESSIONS = {"gz": "gzip", "zst": "zstd"}
_NEVER_COMPRESSED = ("parquet", "xlsx", "arrow")  # they compress inside


class FileName(NamedTuple):
    """`train .csv.gz` is FileName(stem="train", format="csv", compression="gzip")."""

    stem: str
    format: str
    compression: str | None


def parse_file_name(path: Path, formats: Sequence[str]) -> FileName:
    """The parts of the file's name. InputError where its suffix is none of `formats`."""
    parts = path.name.split(".")
    suffixes = [part.strip().lower() for part in parts]
    compression = _COMPRESSIONS.get(suffixes[-1])
    end = len(parts) - (compression is not None)
    format = suffixes[end - 1] if end > 1 else ""
    if format not in formats or (compression and format in _NEVER_COMPRESSED):
        suffix = "." + ".".join(filter(None, suffixes[end - 1 :])) if len(parts) > 1 else "no suffix"
        raise InputError(
            f"Cannot read {path}: {suffix} is not a supported format",
            f"Expected {', '.join(f'.{known}' for known in dict.fromkeys(formats))}; text files also as .gz, .zst.",
        )
    while end > 1 and suffixes[end - 1] in {*TABLES, *CHATS}:
        end -= 1
    return FileName(".".join(parts[:end]).strip(), format, compression)


def known_format(path: Path, formats: Sequence[str]) -> bool:
    """Whether the suffix of the file is one of `formats`, compressed or not."""
    suffixes = path.name.lower().split(".")[1:]
    end = suffixes[:-1] if suffixes and suffixes[-1] in _COMPRESSIONS else suffixes
    return bool(end) and end[-1].strip() in formats


def place(position: str, number: int, files: int) -> str:
    """Where a record stands: `position` alone, or of several files also the `number` of its own, from 1: `2#line 5`.

    Never a file's name: a file that was renamed or moved gives the same rows.
    """
    return position if files == 1 else f"{number}#{position}"


@contextmanager
def open_decompressed(path: Path, compression: str | None) -> Iterator[BufferedReader]:
    """The bytes of the file. InputError where it cannot be read, at the start or later."""
    check_file(path)
    with unreadable(path):
        if not compression:
            with path.open("rb") as stream:
                yield stream
            return
        import pyarrow as pa

        with BufferedReader(pa.input_stream(str(path), compression=compression)) as stream:
            yield stream
