"""Finished builds by name: what a recipe that reads builds needs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curation.ledger.parts import (
        lines_of_part as lines_of_part,
    )
    from curation.ledger.parts import (
        rows_of_parts as rows_of_parts,
    )
    from curation.ledger.parts import (
        tokenizer_of as tokenizer_of,
    )

_NAMES = {
    "ledger.parts": ("lines_of_part", "rows_of_parts", "tokenizer_of"),
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used: importing `curation.ledger` alone costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'curation.ledger' has no attribute {name!r}")
    return getattr(import_module(f"curation.{_HOMES[name]}"), name)
