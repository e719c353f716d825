"""The options of a recipe are the parameters of its function: `max_tokens: int = 2048` is --max-tokens 2048."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from curation.errors import InputError, Translate, UsageError, nearest, told


def options(module: ModuleType) -> dict[str, inspect.Parameter]:
    """Flag -> parameter, for all but the source. A name ending in _ is one that Python keeps to itself: from_."""
    takes = inspect.signature(module.recipe).parameters
    return {"--" + name.rstrip("_").replace("_", "-"): takes[name] for name in takes if name != "source"}


def parse(module: ModuleType, words: Sequence[str]) -> dict[str, Any]:
    """What the command line gave, by name of the parameter and of its type. UsageError for what cannot be meant."""
    known, given, hints = options(module), {}, _hints(module)
    for flag, value in _pairs(module, words):
        parameter = known.get(flag)
        if parameter is None:
            near = nearest(flag, list(known))
            stem = module.__name__.rpartition(".")[2]
            raise UsageError(f"The recipe {stem} takes no {flag}.{near}", f"It takes: {', '.join(known)}.")
        with _blamed(module):
            adapter = TypeAdapter(hints.get(parameter.name, str))
        try:
            given[parameter.name] = adapter.validate_python(value)
        except ValidationError as error:
            said = error.errors()[0]["msg"].removeprefix("Input should be ")
            raise UsageError(f"{flag} {value} cannot be meant", f"Expected {said}.") from error
    return given


def _hints(module: ModuleType) -> dict[str, Any]:
    with _blamed(module):
        return get_type_hints(module.recipe, include_extras=True)


def _blamed(module: ModuleType) -> Translate:
    """An annotation that names nothing, or no type that a word can be of, is a mistake in the recipe's file."""
    said = f"The annotations of recipe() in {inspect.getfile(module)} cannot be read"
    return Translate(lambda error: InputError(f"{said}: {told(error)}", "Mend them there."))


def _pairs(module: ModuleType, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """--flag value, --flag=value, or --flag alone, which says true."""
    hints, known, left = _hints(module), options(module), list(words)
    while left:
        flag, equals, value = left.pop(0).partition("=")
        if not flag.startswith("--"):
            raise UsageError(f"Nothing takes the word {flag!r}", "Options look like --max-tokens 1024.")
        if not equals:
            if flag in known and hints.get(known[flag].name) is bool:
                value = "true"
            elif left and not left[0].startswith("--"):
                value = left.pop(0)
            elif flag in known:
                raise UsageError(f"{flag} needs a value", f"{flag} {known[flag].default}, say.")
        yield flag, value
