"""Pushes, pulls and published sources, printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from curation.base.console import console, print_json

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
        console.print(
            f"{escape(done.repo)} holds this very build already (tag {done.tag}). Nothing was sent.", soft_wrap=True
        )
        return
    _files(done.files, done.deleted)
    if dry:
        console.print(f"Commit to {escape(done.repo)}, {escape(done.revision)}: {escape(done.message)}", soft_wrap=True)
        unseen = "" if done.seen else " The Hub was not reached, so what is there is not known."
        console.print(f"[yellow]Nothing was sent: --dry-run.[/]{unseen}", soft_wrap=True)
    else:
        console.print(f"[green]Pushed[/] as tag [bold]{done.tag}[/] to {escape(done.url)}", soft_wrap=True)


def _files(files: tuple[tuple[str, int], ...], deleted: tuple[str, ...]) -> None:
    table = Table("file", "bytes", title_justify="left")
    for path, size in files:
        table.add_row(escape(path), f"{size:,}")
    for path in deleted:
        table.add_row(escape(path), "deleted")
    if files:
        console.print(table)
        console.print(f"{len(files)} files, {sum(size for _, size in files):,} bytes")


def pulled(build: Build, json: bool) -> None:
    """Where the build is, and that it is whole."""
    files = build.manifest.files
    if json:
        print_json({"build": str(build.folder), "files": len(files), "whole": True})
        return
    console.print(
        f"[green]{len(files)} files are as they were built.[/] The dataset is in [bold]{escape(str(build.folder))}[/]",
        soft_wrap=True,
    )


def sources(published: Mapping[str, list[dict[str, object]]], json: bool) -> None:
    """Each recipe's published files: where, how large, by which hash, under which licence, whom to cite."""
    if json:
        print_json(published)
        return
    for recipe, files in published.items():
        for file in files:
            console.print(f"[bold]{recipe:10}[/] {escape(str(file['file']))}", soft_wrap=True)
            for name, value in file.items():
                if name not in ("file",) and value:
                    console.print(f"{'':11}[dim]{name:9}[/] {escape(_shown(value))}", soft_wrap=True)


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
        console.print(f"{escape(done.url)} holds this very build already. Nothing was sent.", soft_wrap=True)
        return
    _files(tuple((file.name, file.bytes) for file in done.sent), done.deleted)
    verb = "[yellow]Nothing was sent: --dry-run.[/] It would go" if done.dry else "[green]Sent[/]"
    kept = f"; {len(done.there)} files were there already" if done.there else ""
    console.print(f"{verb} to {escape(done.url)}{kept}.", soft_wrap=True)
