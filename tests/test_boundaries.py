"""Facts about who may import whom, read from the source of every module. CONTRIBUTING's table is made from here."""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path

import pytest
from structure import code, rooms

ROOT = Path(__file__).parents[1]
CODE = code(ROOT)
MODULES = CODE.files

# From the ground up: what a room owns, and the rooms that it may import. None imports one that comes after it.
ROOMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "schemas": ("manifest, template contract, row, expectation suites, chat templates, the small tokenizer", ()),
    "base": ("rows and stages, columns, errors, texts, files, flags, console, pages", ("schemas",)),
    "tokens": ("tokenizer, chat template, contract, exact counts", ("schemas", "base")),
    "rules": ("the catalogue of reasons, and rules that look at one row", ("base", "tokens")),
    "readers": ("files to records", ("schemas", "base")),
    "stages": ("what judges, relates, shapes and splits rows", ("schemas", "base", "tokens")),
    "ledger": ("a build folder read back; what is seen of it once", ("schemas", "base", "tokens", "readers")),
    "gate": ("the facts frame, Great Expectations, its process", ("schemas", "base", "ledger")),
    "figures": ("what builds prove: figures, tables, sections", ("schemas", "base", "ledger")),
    "export": ("lines, Parquet, token ids, card, Croissant", ("schemas", "base", "tokens", "ledger")),
    "report": ("page, explain, inspect, diff", ("schemas", "base", "tokens", "stages", "ledger", "export")),
    "runner": (
        "`Recipe`, phases, engines, outputs, the folder while it is made; knows no stage by name",
        ("schemas", "base", "tokens", "ledger", "gate", "export", "report"),
    ),
    "validation": (
        "chat files of any maker, judged",
        ("schemas", "base", "tokens", "rules", "readers", "stages", "gate", "export"),
    ),
    "hub": (
        "builds and adapters to the Hub and other stores, and back",
        ("schemas", "base", "readers", "ledger", "export", "runner"),
    ),
    "training": ("train/: the training stage; reads a build by its manifest", ("schemas", "base")),
    "api": (
        "what Python calls: `Build`, `Run`, build, validate, train",
        ("base", "ledger", "runner", "hub", "validation", "training"),
    ),
    "demo": ("small generated corpora", ()),
    "recipes": (
        "recipe files, found and called; one built-in corpus each in builtin/",
        ("schemas", "base", "tokens", "rules", "readers", "stages", "ledger", "figures", "runner", "api", "demo"),
    ),
    "scaffold": ("a stranger's file looked at, and a recipe for it", ("base", "readers", "recipes")),
    "cli": ("parse, call, print", ("*",)),
}


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


@cache
def imported(module: str) -> frozenset[str]:
    return frozenset(CODE.imports(module))


def offenders(importers: tuple[str, ...], *names: str, but: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """(module, import) where a module in `importers` imports one of `names` and is not excused by `but`."""
    return [
        (module, name)
        for module in MODULES
        if within(module, *importers) and not within(module, *but)
        for name in imported(module)
        if within(name, *names)
    ]


def table() -> str:
    """ROOMS as the table of CONTRIBUTING.md."""
    lines = ["| room | owns | may import |", "|---|---|---|"]
    for name, (owns, allowed) in ROOMS.items():
        folder = {"schemas": "schemas/", "training": "train/"}.get(name, f"curation/{name}/")
        may = "anything" if allowed == ("*",) else ", ".join(allowed) or "nothing of ours"
        lines.append(f"| `{folder}` | {owns} | {may} |")
    return "\n".join(lines)


def test_the_walk_sees_the_imports() -> None:
    """The walk finds imports at the top, inside functions, for typing alone, and through names that faces hand on."""
    assert "curation.base.border" in imported("curation.cli.app")
    assert "curation.gate.process" in imported("curation.cli.datasets")
    assert "great_expectations" in imported("curation.gate.judge")
    assert "curation.report.row_view" in imported("curation.cli.print_row")
    assert {"curation.stages.families", "curation.stages.shapes.excerpts"} <= imported("curation.recipes.builtin.legal")
    assert len(MODULES) > 150


def test_every_room_is_known() -> None:
    """Every folder of the code is in the table, and the table names no other."""
    assert {name.rpartition(".")[2] for name in rooms(CODE)} == {*ROOMS, "curation"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_what_it_may(room: str) -> None:
    """A room imports only rooms that the table allows, and those come before it: no arrow runs up."""
    allowed = ROOMS[room][1]
    found = {name.rpartition(".")[2] for name in rooms(CODE)[f"curation.{room}"]}
    if allowed != ("*",):
        assert sorted(found - set(allowed)) == []
        assert sorted(set(allowed) - found) == [], "the table allows what nobody uses"
    assert [name for name in found if list(ROOMS).index(name) > list(ROOMS).index(room)] == []


def test_no_circles() -> None:
    """No modules import each other in a loop, imports for typing included."""
    assert CODE.circles == []


def test_contributing_holds_the_table() -> None:
    """CONTRIBUTING.md says the same; `python tests/test_boundaries.py` prints the table."""
    assert table() in (ROOT / "CONTRIBUTING.md").read_text("utf8")


def test_the_runner_knows_no_stage() -> None:
    """curation.runner imports no stage, reader or recipe."""
    assert offenders(("curation.runner",), "curation.stages", "curation.readers", "curation.recipes") == []


def test_recipes_import_from_curation_alone() -> None:
    """Built-in recipes, which people copy, name of this project only `curation`: no later move breaks a copy."""
    for module in MODULES:
        if within(module, "curation.recipes.builtin") and module != "curation.recipes.builtin":
            nodes = [node for node in ast.walk(CODE.trees[module]) if isinstance(node, ast.ImportFrom)]
            ours = {node.module for node in nodes if within(node.module or "", "curation")}
            assert ours == {"curation"}, module


@pytest.mark.parametrize(
    ("library", "homes"),
    [
        ("great_expectations", ("curation.gate.judge",)),
        (
            "huggingface_hub",
            (
                "curation.hub",
                "curation.readers.hub",
                "curation.base.tokenizer_files",
                "curation.training.estimate.shapes",
                "curation.training.doctor",
            ),
        ),
        ("fsspec", ("curation.hub.store",)),
        ("transformers", ("curation.tokens", "curation.training")),
        ("torch", ("curation.training",)),
        ("datasets", ("curation.training",)),
        ("trl", ("curation.training.model", "curation.training.trainer", "curation.training.packing")),
        ("peft", ("curation.training",)),
        ("bitsandbytes", ("curation.training",)),
        ("accelerate", ("curation.training",)),
        ("langdetect", ("curation.stages.langdetect_pool",)),
        ("fastexcel", ("curation.readers.spreadsheet",)),
        ("typer", ("curation.cli", "curation.base.arguments", "curation.training.cli", "curation.training.__main__")),
        ("rich", ("curation.base.console",)),
        ("jinja2", ("curation.base.pages", "curation.tokens")),
    ],
)
def test_libraries_have_a_home(library: str, homes: tuple[str, ...]) -> None:
    """Each of these libraries is imported in its place alone."""
    assert offenders(("curation",), library, but=homes) == []


def test_one_border_catches_everything() -> None:
    """`except Exception` stands in one place, curation.base.errors.reraise_as; a bare `except` in none."""
    handlers = [
        (module, {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)} if node.type else {"all"})
        for module in MODULES
        for node in ast.walk(CODE.trees[module])
        if isinstance(node, ast.ExceptHandler)
    ]
    assert len(handlers) > 10
    wide = [module for module, caught in handlers if caught & {"Exception", "BaseException", "all"}]
    assert wide == ["curation.base.errors"]


def test_one_place_prints() -> None:
    """Nothing prints but curation.base.console. What it is to say is written in the code, and data stand beside it."""
    calls = [
        (module, ast.unparse(node.func), node)
        for module in MODULES
        for node in ast.walk(CODE.trees[module])
        if isinstance(node, ast.Call)
    ]
    prints = {"print", "sys.stdout.write", "sys.stderr.write", "typer.echo", "click.echo", "typer.secho"}
    assert {module for module, name, _ in calls if name in prints} == {"curation.base.console"}
    said = [(module, node) for module, name, node in calls if name in ("say", "note") and "report" not in module]
    assert len(said) > 50
    computed = {module for module, node in said if not isinstance(node.args[0], ast.Constant)}
    assert computed == {"curation.training.estimate.show"}  # its sentences stand in one function there


def test_no_drawer_for_everything() -> None:
    """No module is called utils, helpers, common or misc, but the figures that all builds have in common."""
    drawers = {"utils", "util", "helpers", "common", "misc"}
    assert [module for module in MODULES if drawers & set(module.split("."))] == ["curation.figures.common"]


def test_every_parameter_has_a_name() -> None:
    """No function outside training takes `**kwargs`: what can be given can be read in the signature.

    `**changes` of the manifest, which pydantic checks, and `**options` of what calls a recipe are the exceptions.
    """
    open_ended = {
        f"{module}.{node.name}"
        for module in MODULES
        if not within(module, "curation.training")
        for node in ast.walk(CODE.trees[module])
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.args.kwarg is not None
    }
    assert open_ended == {
        "curation.schemas.manifest.changed",
        "curation.runner.outputs._with",
        "curation.recipes.loading.asked",
    }


def test_every_module_says_what_it_is() -> None:
    """Every module and every public name has a docstring, and no docstring breaks off in mid-sentence."""
    trees = CODE.trees
    assert [module for module in MODULES if trees[module].body and not ast.get_docstring(trees[module])] == []
    assert CODE.undocumented == []
    assert CODE.broken_docstrings == []


def test_files_and_functions_stay_small() -> None:
    """Nine files in ten have fewer than 200 lines; no function of more than 70."""
    sizes = sorted(n for n, _ in CODE.lines if n)
    assert sizes[int(0.9 * len(sizes))] < 200
    assert [name for n, name in CODE.functions if n > 70] == []


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
