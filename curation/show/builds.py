"""Builds, printed: the closing table, and what `curate verify` found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from rich.markup import escape
from rich.table import Table

from curation.show import console, print_json
from schemas.manifest import Manifest, told

if TYPE_CHECKING:
    from curation.ledger import Build


def summary(build: Build, json: bool, checked: Sequence[str] = ()) -> None:
    """The closing table: books, splits, figures of the recipe, and where the build stands.

    `checked`: whether the sources are the published ones.
    """
    manifest = build.manifest
    if json:
        told = manifest.model_dump(mode="json", exclude={"files"})
        print_json({"build": str(build.folder), "checked": list(checked), **told})
        return
    for line in checked:
        console.print(escape(line), soft_wrap=True)
    for table in (_books(manifest), _splits(manifest), _figures(manifest)):
        console.print(table)
    for warning in _warnings(manifest):
        console.print(f"[yellow]{escape(warning)}[/]")
    met = sum(check.passed for check in manifest.gate)
    console.print(
        f"[green]{met} of {len(manifest.gate)} expectations are met.[/] "
        f"The dataset stands in [bold]{escape(str(build.folder))}[/]"
    )


def _books(manifest: Manifest) -> Table:
    table = Table("level", "phase", "entered", "kept", "rejected", title="The books", title_justify="left")
    for phase in manifest.phases:
        reasons = ", ".join(f"{reason} {n:,}" for reason, n in phase.rejected.items())
        table.add_row(phase.level, phase.name, f"{phase.entered:,}", f"{phase.kept:,}", reasons or "-")
    return table


def _splits(manifest: Manifest) -> Table:
    table = Table("split", "rows", "share", "groups", "tokens", "trained", title="The splits", title_justify="left")
    total = sum(split.rows for split in manifest.splits.values())
    for name, split in manifest.splits.items():
        share = f"{100 * split.rows / max(1, total):.1f} %"
        table.add_row(
            name, f"{split.rows:,}", share, f"{split.groups:,}", f"{split.tokens:,}", f"{split.trained_tokens:,}"
        )
    return table


def _figures(manifest: Manifest) -> Table:
    table = Table("figure", "value", title="The proof", title_justify="left")
    for name, value in manifest.figures.items():
        table.add_row(name.replace("_", " "), told(value))
    return table


def _warnings(manifest: Manifest) -> Iterator[str]:
    for group, splits in manifest.straddling.items():
        yield f"The published split leaks: the family of {group} stands in {' and '.join(splits)}."
    lost = manifest.figures.get("spans_in_rejected_rows")
    if lost:
        yield f"{lost} spans stand only in rows that were rejected by name: see rejects.parquet."


def verified(build: Build, json: bool) -> None:
    """What `curate verify` found: every file as it was written."""
    files = build.manifest.files
    if json:
        print_json(
            {"build": str(build.folder), "files": len(files), "bytes": sum(f.bytes for f in files), "whole": True}
        )
    else:
        console.print(f"[green]{len(files)} files are as they were written[/] ({sum(f.bytes for f in files):,} bytes)")


def reported(folder: Path, json: bool) -> None:
    """Where the page of `curate report` stands, or what it says, as JSON."""
    if json:
        print_json(orjson.loads((folder / "report.json").read_bytes()))
        return
    console.print(f"The page: [bold]{escape(str(folder / 'index.html'))}[/]", soft_wrap=True)
    if (folder / "gx" / "index.html").is_file():
        console.print(f"Data Docs: [bold]{escape(str(folder / 'gx' / 'index.html'))}[/]", soft_wrap=True)
