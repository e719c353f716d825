"""What a recipe is: the one value that the runner takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from curation.base.errors import UsageError
from curation.base.rows import Stage
from curation.base.sections import Section
from curation.ledger.observation import Observation
from curation.ledger.phase_files import BASES, LEVELS
from curation.schemas.manifest import About, Figure, Invocation, Sentence
from curation.schemas.names import part_fault
from curation.tokens import Tokenizer

Figures = Callable[[Observation], dict[str, Figure]]


def no_figures(seen: Observation) -> dict[str, Figure]:
    """For a recipe whose proof needs nothing beyond the common checks."""
    return {}


@dataclass(frozen=True)
class Recipe:
    """How one corpus becomes a dataset. A recipe file holds a function `recipe(...)` that returns one."""

    name: str
    about: About
    sources: tuple[Path, ...]
    read: Callable[[Sequence[Path]], pl.LazyFrame]
    """Files to records: id, source, and what the stages need; a record that cannot be read is a rejected one."""
    records: Mapping[str, Sequence[Stage]]
    """Phases over records; one of them adds `group`, what must not straddle splits."""
    shape: Stage
    """Kept records to rows, at least one (a rejected one, if need be) for each record, named in `record`."""
    rows: Mapping[str, Sequence[Stage]]
    """Phases over rows, which have label and group; they add tokens, trained_tokens, input_ids, trained and split."""
    tokenizer: Tokenizer
    meta: tuple[str, ...]
    """The columns that go into `meta` of each line."""
    suites: Mapping[str, Sequence[str]]
    """Expectation suites of the gate, over "rows" and over "figures": names in schemas/expectations, or paths."""
    figures: Figures = no_figures
    """What else the proof needs, from what is seen of the build."""
    tables: Mapping[str, Callable[[Observation], pl.DataFrame]] = field(default_factory=dict)
    """What a person should look through: tables/<name>.csv."""
    sections: Sequence[Callable[[Observation], Section]] = ()
    """Sections of its own on the page."""
    sentences: Sequence[Sentence] = ()
    """What `curate explain` says of the columns that only this recipe has."""
    warnings: Mapping[str, str] = field(default_factory=dict)
    """Figure -> sentence with {} for its value, said where the figure is not 0."""
    invocation: Invocation | None = None
    """How it was asked for; written by whoever called the recipe's function."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "sources", tuple(map(Path, self.sources)))
        for level, base in zip(LEVELS, BASES, strict=True):
            if base in self.records or base in self.rows:
                raise UsageError(
                    f"{base!r} is reserved for the first step of {level}", "Choose another name for the phase."
                )
        for name in (*self.records, *self.rows, *self.tables):
            if fault := part_fault(name):
                raise UsageError(f"{name!r} is no name for a phase or a table: {fault}", "They become names of files.")
