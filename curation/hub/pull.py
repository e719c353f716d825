"""`curate pull`: a build that was pushed, as it was built, every file verified by the hash in its manifest."""

from __future__ import annotations

import shutil
from glob import escape
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from curation.base.errors import BuildError, ShareError, reraise_as
from curation.base.files import inside
from curation.base.folders import discard
from curation.base.manifests import MANIFEST, read_manifest
from curation.hub.layout import ORIGINALS, SPLIT_FILES, data_path
from curation.ledger.build import Build
from curation.readers.hub import explain_error, quiet_client
from curation.runner.folder import begin, claimed, put, verify
from curation.schemas.manifest import Manifest


def pull(repo: str, out: Path, revision: str = "main") -> Build:
    """The build in `repo`, moved to `out` once it is complete and verified.

    ShareError where the Hub refuses or holds no build, BuildError where a file differs from the manifest.
    """
    quiet_client()
    snapshot, manifest = _fetch(repo, revision)
    with claimed(out):
        work = begin(out, f"pull {repo} {revision}", fresh=True)
        (work / "phases").rmdir()
        shutil.copyfile(snapshot / MANIFEST, work / MANIFEST)
        try:
            for file in manifest.files:
                _place(file.name, snapshot, work)
            verify(work, manifest)
        except BuildError as error:
            discard(work, out)
            raise BuildError(
                f"{repo} is not the build that its manifest describes: {error.fact}",
                f"It was written with polars {manifest.versions.get('polars')}: another version can write "
                "other lines from Parquet. Or the repository was changed: give the tag of the build as --revision.",
            ) from error
        put(work, out)
    return Build(out, manifest)


def _fetch(repo: str, revision: str) -> tuple[Path, Manifest]:
    """The manifest, then the files that it names and no others, of one commit, in the Hub's cache.

    Nothing else is written before every name has been checked.
    """
    from huggingface_hub import hf_hub_download, snapshot_download
    from huggingface_hub.errors import RemoteEntryNotFoundError

    def refused(error: Exception) -> ShareError:
        if isinstance(error, RemoteEntryNotFoundError):
            return ShareError(
                f"{repo} has no {MANIFEST}, so it is not a build", "Expected a repository made by curate push."
            )
        fact, hint = explain_error(error)
        return ShareError(f"{repo} could not be pulled from the Hub ({fact})", f"{hint}Run it again: it resumes.")

    with reraise_as(refused):
        file = Path(hf_hub_download(repo, MANIFEST, repo_type="dataset", revision=revision))
        commit = file.parent.name
        manifest = read_manifest(file.read_bytes(), f"{MANIFEST} of {repo}")
        wanted = [escape(path) for one in manifest.files for path in _places(one.name)]
        snapshot = snapshot_download(repo, repo_type="dataset", revision=commit, allow_patterns=wanted)
    return Path(snapshot), manifest


def _places(name: str) -> list[str]:
    """Where a file of the build may lie on the Hub: its original, itself, its data as Parquet."""
    data = [data_path(name.removesuffix(".jsonl"), "parquet")] if name in SPLIT_FILES else []
    return [f"{ORIGINALS}/{name}", name, *data]


def _place(name: str, snapshot: Path, work: Path) -> None:
    """One file of the build: the original where it differs on the Hub, Parquet converted back to lines."""
    file = inside(work, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    found = [snapshot / path for path in _places(name) if (snapshot / path).is_file()]
    if not found:
        return  # `verify` says so
    if found[0].suffix == file.suffix:
        shutil.copyfile(found[0], file)
        return
    try:
        pl.scan_parquet(found[0], glob=False).sink_ndjson(file)
    except PolarsError as error:
        if "os error" in str(error):
            raise
        raise BuildError(f"{found[0].name} is no Parquet that can be read") from error
