"""Files from the Hub: fetched once, resumed, cached, checked; and the Hub's errors in plain words."""

from __future__ import annotations

import os
import sys
from errno import EDQUOT, EFBIG, ENOSPC
from functools import partial
from pathlib import Path

from curation.base.errors import InputError, one_line, reraise_as
from curation.base.secrets import without_secrets
from curation.readers.published import Published, digests, matches

ALTERNATIVES = (
    "Alternatives: --source PATH with a copy of the file, --demo for the small built-in corpus, "
    "or a connection to the Hub (HF_ENDPOINT names a mirror)."
)
LOGIN_HINT = "Put a token with access into HF_TOKEN, or run: hf auth login"


def fetch(wanted: Published) -> Path:
    """The file in the Hub's cache, its hash checked. InputError names the alternatives where it cannot be fetched."""
    from huggingface_hub import hf_hub_download

    quiet_client()
    with reraise_as(partial(_fetch_error, wanted)):
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


def quiet_client() -> None:
    """Turn off the client's own warnings, which our errors repeat, and, outside a terminal, its progress bars."""
    from huggingface_hub.utils.logging import set_verbosity_error
    from huggingface_hub.utils.tqdm import disable_progress_bars

    set_verbosity_error()  # type: ignore[no-untyped-call]  # its own: its import sets the level
    if not sys.stderr.isatty():
        disable_progress_bars()


def _fetch_error(wanted: Published, error: Exception) -> InputError:
    fact, hint = explain_error(error)
    return InputError(
        f"{wanted.repo}/{wanted.file} could not be fetched from the Hub ({fact})", f"{hint}{ALTERNATIVES}"
    )


def explain_error(error: Exception) -> tuple[str, str]:
    """What the client raised, as a fact, and a hint that ends in a space, or nothing where there is none.

    Never with the client's own message: an address in it may hold a signature, a header a token.
    """
    from huggingface_hub import errors

    error = _root_cause(error)
    kind = type(error).__name__
    known_errors = {
        errors.GatedRepoError: ("the repository is gated", f"Ask for access on its page, then: {LOGIN_HINT}. "),
        errors.OfflineModeIsEnabled: ("HF_HUB_OFFLINE is set", "Unset HF_HUB_OFFLINE. "),
        errors.RepositoryNotFoundError: (
            "there is no such repository, or this token has no access to it",
            f"Check its name. {LOGIN_HINT}. ",
        ),
        errors.RevisionNotFoundError: ("there is no such revision", "Check the branches and tags on its page. "),
        errors.RemoteEntryNotFoundError: ("there is no such file", "Check its name. "),
        errors.LocalEntryNotFoundError: ("it is not in the cache, and the Hub could not be reached", ""),
        errors.LocalTokenNotFoundError: ("no token", f"{LOGIN_HINT}. "),
    }
    for known, (fact, hint) in known_errors.items():
        if isinstance(error, known):
            return f"{kind}: {fact}", hint
    if isinstance(error, errors.HfHubHTTPError):
        return _explain_status(error.response.status_code, error.response.headers.get("Retry-After", ""))
    broken = errors.HTTPError  # type: ignore[attr-defined]  # of the HTTP library that the client uses
    if isinstance(error, broken) and not isinstance(error, ValueError) and "Unsupported" not in kind:
        return f"{kind}: the connection failed", "Check the network connection. "
    if isinstance(error, OSError):
        return _explain_system(error)
    return without_secrets(one_line(error)), ""


def _explain_system(error: OSError) -> tuple[str, str]:
    """What the system refused, in its own words: a full cache, say."""
    if error.errno is None:
        return type(error).__name__, ""
    full = error.errno in (ENOSPC, EDQUOT, EFBIG)
    return os.strerror(error.errno), "Free some space, or give the cache another place with HF_HOME. " if full else ""


def _explain_status(status: int, wait: str) -> tuple[str, str]:
    """An HTTP status of the Hub, explained."""
    after = f" in {wait} seconds" if wait.isdecimal() else " in some minutes"
    known = {
        401: ("the token is missing or not valid", f"{LOGIN_HINT}. "),
        403: ("the token lacks permission for this", f"{LOGIN_HINT}. "),
        404: ("there is no such repository, or this token has no access to it", f"Check its name. {LOGIN_HINT}. "),
        409: ("the repository is being changed", "Try again. "),
        412: ("the repository was changed meanwhile", "Push again: it starts from the current commit. "),
        429: ("too many requests", f"Try again{after}. "),
    }
    fact, hint = known.get(
        status, ("the Hub failed", "Try again later. ") if status >= 500 else ("the Hub refused the request", "")
    )
    return f"HTTP {status}: {fact}", hint


def _root_cause(error: Exception) -> Exception:
    """The error inside the one that the client wraps around a failed file."""
    while isinstance(error, RuntimeError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    return error
