"""Recipes: Python files with a function `recipe(source, ...)`, found by name here or by path, never registered."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TYPE_CHECKING, Any

from curation.errors import DiskError, InputError, Translate, UsageError, mistake, nearest
from curation.folder import disk_errors

if TYPE_CHECKING:
    from curation.build import Recipe

_HERE = Path(__file__).parent


def names() -> list[str]:
    """The built-in recipes: the files here that define a function `recipe`."""
    return sorted(file.stem for file in _HERE.glob("*.py") if "\ndef recipe(" in file.read_text("utf8"))


def path_of(name: str) -> Path:
    """The file of a recipe, by built-in name or by path. UsageError with the nearest name where there is none."""
    if name in names():
        return _HERE / f"{name}.py"
    if name.endswith(".py"):
        if Path(name).is_file():
            return Path(name)
        raise UsageError(f"There is no recipe file {name}", "Copy one with: curate cp legal mine.py")
    if name.startswith("-"):
        raise UsageError(f"The recipe comes before its options, and {name} is one", f"curate build legal {name} ...")
    raise UsageError(
        f"There is no recipe {name!r}.{nearest(name, names())}",
        f"Known: {', '.join(names())}; or the path of a recipe file, ./mine.py",
    )


def load(name: str) -> ModuleType:
    """The recipe's module. InputError, with the line, where a person's file cannot be loaded or holds no recipe."""
    path = path_of(name)
    if path.parent == _HERE:
        return importlib.import_module(f"curation.recipes.{path.stem}")
    spec = importlib.util.spec_from_file_location(f"recipe.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path} cannot be loaded as Python", "Expected a file that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses look their module up there
    with Translate(mistake):
        spec.loader.exec_module(module)
    if not callable(getattr(module, "recipe", None)):
        raise InputError(
            f"{path} defines no function recipe(source, ...)", "Start from a copy: curate cp legal mine.py"
        )
    return module


@contextmanager
def source_of(module: ModuleType, source: str | None, demo: bool) -> Iterator[Path | None]:
    """What to read: the given path or Hub address, the demo (written to a temporary folder), None for a recipe that

    knows where its data are, or the published file, fetched.
    """
    if demo and source:
        raise UsageError("--demo and --source exclude each other", "Give one of them.")
    if demo:
        if not hasattr(module, "demo"):
            raise UsageError(f"The recipe {_stem(module)} has no demo", "Give --source PATH.")
        with TemporaryDirectory(prefix="curate-demo-") as folder:
            with disk_errors(Path(folder)):
                file = module.demo(Path(folder))
            yield file
    elif source and source.startswith("hf://"):
        from curation.readers.hub import fetch
        from curation.readers.published import published

        yield fetch(published(source))
    elif source and source != "hub":
        yield Path(source)
    elif not source and _knows(module):
        yield None
    else:
        yield _published(module)


def _published(module: ModuleType) -> Path:
    """The one file that a recipe is published as, fetched. UsageError where it is not on the Hub, and how to get it."""
    from curation.readers.hub import fetch
    from curation.readers.published import sources

    files = sources(module)
    if not files:
        raise UsageError(f"The recipe {_stem(module)} has no published source", "Give --source PATH.")
    if files[0].elsewhere:
        names = " and ".join(repr(file.file) for file in files)
        raise UsageError(
            f"{names} of the recipe {_stem(module)} cannot be fetched from the Hub",
            f"Get it from {files[0].elsewhere}. Then: --source PATH, or --demo.",
        )
    return fetch(files[0])


def copy(name: str, target: Path) -> None:
    """Write the recipe `name` to `target`. UsageError where a file stands there already."""
    if target.exists():
        raise UsageError(f"{target} exists and is left alone", "Give another file name.")
    if target.suffix != ".py":
        raise UsageError(f"{target} is no name for a recipe", "Give a file that ends in .py")
    try:
        target.write_text(path_of(name).read_text("utf8"), "utf8")
    except OSError as error:
        raise DiskError(f"{target} cannot be written: {error.strerror}", "Give another path.") from error


def make(module: ModuleType, source: Path | None, options: dict[str, Any], demo: bool = False) -> Recipe:
    """Call the recipe with the options that were given (curation.recipes.options), and write down which they were."""
    from curation.build import Recipe

    file = Path(inspect.getfile(module))
    with Translate(mistake):
        made = module.recipe(*([source] if source else []), **options)
    if not isinstance(made, Recipe):
        raise InputError(f"recipe() in {file} returned {type(made).__name__}", "Expected a Recipe.")
    told = {name: str(value) for name, value in sorted(options.items()) if name not in ("tokenizer", "split")}
    if demo:
        told["demo"] = "True"
    written = {"recipe": file.name, "recipe_sha256": sha256(file.read_bytes()).hexdigest(), **told}
    return replace(made, provenance=written)


def _knows(module: ModuleType) -> bool:
    """Whether the recipe can be called without a source."""
    source = inspect.signature(module.recipe).parameters.get("source")
    return source is not None and source.default is not inspect.Parameter.empty


def _stem(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]
