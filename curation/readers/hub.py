"""A dataset file on the Hub: one file by repository, path, revision and hash, fetched once and kept in the cache."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from curation.errors import InputError, Translate, UsageError, told
from curation.folder import hashed

SCHEME = "hf://datasets/"


@dataclass(frozen=True)
class Published:
    """Where a corpus is published, and what its file must be. Without `sha256` what comes is only written down."""

    repo: str
    file: str
    revision: str = "main"
    bytes: int | None = None
    sha256: str | None = None


def published(address: str) -> Published:
    """`hf://datasets/OWNER/NAME/PATH` or `hf://datasets/OWNER/NAME@REVISION/PATH`, as huggingface_hub writes it."""
    found = re.fullmatch(rf"{SCHEME}([^/@]+/[^/@]+)(?:@([^/]+))?/(.+)", address)
    if not found:
        raise UsageError(f"{address} names no file on the Hub", f"Expected {SCHEME}OWNER/NAME@REVISION/PATH.")
    return Published(found[1], found[3], (found[2] or "main").replace("%2F", "/"))


def fetch(wanted: Published) -> Path:
    """The file in the Hub's cache, its hash checked. InputError says the ways on where it cannot be had."""
    from huggingface_hub import hf_hub_download

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # its retries are told in our error
    with Translate(partial(_unfetched, wanted)):
        path = Path(hf_hub_download(wanted.repo, wanted.file, repo_type="dataset", revision=wanted.revision))
    if wanted.sha256 is None:
        return path
    found = hashed(path, path.name)
    if found.sha256 != wanted.sha256:
        raise InputError(
            f"{path} is not the published file: {found.bytes:,} bytes, sha256 {found.sha256[:12]}, "
            f"expected {wanted.bytes or 0:,} bytes, {wanted.sha256[:12]}",
            "Delete it from the cache and fetch it again, or give your own copy with --source.",
        )
    return path


def _unfetched(wanted: Published, error: Exception) -> InputError:
    """The kind of what the client raised; with its words where it is about the address, which it refuses to ask for."""
    return InputError(
        f"{wanted.repo}/{wanted.file} could not be fetched from the Hub "
        f"({type(error).__name__ if isinstance(error, OSError) else told(error)})",
        "Three ways on: --source PATH with a copy of the file, --demo for the small built-in corpus, "
        "or a connection to the Hub (HF_ENDPOINT names a mirror).",
    )
