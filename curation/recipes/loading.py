"""Recipe files: found by name in builtin/ or by path, loaded, copied, and called. Nothing is registered."""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from hashlib import sha256
from os.path import exists, isfile
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from curation.base.errors import InputError, UsageError, nearest, reraise_as, user_code_error
from curation.base.files import disk_errors, write_whole
from curation.base.manifests import MANIFEST, open_manifest
from curation.base.scratch import scratch
from curation.base.secrets import without_secrets
from curation.demo.known import is_demo
from curation.schemas.manifest import Invocation, Option

if TYPE_CHECKING:
    from curation.runner.recipe import Recipe

_BUILTIN = Path(__file__).parent / "builtin"


def names() -> list[str]:
    """The built-in recipes: the files in builtin/."""
    return sorted(file.stem for file in _BUILTIN.glob("[a-z]*.py"))


def path_of(name: str) -> Path:
    """The file of a recipe, by built-in name or by path. UsageError with the nearest name where there is none."""
    if name in names():
        return _BUILTIN / f"{name}.py"
    if name.endswith(".py"):
        if isfile(name):
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
    if path.parent == _BUILTIN:
        return importlib.import_module(f"curation.recipes.builtin.{path.stem}")
    spec = importlib.util.spec_from_file_location(f"recipe.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path} cannot be loaded as Python", "Expected a file that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses look their module up there
    with reraise_as(user_code_error):
        spec.loader.exec_module(module)
    if not callable(getattr(module, "recipe", None)):
        raise InputError(
            f"{path} defines no function recipe(source, ...)", "Start from a copy: curate cp legal mine.py"
        )
    return module


@contextmanager
def source_of(module: ModuleType, source: str | None, demo: bool) -> Iterator[Path | None]:
    """What to read: the given path or Hub address, the demo, or the published file, fetched.

    A demo is written to a temporary folder. None for a recipe that knows where its data are.
    """
    if demo and source:
        raise UsageError("--demo and --source exclude each other", "Give one of them.")
    if demo:
        if not hasattr(module, "demo"):
            raise UsageError(f"The recipe {_stem(module)} has no demo", "Give --source PATH.")
        with scratch("demo") as folder:
            with disk_errors(folder):
                file = module.demo(folder)
            yield file
    elif source and source.startswith("hf://"):
        from curation.readers.hub import fetch
        from curation.readers.published import parse_address

        yield fetch(parse_address(source))
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
    """Write the recipe `name` to `target`. UsageError where a file is there already."""
    if target.exists():
        raise UsageError(f"{target} exists and is left alone", "Give another file name.")
    if target.suffix != ".py":
        raise UsageError(f"{target} is no name for a recipe", "Give a file that ends in .py")
    write_whole(target, path_of(name).read_bytes())


def named(name: str) -> Callable[..., Recipe]:
    """The function of a built-in recipe, as Python calls it: it writes down in the recipe how it was asked for.

    AttributeError where there is none of that name.
    """
    if name not in names():
        raise AttributeError(f"There is no recipe {name!r}.{nearest(name, names())}")
    module = load(name)

    @wraps(module.recipe)
    def asked(*args: Any, **options: Any) -> Recipe:
        given = inspect.signature(module.recipe).bind(*args, **options).arguments
        return make(module, given.pop("source", None), given)

    return asked


def make(module: ModuleType, source: str | Path | None, options: Mapping[str, Any], demo: bool = False) -> Recipe:
    """Call the recipe with what was given, by parameter, and write down in it how it was asked for."""
    from curation.runner.recipe import Recipe

    file = Path(inspect.getfile(module))
    with reraise_as(user_code_error):
        made = module.recipe(*([] if source is None else [Path(source)]), **options)
    if not isinstance(made, Recipe):
        raise InputError(f"recipe() in {file} returned {type(made).__name__}", "Expected a Recipe.")
    defaults = {name: p.default for name, p in inspect.signature(module.recipe).parameters.items() if name != "source"}
    demo = demo or _from_demos(made.sources)
    invocation = Invocation(
        recipe=file.stem if file.parent == _BUILTIN else file.name,
        recipe_sha256=sha256(file.read_bytes()).hexdigest(),
        source=None if source is None or demo else _last(str(source)),
        demo=demo,
        options={name: _plain(options.get(name, default)) for name, default in defaults.items()},
    )
    return replace(made, invocation=invocation)


def _from_demos(sources: Sequence[Path]) -> bool:
    """Whether all that is read was made up: files that a demo wrote, or builds of them."""
    builds = {path.parent for path in sources}
    if all(isfile(folder / MANIFEST) for folder in builds):
        return all(open_manifest(folder)[1].demo for folder in builds)
    return is_demo(sources)


def _plain(value: Any) -> Option:
    """An option as a word of the command line; of a path its last part."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return _last(str(value))


def _last(word: str) -> str:
    """Without the folders of a path that is there, and without secrets: a manifest names no place and opens none."""
    is_path = ("/" in word or os.sep in word) and exists(word)
    return without_secrets(Path(word).resolve().name if is_path else word)


def _knows(module: ModuleType) -> bool:
    """Whether the recipe can be called without a source."""
    source = inspect.signature(module.recipe).parameters.get("source")
    return source is not None and source.default is not inspect.Parameter.empty


def _stem(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]
