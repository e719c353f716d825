"""`curate pull`: a build that was pushed, as it was built, every file verified by the hash in its manifest."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl

from curation.base.errors import BuildError, ShareError, reraise_as
from curation.hub.layout import ORIGINALS, SPLIT_FILES, data_path
from curation.ledger.build import Build
from curation.readers.hub import explain_error, quiet_client
from curation.runner.folder import begin, claimed, put, verify


def pull(repo: str, out: Path, revision: str = "main") -> Build:
    """The build in `repo`, moved to `out` once it is complete and verified.

    ShareError where the Hub refuses or holds no build, BuildError where a file differs from the manifest.
    """
    from huggingface_hub import snapshot_download

    quiet_client()

    def refused(error: Exception) -> ShareError:
        fact, hint = explain_error(error)
        return ShareError(f"{repo} could not be pulled from the Hub ({fact})", f"{hint}Run it again: it resumes.")

    with reraise_as(refused):
        snapshot = Path(snapshot_download(repo, repo_type="dataset", revision=revision))
    if not (snapshot / "manifest.json").is_file():
        raise ShareError(
            f"{repo} has no manifest.json, so it is not a build", "Expected a repository made by curate push."
        )
    with claimed(out):
        work = begin(out, f"pull {repo} {revision}", fresh=True)
        (work / "phases").rmdir()
        shutil.copyfile(snapshot / "manifest.json", work / "manifest.json")
        build = Build.open(work)
        for file in build.manifest.files:
            _place(file.name, snapshot, work)
        try:
            verify(work, build.manifest)
        except BuildError as error:
            raise BuildError(
                f"{repo} is not the build that its manifest describes: {error.fact}",
                f"It was written with polars {build.manifest.versions.get('polars')}: another version can write "
                "other lines from Parquet. Or the repository was changed: give the tag of the build as --revision.",
            ) from error
        put(work, out)
    return Build(out, build.manifest)


def _place(name: str, snapshot: Path, work: Path) -> None:
    """One file of the build: the original where it differs on the Hub, Parquet converted back to lines."""
    file = work / name
    file.parent.mkdir(parents=True, exist_ok=True)
    data = snapshot / data_path(name.removesuffix(".jsonl"), "parquet") if name in SPLIT_FILES else None
    for source in (snapshot / ORIGINALS / name, snapshot / name):
        if source.is_file():
            shutil.copyfile(source, file)
            return
    if data is not None and data.is_file():
        pl.scan_parquet(data).sink_ndjson(file)
