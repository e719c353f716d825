"""The options of a recipe are the parameters of its function: `max_tokens: int = 2048` is --max-tokens 2048.

What an option means is in the function's docstring, a line each: `max_tokens: the longest row, in tokens`. What
it may be follows from its annotation.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from curation.base.errors import InputError, one_line, reraise_as
from curation.base.flags import Flag
from curation.base.flags import parse as parse_words


def flags(module: ModuleType) -> list[Flag]:
    """The options of a recipe, in order: every parameter but the source. InputError where annotations are wrong."""
    takes = inspect.signature(module.recipe).parameters
    meanings = described(module.recipe.__doc__ or "")
    with _blaming(module):
        hints = get_type_hints(module.recipe, include_extras=True)
        return [
            Flag(name, _checked(hints.get(name, str)), takes[name].default, meanings.get(name, ""))
            for name in takes
            if name != "source"
        ]


def parse(module: ModuleType, words: Sequence[str]) -> dict[str, Any]:
    """What the command line gave, by name of the parameter and of its type. UsageError for what is out of range."""
    known = flags(module)
    given = parse_words(words, known, f"The recipe {module.__name__.rpartition('.')[2]}")
    return {flag.parameter: flag.value(given[flag.parameter]) for flag in known if flag.parameter in given}


def described(doc: str) -> dict[str, str]:
    """`name: meaning` lines of a docstring, with the indented lines that go on; a meaning begins with a capital."""
    found = re.findall(r"^ *(\w+): +(\S.*(?:\n +(?!\w+: )\S.*)*)", inspect.cleandoc(doc), re.M)
    texts = {name: " ".join(text.split()) for name, text in found}
    return {name: text[0].upper() + text[1:] for name, text in texts.items()}


def _checked(kind: Any) -> Any:
    """The annotation, if a word can be of it."""
    TypeAdapter(kind)
    return kind


def _blaming(module: ModuleType) -> AbstractContextManager[None]:
    """An annotation that names nothing, or no type that a word can be of, is an error in the recipe's file."""
    where = f"The annotations of recipe() in {inspect.getfile(module)} cannot be read"
    return reraise_as(lambda error: InputError(f"{where}: {one_line(error)}", "Correct them there."))
