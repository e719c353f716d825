"""The command line: parse, call, print. Every other module is imported where a command needs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curation.errors import CurateError

if TYPE_CHECKING:
    from curation.ledger import Build

EXIT_CODES = """Exit codes: 0 done, 1 the datasets or files differ, 2 a word or option that cannot be meant, 3 a source,
tokenizer or template that cannot be read, 4 the gate failed, 5 a build that is not whole, 6 the disk refused,
7 another build is writing there, 130 interrupted."""

app = typer.Typer(
    help="Raw corpora into chat datasets that can be trusted: nothing lost, nothing cut, nothing leaked.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_OUT = Path("datasets_out")
BuildName = Annotated[str, typer.Argument(metavar="BUILD", help="A build folder, or its name in datasets_out/.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines, nothing else.")]


@app.command("build", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def build_command(
    context: typer.Context,
    recipe: Annotated[str, typer.Argument(help="A built-in recipe (curate list) or the path of a recipe file.")],
    source: Annotated[
        str | None, typer.Option(help="The file or folder to read, or hf://datasets/OWNER/NAME/PATH.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Build the small generated corpus instead.")] = False,
    out: Annotated[Path | None, typer.Option(help="The build folder; datasets_out/<name> by default.")] = None,
    form: Annotated[
        str, typer.Option("--format", help="messages, sharegpt, prompt-completion, alpaca or text.")
    ] = "messages",
    tokenized: Annotated[bool, typer.Option("--tokenized", help="Also write token ids, masks and labels.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the phases of an interrupted run.")] = False,
    json: Json = False,
) -> None:
    """Build a dataset: records, rows, splits, proof. Every recipe has options of its own: curate show RECIPE."""
    from curation.build import build
    from curation.recipes import load, make, source_of
    from curation.recipes.options import parse
    from curation.show import builds, progress

    module = load(recipe)
    options = parse(module, context.args)
    with source_of(module, source, demo) as path:
        made = make(module, path, options, demo)
        target = out or _OUT / made.name
        with progress(quiet=json):
            built = build(made, target, form=form, tokenized=tokenized, fresh=fresh)
    builds.summary(built, json)


@app.command("init")
def init_command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV, TSV, XLSX, Parquet, JSON or JSONL.")],
    out: Annotated[Path | None, typer.Option(help="The recipe file; <name of the first file>.py by default.")] = None,
    json: Json = False,
) -> None:
    """Look at your own files and write a recipe that builds them: curate init faq.csv, then curate build ./faq.py"""
    from curation.draft import name_for, write
    from curation.look import look
    from curation.show import recipes

    seen = [look(file) for file in files]
    recipes.seen(seen, json)
    target = out or Path(f"{name_for(files[0])}.py")
    write(seen, target)
    recipes.drafted(target, json)


@app.command("list")
def list_command(json: Json = False) -> None:
    """The built-in recipes, a line each."""
    from curation.recipes import names, path_of
    from curation.show import recipes

    recipes.recipes({name: path_of(name) for name in names()}, json)


@app.command("show")
def show_command(recipe: Annotated[str, typer.Argument(help="A recipe, by name or path.")]) -> None:
    """A recipe in words: what it reads, its phases and rules, what its gate expects."""
    from curation.recipes import load, make, source_of
    from curation.show import recipes

    module = load(recipe)
    with source_of(module, None, demo=hasattr(module, "demo")) as path:
        recipes.recipe(make(module, path, {}, demo=True), module)


@app.command("cp")
def cp_command(
    recipe: Annotated[str, typer.Argument(help="A built-in recipe.")],
    target: Annotated[Path, typer.Argument(help="The new file, mine.py.")],
) -> None:
    """Copy a recipe, to change it: curate cp legal mine.py, then curate build ./mine.py"""
    from curation.recipes import copy

    copy(recipe, target)
    print(f"{target} is yours now. Build it with: curate build {target}")


@app.command("verify")
def verify_command(build: BuildName, json: Json = False) -> None:
    """Hash every file of a build again and compare with its manifest."""
    from curation.folder import verify
    from curation.show import builds

    opened = _open(build)
    verify(opened.folder, opened.manifest)
    builds.verified(opened, json)


@app.command("report")
def report_command(
    build: BuildName,
    out: Annotated[Path | None, typer.Option(help="A folder for the page; the build's own report/ by default.")] = None,
    data_docs: Annotated[bool, typer.Option("--data-docs", help="Also Great Expectations' Data Docs, in gx/.")] = False,
    json: Json = False,
) -> None:
    """The page of a build: verdict, flow, lengths, labels, near-duplicates, samples, rejects, provenance."""
    from curation.show import builds

    opened = _open(build)
    folder = out or opened.folder / "report"
    if out or not (folder / "index.html").is_file():
        from curation.report import page

        page.write(opened, folder)
    if data_docs:
        from curation.report import docs

        docs.write(opened, folder / "gx")
    builds.reported(folder, json)


@app.command("clean")
def clean_command(build: BuildName) -> None:
    """Remove the phases of a build (a third of its size): the dataset, the ledger and the proof stay."""
    from curation.folder import clean

    opened = _open(build)
    freed = clean(opened.folder)
    print(f"{freed / 1e6:.1f} MB freed in {opened.folder}; single rows can no longer be traced back phase by phase.")


def _open(name: str) -> Build:
    from curation.ledger import Build

    folder = Path(name)
    return Build.open(folder if folder.is_dir() else _OUT / name)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: a person's error is one line on stderr and an exit code, never a traceback."""
    try:
        app(arguments)
    except CurateError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
