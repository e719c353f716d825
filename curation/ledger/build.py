"""A build folder read back. Nothing is kept up to date by hand; every answer is a query over its files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import polars as pl

from curation.base.errors import BuildError, nearest
from curation.base.manifests import MANIFEST, open_manifest, own_file
from curation.ledger.phase_files import BASES, LEVELS, PHASES, REJECTED, PhaseFiles
from curation.schemas.manifest import Manifest, Phase, Split

REJECTS = "rejects.parquet"


@dataclass(frozen=True)
class Reject:
    """A record or row that was rejected: where, why, the value that decided, and the id that it repeats, if any."""

    level: str
    phase: str
    id: str
    record: str
    source: str
    reason: str
    detail: str
    other: str | None


@dataclass(frozen=True)
class Rejects:
    """What was rejected, in the order of phases and rows: iterate over it, or query `frame`."""

    frame: pl.LazyFrame
    """The columns level, phase, id, record, source, reason, detail, other, all of them texts."""

    def head(self, n: int = 5) -> list[Reject]:
        """The first `n`."""
        return [Reject(**row) for row in self.frame.head(n).collect().iter_rows(named=True)]

    def __iter__(self) -> Iterator[Reject]:
        for batch in self.frame.collect().iter_slices(10_000):
            yield from (Reject(**row) for row in batch.iter_rows(named=True))

    def __len__(self) -> int:
        return int(self.frame.select(pl.len()).collect().item())


assert [one.name for one in fields(Reject)] == list(REJECTED)


def list_builds(builds: Path) -> tuple[list[Build], list[BuildError]]:
    """The finished builds in the folder `builds`, by name, and an error for each whose manifest cannot be read.

    What is being made, or on its way out, is none.
    """
    found: list[Build] = []
    damaged: list[BuildError] = []
    for file in sorted(builds.glob(f"*/{MANIFEST}")):
        name = file.parent.name
        if not name.startswith(".") and not name.endswith(".building"):
            try:
                found.append(Build.open(file.parent))
            except BuildError as error:
                damaged.append(error)
    return found, damaged


@dataclass(frozen=True)
class Build:
    """A build folder and its manifest. `Build.open(folder)` reads one from disk."""

    folder: Path
    manifest: Manifest
    files: PhaseFiles = field(init=False, repr=False, compare=False)
    _checked: dict[str, Path] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", PhaseFiles(self.folder))

    @classmethod
    def made(cls, files: PhaseFiles, manifest: Manifest) -> Self:
        """A build in the making, whose phase files this process wrote or checked."""
        made = cls(files.folder, manifest)
        object.__setattr__(made, "files", files)
        return made

    @classmethod
    def open(cls, build: str | Path) -> Self:
        """A build by folder, or by its name in datasets_out/. BuildError where there is no finished one."""
        return cls(*open_manifest(build))

    def of(self, manifest: Manifest) -> Self:
        """The same folder, its files as they are, with another manifest."""
        return self.made(self.files, manifest)

    def file(self, name: str) -> Path:
        """The path of one of the build's files. BuildError where it has none, or it is not as it was written."""
        if not self.manifest.files:  # it is being made
            return self.folder / name
        if name not in self._checked:
            self._checked[name] = own_file(self.folder, self.manifest, name)
        return self._checked[name]

    @property
    def splits(self) -> dict[str, Split]:
        """Rows, groups, tokens and trained tokens of train, validation and test."""
        return dict(self.manifest.splits)

    def phases(self, level: str) -> list[str]:
        """The names of the phases of a level, in order."""
        return [phase.name for phase in self.manifest.phases if phase.level == level and phase.name not in BASES]

    def kept(self, level: str = "rows") -> pl.LazyFrame:
        """What is in the dataset (`rows`) or was turned into rows (`records`), in order, with every column."""
        self._need_phases()
        return self.files.kept(level, self.phases(level))

    def rejected(self, reason: str | None = None) -> Rejects:
        """Every rejected record and row, or those of one `reason`. BuildError where nothing is rejected for such."""
        made, files = self.manifest.files, self.files
        frame = pl.scan_parquet(self.file(REJECTS), glob=False) if made else files.rejected(self.manifest.phases)
        if reason is None:
            return Rejects(frame)
        known = sorted({*self.counts(), *(one for phase in self.manifest.phases for one in phase.reasons)})
        if reason not in known:
            raise BuildError(
                f"{self.folder.name} rejects nothing as {reason!r}.{nearest(reason, known)}",
                f"Its reasons: {', '.join(known) or 'none'}.",
            )
        return Rejects(frame.filter(pl.col("reason") == reason))

    def counts(self) -> dict[str, int]:
        """How many were rejected, by reason, over both levels."""
        counts: dict[str, int] = {}
        for phase in self.manifest.phases:
            for reason, n in phase.rejected.items():
                counts[reason] = counts.get(reason, 0) + n
        return dict(sorted(counts.items()))

    def flow(self) -> list[Phase]:
        """Every phase: entered, kept, rejected by reason."""
        return list(self.manifest.phases)

    def life(self, id: str) -> list[dict[str, Any]]:
        """Every phase that the record or row `id` went through, with what it added; then the rows made of a record."""
        steps = [step for level in LEVELS for step in self.steps(level, id)]
        made = self.files.base("rows").filter(pl.col("record") == id).collect()
        steps += [{"level": "rows", "phase": "shape", **row} for row in made.to_dicts()]
        if not steps:
            raise BuildError(
                f"No record or row of {self.folder.name} has the id {id!r}",
                "Ids are in the JSONL and in rejects.parquet.",
            )
        return steps

    def steps(self, level: str, id: str) -> list[dict[str, Any]]:
        """The phases that the record (level `records`) or row (level `rows`) went through, with what each added."""
        self._need_phases()
        steps = []
        for name in ("read" if level == "records" else "shape", *self.phases(level)):
            found = self.files.added(level, name).filter(pl.col("id") == id).collect()
            steps += [{"level": level, "phase": name, **row} for row in found.to_dicts()]
        return steps

    @property
    def has_phases(self) -> bool:
        """Whether what each phase added is still there, or `curate clean` removed it."""
        return (self.folder / PHASES).exists()

    def _need_phases(self) -> None:
        if not self.has_phases:
            raise BuildError(
                f"The phases of {self.folder} were removed (curate clean), so a single row can no longer be traced",
                "Build it again with curate build.",
            )
