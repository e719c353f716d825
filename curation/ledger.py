"""The ledger: a build folder read back. Nothing is kept up to date by hand; every answer is a query over its files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import ValidationError

from curation.chat import VERDICT
from curation.errors import BuildError, nearest
from schemas.manifest import Manifest, Phase

LEVELS = ("records", "rows")
_BASES = ("read", "shape")


def base_file(folder: Path, level: str) -> Path:
    """The file that starts a level: what was read, or what shape made. It holds the text."""
    return folder / "phases" / f"{level}.parquet"


def phase_file(folder: Path, level: str, phase: str) -> Path:
    """What a phase added: verdicts and new columns, one line for each row that entered, in order."""
    return folder / "phases" / f"{level}.{phase}.parquet"


def survivors(folder: Path, level: str, phases: Iterable[str]) -> pl.LazyFrame:
    """What is kept after `phases`, with every column they added, in the order of the base file.

    Base and phase files stand in the same order, so they are laid side by side: no join, no buffer.
    """
    rows = pl.scan_parquet(base_file(folder, level)).filter(pl.col("rejected").is_null())
    for phase in phases:
        added = pl.scan_parquet(phase_file(folder, level, phase)).drop("row", "id")
        rows = pl.concat([rows.drop(*VERDICT), added], how="horizontal").filter(pl.col("rejected").is_null())
    return rows.drop(*VERDICT)


@dataclass(frozen=True)
class Build:
    """A build folder and its manifest. `Build.open(folder)` reads one from disk."""

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: Path) -> Build:
        """BuildError where the folder is not a finished build."""
        file = folder / "manifest.json"
        if not file.is_file():
            beside = sorted(p.name for p in folder.parent.glob("*") if (p / "manifest.json").is_file())
            raise BuildError(
                f"{folder} is not a build: it has no manifest.json.{nearest(folder.name, beside)}",
                "Make one with curate build, or give the folder of a finished build.",
            )
        try:
            return cls(folder, Manifest.model_validate_json(file.read_bytes()))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the whole file"
            raise BuildError(f"{file} is damaged at {where}: {first['msg']}", "Build again.") from error

    def names(self, level: str) -> list[str]:
        """The phases of a level, in order."""
        return [phase.name for phase in self.manifest.phases if phase.level == level and phase.name not in _BASES]

    def kept(self, level: str = "rows") -> pl.LazyFrame:
        """What is in the dataset (`rows`) or was turned into rows (`records`), in order, with every column."""
        self._need_phases()
        return survivors(self.folder, level, self.names(level))

    def rejected(self) -> pl.LazyFrame:
        """Every rejected record and row: level, phase, id, record, source, rejected, because."""
        file = self.folder / "rejects.parquet"
        return pl.scan_parquet(file) if file.exists() else rejects(self.folder, self.manifest.phases)

    def counts(self) -> dict[str, int]:
        """How many were rejected, by reason, over both levels."""
        counts: dict[str, int] = {}
        for phase in self.manifest.phases:
            for reason, n in phase.rejected.items():
                counts[reason] = counts.get(reason, 0) + n
        return dict(sorted(counts.items()))

    def flow(self) -> list[Phase]:
        """The books, phase by phase: entered, kept, rejected by reason."""
        return list(self.manifest.phases)

    def life(self, id: str) -> list[dict[str, Any]]:
        """Every phase that the record or row `id` went through, with what it added; then the rows made of a record."""
        steps = [step for level in LEVELS for step in self.steps(level, id)]
        made = pl.scan_parquet(base_file(self.folder, "rows")).filter(pl.col("record") == id).collect()
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
        files = [("read" if level == "records" else "shape", base_file(self.folder, level))]
        files += [(name, phase_file(self.folder, level, name)) for name in self.names(level)]
        steps = []
        for name, file in files:
            found = pl.scan_parquet(file).filter(pl.col("id") == id).collect()
            steps += [{"level": level, "phase": name, **row} for row in found.to_dicts()]
        return steps

    @property
    def has_phases(self) -> bool:
        """Whether what each phase added is still there, or `curate clean` removed it."""
        return base_file(self.folder, "rows").exists()

    def _need_phases(self) -> None:
        if not self.has_phases:
            raise BuildError(
                f"The phases of {self.folder} were removed (curate clean), so a single row can no longer be traced",
                "Build it again with curate build.",
            )


def rejects(folder: Path, phases: Iterable[Phase]) -> pl.LazyFrame:
    """All rejections of a folder with phases, in the order of levels, phases and rows."""
    frames = []
    for phase in phases:
        base = pl.scan_parquet(base_file(folder, phase.level))
        record = pl.col("record") if phase.level == "rows" else pl.col("id").alias("record")
        origin = base.select("row", "source", record)
        file = base if phase.name in _BASES else pl.scan_parquet(phase_file(folder, phase.level, phase.name))
        fallen = file.select("row", "id", *VERDICT).filter(pl.col("rejected").is_not_null())
        frames.append(
            fallen.join(origin, on="row", how="left", maintain_order="left").select(
                pl.lit(phase.level).alias("level"),
                pl.lit(phase.name).alias("phase"),
                "id",
                "record",
                "source",
                *VERDICT,
            )
        )
    return pl.concat(frames)
