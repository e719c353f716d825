"""curate: raw corpora into chat datasets for fine-tuning that can be trusted, with the proof."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curation import demo as demos  # noqa: F401
    from curation import (
        figures as figures,
    )
    from curation import (
        ledger as ledger,
    )
    from curation import (
        readers as readers,
    )
    from curation import (
        recipes as recipes,
    )
    from curation import (
        stages as stages,
    )
    from curation.api.builds import Build as Build
    from curation.api.builds import build as build
    from curation.api.builds import validate as validate
    from curation.api.runs import Run as Run
    from curation.api.runs import train as train
    from curation.base.columns import column as column
    from curation.base.errors import CurateError as CurateError
    from curation.base.errors import UsageError as UsageError
    from curation.base.rows import Keep as Keep
    from curation.base.rows import Stage as Stage
    from curation.base.rows import spoken as spoken
    from curation.base.sections import Section as Section
    from curation.base.text import fold as fold
    from curation.base.text import squeeze as squeeze
    from curation.base.text import words as words
    from curation.readers.published import Published as Published
    from curation.recipes.row_phases import row_phases as row_phases
    from curation.rules.preferences import both_sides as both_sides
    from curation.rules.stage import conversation_rules as conversation_rules
    from curation.runner.recipe import Recipe as Recipe
    from curation.schemas.manifest import About as About
    from curation.schemas.manifest import Invocation as Invocation
    from curation.schemas.manifest import Sentence as Sentence
    from curation.stages.duplicates import ExactDuplicates as ExactDuplicates
    from curation.stages.families import Families as Families
    from curation.stages.language import Language as Language
    from curation.stages.near.shingles import Shingles as Shingles
    from curation.stages.near.word_sets import WordSets as WordSets
    from curation.stages.sample import Limit as Limit
    from curation.stages.shapes.turns import Turns as Turns
    from curation.stages.shapes.turns import turns as turns
    from curation.stages.split import Split as Split
    from curation.tokens import load_tokenizer as load_tokenizer

_NAMESPACES = {"demos": "demo", **{name: name for name in ("figures", "ledger", "readers", "recipes", "stages")}}
_NAMES = {
    "api.builds": ("Build", "build", "validate"),
    "api.runs": ("Run", "train"),
    "base.columns": ("column",),
    "base.errors": ("CurateError", "UsageError"),
    "base.rows": ("Keep", "Stage", "spoken"),
    "base.sections": ("Section",),
    "base.text": ("fold", "squeeze", "words"),
    "readers.published": ("Published",),
    "recipes.row_phases": ("row_phases",),
    "rules.preferences": ("both_sides",),
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
        return import_module(f"curation.{_NAMESPACES[name]}")
    if name not in _HOMES:
        raise AttributeError(f"module 'curation' has no attribute {name!r}")
    return getattr(import_module(f"curation.{_HOMES[name]}"), name)
