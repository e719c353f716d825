"""Commands that look into builds and files: verify, report, clean, inspect, explain, diff, validate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curation.base.arguments import BuildName, Json
from curation.cli.arguments import open_build

app = typer.Typer()


@app.command("verify")
def verify_command(build: BuildName, json: Json = False) -> None:
    """Hash every file of a build again and compare with its manifest."""
    from curation.cli import print_builds
    from curation.runner.folder import verify

    opened = open_build(build)
    verify(opened.folder, opened.manifest)
    print_builds.verified(opened, json)


@app.command("report")
def report_command(
    build: BuildName,
    out: Annotated[Path | None, typer.Option(help="A folder for the page; the build's own report/ by default.")] = None,
    data_docs: Annotated[bool, typer.Option("--data-docs", help="Also Great Expectations' Data Docs, in gx/.")] = False,
    json: Json = False,
) -> None:
    """The page of a build: verdict, flow, lengths, labels, near-duplicates, samples, rejects, provenance."""
    from curation.base.files import inside
    from curation.cli import print_builds

    opened = open_build(build)
    if out:
        from curation.ledger.lines import looking_at
        from curation.ledger.observation import observe
        from curation.report import page, summary

        with looking_at(opened):
            page.write(opened, summary.gather(observe(opened), summary.sections_of(opened)), out)
    else:
        for name in ("index.html", "report.json"):
            opened.file(f"report/{name}")
    folder = out or inside(opened.folder, "report")
    if data_docs:
        from curation.gate import data_docs as docs

        docs.write(opened, inside(folder, "gx"))
    print_builds.reported(folder, json)


@app.command("clean")
def clean_command(build: BuildName) -> None:
    """Remove the phases of a build (a third of its size): the dataset, the ledger and the proof stay."""
    from curation.base.console import say
    from curation.runner.folder import clean

    opened = open_build(build)
    freed = clean(opened.folder)
    size = f"{freed / 1e6:.1f}"
    say("{} MB freed in {}; single rows can no longer be traced back phase by phase.", size, opened.folder)


@app.command("inspect")
def inspect_command(
    build: BuildName,
    id: Annotated[str | None, typer.Argument(metavar="[ID]", help="A row, or a part that no other id has.")] = None,
    split: Annotated[str, typer.Option(help="Without ID: the split to draw from.")] = "train",
    n: Annotated[int, typer.Option("--n", "-n", min=1, help="Without ID: how many rows.")] = 3,
    seed: Annotated[int, typer.Option(help="Without ID: which rows.")] = 7,
    tokenizer: Annotated[str | None, typer.Option(help="That of the build, to see its tokens.")] = None,
    whole: Annotated[bool, typer.Option("--all", help="Show long texts whole.")] = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page instead.")] = None,
    json: Json = False,
) -> None:
    """Rows as the model will see them: the chat template, control tokens, and what carries loss."""
    from curation.cli import print_row
    from curation.ledger.lines import looking_at
    from curation.report import row_view

    opened = open_build(build)
    tokens = row_view.tokenizer(opened, tokenizer)
    with looking_at(opened):
        views = [row_view.view(opened, one, tokens) for one in ([id] if id else row_view.drawn(opened, split, n, seed))]
    if html:
        print_row.page(views, row_view.control(opened, tokens), whole, html)
    if json:
        print_row.json(views, one=id is not None)
    elif not html:
        print_row.rows(views, row_view.control(opened, tokens), whole)


@app.command("explain")
def explain_command(
    build: BuildName,
    id: Annotated[str, typer.Argument(metavar="ID", help="A record or row, or a part that no other id has.")],
    json: Json = False,
) -> None:
    """The life of a record or row: every phase, the value that decided, what it repeats, its family, its split."""
    from curation.cli import print_explain
    from curation.ledger.lines import looking_at
    from curation.report.explain import story

    opened = open_build(build)
    with looking_at(opened):
        found = story(opened, id)
    print_explain.story(found, json)


@app.command("diff")
def diff_command(
    a: Annotated[str, typer.Argument(metavar="A", help="A build folder, or its name in datasets_out/.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another.")],
    limit: Annotated[int, typer.Option(min=0, help="How many rows of each kind are named.")] = 10,
    json: Json = False,
) -> None:
    """Two builds compared: rows, splits, tokenizer, template, counts, options. Exit code 1 where the data differ."""
    from curation.cli import print_diff
    from curation.ledger.lines import looking_at
    from curation.report.diff import compare

    one, other = open_build(a), open_build(b)
    with looking_at(one, other):
        found = compare(one, other, limit)
    print_diff.difference(found, json)
    raise typer.Exit(0 if found.same else 1)


@app.command("validate")
def validate_command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSON, JSONL or Parquet; .gz, .zst too.")],
    tokenizer: Annotated[str | None, typer.Option(help="A folder, a Hub id or builtin: count tokens with it.")] = None,
    template: Annotated[str, typer.Option(help="auto, own, a name or a .jinja file.")] = "auto",
    max_tokens: Annotated[int | None, typer.Option(help="Rows over it, and answers that it cuts.")] = None,
    near: Annotated[float, typer.Option(help="Share of the user's words in common that makes rows near.")] = 0.8,
    languages: Annotated[str, typer.Option(help="The ones that rows may be in: en,bn.")] = "",
    suite: Annotated[str | None, typer.Option(help="A Great Expectations suite over the rows: chat, or JSON.")] = None,
    fix: Annotated[Path | None, typer.Option(metavar="OUT", help="Write rows without errors to a new folder.")] = None,
    against: Annotated[
        list[Path] | None, typer.Option(metavar="BENCH", help="A benchmark whose items no row may hold; repeatable.")
    ] = None,
    overlap: Annotated[float, typer.Option(help="Share of an item's 13-grams from which a row holds it.")] = 0.5,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page too.")] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="text, json, github (annotations) or sarif; text by default.")
    ] = None,
    json: Json = False,
) -> None:
    """What is wrong in chat files of any maker, where, and what to do; several files are splits. 1 where errors are."""
    from curation.base.console import progress
    from curation.cli import print_validation as shown
    from curation.validation import ValidateOptions, page, validate

    named = tuple(code.strip() for code in languages.split(",") if code.strip())
    asked = ValidateOptions(tokenizer, template, max_tokens, near, named, suite, fix, tuple(against or ()), overlap)
    chosen = shown.chosen(form, json)
    with progress(quiet=chosen != "text"):
        found = validate(files, asked)
    if html:
        page.write(found, html)
    shown.validated(found, chosen)
    raise typer.Exit(0 if found.ok else 1)
