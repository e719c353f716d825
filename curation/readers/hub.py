"""Files from the Hub: fetched once, resumed, kept in the cache, checked; and what its refusals mean for a person."""

from __future__ import annotations

import logging
import re
import sys
from functools import partial
from pathlib import Path

from curation.base.errors import InputError, one_line, reraise_as
from curation.readers.published import Published, digests, matches

WAYS = (
    "Three ways on: --source PATH with a copy of the file, --demo for the small built-in corpus, "
    "or a connection to the Hub (HF_ENDPOINT names a mirror)."
)
LOGIN = "Put a token that may into HF_TOKEN, or run: hf auth login"


def fetch(wanted: Published) -> Path:
    """The file in the Hub's cache, its hash checked. InputError says the ways on where it cannot be had."""
    from huggingface_hub import hf_hub_download

    hush()
    with reraise_as(partial(_unfetched, wanted)):
        path = Path(hf_hub_download(wanted.repo, wanted.file, repo_type="dataset", revision=wanted.revision))
    if matches(path, wanted) is False:
        size, whole, blob = digests(path)
        found, expected = (whole, wanted.sha256) if wanted.sha256 else (blob, wanted.blob)
        kind = "sha256" if wanted.sha256 else "git blob"
        raise InputError(
            f"{path} is not the published file: {size:,} bytes, {kind} {found[:12]}, "
            f"expected {wanted.bytes or 0:,} bytes, {(expected or '')[:12]}",
            "Delete it from the cache and fetch it again, or give your own copy with --source.",
        )
    return path


def hush() -> None:
    """The client's own warnings are left out: what they say stands in our errors. Its bars are for terminals."""
    from huggingface_hub.utils.tqdm import disable_progress_bars

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    if not sys.stderr.isatty():
        disable_progress_bars()


def _unfetched(wanted: Published, error: Exception) -> InputError:
    fact, way = refusal(error)
    return InputError(f"{wanted.repo}/{wanted.file} could not be fetched from the Hub ({fact})", f"{way}{WAYS}")


def refusal(error: Exception) -> tuple[str, str]:
    """What the client raised, as a fact, and a way on that ends in a space, or nothing where there is none of its own.

    Never with the client's words about a request: its address may hold a signature, its headers a token.
    """
    from huggingface_hub import errors

    error = _root(error)
    kind = type(error).__name__
    meanings = {
        errors.GatedRepoError: ("the repository is gated", f"Ask for access on its page, then: {LOGIN}. "),
        errors.OfflineModeIsEnabled: ("HF_HUB_OFFLINE forbids to ask", "Unset HF_HUB_OFFLINE. "),
        errors.RepositoryNotFoundError: (
            "there is no such repository, or this token may not see it",
            f"Look at its name. {LOGIN}. ",
        ),
        errors.RevisionNotFoundError: ("there is no such revision", "Look at the branches and tags on its page. "),
        errors.RemoteEntryNotFoundError: ("there is no such file", "Look at its name. "),
        errors.LocalEntryNotFoundError: ("it is not in the cache, and the Hub was not reached", ""),
        errors.LocalTokenNotFoundError: ("no token", f"{LOGIN}. "),
    }
    for known, (fact, way) in meanings.items():
        if isinstance(error, known):
            return f"{kind}: {fact}", way
    if isinstance(error, errors.HfHubHTTPError):
        return _answer(error.response.status_code, error.response.headers.get("Retry-After", ""))
    broken = errors.HTTPError  # type: ignore[attr-defined]  # of the library below the client, whichever it uses
    if isinstance(error, broken) and not isinstance(error, ValueError) and "Unsupported" not in kind:
        return f"{kind}: the connection could not be made, or broke", "Try again: what has arrived is not sent again. "
    return without_secrets(kind if isinstance(error, OSError) else one_line(error)), ""


def _answer(status: int, wait: str) -> tuple[str, str]:
    """What an HTTP status of the Hub means."""
    after = f" in {wait} seconds" if wait.isdecimal() else " in some minutes"
    known = {
        401: ("the token is missing or not valid", f"{LOGIN}. "),
        403: ("the token has no right to do this", f"{LOGIN}. "),
        404: ("there is no such repository, or this token may not see it", f"Look at its name. {LOGIN}. "),
        409: ("the repository is being changed", "Try again. "),
        412: ("the repository was changed meanwhile", "Push again: it starts from what stands there now. "),
        429: ("too many requests", f"Try again{after}. "),
    }
    fact, way = known.get(status, ("the Hub failed", "Try again later. ") if status >= 500 else ("it refused", ""))
    return f"HTTP {status}: {fact}", way


def _root(error: Exception) -> Exception:
    """The client wraps what befell one of several files."""
    while isinstance(error, RuntimeError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    return error


def without_secrets(text: str) -> str:
    """Without what looks like a token, or like the user and password of an address."""
    text = re.sub(r"hf_\w+|(?i:bearer)\s+\S+", "***", text)
    return re.sub(r"//[^/\s@]+@", "//***@", text)
