"""curate: raw corpora into chat datasets for fine-tuning that can be trusted, with the proof."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curation import (
        demo as demo,
        figures as figures,
        ledger as ledger,
        readers as readers,
        recipes as recipes,
        stages as stages,
    )
    from curation.api.builds import Build as Build, build as build, validate as validate
    from curation.api.runs import Run as Run, train as train
    from curation.base.errors import CurateError as CurateError, UsageError as UsageError
    from curation.base.rows import Keep as Keep, Stage as Stage, spoken as spoken
    from curation.base.sections import Section as Section
    from curation.base.text import fold as fold, squeeze as squeeze, words as words
    from curation.readers.published import Published as Published
    from curation.recipes.row_phases import row_phases as row_phases
    from curation.rules.stage import conversation_rules as conversation_rules
    from curation.runner.recipe import Recipe as Recipe
    from curation.schemas.manifest import About as About, Invocation as Invocation, Sentence as Sentence
    from curation.stages.duplicates import ExactDuplicates as ExactDuplicates
    from curation.stages.families import Families as Families
    from curation.stages.language import Language as Language
    from curation.stages.near.shingles import Shingles as Shingles
    from curation.stages.near.word_sets import WordSets as WordSets
    from curation.stages.sample import Limit as Limit
    from curation.stages.shapes.turns import Turns as Turns, turns as turns
    from curation.stages.split import Split as Split
    from curation.tokens import load_tokenizer as load_tokenizer

_NAMESPACES = ("demo", "figures", "ledger", "readers", "recipes", "stages")
_NAMES = {
    "api.builds": ("Build", "build", "validate"),
    "api.runs": ("Run", "train"),
    "base.errors": ("CurateError", "UsageError"),
    "base.rows": ("Keep", "Stage", "spoken"),
    "base.sections": ("Section",),
    "base.text": ("fold", "squeeze", "words"),
    "readers.published": ("Published",),
    "recipes.row_phases": ("row_phases",),
    "rules.stage": ("conversation_rules",),
    "runner.recipe": ("Recipe",),
    "schemas.manifest": ("About", "Invocation", "Sentence"),
    "stages.duplicates": ("ExactDuplicates",),
    "stages.families": ("Families",),
    "stages.language": ("Language",),
    "stages.near.shingles": ("Shingles",),
    "stages.near.word_sets": ("WordSets",),
    "stages.sample": ("Limit",),
    "stages.shapes.turns": ("Turns", "turns"),
    "stages.split": ("Split",),
    "tokens": ("load_tokenizer",),
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names}
__all__ = sorted([*_NAMESPACES, *_HOMES])


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used: importing `curation` alone costs nothing."""
    if name in _NAMESPACES:
        return import_module(f"curation.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'curation' has no attribute {name!r}")
    return getattr(import_module(f"curation.{_HOMES[name]}"), name)
