"""Which files of a build go to the Hub, under which names: data by split, reports, and what a pull needs."""

from __future__ import annotations

from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Literal

import polars as pl

from curation.base.files import hashed
from curation.export import card, croissant, parquet
from curation.hub.card_merge import merge_cards
from curation.ledger.build import Build
from curation.schemas.manifest import SPLITS, Manifest

Format = Literal["parquet", "jsonl"]
SPLIT_FILES = {f"{split}.jsonl" for split in SPLITS}
ORIGINALS = "build"
"""The folder for the originals of files that differ on the Hub: the card, and croissant.json."""


@dataclass(frozen=True)
class Upload:
    """A file to upload: its path in the repository, and the local file."""

    path: str
    file: Path

    @property
    def bytes(self) -> int:
        """The size of the file."""
        return self.file.stat().st_size


def data_path(split: str, form: Format) -> str:
    """The path of a split's data in the repository."""
    return f"data/{split}-00000-of-00001.parquet" if form == "parquet" else f"{split}.jsonl"


def paths_of_push(manifest: Manifest) -> set[str]:
    """Every path that a push of this build may have written, in either format."""
    built = {file.name for file in manifest.files}
    data = {data_path(split, form) for split in SPLITS for form in ("parquet", "jsonl")}
    return built | data | {f"{ORIGINALS}/{name}" for name in ("README.md", "croissant.json")} | {"manifest.json"}


def files_to_push(build: Build, repo: str, form: Format, remote_card: str | None, scratch: Path) -> list[Upload]:
    """Everything that a push sends. `remote_card`: the card on the Hub. New files are written to `scratch`.

    ShareError where the card on the Hub cannot be merged.
    """
    data = {split: data_path(split, form) for split in SPLITS}
    uploads = [
        Upload(file.name, build.folder / file.name) for file in build.manifest.files if file.name not in SPLIT_FILES
    ]
    if form == "jsonl":
        uploads += [Upload(name, build.folder / name) for name in data.values()]
        anew = ["README.md"]
    else:
        rows = as_parquet(build, {split: scratch / path for split, path in data.items()})
        uploads += [Upload(path, scratch / path) for path in data.values()]
        described = {split: hashed(scratch / path, path) for split, path in data.items()}
        (scratch / "croissant.json").write_bytes(croissant.text(build.manifest, rows, described))
        anew = ["README.md", "croissant.json"]
    text = merge_cards(remote_card, card.text(build.manifest, repo, data))
    (scratch / "README.md").write_text(text, "utf8")
    kept = [one for one in uploads if one.path not in anew]
    kept += [Upload(name, scratch / name) for name in anew]
    kept += [Upload(f"{ORIGINALS}/{name}", build.folder / name) for name in anew]
    return [*sorted(kept, key=lambda one: one.path), Upload("manifest.json", build.folder / "manifest.json")]


def as_parquet(build: Build, to: dict[str, Path]) -> pl.Schema:
    """The lines of each split as Parquet, with one schema for all; a column that is always null becomes text."""
    lines = {split: build.folder / f"{split}.jsonl" for split in to}
    filled = [file for file in lines.values() if file.stat().st_size]
    found = (
        pl.scan_ndjson([escape(str(one)) for one in filled], infer_schema_length=None).collect_schema()
        if filled
        else pl.Schema()
    )
    schema = pl.Schema({name: _real(dtype) for name, dtype in found.items()})
    for split, file in to.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        has_rows = lines[split] in filled
        rows = pl.scan_ndjson(escape(str(lines[split])), schema=schema) if has_rows else pl.LazyFrame(schema=schema)
        parquet.write(rows, file, plain=True)
    return schema


def _real(dtype: pl.DataType) -> pl.DataType:
    """The type, with text for one of which only null is known."""
    if isinstance(dtype, pl.List):
        return pl.List(_real(_made(dtype.inner)))
    if isinstance(dtype, pl.Struct):
        return pl.Struct({field.name: _real(_made(field.dtype)) for field in dtype.fields})
    return pl.String() if isinstance(dtype, pl.Null) else dtype


def _made(dtype: object) -> pl.DataType:
    made: pl.DataType = dtype() if isinstance(dtype, type) else dtype  # type: ignore[assignment]
    return made
