"""What must not be shown or written: tokens, and the user and password of an address."""

from __future__ import annotations

import re


def without_secrets(text: str) -> str:
    """Without what looks like a token, or like the user and password of an address."""
    text = re.sub(r"hf_\w+|(?i:bearer)\s+\S+", "***", text)
    return re.sub(r"//[^/\s@]+@", "//***@", text)
