"""The built-in recipes as functions: `recipes.legal("CUADv1.json", tokenizer="./llama-3.2")` returns a Recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curation.recipes.banking_replies import REPLIES as BANKING_REPLIES
    from curation.recipes.builtin.banking import recipe as banking
    from curation.recipes.builtin.bengali import recipe as bengali
    from curation.recipes.builtin.finetome import recipe as finetome
    from curation.recipes.builtin.legal import recipe as legal
    from curation.recipes.builtin.mix import recipe as mix

_RECIPES = ("banking", "bengali", "finetome", "legal", "mix")
__all__ = ["BANKING_REPLIES", "banking", "bengali", "finetome", "legal", "mix"]


def __getattr__(name: str) -> Any:
    """A recipe is loaded when it is first named."""
    if name == "BANKING_REPLIES":
        from curation.recipes.banking_replies import REPLIES

        return REPLIES
    if name not in _RECIPES:
        raise AttributeError(f"module 'curation.recipes' has no attribute {name!r}")
    from curation.recipes.loading import named

    return named(name)
