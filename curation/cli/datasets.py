"""Commands that make datasets: build, init, cp; and that say what there is: list, recipes, show."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from curation.base.arguments import OPEN, Json, more_options
from curation.cli.arguments import recipe_flags

app = typer.Typer()
RECIPE_OPTIONS = more_options("Options of the recipe", recipe_flags)


@app.command("build", cls=RECIPE_OPTIONS, context_settings=OPEN)
def build_command(
    context: typer.Context,
    recipe: Annotated[
        str, typer.Argument(help="A built-in recipe (curate recipes), or a recipe file's path: a program that is run.")
    ],
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
    """Build a dataset: records, rows, splits, checks. A recipe has options of its own: curate build RECIPE --help"""
    from curation.gate.process import GateProcess

    with _gc_and_allocator_settings(), GateProcess() as gate:
        gate.start()  # it imports for two seconds, and so does this process, on its own core
        from curation.base.console import progress
        from curation.base.manifests import BUILDS
        from curation.cli import print_builds
        from curation.readers.published import sources, verified
        from curation.recipes.loading import load, make, source_of
        from curation.recipes.options import parse
        from curation.runner.build import build

        module = load(recipe)
        options = parse(module, context.args)
        with source_of(module, source, demo) as path:
            made = make(module, path, options, demo)
            target = out or BUILDS / made.name
            with progress(quiet=json):
                built = build(made, target, form=form, tokenized=tokenized, fresh=fresh, gate=gate)
            checked = [] if demo else verified(made.sources, sources(module), built.manifest.sources)
    print_builds.summary(built, json, checked)


@app.command("init")
def init_command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV, TSV, XLSX, Parquet, JSON or JSONL.")],
    out: Annotated[Path | None, typer.Option(help="The recipe file; <name of the first file>.py by default.")] = None,
    columns: Annotated[
        str,
        typer.Option(
            help="Which columns are what: question=NAME,answer=NAME, also context, label, group, system; or "
            "conversation, turn, role, content; or messages. Numbers count the columns of a file without a header."
        ),
    ] = "",
    encoding: Annotated[
        str, typer.Option(help="Of CSV and TSV without a byte-order mark: cp1252, utf-16-le ...")
    ] = "utf-8",
    delimiter: Annotated[str | None, typer.Option(help="Of CSV and TSV: one character, or tab.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Of XLSX: a sheet, by name or number.")] = None,
    json: Json = False,
) -> None:
    """Look at your own files and write a recipe that builds them: curate init faq.csv, then curate build ./faq.py"""
    from curation.cli import print_recipes
    from curation.readers.splits import expand
    from curation.readers.table import Layout
    from curation.scaffold.sniff import profile, roles_from
    from curation.scaffold.write import name_for, write

    layout, roles = Layout(encoding, delimiter, sheet), roles_from(columns)
    profiles = [profile(file.path, layout, roles) for file in expand(files)]
    print_recipes.profiles(profiles, json)
    target = out or Path(f"{name_for(files[0])}.py")
    write(profiles, target, files)
    print_recipes.written(target, json)


@app.command("list")
def list_command(json: Json = False) -> None:
    """The builds in datasets_out/ and the runs in runs/: rows, tokens, checks, size, date."""
    from curation.base.manifests import BUILDS
    from curation.cli import print_builds

    print_builds.listed(BUILDS, Path("runs"), json)


@app.command("recipes")
def recipes_command(json: Json = False) -> None:
    """The built-in recipes, a line each."""
    from curation.cli import print_recipes
    from curation.recipes.loading import names, path_of

    print_recipes.recipes({name: path_of(name) for name in names()}, json)


@app.command("show")
def show_command(recipe: Annotated[str, typer.Argument(help="A recipe, by name or path.")]) -> None:
    """A recipe in sentences: what it reads, its phases and rules, its options, what its gate checks."""
    from curation.cli import print_recipes
    from curation.recipes.loading import load, make, source_of

    module = load(recipe)
    with source_of(module, None, demo=hasattr(module, "demo")) as path:
        print_recipes.recipe(make(module, path, {}, demo=True), module)


@app.command("cp")
def cp_command(
    recipe: Annotated[str, typer.Argument(help="A built-in recipe.")],
    target: Annotated[Path, typer.Argument(help="The new file, mine.py.")],
) -> None:
    """Copy a recipe, to change it: curate cp legal mine.py, then curate build ./mine.py"""
    from curation.base.console import say
    from curation.recipes.loading import copy

    copy(recipe, target)
    named = target if target.parent != Path() else f"./{target}"
    say("Wrote {}. Build it with: curate build {}", target, named)


@contextmanager
def _gc_and_allocator_settings() -> Iterator[None]:
    """Settings for the one long work of a process: of libraries that are not loaded yet, and no collector of cycles.

    What a person has set in the environment stays. The collector would walk a million spans again and find nothing.
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
