"""The manifest: what a build folder holds, where it came from, and the figures that prove it. No clock, no paths.

Two builds of the same inputs by the same versions have the same manifest, byte for byte.
"""

from __future__ import annotations

import shlex
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from curation.schemas.names import Part, check_name
from curation.schemas.template import TemplateContract

SPLITS = ("train", "validation", "test")
Level = Literal["records", "rows"]
Count = Annotated[int, Field(ge=0, lt=2**63)]
Figure = Annotated[int, Field(ge=-(2**63), lt=2**63)] | float | str | bool | None


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class File(_Frozen):
    """A file by name, size and hash."""

    name: str
    """Of a source, as its owner calls it: never a path. Of a file of a build, its place in the folder."""
    bytes: Count
    sha256: str


def _inside(file: File) -> File:
    check_name(file.name)
    return file


Inside = Annotated[File, AfterValidator(_inside)]
"""A file of a build: its name leads nowhere but into the folder."""


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


Option = str | int | float | bool | None


class Invocation(_Frozen):
    """How a build was asked for, from the command line or from Python: enough to ask for it again."""

    recipe: str
    """A built-in recipe's name, or the name of a person's recipe file."""
    recipe_sha256: str
    """Of the recipe's file."""
    source: str | None
    """The name of the file or folder that was read, or its address on the Hub; null where the recipe knows it."""
    demo: bool = False
    """Whether the texts are the generated ones of the recipe's demo."""
    options: dict[str, Option]
    """Every parameter of the recipe as it was used, paths by their last part; null for one that was left out."""
    form: str = "messages"
    """Of the lines: messages, sharegpt, prompt-completion, alpaca or text."""
    tokenized: bool = False

    @property
    def command(self) -> str:
        """The command line that builds the same, from a folder that holds the source, the recipe and the tokenizer."""
        words = ["curate", "build", f"./{self.recipe}" if self.recipe.endswith(".py") else self.recipe]
        if self.demo:
            words += ["--demo"]
        elif self.source is not None:
            words += ["--source", self.source]
        for name, value in self.options.items():
            flag = f"--{name.rstrip('_').replace('_', '-')}"
            if isinstance(value, bool):
                words += [flag if value else f"--no-{flag[2:]}"]
            elif value is not None:
                words += [flag, str(value)]
        words += ["--format", self.form] if self.form != "messages" else []
        words += ["--tokenized"] if self.tokenized else []
        return shlex.join(words)


class Sentence(_Frozen):
    """What `curate explain` says of a column that a recipe adds: `text`, its {names} replaced by the row's values.

    Said where the column has the value `equals`, or, without one, any value but null. Of a list its length is told.
    """

    column: str
    text: str
    equals: bool | str | None = None


class Phase(_Frozen):
    """The counts of one phase: entered = kept + the sum of rejected."""

    level: Level
    name: Part
    stages: tuple[str, ...]
    entered: Count
    kept: Count
    rejected: dict[str, Count]
    reasons: tuple[str, ...] = ()
    """What its stages say they may reject for."""


class Split(_Frozen):
    """Sizes of a split; `trained_tokens` are those that carry loss."""

    rows: Count
    groups: Count
    tokens: Count
    trained_tokens: Count


class Check(_Frozen):
    """One expectation of the gate and what was found."""

    suite: str
    expectation: str
    column: str | None
    passed: bool
    observed: str
    note: str


class Manifest(_Frozen):
    """All that a build says of itself: the module's docstring, field by field."""

    format: Literal[2] = 2
    name: str
    about: About
    invocation: Invocation | None
    """Null for a recipe that a program put together itself."""
    versions: dict[str, str]
    sources: tuple[File, ...]
    contract: TemplateContract
    max_tokens: Count | None = None
    """The limit of a row that the build was counted with; null for a recipe that has none."""
    meta: tuple[str, ...]
    """The columns in `meta` of each line."""
    form: str = "messages"
    """Of the lines, as in the invocation."""
    keys: tuple[str, ...] = ()
    """What some of its rows have beside a role and a content for each turn, id and meta: weight, tools, ..."""
    phases: tuple[Phase, ...]
    splits: dict[str, Split]
    straddling: dict[str, tuple[str, ...]]
    """The groups that stand in more than one split, and in which. Empty but for a published split that leaks."""
    figures: dict[str, Figure]
    suites: dict[str, tuple[Part, ...]] = {}
    """Expectation suites of the gate, over the facts of the rows and over the figures; of a file its last part."""
    warnings: tuple[str, ...] = ()
    """What a person should know of this build, a sentence each."""
    sentences: tuple[Sentence, ...] = ()
    gate: tuple[Check, ...] = ()
    files: tuple[Inside, ...] = ()

    def place(self, source: str | None) -> str | None:
        """Where a record stands, for a person: its file's name, then `line 5`; `2#line 5` is of the second source."""
        number, numbered, rest = (source or "").partition("#")
        if numbered and number.isdecimal() and 0 < int(number) <= len(self.sources):
            return f"{self.sources[int(number) - 1].name} {rest}"
        return f"{self.sources[0].name} {source}" if source and len(self.sources) == 1 else source

    @property
    def demo(self) -> bool:
        """Whether the texts are the generated ones of a recipe's demo."""
        return self.invocation is not None and self.invocation.demo

    def changed(self, **changes: object) -> Self:
        """This manifest with some fields changed."""
        return self.model_copy(update=changes)
