"""The command line: parse, call, print. Every other module is imported where a command needs it."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from curation.errors import CurateError, UsageError
from train.cli import app as training

if TYPE_CHECKING:
    from curation.ledger import Build

EXIT_CODES = """Exit codes: 0 done, 1 the datasets or files differ or validate found errors, 2 a word or option that
cannot be meant, 3 a source, tokenizer or template that cannot be read, 4 the gate failed, 5 a build that is not whole,
6 the disk refused, 7 another build or run is writing there, 8 training cannot go on, 9 training saved and stopped early
as it was asked to, 10 the Hub or a store refused or was not reached, 130 interrupted."""

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
Format = Literal["parquet", "jsonl"]
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
    from curation.report.apart import Apart

    with _lean(), Apart() as judge:
        judge.warm()  # it imports for two seconds, and so does this process, on its own core
        from curation.build import build
        from curation.readers.published import sources, verified
        from curation.recipes import load, make, source_of
        from curation.recipes.options import parse
        from curation.show import builds, progress

        module = load(recipe)
        options = parse(module, context.args)
        with source_of(module, source, demo) as path:
            made = make(module, path, options, demo)
            target = out or _OUT / made.name
            with progress(quiet=json):
                built = build(made, target, form=form, tokenized=tokenized, fresh=fresh, judge=judge)
            checked = [] if demo else verified(made.sources, sources(module), built.manifest.sources)
    builds.summary(built, json, checked)


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


@app.command("sources")
def sources_command(json: Json = False) -> None:
    """Where each recipe's corpus is published: file, size, hash, licence, whom to cite, and how to get it."""
    from curation.readers.published import told
    from curation.recipes import load, names
    from curation.show import share

    share.sources({name: told(load(name)) for name in names()}, json)


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
        from curation.report import data, page

        page.write(opened, data.gather(opened), folder)
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
    from curation.report import row
    from curation.show import row as shown

    opened = _open(build)
    tokens = row.tokenizer(opened, tokenizer)
    views = [row.view(opened, one, tokens) for one in ([id] if id else row.drawn(opened, split, n, seed))]
    if html:
        shown.page(views, row.control(opened, tokens), whole, html)
    if json:
        shown.json(views, one=id is not None)
    elif not html:
        shown.rows(views, row.control(opened, tokens), whole)


@app.command("explain")
def explain_command(
    build: BuildName,
    id: Annotated[str, typer.Argument(metavar="ID", help="A record or row, or a part that no other id has.")],
    json: Json = False,
) -> None:
    """The life of a record or row: every phase, the value that decided, what it repeats, its family, its split."""
    from curation.report.explain import story
    from curation.show import explain

    explain.story(story(_open(build), id), json)


@app.command("diff")
def diff_command(
    a: Annotated[str, typer.Argument(metavar="A", help="A build folder, or its name in datasets_out/.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another.")],
    limit: Annotated[int, typer.Option(min=0, help="How many rows of each kind are named.")] = 10,
    json: Json = False,
) -> None:
    """Two builds compared: rows, splits, tokenizer, template, counts, options. Exit code 1 where the data differ."""
    from curation.report.diff import compare
    from curation.show import diff

    found = compare(_open(a), _open(b), limit)
    diff.difference(found, json)
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
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page too.")] = None,
    json: Json = False,
) -> None:
    """What is wrong in chat files of any maker, where, and what to do; several files are splits. 1 where errors are."""
    from curation.show import progress
    from curation.show import validate as shown
    from curation.validate import Asked, page, validate

    named = tuple(code.strip() for code in languages.split(",") if code.strip())
    asked = Asked(tokenizer, template, max_tokens, near, named, suite, fix)
    with progress(quiet=json):
        found = validate(files, asked)
    if html:
        page.write(found, html)
    shown.validated(found, json)
    raise typer.Exit(0 if found.ok else 1)


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
    from curation.hub.adapter import push_adapter, run_folder
    from curation.hub.push import push
    from curation.hub.store import upload
    from curation.show import share

    if (repo is None) == (to is None):
        raise UsageError("push takes --repo OWNER/NAME or --to URL, one of them", "curate push legal --repo me/legal")
    run = run_folder(what)
    if to is not None:
        share.stored(upload(_open(what), to, yes=yes, dry=dry), json)
    elif run:
        done = push_adapter(run, str(repo), dataset=dataset, private=private, revision=revision, dry=dry)
        share.pushed(done, dry, json)
    else:
        done = push(_open(what), str(repo), form=form, private=private, revision=revision, yes=yes, dry=dry)
        share.pushed(done, dry, json)


@app.command("pull")
def pull_command(
    repo: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="A repository that curate push made.")],
    out: Annotated[Path | None, typer.Option(help="The build folder; datasets_out/NAME by default.")] = None,
    revision: Annotated[str, typer.Option(help="A branch, tag or commit: the tag of a build, say.")] = "main",
    json: Json = False,
) -> None:
    """A build that was pushed, back as it was built, every file checked by its hash."""
    from curation.hub.pull import pull
    from curation.show import share

    share.pulled(pull(repo, out or _OUT / repo.rpartition("/")[2], revision), json)


app.add_typer(training)


def _open(name: str) -> Build:
    from curation.ledger import Build

    folder = Path(name)
    return Build.open(folder if folder.is_dir() else _OUT / name)


@contextmanager
def _lean() -> Iterator[None]:
    """For the one long work of a process: what libraries that are not loaded yet read from the environment, unless a

    person has set it, and no collector of cycles, which would walk a million spans again and again and find nothing.
    """
    # Nothing here multiplies dense matrices with NumPy: its threads would only spin.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # The allocator of Polars: few arenas, whose pages are used again instead of being given back and zeroed anew.
    os.environ.setdefault("_RJEM_MALLOC_CONF", f"narenas:{os.cpu_count() or 1},background_thread:false")
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _in_utf8(words: list[str]) -> None:
    """UsageError where a word is not UTF-8: no file of a build could tell such a name."""
    for word in words:
        plain = word.encode("utf8", "backslashreplace").decode()
        if plain != word:
            raise UsageError(f"{plain} is not UTF-8", "Rename the file, or give it a link with another name.")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: a person's error is one line on stderr and an exit code, never a traceback."""
    try:
        _in_utf8(sys.argv[1:] if arguments is None else arguments)
        app(arguments)
    except CurateError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    finally:
        if arguments is None:
            gc.freeze()  # the process ends: no last walk either


if __name__ == "__main__":
    main()
