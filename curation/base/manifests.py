"""The manifest of a finished build, found by folder or by name: what building, sharing and training open first."""

from __future__ import annotations

from os.path import isdir, isfile
from pathlib import Path

import orjson
from pydantic import ValidationError

from curation.base.errors import BuildError, nearest
from curation.schemas.manifest import Manifest

BUILDS = Path("datasets_out")
"""Where builds stand unless a folder is given."""
MANIFEST = "manifest.json"


def open_manifest(build: str | Path) -> tuple[Path, Manifest]:
    """The folder and manifest of a build, by folder or by its name in datasets_out/.

    BuildError where there is no finished build, or its manifest is damaged or of another version.
    """
    folder = Path(build) if isdir(build) else BUILDS / build
    file = folder / MANIFEST
    if not isfile(file):
        known = sorted(one.name for one in folder.parent.glob("*") if isfile(one / MANIFEST))
        exists = f"{folder} is not a build: it has no manifest.json" if isdir(folder) else f"There is no build {build}"
        raise BuildError(
            f"{exists}.{nearest(folder.name, known)}",
            "Make one with curate build, or give the folder of a finished build.",
        )
    try:
        written = file.read_bytes()
    except OSError as error:
        raise BuildError(f"{file} cannot be read: {error.strerror}", "Check its permissions.") from error
    try:
        return folder, Manifest.model_validate_json(written)
    except ValidationError as error:
        if (later := _format(written)) > (ours := int(Manifest.model_fields["format"].default)):
            raise BuildError(
                f"{file} is of format {later}, and this version of curate reads {ours}: a later one made it",
                "Upgrade curate, or build again.",
            ) from error
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole file"
        raise BuildError(
            f"{file} cannot be read at {where}: {first['msg']}",
            "It is damaged, or of another version of curate. Build again.",
        ) from error


def _format(written: bytes) -> int:
    """The format that a manifest says it has; 0 where it says none."""
    try:
        found = orjson.loads(written)
    except orjson.JSONDecodeError:
        return 0
    said = found.get("format") if isinstance(found, dict) else None
    return said if isinstance(said, int) else 0
