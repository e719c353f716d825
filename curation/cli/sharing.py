"""Commands that share: push, pull, sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from curation.base.arguments import Json
from curation.base.errors import UsageError
from curation.cli.arguments import open_build

app = typer.Typer()
Format = Literal["parquet", "jsonl"]


@app.command("push")
def push_command(
    what: Annotated[str, typer.Argument(metavar="BUILD|RUN", help="A build or a run, by folder or by name.")],
    repo: Annotated[str | None, typer.Option(metavar="OWNER/NAME", help="The repository on the Hub.")] = None,
    to: Annotated[str | None, typer.Option(metavar="URL", help="Another store: s3://bucket/path, file://...")] = None,
    form: Annotated[Format, typer.Option("--format", help="Of the data on the Hub: parquet or jsonl.")] = "parquet",
    private: Annotated[bool, typer.Option("--private", help="A repository that is made is private.")] = False,
    revision: Annotated[str, typer.Option(help="The branch; made where there is none.")] = "main",
    dataset: Annotated[
        str | None, typer.Option(metavar="OWNER/NAME", help="Of a run: where its build was pushed; found by its hash.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="I may share it, though its licence does not say so.")] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")] = False,
    json: Json = False,
) -> None:
    """Share a build or a run's adapter: curate push legal --repo me/legal, or --to s3://bucket/legal"""
    from curation.cli import print_share as share
    from curation.hub.adapter import push_adapter, run_folder
    from curation.hub.push import push
    from curation.hub.store import upload

    if (repo is None) == (to is None):
        raise UsageError("push takes --repo OWNER/NAME or --to URL, one of them", "curate push legal --repo me/legal")
    run = run_folder(what)
    if to is not None:
        share.stored(upload(open_build(what), to, yes=yes, dry_run=dry), json)
    elif run:
        done = push_adapter(run, str(repo), dataset=dataset, private=private, revision=revision, dry_run=dry)
        share.pushed(done, dry, json)
    else:
        done = push(open_build(what), str(repo), form=form, private=private, revision=revision, yes=yes, dry_run=dry)
        share.pushed(done, dry, json)


@app.command("pull")
def pull_command(
    repo: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="A repository that curate push made.")],
    out: Annotated[Path | None, typer.Option(help="The build folder; datasets_out/NAME by default.")] = None,
    revision: Annotated[str, typer.Option(help="A branch, tag or commit: the tag of a build, say.")] = "main",
    json: Json = False,
) -> None:
    """A build that was pushed, back as it was built, every file checked by its hash."""
    from curation.base.manifests import BUILDS
    from curation.cli import print_share as share
    from curation.hub.pull import pull

    share.pulled(pull(repo, out or BUILDS / repo.rpartition("/")[2], revision), json)


@app.command("sources")
def sources_command(json: Json = False) -> None:
    """Where each recipe's corpus is published: file, size, hash, licence, whom to cite, and how to get it."""
    from curation.cli import print_share as share
    from curation.readers.published import describe
    from curation.recipes.loading import load, names

    share.sources({name: describe(load(name)) for name in names()}, json)
