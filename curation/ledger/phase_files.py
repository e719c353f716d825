"""The phases of a build on disk: a file that starts each level, and one for what every phase added.

All of a level stand in the same order, so they are laid side by side: no join, no buffer. Every file is scanned once,
after its hash was compared with the one that was written down when it was whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from pydantic import TypeAdapter, ValidationError

from curation.base.errors import BuildError
from curation.base.files import hashed, write_whole
from curation.base.manifests import whole_file
from curation.base.rows import VERDICT
from curation.schemas.manifest import File, Phase

LEVELS = ("records", "rows")
BASES = ("read", "shape")
"""The steps that begin the levels."""
PHASES = "phases"
_HASHES = f"{PHASES}/hashes.json"
_FILES = TypeAdapter(tuple[File, ...])


def base_file(folder: Path, level: str) -> Path:
    """The file that starts a level: what was read, or what shape made. It holds the text."""
    return folder / PHASES / f"{level}.parquet"


def phase_file(folder: Path, level: str, phase: str) -> Path:
    """What a phase added: verdicts and new columns, one line for each row that entered, in order."""
    return folder / PHASES / f"{level}.{phase}.parquet"


@dataclass(frozen=True)
class PhaseFiles:
    """The phase files of the build in `folder`; a file is checked and scanned when it is first asked for.

    BuildError where it is missing, or not as it was written.
    """

    folder: Path
    _checked: set[str] = field(default_factory=set, init=False, repr=False, compare=False)
    _scans: dict[Path, pl.LazyFrame] = field(default_factory=dict, init=False, repr=False, compare=False)

    def base(self, level: str) -> pl.LazyFrame:
        """What started the level, with the verdict of that step."""
        return self._scan(base_file(self.folder, level))

    def added(self, level: str, phase: str) -> pl.LazyFrame:
        """row, id, what the phase added, and its verdict; of the step that begins the level, all that it made."""
        return self.base(level) if phase in BASES else self._scan(phase_file(self.folder, level, phase))

    def kept(self, level: str, phases: Iterable[str]) -> pl.LazyFrame:
        """What is kept after `phases`, with every column that they added, in the order of the base file."""
        rows = self.base(level).filter(pl.col("reason").is_null())
        for phase in phases:
            added = self.added(level, phase).drop("row", "id")
            rows = pl.concat([rows.drop(*VERDICT), added], how="horizontal").filter(pl.col("reason").is_null())
        return rows.drop(*VERDICT)

    def rejected(self, phases: Iterable[Phase]) -> pl.LazyFrame:
        """level, phase, id, record, source and verdict of all that was rejected, in the order of `phases` and rows."""
        frames = [self._rejected(phase) for phase in phases if phase.rejected]
        return pl.concat(frames) if frames else pl.LazyFrame(schema=REJECTED)

    def _rejected(self, phase: Phase) -> pl.LazyFrame:
        record = pl.col("record") if phase.level == "rows" else pl.col("id").alias("record")
        origin = self.base(phase.level).select("row", "source", record)
        rejected = self.added(phase.level, phase.name).select("row", "id", *VERDICT)
        rejected = rejected.filter(pl.col("reason").is_not_null())
        level, name = pl.lit(phase.level).alias("level"), pl.lit(phase.name).alias("phase")
        return rejected.join(origin, on="row", how="left", maintain_order="left").select(
            level, name, *list(REJECTED)[2:]
        )

    def seal(self, file: Path) -> None:
        """Write down the hash of a phase file that is whole."""
        made = hashed(file, _name(file))
        hashes = {**self._sealed(), made.name: made}
        write_whole(self.folder / _HASHES, _FILES.dump_json(tuple(hashes.values()), indent=1))
        self._checked.add(made.name)

    def is_whole(self, file: Path) -> bool:
        """Whether an interrupted run left that file as it should be."""
        try:
            self._check(file)
        except BuildError:
            return False
        return True

    def verify(self, phases: Iterable[Phase]) -> None:
        """Check the files of all `phases`, and that there are no others. BuildError."""
        files = {
            base_file(self.folder, one.level) if one.name in BASES else phase_file(self.folder, one.level, one.name)
            for one in phases
        }
        for file in sorted(files):
            self._check(file)
        others = sorted(set((self.folder / PHASES).iterdir()) - files - {self.folder / _HASHES})
        if others:
            raise BuildError(
                f"{others[0]} is not one of the build's own files", "Keep your files elsewhere, or build again."
            )

    def _scan(self, file: Path) -> pl.LazyFrame:
        if file not in self._scans:
            self._check(file)
            self._scans[file] = pl.scan_parquet(file, glob=False)
        return self._scans[file]

    def _check(self, file: Path) -> None:
        name = _name(file)
        if name not in self._checked:
            sealed = self._sealed().get(name)
            if sealed is None:
                raise BuildError(f"{self.folder / _HASHES} does not name {file.name}, or is damaged", "Build again.")
            whole_file(self.folder, sealed)
            self._checked.add(name)

    def _sealed(self) -> dict[str, File]:
        """What is written down, by name; nothing where that file is missing or damaged."""
        try:
            found = _FILES.validate_json((self.folder / _HASHES).read_bytes())
        except (FileNotFoundError, ValidationError):
            return {}
        by_name = {one.name: one for one in found}
        return by_name if len(by_name) == len(found) else {}


def _name(file: Path) -> str:
    return f"{PHASES}/{file.name}"


REJECTED = {
    **dict.fromkeys(("level", "phase", "id", "record", "source"), pl.String()),
    **VERDICT,
}
"""The columns of rejects.parquet."""
