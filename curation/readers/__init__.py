"""Readers by name: files to records."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curation.readers.chat import read_chat as read_chat
    from curation.readers.chat import read_preferences as read_preferences
    from curation.readers.dialogues import read_cells as read_cells
    from curation.readers.dialogues import read_turns as read_turns
    from curation.readers.splits import expand as expand
    from curation.readers.squad import read_squad as read_squad
    from curation.readers.table import read_table as read_table

_NAMES = {
    "readers.chat": ("read_chat", "read_preferences"),
    "readers.dialogues": ("read_cells", "read_turns"),
    "readers.splits": ("expand",),
    "readers.squad": ("read_squad",),
    "readers.table": ("read_table",),
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used: importing `curation.readers` alone costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'curation.readers' has no attribute {name!r}")
    return getattr(import_module(f"curation.{_HOMES[name]}"), name)
