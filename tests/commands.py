"""The command line as tests run it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Ended(NamedTuple):
    """Exit code, and what was written to stdout and to stderr."""

    code: int
    out: str
    err: str


Curate = Callable[..., Ended]
"""curate("build", "legal", "--demo"): the words of a command line, ended."""
