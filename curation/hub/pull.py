"""`curate pull`: a build that was pushed, as it was built, every file with the hash that its manifest says."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl

from curation.base.errors import BuildError, ShareError, reraise_as
from curation.hub.layout import BUILT, LINES, data_path
from curation.ledger.build import Build
from curation.readers.hub import hush, refusal
from curation.runner.folder import check_target, put, verify, workplace


def pull(repo: str, out: Path, revision: str = "main") -> Build:
    """The build in `repo`, put into `out` when all of it is there and verified.

    ShareError where the Hub refuses or holds no build, BuildError where a file is not what the manifest says.
    """
    from huggingface_hub import snapshot_download

    check_target(out)
    hush()

    def refused(error: Exception) -> ShareError:
        fact, way = refusal(error)
        return ShareError(f"{repo} could not be pulled from the Hub ({fact})", f"{way}What has arrived is kept.")

    with reraise_as(refused):
        held = Path(snapshot_download(repo, repo_type="dataset", revision=revision))
    if not (held / "manifest.json").is_file():
        raise ShareError(f"{repo} holds no manifest.json, so it is no build", "Expected what curate push sends.")
    with workplace(out, f"pull {repo} {revision}", fresh=True) as work:
        (work / "phases").rmdir()
        shutil.copyfile(held / "manifest.json", work / "manifest.json")
        build = Build.open(work)
        for file in build.manifest.files:
            _place(file.name, held, work)
        try:
            verify(work, build.manifest)
        except BuildError as error:
            raise BuildError(
                f"What stands in {repo} is not the build that its manifest names: {error.fact}",
                f"It was written with polars {build.manifest.versions.get('polars')}: lines made of Parquet by another "
                "version can differ. Else somebody changed the repository: take the tag of the build as --revision.",
            ) from error
        put(work, out)
    return Build(out, build.manifest)


def _place(name: str, held: Path, work: Path) -> None:
    """One file of the build: as it was built where it looks otherwise on the Hub, lines of Parquet as lines again."""
    file = work / name
    file.parent.mkdir(parents=True, exist_ok=True)
    data = held / data_path(name.removesuffix(".jsonl"), "parquet") if name in LINES else None
    for source in (held / BUILT / name, held / name):
        if source.is_file():
            shutil.copyfile(source, file)
            return
    if data is not None and data.is_file():
        pl.scan_parquet(data).sink_ndjson(file)
