"""What `curate validate` found, for the terminal, the HTML page and --json."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from curation.rules.catalogue import Level
from curation.schemas.manifest import Check


@dataclass(frozen=True)
class Place:
    """`at`: file and position (`train.jsonl#line 12`); `detail`: the value that decided.

    `path`: the file as it was given; `line`: null where the position names none, as in Parquet.
    """

    at: str
    detail: str
    path: str
    line: int | None


@dataclass(frozen=True)
class Finding:
    """One kind of defect. `count` is in rows; `places` are the first ten, in the order of the files."""

    id: str
    level: Level
    count: int
    meaning: str
    remedy: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class File:
    """An input: the split that its name names (else its name), its rows, and how many there are of each form.

    `languages`: rows by language, of those that were checked; `notes` of the result says how many.
    """

    path: str
    name: str
    split: str
    rows: int
    forms: dict[str, int]
    languages: dict[str, int]


@dataclass(frozen=True)
class Key:
    """A key of rows or turns, how many of them have it, and what becomes of it."""

    name: str
    count: int
    fate: str


PieceKind = Literal["learned", "context", "template", "dropped"]


@dataclass(frozen=True)
class Piece:
    """A run of a row's text: it carries loss, is shown, is the template's own, or is left out by the template."""

    text: str
    kind: PieceKind


@dataclass(frozen=True)
class Sample:
    """A row as it is learned, piece by piece."""

    at: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Fixed:
    """What `--fix` wrote: the folder, rows kept in each of its files, rows dropped. kept + dropped = read."""

    out: str
    kept: dict[str, int]
    dropped: int


@dataclass(frozen=True)
class Validation:
    """What `--json` prints: one object with these fields, each a field of the dataclass of its name.

    ok          no finding of level error, and no failed expectation of the suite; decides the exit code
    rows        rows of all files, unreadable ones included
    faulty      rows with at least one error
    files       [{path, name, split, rows, forms: {form: rows}, languages: {code: rows}}]
    keys        [{name, count, fate}]: what is learned, shown, kept as meta, or not written by the template
    findings    [{id, level, count, meaning, remedy, places: [{at, detail, path, line}]}], errors first, then by count
    checks      [{suite, expectation, column, passed, observed, note}], with --suite
    notes       what was not checked, or only in part
    samples     [{at, pieces: [{text, kind}]}]: the first row of each form and order of turns, as it is learned
    fixed       {out, kept: {file: rows}, dropped}, with --fix, else null
    """

    rows: int
    faulty: int
    files: tuple[File, ...]
    keys: tuple[Key, ...]
    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]
    notes: tuple[str, ...]
    samples: tuple[Sample, ...]
    fixed: Fixed | None

    @property
    def ok(self) -> bool:
        """No finding is an error, and no expectation of the suite failed."""
        return not any(one.level == "error" for one in self.findings) and all(check.passed for check in self.checks)

    def json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {"ok": self.ok, **asdict(self), "checks": [check.model_dump() for check in self.checks]}
