"""The manifest of a finished build, found by folder or by name: what building, sharing and training open first."""

from __future__ import annotations

from os.path import isdir, isfile
from pathlib import Path

import orjson
from pydantic import ValidationError

from curation.base.errors import BuildError, nearest
from curation.base.files import hashed
from curation.base.folders import recover_unless_busy
from curation.schemas.manifest import File, Manifest

BUILDS = Path("datasets_out")
"""Where builds stand unless a folder is given."""
MANIFEST = "manifest.json"
ASIDE = f"{MANIFEST}.before"
"""The earlier build's in a store that is written over, until the new one stands."""
_AGAIN = "Build again, or take the file from a backup; edit data through a recipe, not in the folder."


def open_manifest(build: str | Path) -> tuple[Path, Manifest]:
    """The folder and manifest of a build, by folder or by its name in datasets_out/.

    BuildError where there is no finished build, or its manifest is damaged or of another version.
    """
    for place in (Path(build), BUILDS / build):
        recover_unless_busy(place)
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
        content = file.read_bytes()
    except OSError as error:
        raise BuildError(f"{file} cannot be read: {error.strerror}", "Check its permissions.") from error
    return folder, read_manifest(content, str(file))


def read_manifest(content: bytes, place: str) -> Manifest:
    """The manifest that stands at `place`. BuildError where it is damaged, of another version, or names a file outside.

    Whoever takes a name from it for a path may: it leads nowhere but into the build.
    """
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        if (later := _format(content)) > (ours := int(Manifest.model_fields["format"].default)):
            raise BuildError(
                f"{place} is of format {later}, and this version of curate reads {ours}: a later one made it",
                "Upgrade curate, or build again.",
            ) from error
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole file"
        hint = "It is damaged, or of another version of curate. Build again."
        if first["type"] == "name":
            hint = "curate writes no such name: somebody changed the file. Do not use this build."
        raise BuildError(f"{place} cannot be read at {where}: {first['msg']}", hint) from error


def own_file(folder: Path, manifest: Manifest, name: str) -> Path:
    """The path of one of a build's files. BuildError where it has none, or it is not as it was written."""
    found = [file for file in manifest.files if file.name == name]
    if not found:
        raise BuildError(f"{folder} has no {name}", "Build again.")
    return whole_file(folder, found[0])


def whole_file(folder: Path, file: File) -> Path:
    """The path of that file of the build in `folder`. BuildError where it is missing, or not as it was written."""
    path = folder / file.name
    if not path.is_file():
        raise BuildError(f"{path} is missing", _AGAIN)
    found = hashed(path, file.name)
    if found != file:
        raise BuildError(
            f"{path} has changed since it was built: {found.bytes:,} bytes, sha256 {found.sha256[:12]}, "
            f"and not {file.bytes:,} bytes, {file.sha256[:12]}",
            _AGAIN,
        )
    return path


def _format(written: bytes) -> int:
    """The format that a manifest says it has; 0 where it says none."""
    try:
        found = orjson.loads(written)
    except orjson.JSONDecodeError:
        return 0
    said = found.get("format") if isinstance(found, dict) else None
    return said if isinstance(said, int) else 0
