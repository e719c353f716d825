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


def pushed(told: Pushed, dry: bool, json: bool) -> None:
    """What was sent, or would be, with sizes; or that the very build stands there already."""
    if json:
        files = [{"path": path, "bytes": size} for path, size in told.files]
        print_json({**asdict(told), "files": files, "dry_run": dry})
        return
    if not told.changed:
        console.print(
            f"{escape(told.repo)} holds this very build already (tag {told.tag}). Nothing was sent.", soft_wrap=True
        )
        return
    _files(told.files, told.deleted)
    if dry:
        console.print(f"Commit to {escape(told.repo)}, {escape(told.revision)}: {escape(told.message)}", soft_wrap=True)
        unseen = "" if told.seen else " The Hub was not reached, so what stands there is not known."
        console.print(f"[yellow]Nothing was sent: --dry-run.[/]{unseen}", soft_wrap=True)
    else:
        console.print(f"[green]Pushed[/] as tag [bold]{told.tag}[/] to {escape(told.url)}", soft_wrap=True)


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
    """Where the build stands, and that it is whole."""
    files = build.manifest.files
    if json:
        print_json({"build": str(build.folder), "files": len(files), "whole": True})
        return
    console.print(
        f"[green]{len(files)} files are as they were built.[/] The dataset stands in "
        f"[bold]{escape(str(build.folder))}[/]",
        soft_wrap=True,
    )


def sources(told: Mapping[str, list[dict[str, object]]], json: bool) -> None:
    """Each recipe's published files: where, how large, by which hash, under which licence, whom to cite."""
    if json:
        print_json(told)
        return
    for recipe, files in told.items():
        for file in files:
            console.print(f"[bold]{recipe:10}[/] {escape(str(file['file']))}", soft_wrap=True)
            for name, value in file.items():
                if name not in ("file",) and value:
                    console.print(f"{'':11}[dim]{name:9}[/] {escape(_said(value))}", soft_wrap=True)


def _said(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def stored(told: Stored, json: bool) -> None:
    """What went to a store, and what stood there already."""
    if json:
        print_json(
            {
                **asdict(told),
                "sent": [{"path": one.name, "bytes": one.bytes, "sha256": one.sha256} for one in told.sent],
            }
        )
        return
    if not told.sent:
        console.print(f"{escape(told.url)} holds this very build already. Nothing was sent.", soft_wrap=True)
        return
    _files(tuple((file.name, file.bytes) for file in told.sent), told.deleted)
    verb = "[yellow]Nothing was sent: --dry-run.[/] It would go" if told.dry else "[green]Sent[/]"
    kept = f"; {len(told.there)} files stood there already" if told.there else ""
    console.print(f"{verb} to {escape(told.url)}{kept}.", soft_wrap=True)
