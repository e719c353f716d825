"""`curate push --to URL`: a build folder to any store that fsspec knows. A folder there with a manifest is complete."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from curation.base.errors import ShareError, UsageError, nearest, reraise_as
from curation.base.files import hashed
from curation.base.secrets import without_secrets
from curation.hub.push import check
from curation.ledger.build import Build
from curation.schemas.manifest import File, Manifest

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_MANIFEST = "manifest.json"
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

    The manifest there is deleted first and written last: where there is one, every file matches it. Errors as of
    `push.check`; UsageError for an address that is not a store's, ShareError where the store refuses.
    """
    check(build, yes)
    shown = without_secrets(url.partition("?")[0])
    with reraise_as(partial(_refused, shown)):
        store, root = _open(url, shown)
        before = _manifest(store, root)
        manifest = hashed(build.folder / _MANIFEST, _MANIFEST)
        present = _present(store, root, build.manifest.files, before)
        sent = [file for file in build.manifest.files if file.name not in present]
        known = {file.name for file in build.manifest.files}
        deleted = [file.name for file in before.files if file.name not in known] if before else []
        if not sent and not deleted and _digest(store, f"{root}/{_MANIFEST}") == manifest.sha256:
            return Stored(shown, (), (*present, _MANIFEST), (), dry_run)
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


def _manifest(store: AbstractFileSystem, root: str) -> Manifest | None:
    """The manifest of the build that is there, if any."""
    if not store.exists(f"{root}/{_MANIFEST}"):
        return None
    try:
        return Manifest.model_validate_json(store.cat_file(f"{root}/{_MANIFEST}"))
    except ValidationError as error:
        raise UsageError(
            f"{_MANIFEST} there is not the manifest of a build", "Give --to an empty folder, so that nothing is lost."
        ) from error


def _present(store: AbstractFileSystem, root: str, files: tuple[File, ...], before: Manifest | None) -> list[str]:
    """The files that are there with the same size and hash, by the manifest there or by reading them."""
    hashes = {file.name: file.sha256 for file in before.files} if before else {}
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
    for name in (_MANIFEST, *deleted):
        if store.exists(f"{root}/{name}"):
            store.rm_file(f"{root}/{name}")
    for file in files:
        place = f"{root}/{file.name}"
        if not _BUCKETS.intersection(protocols):
            store.makedirs(place.rpartition("/")[0], exist_ok=True)
        store.put_file(str(build.folder / file.name), place)
        if store.size(place) != file.bytes:
            raise ShareError(
                f"{file.name} arrived as {store.size(place):,} bytes of {file.bytes:,}",
                "Run the same command again; it resumes.",
            )


def _refused(shown: str, error: Any) -> ShareError:
    """Without the message of the store's client: it may hold keys."""
    known_errors = {
        PermissionError: "permission denied: check the credentials and their permissions",
        FileNotFoundError: "there is no such bucket or folder",
        ConnectionError: "the connection failed",
    }
    fact = next((text for kind, text in known_errors.items() if isinstance(error, kind)), type(error).__name__)
    return ShareError(
        f"The build could not be sent to {shown} ({fact})",
        "Run the same command again; it resumes. Without manifest.json the folder there is not a complete build.",
    )
