"""Pushes, pulls and published sources, printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from curation.base.console import Table, print_json, say

if TYPE_CHECKING:
    from curation.hub.push import Pushed
    from curation.hub.store import Stored
    from curation.ledger.build import Build


def pushed(done: Pushed, dry: bool, json: bool) -> None:
    """What was sent, or would be, with sizes; or that the very build is there already."""
    if json:
        files = [{"path": path, "bytes": size} for path, size in done.files]
        print_json({**asdict(done), "files": files, "dry_run": dry})
        return
    if not done.changed:
        say("{} holds this very build already (tag {}). Nothing was sent.", done.repo, done.tag)
        return
    _files(done.files, done.deleted)
    if dry:
        say("Commit to {}, {}: {}", done.repo, done.revision, done.message)
        unseen = "" if done.seen else " The Hub was not reached, so what is there is not known."
        say("[yellow]Nothing was sent: --dry-run.[/]{}", unseen)
    else:
        say("[green]Pushed[/] as tag [bold]{}[/] to {}", done.tag, done.url)


def _files(files: tuple[tuple[str, int], ...], deleted: tuple[str, ...]) -> None:
    table = Table("file", "bytes")
    for path, size in files:
        table.row(path, f"{size:,}")
    for path in deleted:
        table.row(path, "deleted")
    if files:
        table.show()
        say("{} files, {} bytes", len(files), f"{sum(size for _, size in files):,}")


def pulled(build: Build, json: bool) -> None:
    """Where the build is, and that it is whole."""
    files = build.manifest.files
    if json:
        print_json({"build": str(build.folder), "files": len(files), "whole": True})
        return
    say("[green]{} files are as they were built.[/] The dataset is in [bold]{}[/]", len(files), build.folder)


def sources(published: Mapping[str, list[dict[str, object]]], json: bool) -> None:
    """Each recipe's published files: where, how large, by which hash, under which licence, whom to cite."""
    if json:
        print_json(published)
        return
    for recipe, files in published.items():
        for file in files:
            say("[bold]{}[/] {}", f"{recipe:10}", file["file"])
            for name, value in file.items():
                if name not in ("file",) and value:
                    say("           [dim]{}[/] {}", f"{name:9}", _shown(value))


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def stored(done: Stored, json: bool) -> None:
    """What went to a store, and what stood there already."""
    if json:
        print_json(
            {
                **asdict(done),
                "sent": [{"path": one.name, "bytes": one.bytes, "sha256": one.sha256} for one in done.sent],
            }
        )
        return
    if not done.sent:
        say("{} holds this very build already. Nothing was sent.", done.url)
        return
    _files(tuple((file.name, file.bytes) for file in done.sent), done.deleted)
    kept = f"; {len(done.there)} files were there already" if done.there else ""
    if done.dry:
        say("[yellow]Nothing was sent: --dry-run.[/] It would go to {}{}.", done.url, kept)
    else:
        say("[green]Sent[/] to {}{}.", done.url, kept)
