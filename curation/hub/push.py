"""`curate push`: a build to a dataset repository on the Hub, in one commit, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from curation.base.errors import BuildError, GateError, ShareError, UsageError, reraise_as
from curation.base.files import disk_errors
from curation.hub.layout import Format, Sent, data_path, files, ours
from curation.ledger.build import Build
from curation.readers.hub import hush, refusal, without_secrets
from curation.runner.folder import verify
from curation.schemas.manifest import Manifest

_SILENT = ("unknown", "other")
"""Licences that say nothing of sharing. Those with -nd- forbid to share what was made of a work, which a build is."""


@dataclass(frozen=True)
class There:
    """What stands on the Hub: nothing, or a repository with its last commit, files, tags, manifest and card."""

    exists: bool = False
    head: str | None = None
    names: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    manifest: bytes | None = None
    card: str | None = None


@dataclass(frozen=True)
class Pushed:
    """What was done, or would be: `changed` is false where the very build stood there already."""

    repo: str
    kind: str
    revision: str
    tag: str
    message: str
    files: tuple[tuple[str, int], ...] = ()
    deleted: tuple[str, ...] = ()
    changed: bool = True
    private: bool | None = None
    url: str = ""
    seen: bool = True
    """Whether the Hub was asked what stands there; a dry run does without."""


def build_tag(folder: Path) -> str:
    """The first 12 digits of the manifest's SHA-256, which stands for every file of the build."""
    return sha256((folder / "manifest.json").read_bytes()).hexdigest()[:12]


def push(
    build: Build,
    repo: str,
    *,
    form: Format = "parquet",
    private: bool = False,
    revision: str = "main",
    yes: bool = False,
    dry: bool = False,
) -> Pushed:
    """Data, card, Croissant, manifest, report and ledger of `build`, in one commit and a tag; nothing where it stands.

    `yes`: share it though its licence does not say that one may. `dry`: no request that writes. BuildError, GateError,
    UsageError where the build must not be shared; ShareError where the Hub refuses.
    """
    check(build, yes)
    there, seen = look(repo, "dataset", revision, dry)
    tag, manifest = build_tag(build.folder), (build.folder / "manifest.json").read_bytes()
    rows = sum(split.rows for split in build.manifest.splits.values())
    told = Pushed(repo, "dataset", revision, tag, f"{build.manifest.name} {tag}: {rows:,} rows", seen=seen)
    if there.manifest == manifest and data_path("train", form) in there.names and tag in there.tags:
        return replace(told, changed=False)
    with TemporaryDirectory(prefix="curate-push-") as scratch, disk_errors(Path(scratch)):
        sent = files(build, repo, form, there.card, Path(scratch))
        gone = sorted(_stale(there) - {one.path for one in sent})
        sizes = tuple((one.path, one.bytes) for one in sent)
        told = replace(told, files=sizes, deleted=tuple(gone), private=private or None)
        return told if dry else replace(told, url=commit(told, there, sent))


def check(build: Build, yes: bool) -> None:
    """BuildError where a file is not as it was built, GateError where the gate failed, UsageError for the licence."""
    verify(build.folder, build.manifest)
    if not (build.folder / "croissant.json").is_file():
        raise BuildError(f"{build.folder} holds no croissant.json: an earlier version built it", "Build it again.")
    failed = [check for check in build.manifest.gate if not check.passed]
    if failed or not build.manifest.gate:
        raise GateError(
            f"{len(failed)} of {len(build.manifest.gate)} expectations of {build.folder} are not met",
            "Only a build that passed its gate is shared: mend the recipe or the data, and build again.",
        )
    licence = build.manifest.about.licence
    if not yes and (licence in _SILENT or "-nd" in licence):
        raise UsageError(
            f"The licence of {build.manifest.name} is {licence!r}, which does not say that a dataset made of it may "
            f"be shared: {build.manifest.about.attribution}",
            "Ask whoever holds the rights. If you may share it, say so with --yes.",
        )


def look(repo: str, kind: str, revision: str, dry: bool) -> tuple[There, bool]:
    """What stands at `revision` of `repo`, and whether the Hub was asked: a dry run goes on without it.

    UsageError where `repo` is not OWNER/NAME, ShareError where the Hub refuses.
    """
    owner, slash, name = repo.partition("/")
    if not (owner and slash and name) or "/" in name:
        raise UsageError(f"{repo!r} names no repository on the Hub", "Expected OWNER/NAME: me/legal.")
    hush()
    try:
        with reraise_as(lambda error: _refused(repo, error)):
            return _look(repo, kind, revision), True
    except ShareError:
        if not dry:
            raise
        return There(), False


def _look(repo: str, kind: str, revision: str) -> There:
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    api = HfApi()
    try:
        refs = api.list_repo_refs(repo, repo_type=kind)
        about = api.dataset_info if kind == "dataset" else api.model_info
        info = about(repo, revision=revision)
    except RevisionNotFoundError:
        return There(exists=True, tags=frozenset(tag.name for tag in refs.tags))
    except RepositoryNotFoundError:
        return There()
    names = frozenset(sibling.rfilename for sibling in info.siblings or ())
    read = {
        name: Path(hf_hub_download(repo, name, repo_type=kind, revision=info.sha)).read_bytes()
        for name in ("manifest.json", "README.md")
        if name in names
    }
    card = read.get("README.md")
    return There(
        exists=True,
        head=info.sha,
        names=names,
        tags=frozenset(tag.name for tag in refs.tags),
        manifest=read.get("manifest.json"),
        card=None if card is None else card.decode("utf8"),
    )


def _stale(there: There) -> set[str]:
    """What an earlier push wrote and is still there. Files that it did not write are not ours to delete."""
    if there.manifest is None:
        return set()
    try:
        wrote = ours(Manifest.model_validate_json(there.manifest))
    except ValueError:
        return set()  # some other manifest: nothing of it is known to be ours
    return wrote & there.names


def commit(told: Pushed, there: There, sent: Sequence[Sent]) -> str:
    """The repository and the branch where there is none, one commit, the tag; the address of it all. ShareError."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    with reraise_as(lambda error: _refused(told.repo, error)):
        api = HfApi()
        if not there.exists:
            api.create_repo(told.repo, repo_type=told.kind, private=told.private, exist_ok=True)
        if there.head is None and told.revision != "main":
            api.create_branch(told.repo, branch=told.revision, repo_type=told.kind, exist_ok=True)
        done = api.create_commit(
            told.repo,
            [
                *(CommitOperationAdd(one.path, one.file) for one in sent),
                *(CommitOperationDelete(path) for path in told.deleted),
            ],
            commit_message=told.message,
            repo_type=told.kind,
            revision=told.revision,
            parent_commit=there.head,
        )
    return _tag(told.repo, told.kind, told.tag, done.oid)


def _tag(repo: str, kind: str, tag: str, commit: str) -> str:
    from huggingface_hub import HfApi

    with reraise_as(lambda error: _refused(repo, error)):
        api = HfApi()
        api.create_tag(repo, tag=tag, revision=commit, repo_type=kind, exist_ok=True)
        return without_secrets(f"{api.endpoint}/{'datasets/' if kind == 'dataset' else ''}{repo}")


def _refused(repo: str, error: Exception) -> ShareError | BuildError | None:
    if isinstance(error, OSError) and error.errno is not None and error.filename is not None:
        return None  # a file of ours that cannot be read
    fact, way = refusal(error)
    return ShareError(f"{repo} could not be pushed to the Hub ({fact})", f"{way}The same command goes on from there.")
