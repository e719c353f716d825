"""A build folder while it is made: beside the real one, locked, resumable, and renamed into place when it is whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curation.base.errors import BuildError, UsageError
from curation.base.files import disk_errors, hashed, locked
from curation.schemas.manifest import Manifest

_PLAN = "plan.sha256"


def check_target(out: Path) -> None:
    """UsageError where `out`, or a folder beside it that a build would use, is not a build: never overwritten."""
    if out.name in ("", ".."):
        raise UsageError(f"{out} is no name for a build", "Give --out the name of a new folder.")
    ours = ((beside(out, "building"), _PLAN), (beside(out, "failed"), "manifest.json"), (_aside(out), "manifest.json"))
    for folder, mark in ours:
        if folder.exists() and not (folder / mark).is_file():
            raise UsageError(f"{folder} is not ours, and a build into {out} would use it", "Move it away.")
    if not out.exists() or (out.is_dir() and ((out / "manifest.json").is_file() or not any(out.iterdir()))):
        return
    what = "a folder that is not a build (it has no manifest.json)" if out.is_dir() else "a file"
    raise UsageError(f"{out} is {what}, so it is left alone", "Give another --out, or move it away.")


@contextmanager
def workplace(out: Path, plan: str, fresh: bool) -> Iterator[Path]:
    """The folder `<out>.building`, locked; emptied unless an interrupted run of the same `plan` is there.

    BusyError where another process holds it, DiskError where the system refuses to write.
    """
    work = beside(out, "building")
    with disk_errors(out), locked(out, "build"):
        _recover(out, work)
        _begin(work, plan, fresh)
        yield work


def _begin(work: Path, plan: str, fresh: bool) -> None:
    """Whole phases of an interrupted run of this plan stay; all else in `work` goes."""
    if fresh or not (work / _PLAN).is_file() or (work / _PLAN).read_text() != plan:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        (work / _PLAN).write_text(plan)
    (work / "phases").mkdir(exist_ok=True)
    for entry in work.iterdir():
        if entry.is_dir() and entry.name != "phases":
            shutil.rmtree(entry)
        elif entry.is_file() and entry.name != _PLAN:
            entry.unlink()


def beside(out: Path, word: str) -> Path:
    """Where a build into `out` is while it is made (building), or when its gate failed (failed)."""
    return out.with_name(f"{out.name}.{word}")


def _aside(out: Path) -> Path:
    """Where the earlier build is for the moment of `put`; hidden, so that nobody's own folder is there."""
    return out.with_name(f".{out.name}.replaced")


def put(work: Path, target: Path) -> None:
    """`work` becomes `target`; what stood there goes away only after that."""
    (work / _PLAN).unlink(missing_ok=True)
    old = _aside(target)
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    work.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _recover(out: Path, work: Path) -> None:
    """A run killed between the two renames of `put` left the earlier build aside: put it back."""
    old = _aside(out)
    if old.exists() and not out.exists():
        old.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def verify(folder: Path, manifest: Manifest) -> None:
    """BuildError with the first file that is missing, changed, or not the build's own."""
    for file in manifest.files:
        path = folder / file.name
        if not path.is_file():
            raise BuildError(f"{path} is missing", "Build again, or take the folder from a backup.")
        found = hashed(path, file.name)
        if found != file:
            raise BuildError(
                f"{path} has changed since it was built: {found.bytes:,} bytes, sha256 {found.sha256[:12]}, "
                f"the manifest says {file.bytes:,} bytes, {file.sha256[:12]}",
                "Build again; edit data through a recipe, not in the folder.",
            )
    known = {file.name for file in manifest.files} | {"manifest.json", _PLAN}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in known and not name.startswith(("phases/", "report/gx/")):
            raise BuildError(
                f"{path} is not one of the build's own files", "Keep your files elsewhere, or build again."
            )


def clean(folder: Path) -> int:
    """Remove the phases; returns the bytes that were freed."""
    phases = folder / "phases"
    freed = sum(file.stat().st_size for file in phases.glob("*")) if phases.is_dir() else 0
    with disk_errors(folder):
        if phases.is_dir():
            shutil.rmtree(phases)
    return freed
