"""Texts without what opens an account: tokens, keys, passwords, signatures of addresses."""

from __future__ import annotations

import os
import re

_HIDDEN = "***"
_OF_A_SECRET = (
    r"x-amz-[a-z-]+|x-goog-[a-z-]+|awsaccesskeyid|key-pair-id|signature|credential"
    r"|(?:[a-z_-]*[_-])?(?:secret|password|passwd|pass|api_?-?key|access_?-?key(?:_id)?|account_?-?key|private_?-?key)"
    r"|(?:[a-z_-]*[_-])?(?:access|auth|api|bot|hf|hub|id|oauth|refresh|security|session|wandb)[_-]?token|token"
)
"""Names of what is secret, in an address or a setting. `eos_token` and its like are none, nor are `tokens`."""
KEYS = (
    r"\bhf_[A-Za-z0-9]{30,40}\b",  # the Hub
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",  # S3
    r"\bgh[opsur]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{22,}",
    r"\bsk-(?:[A-Za-z0-9]{20,}|(?:ant|proj|svcacct|admin|or)-[\w-]{20,})",  # OpenAI, Anthropic, OpenRouter
    r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}",  # a signed token (JWT)
    r"\bAIza[\w-]{35}|\bxox[abeprs]-[A-Za-z0-9-]{10,}|\b[rs]k_live_[A-Za-z0-9]{20,}|\bglpat-[\w-]{20}",
    r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\\[nr]|\s)*(?:[A-Za-z0-9+/]{8}|[A-Z][A-Za-z-]+: )",
)
"""Forms of keys that nothing else has: for Python and, without what looks around, for Polars."""
_KNOWN = re.compile(
    r"\b(?:hf|api_org)_(?:oauth_|jwt_)?[A-Za-z0-9]{8}[\w.-]*"  # the Hub
    r"|(?<![\w/+.-])(?=[\w/+]*[a-z])(?=[\w/+]*[A-Z])(?=[\w/+]*\d)[A-Za-z0-9][A-Za-z0-9/+]{39}(?![\w/+=.-])"  # S3
    r"|\bwandb_v\d+[_-][\w-]+|\b(?:gh[opsur]|github_pat)_\w{16,}"  # W&B, GitHub
    r"|\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?|" + "|".join(KEYS)  # a signed token (JWT)
)
# Forty hexadecimal digits are a key of W&B as well as a commit: one that is named as a commit stays.
_HEX = re.compile(r"((?:\b(?:commit|revision|blob|sha1)\W{1,4}|[@/]))?\b[0-9a-f]{40}\b", re.IGNORECASE)
_HEADER = re.compile(
    r"""(\bauthorization["']?\s*[:=]\s*["']?(?:(?:basic|bearer|digest|token)\s+)?|\bbearer\s+)[^\s"',]+""", re.I
)
_ADDRESS = re.compile(r"(//|\b\w{2,}:/)[^/\s@]+@")  # one slash: as a Path holds it
_QUERY = re.compile(rf"([?&;](?:{_OF_A_SECRET}|auth|code|key|policy|sig)=)[^\s&;#\"'<>)]+", re.I)
# A colon alone says nothing of a `token`: "Unexpected token: }".
_NAMED = re.compile(
    rf"""((?<![\w-])(?:{_OF_A_SECRET})(?:["']\s*:\s*|\s*=\s*)|(?<![\w-])--(?:{_OF_A_SECRET})\s+"""
    r"""|(?<![\w-])[\w-]*(?:secret|password|passwd|api_?-?key|access_?-?key(?:_id)?)\s*:\s*)(["']?)(?!\*\*\*)[^\s"'&,;)}\]]+""",
    re.I,
)
_SETTINGS = ("_TOKEN", "_SECRET", "_PASSWORD", "_API_KEY", "_ACCESS_KEY", "_ACCESS_KEY_ID")


def without_secrets(text: str) -> str:
    """`text` with *** for each token of the Hub, key of S3 or W&B, password and signature of an address, and header.

    What the environment holds in settings named as a token, key, secret or password goes too, in any form. Words that
    only look like a key are hidden as well: a value too many hidden is better than one too few.
    """
    for value in _of_environment():
        text = text.replace(value, _HIDDEN)
    text = _HEADER.sub(rf"\1{_HIDDEN}", text)
    text = _KNOWN.sub(_HIDDEN, text)
    text = _HEX.sub(lambda found: found[0] if found[1] else _HIDDEN, text)
    text = _QUERY.sub(rf"\1{_HIDDEN}", _ADDRESS.sub(rf"\1{_HIDDEN}@", text))
    return _NAMED.sub(rf"\1\2{_HIDDEN}", text)


def _of_environment() -> list[str]:
    """The longest first, so that no end of one stays where another is its beginning."""
    found = {value for name, value in os.environ.items() if name.upper().endswith(_SETTINGS) and len(value) >= 16}
    return sorted(found, key=len, reverse=True)
