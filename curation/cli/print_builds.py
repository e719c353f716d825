"""Builds, printed: the closing table, and what `curate verify` found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from curation.base.console import Table, note, print_json, say
from curation.base.text import format_figure
from curation.schemas.manifest import Manifest

if TYPE_CHECKING:
    from curation.ledger.build import Build
    from curation.training.run_folder import Run


def summary(build: Build, json: bool, checked: Sequence[str] = ()) -> None:
    """The closing tables: pipeline, splits, figures, and where the build is.

    `checked`: whether the sources are the published ones.
    """
    manifest = build.manifest
    if json:
        facts = manifest.model_dump(mode="json", exclude={"files"})
        print_json({"build": str(build.folder), "checked": list(checked), **facts})
        return
    for line in checked:
        say("{}", line)
    for table in (_pipeline(manifest), _splits(manifest), _figures(manifest)):
        table.show()
    for warning in _warnings(manifest):
        say("[yellow]{}[/]", warning)
    met = sum(check.passed for check in manifest.gate)
    say("[green]{}/{} checks passed.[/] Wrote [bold]{}[/]", met, len(manifest.gate), build.folder)


def _pipeline(manifest: Manifest) -> Table:
    table = Table("level", "phase", "entered", "kept", "rejected", title="Pipeline")
    for phase in manifest.phases:
        reasons = ", ".join(f"{reason} {n:,}" for reason, n in phase.rejected.items())
        table.row(phase.level, phase.name, f"{phase.entered:,}", f"{phase.kept:,}", reasons or "-")
    return table


def _splits(manifest: Manifest) -> Table:
    table = Table("split", "rows", "share", "groups", "tokens", "loss tokens", title="Splits")
    total = sum(split.rows for split in manifest.splits.values())
    for name, split in manifest.splits.items():
        share = f"{100 * split.rows / max(1, total):.1f} %"
        table.row(name, f"{split.rows:,}", share, f"{split.groups:,}", f"{split.tokens:,}", f"{split.trained_tokens:,}")
    return table


def _figures(manifest: Manifest) -> Table:
    table = Table("figure", "value", title="Figures")
    for name, value in manifest.figures.items():
        table.row(name.replace("_", " "), format_figure(value))
    return table


def _warnings(manifest: Manifest) -> Iterator[str]:
    for group, splits in manifest.straddling.items():
        yield f"The published split leaks: the family of {group} is in {' and '.join(splits)}."
    yield from manifest.warnings


def verified(build: Build, json: bool) -> None:
    """What `curate verify` found: every file as it was written, the phases too where they are there."""
    files, phases = build.manifest.files, len(build.manifest.phases) if build.has_phases else 0
    size = sum(file.bytes for file in files)
    if json:
        found = {"build": str(build.folder), "files": len(files), "bytes": size, "phases": phases, "whole": True}
        print_json(found)
        return
    looked = f"{phases} phases too" if phases else "its phases were removed (curate clean), so not looked at"
    say("[green]{} files are as they were written[/] ({} bytes); {}", len(files), f"{size:,}", looked)


def reported(folder: Path, json: bool) -> None:
    """Where the page of `curate report` is, or what it holds, as JSON."""
    if json:
        print_json(orjson.loads((folder / "report.json").read_bytes()))
        return
    say("The page: [bold]{}[/]", folder / "index.html")
    if (folder / "gx" / "index.html").is_file():
        say("Data Docs: [bold]{}[/]", folder / "gx" / "index.html")


def listed(builds: Path, runs: Path, json: bool) -> None:
    """Every finished build in `builds` and every run in `runs`, with the date of its files and its size.

    BuildError, once the others are told, where the manifest of one cannot be read.
    """
    from curation.ledger.build import list_builds
    from curation.training.run_folder import list_runs

    found, damaged = list_builds(builds)
    trained, unread = list_runs(runs)
    for error in unread:
        note("{}", error)
    if json:
        print_json({"builds": [_build_facts(one) for one in found], "runs": [_run_facts(one) for one in trained]})
    else:
        _list(found, trained)
    if damaged:
        raise damaged[0]


def _list(found: Sequence[Build], trained: Sequence[Run]) -> None:
    if not found and not trained:
        say("There are no builds in datasets_out/ and no runs in runs/. Try: curate build legal --demo")
    if found:
        table = Table("build", "rows", "tokens", "checks", "size", "date", title="Builds")
        for one in map(_build_facts, found):
            rows = " / ".join(f"{n:,}" for n in one["rows"].values())
            checks = f"{one['passed']}/{one['checks']}"
            table.row(one["build"], rows, f"{one['tokens']:,}", checks, _size(one["bytes"]), one["date"])
        table.show()
    if trained:
        table = Table("run", "build", "model", "state", "size", "date", title="Runs")
        for two in map(_run_facts, trained):
            cells = (two["run"], two["build"], two["model"], two["state"])
            table.row(*cells, _size(two["bytes"]), two["date"])
        table.show()


def _build_facts(build: Build) -> dict[str, Any]:
    manifest = build.manifest
    return {
        "build": build.folder.name,
        "rows": {name: split.rows for name, split in manifest.splits.items()},
        "tokens": sum(split.tokens for split in manifest.splits.values()),
        "passed": sum(check.passed for check in manifest.gate),
        "checks": len(manifest.gate),
        "bytes": _bytes(build.folder),
        "date": _date(build.folder / "manifest.json"),
    }


def _run_facts(run: Run) -> dict[str, Any]:
    return {
        "run": run.folder.name,
        "build": run.settings.build,
        "model": run.preset.model,
        "state": "finished" if run.result() else "not finished",
        "bytes": _bytes(run.folder),
        "date": _date(run.folder / "run.json"),
    }


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _date(file: Path) -> str:
    return datetime.fromtimestamp(file.stat().st_mtime).strftime("%Y-%m-%d %H:%M")
