"""`curate push --to URL`: a build folder to any store that fsspec knows. A folder there with a manifest is complete."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curation.base.errors import BuildError, ShareError, UsageError, nearest, reraise_as
from curation.base.files import hashed, inside
from curation.base.manifests import ASIDE, MANIFEST, read_manifest
from curation.base.secrets import without_secrets
from curation.hub.push import check
from curation.ledger.build import Build
from curation.schemas.manifest import File, Manifest

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_PART = f"{MANIFEST}.part"
"""Where the manifest that stood there is until the new one does: after a kill it says what is to be deleted."""
_BUCKETS = {"s3", "s3a", "gs", "gcs", "abfs", "az"}
"""Stores without folders: creating one would turn a typing mistake into a bucket."""


@dataclass(frozen=True)
class Stored:
    """What was sent, what was there already, and what was deleted of an earlier build; or would be, if `dry`."""

    url: str
    sent: tuple[File, ...]
    there: tuple[str, ...]
    deleted: tuple[str, ...]
    dry: bool


def upload(build: Build, url: str, *, yes: bool = False, dry_run: bool = False) -> Stored:
    """Every file of `build` to the folder `url`, except those that are there with the same size and hash.

    The manifest there goes aside first and is written last: where there is one, every file matches it. Errors as of
    `push.check`; UsageError for an address that is not a store's, or where a name in the manifest there, or a link,
    leads out of the folder: nothing is changed then. ShareError where the store refuses.
    """
    check(build, yes)
    shown = without_secrets(url.partition("?")[0])
    with reraise_as(partial(_refused, shown)):
        store, root = _open(url, shown)
        manifest = hashed(build.folder / MANIFEST, MANIFEST)
        _refuse_links(store, root, (MANIFEST, _PART, ASIDE, *(file.name for file in build.manifest.files)))
        whole = _manifest(store, root, MANIFEST)
        before = whole or _manifest(store, root, ASIDE)
        _refuse_links(store, root, [file.name for file in before.files] if before else [])
        present = _present(store, root, build.manifest.files, whole)
        sent = [file for file in build.manifest.files if file.name not in present]
        known = {file.name for file in build.manifest.files}
        deleted = [file.name for file in before.files if file.name not in known] if before else []
        done = _digest(store, f"{root}/{MANIFEST}") == manifest.sha256 and not store.exists(f"{root}/{ASIDE}")
        if done and not sent and not deleted:
            return Stored(shown, (), (*present, MANIFEST), (), dry_run)
        if not dry_run:
            _send(build, store, root, [*sent, manifest], deleted)
        return Stored(shown, (*sent, manifest), tuple(present), tuple(deleted), dry_run)


def _open(url: str, shown: str) -> tuple[AbstractFileSystem, str]:
    from fsspec.core import url_to_fs
    from fsspec.registry import known_implementations

    scheme, colon, _ = url.partition("://")
    if not colon or scheme not in known_implementations:
        near = nearest(scheme, list(known_implementations)) if colon else ""
        raise UsageError(
            f"{shown} is not the address of a store.{near}", "Expected s3://bucket/path, file:///path, ..."
        )
    try:
        store, root = url_to_fs(url)
    except ImportError as error:
        extra = "pip install 'curate[s3]'" if scheme in ("s3", "s3a") else f"Install what fsspec needs for {scheme}://"
        raise UsageError(f"A library for {scheme}:// is missing", f"{extra}.") from error
    return store, root.rstrip("/")


def _manifest(store: AbstractFileSystem, root: str, name: str) -> Manifest | None:
    """The manifest of that name, if it is there."""
    if not store.exists(f"{root}/{name}"):
        return None
    place = f"{name} there is not the manifest of a build: it"
    try:
        return read_manifest(store.cat_file(f"{root}/{name}"), place)
    except BuildError as error:
        raise UsageError(error.fact, "Give --to an empty folder, so that nothing is lost.") from error


def _refuse_links(store: AbstractFileSystem, root: str, names: Sequence[str]) -> None:
    """UsageError where a name in the folder, or a folder on the way to it, is a link: it could lead anywhere."""
    if not _is_local(store):
        return
    for name in names:
        try:
            inside(Path(root), name)
        except BuildError as error:
            raise UsageError(error.fact, "Remove the link, or give --to an empty folder.") from error


def _is_local(store: AbstractFileSystem) -> bool:
    from fsspec.implementations.local import LocalFileSystem

    return isinstance(store, LocalFileSystem)


def _present(store: AbstractFileSystem, root: str, files: tuple[File, ...], whole: Manifest | None) -> list[str]:
    """The files that are there with the same size and hash, by the manifest of what is whole or by reading them."""
    hashes = {file.name: file.sha256 for file in whole.files} if whole else {}
    present = []
    for file in files:
        place = f"{root}/{file.name}"
        if (
            store.exists(place)
            and store.size(place) == file.bytes
            and (hashes.get(file.name) or _digest(store, place)) == file.sha256
        ):
            present.append(file.name)
    return present


def _digest(store: AbstractFileSystem, place: str) -> str | None:
    if not store.exists(place):
        return None
    digest = sha256()
    with store.open(place, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _send(build: Build, store: AbstractFileSystem, root: str, files: list[File], deleted: list[str]) -> None:
    protocols = (store.protocol,) if isinstance(store.protocol, str) else store.protocol
    if store.exists(f"{root}/{MANIFEST}"):
        store.mv(f"{root}/{MANIFEST}", f"{root}/{ASIDE}")
    for name in deleted:
        if store.exists(f"{root}/{name}"):
            store.rm_file(f"{root}/{name}")
    for file in files:
        place = f"{root}/{file.name}"
        if not _BUCKETS.intersection(protocols):
            store.makedirs(place.rpartition("/")[0], exist_ok=True)
        # A file of this machine grows while it is written: a manifest appears when it is whole. Other stores see to it.
        aside = f"{root}/{_PART}" if file.name == MANIFEST and _is_local(store) else place
        store.put_file(str(build.folder / file.name), aside)
        if aside != place:
            store.mv(aside, place)
        if store.size(place) != file.bytes:
            raise ShareError(
                f"{file.name} arrived as {store.size(place):,} bytes of {file.bytes:,}",
                "Run the same command again; it resumes.",
            )
    if store.exists(f"{root}/{ASIDE}"):
        store.rm_file(f"{root}/{ASIDE}")


def _refused(shown: str, error: Any) -> ShareError:
    """Without the message of the store's client: it may hold keys."""
    known_errors = {
        PermissionError: "permission denied: check the credentials and their permissions",
        FileNotFoundError: "there is no such bucket or folder",
        ConnectionError: "the connection failed",
    }
    other = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else type(error).__name__
    fact = next((text for kind, text in known_errors.items() if isinstance(error, kind)), other)
    return ShareError(
        f"The build could not be sent to {shown} ({fact})",
        "Run the same command again; it resumes. Without manifest.json the folder there is not a complete build.",
    )
