"""What of a build goes to the Hub, under which names: data by split, the proof, and what a pull needs to undo it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from curation.base.files import hashed
from curation.export import card, croissant, parquet
from curation.hub.card_merge import merged
from curation.ledger.build import Build
from curation.schemas.manifest import SPLITS, Manifest

Format = Literal["parquet", "jsonl"]
LINES = {f"{split}.jsonl" for split in SPLITS}
BUILT = "build"
"""The folder of the files that look otherwise on the Hub, as they were built: the card, and croissant.json."""


@dataclass(frozen=True)
class Sent:
    """A file on its way: its path in the repository, and where it lies here."""

    path: str
    file: Path

    @property
    def bytes(self) -> int:
        return self.file.stat().st_size


def data_path(split: str, form: Format) -> str:
    """Where the data of a split stand in the repository."""
    return f"data/{split}-00000-of-00001.parquet" if form == "parquet" else f"{split}.jsonl"


def ours(manifest: Manifest) -> set[str]:
    """Every path that a push of this build may have written, in either format."""
    built = {file.name for file in manifest.files}
    data = {data_path(split, form) for split in SPLITS for form in ("parquet", "jsonl")}
    return built | data | {f"{BUILT}/{name}" for name in ("README.md", "croissant.json")} | {"manifest.json"}


def files(build: Build, repo: str, form: Format, stands: str | None, scratch: Path) -> list[Sent]:
    """Everything that a push sends. `stands`: the card on the Hub. What is made on the way is written to `scratch`.

    ShareError where the card on the Hub cannot be added to.
    """
    data = {split: data_path(split, form) for split in SPLITS}
    sent = [Sent(file.name, build.folder / file.name) for file in build.manifest.files if file.name not in LINES]
    if form == "jsonl":
        sent += [Sent(name, build.folder / name) for name in data.values()]
        anew = ["README.md"]
    else:
        rows = as_parquet(build, {split: scratch / path for split, path in data.items()})
        sent += [Sent(path, scratch / path) for path in data.values()]
        described = {split: hashed(scratch / path, path) for split, path in data.items()}
        (scratch / "croissant.json").write_bytes(croissant.text(build.manifest, rows, described))
        anew = ["README.md", "croissant.json"]
    text = merged(stands, card.text(build.manifest, repo, data))
    (scratch / "README.md").write_text(text, "utf8")
    kept = [one for one in sent if one.path not in anew]
    kept += [Sent(name, scratch / name) for name in anew]
    kept += [Sent(f"{BUILT}/{name}", build.folder / name) for name in anew]
    return [*sorted(kept, key=lambda one: one.path), Sent("manifest.json", build.folder / "manifest.json")]


def as_parquet(build: Build, to: dict[str, Path]) -> pl.Schema:
    """The lines of each split as Parquet, with one schema for all; a column that is always null holds texts."""
    lines = {split: build.folder / f"{split}.jsonl" for split in to}
    filled = [file for file in lines.values() if file.stat().st_size]
    found = pl.scan_ndjson(filled, infer_schema_length=None).collect_schema() if filled else pl.Schema()
    schema = pl.Schema({name: _real(dtype) for name, dtype in found.items()})
    for split, file in to.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        held = lines[split] in filled
        rows = pl.scan_ndjson(lines[split], schema=schema) if held else pl.LazyFrame(schema=schema)
        parquet.write(rows, file, plain=True)
    return schema


def _real(dtype: pl.DataType) -> pl.DataType:
    """A type that values can have: nothing but null was seen of some."""
    if isinstance(dtype, pl.List):
        return pl.List(_real(_made(dtype.inner)))
    if isinstance(dtype, pl.Struct):
        return pl.Struct({field.name: _real(_made(field.dtype)) for field in dtype.fields})
    return pl.String() if isinstance(dtype, pl.Null) else dtype


def _made(dtype: object) -> pl.DataType:
    made: pl.DataType = dtype() if isinstance(dtype, type) else dtype  # type: ignore[assignment]
    return made
