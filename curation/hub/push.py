"""`curate push`: a build to a dataset repository on the Hub, in one commit, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from curation.base.errors import BuildError, GateError, ShareError, UsageError, reraise_as
from curation.base.files import disk_errors
from curation.base.manifests import MANIFEST, read_manifest
from curation.base.scratch import NO_SPACE, scratch
from curation.base.secrets import without_secrets
from curation.hub.layout import Format, Upload, data_path, files_to_push, paths_of_push
from curation.ledger.build import Build
from curation.readers.hub import explain_error, quiet_client
from curation.runner.folder import verify

_UNCLEAR_LICENCES = ("unknown", "other")
"""Licences that do not say whether sharing is allowed. Those with -nd- forbid sharing derived works, as builds are."""


@dataclass(frozen=True)
class RemoteState:
    """A repository on the Hub, if it exists: its last commit, files, tags, manifest and card."""

    exists: bool = False
    head: str | None = None
    names: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    manifest: bytes | None = None
    card: str | None = None


@dataclass(frozen=True)
class Pushed:
    """What was pushed, or would be: `changed` is false where this very build was there already."""

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
    """Whether the state of the Hub is known; a dry run works without."""


def build_tag(folder: Path) -> str:
    """The first 12 digits of the manifest's SHA-256, which identifies every file of the build."""
    return sha256((folder / "manifest.json").read_bytes()).hexdigest()[:12]


def push(
    build: Build,
    repo: str,
    *,
    form: Format = "parquet",
    private: bool = False,
    revision: str = "main",
    yes: bool = False,
    dry_run: bool = False,
) -> Pushed:
    """Data, card, Croissant, manifest, report and ledger of `build`, in one commit and a tag; nothing if it is there.

    Of a build in which some rows have more keys (the manifest's `keys`) the data go as JSON lines whatever the `form`:
    Parquet has one schema for all rows, and would fill arguments of calls with nulls that nobody wrote.

    `yes`: share it although its licence does not say so. `dry_run`: no request that writes. BuildError, GateError,
    UsageError where the build must not be shared; ShareError where the Hub refuses.
    """
    check(build, yes)
    form = "jsonl" if build.manifest.keys else form
    remote, known = remote_state(repo, "dataset", revision, dry_run)
    tag, manifest = build_tag(build.folder), (build.folder / "manifest.json").read_bytes()
    rows = sum(split.rows for split in build.manifest.splits.values())
    pushed = Pushed(repo, "dataset", revision, tag, f"{build.manifest.name} {tag}: {rows:,} rows", seen=known)
    if remote.manifest == manifest and data_path("train", form) in remote.names and tag in remote.tags:
        return replace(pushed, changed=False)
    with scratch("push") as work, disk_errors(work, NO_SPACE):
        uploads = files_to_push(build, repo, form, remote.card, work)
        deleted = sorted(_stale(remote) - {one.path for one in uploads})
        sizes = tuple((one.path, one.bytes) for one in uploads)
        pushed = replace(pushed, files=sizes, deleted=tuple(deleted), private=private or None)
        return pushed if dry_run else replace(pushed, url=commit(pushed, remote, uploads))


def check(build: Build, yes: bool) -> None:
    """BuildError where a file is not as it was built, GateError where the gate failed, UsageError for the licence."""
    verify(build.folder, build.manifest)
    if not (build.folder / "croissant.json").is_file():
        raise BuildError(f"{build.folder} holds no croissant.json: an earlier version built it", "Build it again.")
    failed = [check for check in build.manifest.gate if not check.passed]
    if failed or not build.manifest.gate:
        raise GateError(
            f"{len(failed)} of {len(build.manifest.gate)} checks of {build.folder} failed",
            "Only a build that passed its gate can be shared: correct the recipe or the data, and build again.",
        )
    licence = build.manifest.about.licence
    if not yes and (licence in _UNCLEAR_LICENCES or "-nd" in licence):
        raise UsageError(
            f"The licence of {build.manifest.name} is {licence!r}, which does not say that a dataset made of it may "
            f"be shared: {build.manifest.about.attribution}",
            "Ask the owner of the rights. If you may share it, give --yes.",
        )


def remote_state(repo: str, kind: str, revision: str, dry_run: bool) -> tuple[RemoteState, bool]:
    """The state of `repo` at `revision`, and whether it is known: a dry run goes on without the Hub.

    UsageError where `repo` is not OWNER/NAME, ShareError where the Hub refuses.
    """
    owner, slash, name = repo.partition("/")
    if not (owner and slash and name) or "/" in name:
        raise UsageError(f"{repo!r} is not the name of a repository on the Hub", "Expected OWNER/NAME, e.g. me/legal.")
    quiet_client()
    try:
        with reraise_as(lambda error: _refused(repo, error)):
            return _fetch_state(repo, kind, revision), True
    except ShareError:
        if not dry_run:
            raise
        return RemoteState(), False


def _fetch_state(repo: str, kind: str, revision: str) -> RemoteState:
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    api = HfApi()
    try:
        refs = api.list_repo_refs(repo, repo_type=kind)
        about = api.dataset_info if kind == "dataset" else api.model_info
        info = about(repo, revision=revision)
    except RevisionNotFoundError:
        return RemoteState(exists=True, tags=frozenset(tag.name for tag in refs.tags))
    except RepositoryNotFoundError:
        return RemoteState()
    names = frozenset(sibling.rfilename for sibling in info.siblings or ())
    read = {
        name: Path(hf_hub_download(repo, name, repo_type=kind, revision=info.sha)).read_bytes()
        for name in ("manifest.json", "README.md")
        if name in names
    }
    card = read.get("README.md")
    return RemoteState(
        exists=True,
        head=info.sha,
        names=names,
        tags=frozenset(tag.name for tag in refs.tags),
        manifest=read.get("manifest.json"),
        card=None if card is None else card.decode("utf8"),
    )


def _stale(remote: RemoteState) -> set[str]:
    """Files that an earlier push wrote. Others are not ours to delete."""
    if remote.manifest is None:
        return set()
    try:
        wrote = paths_of_push(read_manifest(remote.manifest, MANIFEST))
    except BuildError:
        return set()  # some other manifest, or names that no push wrote: none of its files is known to be ours
    return wrote & remote.names


def commit(pushed: Pushed, remote: RemoteState, uploads: Sequence[Upload]) -> str:
    """Make the repository and the branch if needed, one commit and the tag; return the address. ShareError."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    with reraise_as(lambda error: _refused(pushed.repo, error)):
        api = HfApi()
        if not remote.exists:
            api.create_repo(pushed.repo, repo_type=pushed.kind, private=pushed.private, exist_ok=True)
        if remote.head is None and pushed.revision != "main":
            api.create_branch(pushed.repo, branch=pushed.revision, repo_type=pushed.kind, exist_ok=True)
        done = api.create_commit(
            pushed.repo,
            [
                *(CommitOperationAdd(one.path, one.file) for one in uploads),
                *(CommitOperationDelete(path) for path in pushed.deleted),
            ],
            commit_message=pushed.message,
            repo_type=pushed.kind,
            revision=pushed.revision,
            parent_commit=remote.head,
        )
    return _tag(pushed.repo, pushed.kind, pushed.tag, done.oid)


def _tag(repo: str, kind: str, tag: str, commit: str) -> str:
    from huggingface_hub import HfApi

    with reraise_as(lambda error: _refused(repo, error)):
        api = HfApi()
        api.create_tag(repo, tag=tag, revision=commit, repo_type=kind, exist_ok=True)
        return without_secrets(f"{api.endpoint}/{'datasets/' if kind == 'dataset' else ''}{repo}")


def _refused(repo: str, error: Exception) -> ShareError | BuildError | None:
    if isinstance(error, OSError) and error.errno is not None and error.filename is not None:
        return None  # a local file that cannot be read
    fact, hint = explain_error(error)
    return ShareError(
        f"{repo} could not be pushed to the Hub ({fact})", f"{hint}Run the same command again; it resumes."
    )
