"""The manifest: what a build folder holds, where it came from, and the figures that prove it. No clock, no paths.

Two builds of the same inputs by the same versions have the same manifest, byte for byte.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from schemas.template import TemplateContract

SPLITS = ("train", "validation", "test")
Level = Literal["records", "rows"]
Figure = int | float | str | bool | None


def told(value: Figure) -> str:
    """A figure for people: thousands separated, yes and no."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    return f"{value:,}" if isinstance(value, int | float) else value


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class File(_Frozen):
    """A file by name, size and hash."""

    name: str
    bytes: int
    sha256: str


class About(_Frozen):
    """What a person must know of a dataset before using it."""

    title: str
    licence: str
    """SPDX identifier in lower case, as the Hub writes it: cc-by-4.0."""
    attribution: str
    languages: tuple[str, ...]
    task: str
    """A task category of the Hub: question-answering, text-generation, ..."""
    citation: str = ""
    """Whom to cite, as a line of text."""
    limits: tuple[str, ...] = ()
    """What the dataset is not good for, a sentence each."""
    published: dict[str, str] = {}
    """Datasets on the Hub by the SHA-256 of their file: a build of that very file names the dataset as its source."""


class Phase(_Frozen):
    """The books of one phase: entered = kept + the sum of rejected."""

    level: Level
    name: str
    stages: tuple[str, ...]
    entered: int
    kept: int
    rejected: dict[str, int]


class Split(_Frozen):
    rows: int
    groups: int
    tokens: int
    trained_tokens: int


class Check(_Frozen):
    """One expectation of the gate and what was found."""

    suite: str
    expectation: str
    column: str | None
    passed: bool
    observed: str
    note: str


class Manifest(_Frozen):
    format: Literal[1] = 1
    name: str
    about: About
    provenance: dict[str, str]
    """Recipe file and hash, and the options it was called with."""
    versions: dict[str, str]
    sources: tuple[File, ...]
    contract: TemplateContract
    meta: tuple[str, ...]
    """The columns in `meta` of each line."""
    form: str = "messages"
    """Of the lines: messages, sharegpt, prompt-completion, alpaca or text."""
    phases: tuple[Phase, ...]
    splits: dict[str, Split]
    straddling: dict[str, tuple[str, ...]]
    """The groups that stand in more than one split, and in which. Empty but for a published split that leaks."""
    figures: dict[str, Figure]
    suites: dict[str, tuple[str, ...]] = {}
    """Expectation suites of the gate, over the facts of the rows and over the figures."""
    gate: tuple[Check, ...] = ()
    files: tuple[File, ...] = ()
