"""`curate push --to URL`: a build folder to any store that fsspec knows. A folder with a manifest there is whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from curation.base.errors import ShareError, UsageError, nearest, reraise_as
from curation.base.files import hashed
from curation.hub.push import check
from curation.ledger.build import Build
from curation.readers.hub import without_secrets
from curation.schemas.manifest import File, Manifest

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_MANIFEST = "manifest.json"
_BUCKETS = {"s3", "s3a", "gs", "gcs", "abfs", "az"}
"""Stores without folders: to make one there would make a bucket out of a slip of the pen."""


@dataclass(frozen=True)
class Stored:
    """What was sent, what stood there already, and what an earlier build had left; or would be, when it is `dry`."""

    url: str
    sent: tuple[File, ...]
    there: tuple[str, ...]
    deleted: tuple[str, ...]
    dry: bool


def upload(build: Build, url: str, *, yes: bool = False, dry: bool = False) -> Stored:
    """Every file of `build` to the folder `url`, but those that are there with the same size and hash.

    The manifest there goes away first and comes last: where one stands, every file is as it says. Errors as of
    `push.check`; UsageError for an address that names no store, ShareError where the store refuses.
    """
    check(build, yes)
    shown = without_secrets(url.partition("?")[0])
    with reraise_as(partial(_refused, shown)):
        store, root = _open(url, shown)
        before = _manifest(store, root)
        manifest = hashed(build.folder / _MANIFEST, _MANIFEST)
        there = _there(store, root, build.manifest.files, before)
        sent = [file for file in build.manifest.files if file.name not in there]
        known = {file.name for file in build.manifest.files}
        gone = [file.name for file in before.files if file.name not in known] if before else []
        if not sent and not gone and _digest(store, f"{root}/{_MANIFEST}") == manifest.sha256:
            return Stored(shown, (), (*there, _MANIFEST), (), dry)
        if not dry:
            _send(build, store, root, [*sent, manifest], gone)
        return Stored(shown, (*sent, manifest), tuple(there), tuple(gone), dry)


def _open(url: str, shown: str) -> tuple[AbstractFileSystem, str]:
    from fsspec.core import url_to_fs
    from fsspec.registry import known_implementations

    scheme, colon, _ = url.partition("://")
    if not colon or scheme not in known_implementations:
        near = nearest(scheme, list(known_implementations)) if colon else ""
        raise UsageError(f"{shown} is no address of a store.{near}", "Expected s3://bucket/path, file:///path, ...")
    try:
        store, root = url_to_fs(url)
    except ImportError as error:
        extra = "pip install 'curate[s3]'" if scheme in ("s3", "s3a") else f"Install what fsspec needs for {scheme}://"
        raise UsageError(f"A library for {scheme}:// is missing", f"{extra}.") from error
    return store, root.rstrip("/")


def _manifest(store: AbstractFileSystem, root: str) -> Manifest | None:
    """That of the build that stands there, if any."""
    if not store.exists(f"{root}/{_MANIFEST}"):
        return None
    try:
        return Manifest.model_validate_json(store.cat_file(f"{root}/{_MANIFEST}"))
    except ValidationError as error:
        raise UsageError(
            f"{_MANIFEST} there is not that of a build", "Give --to a folder of its own, so that nothing is lost."
        ) from error


def _there(store: AbstractFileSystem, root: str, files: tuple[File, ...], before: Manifest | None) -> list[str]:
    """The files that stand there with the same size and hash: told by the manifest there, else read back."""
    told = {file.name: file.sha256 for file in before.files} if before else {}
    held = []
    for file in files:
        place = f"{root}/{file.name}"
        if (
            store.exists(place)
            and store.size(place) == file.bytes
            and (told.get(file.name) or _digest(store, place)) == file.sha256
        ):
            held.append(file.name)
    return held


def _digest(store: AbstractFileSystem, place: str) -> str | None:
    if not store.exists(place):
        return None
    digest = sha256()
    with store.open(place, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _send(build: Build, store: AbstractFileSystem, root: str, files: list[File], gone: list[str]) -> None:
    protocols = (store.protocol,) if isinstance(store.protocol, str) else store.protocol
    for name in (_MANIFEST, *gone):
        if store.exists(f"{root}/{name}"):
            store.rm_file(f"{root}/{name}")
    for file in files:
        place = f"{root}/{file.name}"
        if not _BUCKETS.intersection(protocols):
            store.makedirs(place.rpartition("/")[0], exist_ok=True)
        store.put_file(str(build.folder / file.name), place)
        if store.size(place) != file.bytes:
            raise ShareError(
                f"{file.name} arrived as {store.size(place):,} bytes of {file.bytes:,}", "The same command goes on."
            )


def _refused(shown: str, error: Any) -> ShareError:
    """Never with the words of a store's client: they may hold keys."""
    meanings = {
        PermissionError: "it refused: look at the credentials and what they may do",
        FileNotFoundError: "there is no such bucket or folder",
        ConnectionError: "the connection could not be made, or broke",
    }
    fact = next((text for kind, text in meanings.items() if isinstance(error, kind)), type(error).__name__)
    return ShareError(
        f"The build could not be sent to {shown} ({fact})",
        "What has arrived is not sent again by the same command; until manifest.json is there, it is no build.",
    )
