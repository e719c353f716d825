"""A file by its name (stem, format, packing) and its bytes, unpacked; what the system refuses becomes an InputError."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from curation.base.errors import InputError

DELIMITED = ("csv", "tsv", "tab")
TABLES = (*DELIMITED, "parquet", "xlsx")
CHATS = ("json", "jsonl", "ndjson", "parquet")
_PACKED = {"gz": "gzip", "zst": "zstd"}
_WHOLE = ("parquet", "xlsx")  # packed inside already


class Named(NamedTuple):
    """`train .csv.gz` is Named(stem="train", format="csv", packed="gzip")."""

    stem: str
    format: str
    packed: str | None


def named(path: Path, formats: Sequence[str]) -> Named:
    """What the name says. InputError where its suffix is none of `formats`."""
    parts = path.name.split(".")
    suffixes = [part.strip().lower() for part in parts]
    packed = _PACKED.get(suffixes[-1])
    end = len(parts) - (packed is not None)
    format = suffixes[end - 1] if end > 1 else ""
    if format not in formats or (packed and format in _WHOLE):
        suffix = "." + ".".join(filter(None, suffixes[end - 1 :])) if len(parts) > 1 else "no suffix"
        raise InputError(
            f"Cannot read {path}: {suffix} is not a format that is read here",
            f"Expected {', '.join(f'.{known}' for known in dict.fromkeys(formats))}; text formats also packed: .gz, .zst.",
        )
    while end > 1 and suffixes[end - 1] in {*TABLES, *CHATS}:
        end -= 1
    return Named(".".join(parts[:end]).strip(), format, packed)


@contextmanager
def opened(path: Path, packed: str | None) -> Iterator[BufferedReader]:
    """The bytes of the file. InputError where they cannot be had, also when that shows while they are read."""
    with refusals(path):
        if not packed:
            with path.open("rb") as stream:
                yield stream
            return
        import pyarrow as pa

        path.stat()
        with BufferedReader(pa.input_stream(str(path), compression=packed)) as stream:
            yield stream


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """An OSError inside becomes an InputError that names the file."""
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}", "Check the path.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "Check that it is whole, and its permissions."
        raise InputError(f"{path} cannot be read: {reason}", hint) from error
