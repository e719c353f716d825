"""curate: raw corpora into chat datasets for fine-tuning that can be trusted, with the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curation.build import Recipe, build
    from curation.chat import Keep, Stage
    from curation.ledger import Build

_WHERE = {"Build": "ledger", "Keep": "chat", "Recipe": "build", "Stage": "chat", "build": "build"}
__all__ = ["Build", "Keep", "Recipe", "Stage", "build"]


def __getattr__(name: str) -> Any:
    """The public names, imported when first used: `import curation` alone costs nothing."""
    if name not in _WHERE:
        raise AttributeError(f"module 'curation' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"curation.{_WHERE[name]}"), name)
