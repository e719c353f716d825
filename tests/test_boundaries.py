"""Facts about who may import whom, read from the source of every module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(path for top in ("curation", "schemas", "train") for path in (ROOT / top).rglob("*.py"))
MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in FILES}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text("utf8"))


def imports(module: str) -> Iterator[str]:
    """Every module that `module` imports anywhere, also inside functions and for type checking alone."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            assert node.module
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else node.module


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def offenders(importers: tuple[str, ...], *imported: str, but: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """(module, import) where a module in `importers` imports one of `imported` and is not excused by `but`."""
    return [
        (module, name)
        for module in MODULES
        if within(module, *importers) and not within(module, *but)
        for name in imports(module)
        if within(name, *imported)
    ]


EVERYTHING = ("curation", "schemas", "train")


def test_the_walk_sees_the_imports() -> None:
    """The walk finds imports at the top, inside functions and of modules by name."""
    assert "curation.base.errors" in set(imports("curation.cli"))
    assert "curation.base.console" in set(imports("curation.cli"))
    assert "great_expectations" in set(imports("curation.gate.judge"))
    assert len(MODULES) > 30


def test_schemas_stand_alone() -> None:
    """schemas/ imports nothing of curation or train."""
    assert offenders(("schemas",), "curation", "train") == []


def test_training_does_not_know_curation() -> None:
    """train/ never imports curation, and of curation the command line alone imports train: they meet in schemas/."""
    assert offenders(("train",), "curation") == []
    assert offenders(("curation",), "train", but=("curation.cli",)) == []
    assert set(offenders(("curation.cli",), "train")) == {("curation.cli", "curation.training.cli")}


def test_stages_know_nothing_of_what_uses_them() -> None:
    """curation.stages imports neither recipes nor the runner, the ledger, reports, exports or the command line."""
    above = ("recipes", "build", "ledger", "folder", "report", "export", "cli", "show", "demo")
    assert offenders(("curation.stages",), *(f"curation.{name}" for name in above)) == []


def test_readers_and_tokens_know_nothing_of_what_uses_them() -> None:
    """Readers and tokens import neither stages nor recipes, nor the runner, reports, exports or the command line.

    One reader reads finished builds, so it knows the ledger.
    """
    above = ("stages", "recipes", "build", "report", "export", "cli", "show")
    assert offenders(("curation.readers", "curation.tokens"), *(f"curation.{name}" for name in above)) == []
    lower = ("curation.readers", "curation.tokens")
    assert offenders(lower, "curation.ledger.build", but=("curation.ledger.parts",)) == []


def test_sharing_reads_the_build_folder() -> None:
    """curation.hub imports neither stages, recipes, the runner nor the command line, and only the latter imports it."""
    above = ("stages", "recipes", "build", "report", "cli", "show", "demo")
    assert offenders(("curation.hub",), *(f"curation.{name}" for name in above)) == []
    assert offenders(EVERYTHING, "curation.hub", but=("curation.hub", "curation.cli", "curation.base.console")) == []


def test_the_runner_knows_no_stage() -> None:
    """curation.build imports no stage, reader or recipe."""
    assert offenders(("curation.build",), "curation.stages", "curation.recipes", "curation.readers") == []


def test_the_command_line_is_on_top() -> None:
    """Nothing imports curation.cli, and only it imports curation.base.console."""
    assert offenders(EVERYTHING, "curation.cli") == []
    assert offenders(EVERYTHING, "curation.base.console", but=("curation.cli", "curation.base.console")) == []


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
        ("transformers", ("curation.tokens", "train")),
        ("torch", ("train",)),
        ("datasets", ("train",)),
        ("trl", ("curation.training.model", "curation.training.trainer", "curation.training.packing")),
        ("peft", ("train",)),
        ("bitsandbytes", ("train",)),
        ("accelerate", ("train",)),
        ("langdetect", ("curation.stages.langdetect_pool",)),
        ("fastexcel", ("curation.readers.spreadsheet",)),
        ("typer", ("curation.base.arguments", "curation.cli", "curation.training.cli", "curation.training.__main__")),
        ("rich", ("curation.base.console", "curation.training.show", "curation.training.estimate.show")),
    ],
)
def test_libraries_have_a_home(library: str, homes: tuple[str, ...]) -> None:
    """Each of these libraries is imported in its place alone."""
    assert offenders(EVERYTHING, library, but=homes) == []


def test_no_error_is_swallowed() -> None:
    """No `except Exception` and no bare `except`."""
    handlers = [
        (module, {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)} if node.type else {"all"})
        for module in MODULES
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ExceptHandler)
    ]
    assert len(handlers) > 10
    wide = [module for module, caught in handlers if caught & {"Exception", "BaseException", "all"}]
    assert wide == []


def test_no_drawer_for_everything() -> None:
    """No module is called utils, helpers, common or misc."""
    drawers = {"utils", "util", "helpers", "common", "misc"}
    assert [module for module in MODULES if drawers & set(module.split("."))] == []


def test_every_parameter_has_a_name() -> None:
    """No function of curation or schemas takes `**kwargs`: what can be given can be read in the signature.

    `**changes` of a private function that passes them to a model is the one exception.
    """
    open_ended = [
        (module, node.name)
        for module in MODULES
        if not within(module, "train")
        for node in ast.walk(tree(module))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.args.kwarg is not None
    ]
    assert open_ended in ([], [("curation.build", "_with")])
    parameters = {node.arg for module in MODULES for node in ast.walk(tree(module)) if isinstance(node, ast.arg)}
    assert "rows" in parameters
    assert "kwargs" not in parameters


def test_every_module_says_what_it_is() -> None:
    """Every module that holds code begins with a docstring."""
    assert [module for module in MODULES if tree(module).body and not ast.get_docstring(tree(module))] == []
