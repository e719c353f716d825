"""What the disk refuses, told for `curate validate`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curation.errors import DiskError
from curation.folder import disk_errors


@contextmanager
def disk(place: Path, hint: str) -> Iterator[None]:
    """`disk_errors` with another hint than that of a build."""
    try:
        with disk_errors(place):
            yield
    except DiskError as error:
        raise DiskError(error.fact, hint) from error
