"""A build folder while it is made: beside the real one, locked, resumable, and renamed into place when it is whole."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curation.base.errors import BuildError, UsageError
from curation.base.files import disk_errors
from curation.base.folders import discard, locked, recover, take_place
from curation.base.manifests import ASIDE, MANIFEST, whole_file
from curation.ledger.phase_files import PHASES, PhaseFiles
from curation.schemas.manifest import Manifest

_PLAN = "plan.sha256"
_PARTS = re.compile(
    r"manifest\.json|README\.md|croissant\.json|chat_template\.jinja|rejects\.parquet|plan\.sha256"
    r"|(train|validation|test)\.jsonl|phases|report|tables|tokenized"
)
"""What lies in a build."""
_DATA_DOCS = ("report/gx/", "report/.gx.")
"""Made by curate report --data-docs in a build that is finished, and beside it while they are made."""


@contextmanager
def claimed(out: Path) -> Iterator[None]:
    """The place `out` for this process alone, after clearing up what a process that died left there.

    UsageError where `out`, or a folder beside it that a build would use, is not a build: it is never overwritten.
    BusyError where another process holds it, DiskError where the system refuses to write.
    """
    if out.name in ("", ".."):
        raise UsageError(f"{out} is no name for a build", "Give --out the name of a new folder.")
    with locked(out, "build"), disk_errors(out):
        for place in (out, beside(out, "failed")):
            _check_aside(place)
            recover(place)
        _check(out)
        yield


def _check_aside(out: Path) -> None:
    """What `recover` would put back or remove holds what a build holds, or a part of it, and nothing else."""
    aside = out.with_name(f".{out.name}.replaced")
    others = [entry for entry in aside.iterdir() if not _PARTS.fullmatch(entry.name)] if aside.is_dir() else []
    if others or aside.is_file():
        raise UsageError(
            f"{(others or [aside])[0]} is not ours, and a build into {out} would use its place", "Move it."
        )


def _check(out: Path) -> None:
    for folder in (beside(out, "building"), beside(out, "failed")):
        if not _is_ours(folder):
            raise UsageError(f"{folder} is not ours, and a build into {out} would use it", "Move it away.")
    if not _is_ours(out):
        what = "a folder that is not a build (it has no manifest.json)" if out.is_dir() else "a file"
        raise UsageError(f"{out} is {what}, so it is left alone", "Give another --out, or move it away.")


def _is_ours(folder: Path) -> bool:
    """Whether it may go: nothing, an empty folder, a build, or the beginning of one."""
    marks = (folder / MANIFEST, folder / _PLAN)
    return not folder.exists() or (folder.is_dir() and (any(m.is_file() for m in marks) or not any(folder.iterdir())))


def begin(out: Path, plan: str, fresh: bool) -> Path:
    """The folder to build in, `<out>.building`: whole phases of an interrupted run of this `plan`, and nothing else."""
    work = beside(out, "building")
    if fresh or not (work / _PLAN).is_file() or (work / _PLAN).read_bytes() != plan.encode():
        discard(work, out)
        work.mkdir()
        (work / _PLAN).write_text(plan)  # first of all, so that what is made is known as ours
    for entry in work.iterdir():
        if entry.is_dir() and entry.name != PHASES:
            shutil.rmtree(entry)
        elif entry.is_file() and entry.name != _PLAN:
            entry.unlink()
    (work / PHASES).mkdir(exist_ok=True)
    for entry in (work / PHASES).iterdir():
        if entry.suffix not in (".parquet", ".json"):
            entry.unlink()
    return work


def beside(out: Path, word: str) -> Path:
    """Where a build into `out` is while it is made (building), or when its gate failed (failed)."""
    return out.with_name(f"{out.name}.{word}")


def put(work: Path, target: Path) -> None:
    """`work`, which is whole, becomes `target`; what stood there goes away only after that."""
    (work / _PLAN).unlink()
    take_place(work, target)


def verify(folder: Path, manifest: Manifest) -> None:
    """BuildError with the first file that is missing, changed, or not the build's own; phases are checked if there."""
    for file in manifest.files:
        whole_file(folder, file)
    if (folder / PHASES).exists():
        PhaseFiles(folder).verify(manifest.phases)
    known = {file.name for file in manifest.files} | {MANIFEST, ASIDE, _PLAN}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in known and not name.startswith((f"{PHASES}/", *_DATA_DOCS)):
            raise BuildError(
                f"{path} is not one of the build's own files", "Keep your files elsewhere, or build again."
            )


def clean(folder: Path) -> int:
    """Remove the phases; returns the bytes that were freed."""
    phases = folder / PHASES
    with locked(folder, "build"), disk_errors(folder):
        recover(folder)
        freed = sum(file.stat().st_size for file in phases.glob("*")) if phases.is_dir() else 0
        discard(phases, folder)
    return freed
