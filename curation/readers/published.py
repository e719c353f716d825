"""Where a corpus is published, and which files are the published ones: by SHA-256, or by git's blob id."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1, sha256
from pathlib import Path

from curation.base.errors import InputError, UsageError
from curation.schemas.manifest import File

SCHEME = "hf://datasets/"


@dataclass(frozen=True)
class Published:
    """One file. With `repo` it is fetched from the Hub, without it `elsewhere` says how to get it.

    Without `sha256` and `blob` the file is not checked; its hash is only recorded.
    """

    repo: str
    file: str
    called: str = ""
    """Its common name: CUAD v1."""
    revision: str = "main"
    bytes: int | None = None
    sha256: str | None = None
    blob: str | None = None
    """Git's blob id of the file: SHA-1 of its length and content."""
    elsewhere: str = ""

    @property
    def short_hash(self) -> str:
        """The hash that is checked, shortened for messages."""
        return f"sha256 {self.sha256[:12]}" if self.sha256 else f"git blob {(self.blob or '')[:12]}"


def parse_address(address: str) -> Published:
    """`hf://datasets/OWNER/NAME/PATH` or `hf://datasets/OWNER/NAME@REVISION/PATH`, as huggingface_hub writes it."""
    found = re.fullmatch(rf"{SCHEME}([^/@]+/[^/@]+)(?:@([^/]+))?/(.+)", address)
    if not found:
        raise UsageError(
            f"{address} is not the address of a file on the Hub", f"Expected {SCHEME}OWNER/NAME@REVISION/PATH."
        )
    return Published(found[1], found[3], revision=(found[2] or "main").replace("%2F", "/"))


def sources(module: object) -> tuple[Published, ...]:
    """The published files of a recipe: its `PUBLISHED`, one file or several; none where it has no such name."""
    found = getattr(module, "PUBLISHED", None) or ()
    return (found,) if isinstance(found, Published) else tuple(found)


def matches(path: Path, wanted: Published, whole: str | None = None) -> bool | None:
    """Whether `path` is the published file, byte for byte; None where its hash is unknown. InputError.

    `whole`: its SHA-256, if it was computed before.
    """
    if wanted.sha256 is None and wanted.blob is None:
        return None
    if whole and wanted.blob is None:
        return whole == wanted.sha256
    _, whole, blob = digests(path)
    return wanted.sha256 in (None, whole) and wanted.blob in (None, blob)


def digests(path: Path) -> tuple[int, str, str]:
    """Size, SHA-256 and git's id of a file. InputError where it cannot be read."""
    try:
        size = path.stat().st_size
        whole, blob = sha256(), sha1(f"blob {size}\0".encode(), usedforsecurity=False)
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                whole.update(block)
                blob.update(block)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "Give the path of a file.") from error
    return size, whole.hexdigest(), blob.hexdigest()


def verified(paths: Sequence[Path], wanted: Sequence[Published], read: Sequence[File] = ()) -> list[str]:
    """A sentence for each file: whether it is the published one, and by which hash.

    `read`: the same files as a build has hashed them.
    """
    by_name = {Path(one.file).name: one for one in wanted}
    sentences = []
    hashes: list[str | None] = [file.sha256 for file in read] or [None] * len(paths)
    for path, whole in zip(paths, hashes, strict=True):
        one = wanted[0] if len(wanted) == len(paths) == 1 else by_name.get(path.name)
        same = matches(path, one, whole) if one else None
        if one and same is not None:
            verb = "is" if same else "is not"
            sentences.append(f"{path.name} {verb} the published {one.called or one.file}, {one.short_hash}.")
    return sentences


def describe(module: object) -> list[dict[str, object]]:
    """A recipe's files as `curate sources` prints them; unknown values say so."""
    about = getattr(module, "ABOUT", None)
    return [
        {
            "file": file.file,
            "called": file.called,
            "from": file.elsewhere or f"{SCHEME}{file.repo}@{file.revision}",
            "bytes": file.bytes,
            "sha256": file.sha256 or "not known",
            "git blob": file.blob,
            "licence": about.licence if about else "unknown",
            "cite": (about.citation if about else "") or "not known",
        }
        for file in sources(module)
    ]
