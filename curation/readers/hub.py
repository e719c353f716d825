"""A published source on the Hub: one file by repository, path, size and hash, fetched once and kept in the cache."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from curation.errors import InputError
from curation.folder import hashed


@dataclass(frozen=True)
class Published:
    """Where a corpus is published, and what its file must be."""

    repo: str
    file: str
    bytes: int
    sha256: str


def fetch(published: Published) -> Path:
    """The file in the Hub's cache, its hash checked. InputError says the ways on where it cannot be had."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        path = Path(hf_hub_download(published.repo, published.file, repo_type="dataset"))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise InputError(
            f"{published.repo}/{published.file} could not be fetched from the Hub ({type(error).__name__})",
            "Three ways on: --source PATH with a copy of the file, --demo for the small built-in corpus, "
            "or a connection to the Hub (HF_ENDPOINT names a mirror).",
        ) from error
    found = hashed(path, path.name)
    if found.sha256 != published.sha256:
        raise InputError(
            f"{path} is not the published file: {found.bytes:,} bytes, sha256 {found.sha256[:12]}, "
            f"expected {published.bytes:,} bytes, {published.sha256[:12]}",
            "Delete it from the cache and fetch it again, or give your own copy with --source.",
        )
    return path
