"""Generated corpora, one for each recipe: functions that write the files into a folder and return what to read."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curation.demo.banking import write_banking as write_banking
    from curation.demo.bengali import write_bengali as write_bengali
    from curation.demo.finetome import write_finetome as write_finetome
    from curation.demo.legal import write_legal as write_legal

_NAMES = {
    "demo.banking": ("write_banking",),
    "demo.bengali": ("write_bengali",),
    "demo.finetome": ("write_finetome",),
    "demo.legal": ("write_legal",),
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used: importing `curation.demo` alone costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'curation.demo' has no attribute {name!r}")
    return getattr(import_module(f"curation.{_HOMES[name]}"), name)
