"""A finished build read back without the project's own ledger: its lines, and what became of every record."""

from __future__ import annotations

import csv
import json
from collections import Counter
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from curation.base.files import hashed
from curation.ledger.build import Build
from curation.schemas.manifest import Manifest

SPLITS = ("train", "validation", "test")
DATA = ("train.jsonl", "validation.jsonl", "test.jsonl", "rejects.parquet")
Row = dict[str, Any]


def resealed(folder: Path, manifest: Manifest) -> Build:
    """A build whose files a test has changed, with `manifest`, which then holds their hashes: as if it was built so."""
    files = tuple(hashed(folder / file.name, file.name) for file in manifest.files if (folder / file.name).is_file())
    (folder / "manifest.json").write_text(manifest.changed(files=files).model_dump_json(), "utf8")
    return Build.open(folder)


class Fate(NamedTuple):
    """Of a record: why it fell (None where it stands) with the value that decided, and the rows made of it."""

    reason: str | None
    detail: str | None
    rows: list[Row]


def lines(build: Build, *splits: str) -> list[Row]:
    """The rows in the JSONL, each with the split that its file names. Read once: tests leave them as they are."""
    return [row for split in splits or SPLITS for row in _lines(build.folder, split)]


@cache
def _lines(folder: Path, split: str) -> list[Row]:
    text = (folder / f"{split}.jsonl").read_bytes().decode("utf8")
    return [{**json.loads(line), "split": split} for line in text.split("\n")[:-1]]


def said(row: Row, role: str) -> list[str]:
    """What one role says in a row, turn after turn."""
    return [message["content"] for message in row["messages"] if message["role"] == role]


def fates(build: Build) -> dict[str, Fate]:
    """What became of each record, by its place: `record 3`, `2#line 5` of a second file. A build of one row each."""
    return _fates(build.folder)


@cache
def _fates(folder: Path) -> dict[str, Fate]:
    rows: dict[str, list[Row]] = {}
    for row in (row for split in SPLITS for row in _lines(folder, split)):
        rows.setdefault(place(row["meta"]["source"]), []).append(row)
    found = {where: Fate(None, None, made) for where, made in rows.items()}
    for source, reason, detail in _ledger(folder).select("source", "reason", "detail").iter_rows():
        assert place(source) not in found, f"{source} is kept and rejected, or rejected twice"
        found[place(source)] = Fate(reason, detail, [])
    return found


def place(source: str) -> str:
    """A source without the line that a record of a table starts on."""
    return source.partition(", line ")[0]


def ledger(build: Build) -> pl.DataFrame:
    return _ledger(build.folder)


@cache
def _ledger(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "rejects.parquet")


def table(build: Build, name: str) -> list[dict[str, str]]:
    """The lines of tables/<name>.csv."""
    with (build.folder / "tables" / f"{name}.csv").open(encoding="utf8", newline="") as file:
        return list(csv.DictReader(file))


def check_books(build: Build) -> None:
    """Every phase: entered = kept + rejected, and enters what the phase before kept; the files hold just that."""
    fallen = Counter(ledger(build).select("level", "phase", "reason").iter_rows())
    before: dict[str, int] = {}
    for phase in build.flow():
        assert phase.entered == phase.kept + sum(phase.rejected.values())
        assert phase.entered == before.get(phase.level, phase.entered)
        here = (phase.level, phase.name)
        assert phase.rejected == {reason: n for (*where, reason), n in fallen.items() if (*where,) == here}
        before[phase.level] = phase.kept
    assert before["rows"] == len(lines(build))
    for split in SPLITS:
        assert build.manifest.splits[split].rows == len(lines(build, split))
    assert all(check.passed for check in build.manifest.gate)


def hashes(folder: Path) -> dict[str, str]:
    """Every file of a build by name, its phases left out."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.parent.name != "phases")
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def data_hashes(build: Build) -> dict[str, str]:
    """Lines, ledger and tables: what does not name the recipe's file."""
    found = hashes(build.folder)
    return {name: found[name] for name in found if name in DATA or name.startswith("tables/")}
