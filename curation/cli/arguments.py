"""What commands make of a word of theirs: the build of that name, the options of that recipe."""

from __future__ import annotations

from collections.abc import Sequence
from os.path import isfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curation.base.flags import Flag
    from curation.ledger.build import Build


def open_build(name: str) -> Build:
    """A build by folder or by name."""
    from curation.ledger.build import Build

    return Build.open(name)


def recipe_flags(words: Sequence[str]) -> list[Flag]:
    """The options of the recipe that is named among `words`; none where none is."""
    from curation.recipes.loading import load, names
    from curation.recipes.options import flags

    known = names()
    named = next((word for word in words if word in known or (word.endswith(".py") and isfile(word))), None)
    return flags(load(named)) if named else []
