"""Stages by name: what judges, relates, splits and shapes rows."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curation.stages.conflicts import Conflicts as Conflicts
    from curation.stages.conflicts import RejectLeaks as RejectLeaks
    from curation.stages.conflicts import RejectNearTest as RejectNearTest
    from curation.stages.duplicates import ExactDuplicates as ExactDuplicates
    from curation.stages.duplicates import conversation as conversation
    from curation.stages.families import Families as Families
    from curation.stages.grounded import Grounded as Grounded
    from curation.stages.language import Language as Language
    from curation.stages.near.shingles import Shingles as Shingles
    from curation.stages.near.word_sets import WordSets as WordSets
    from curation.stages.sample import Limit as Limit
    from curation.stages.sample import limits_from as limits_from
    from curation.stages.shapes.encode import Encode as Encode
    from curation.stages.shapes.excerpts import Excerpts as Excerpts
    from curation.stages.shapes.quoting import ABSENT as ABSENT
    from curation.stages.shapes.quoting import Answers as Answers
    from curation.stages.shapes.turns import Turns as Turns
    from curation.stages.shapes.turns import turns as turns
    from curation.stages.shares import TokenShares as TokenShares
    from curation.stages.split import FixedSplit as FixedSplit
    from curation.stages.split import GivenSplit as GivenSplit
    from curation.stages.split import OfficialSplit as OfficialSplit
    from curation.stages.split import Split as Split
    from curation.stages.split import shares_from as shares_from
    from curation.stages.split import split_from as split_from
    from curation.stages.tokens import Count as Count
    from curation.stages.tokens import Fits as Fits
    from curation.stages.tokens import trainable as trainable

_NAMES = {
    "stages.conflicts": ("Conflicts", "RejectLeaks", "RejectNearTest"),
    "stages.duplicates": ("ExactDuplicates", "conversation"),
    "stages.families": ("Families",),
    "stages.grounded": ("Grounded",),
    "stages.language": ("Language",),
    "stages.near.shingles": ("Shingles",),
    "stages.near.word_sets": ("WordSets",),
    "stages.sample": ("Limit", "limits_from"),
    "stages.shapes.encode": ("Encode",),
    "stages.shapes.excerpts": ("Excerpts",),
    "stages.shapes.quoting": ("ABSENT", "Answers"),
    "stages.shapes.turns": ("Turns", "turns"),
    "stages.shares": ("TokenShares",),
    "stages.split": ("FixedSplit", "GivenSplit", "OfficialSplit", "Split", "shares_from", "split_from"),
    "stages.tokens": ("Count", "Fits", "trainable"),
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used: importing `curation.stages` alone costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'curation.stages' has no attribute {name!r}")
    return getattr(import_module(f"curation.{_HOMES[name]}"), name)
