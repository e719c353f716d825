"""Options as words of a command line: `--name value`, `--name=value`, `--name` and `--no-name` for booleans.

One parser for what recipes and training take beside the commands' own options: their lists are not known before a
recipe is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from curation.base.errors import UsageError, nearest


@dataclass(frozen=True)
class Flag:
    """An option: the parameter it sets, its annotation, default and meaning (a sentence for people)."""

    parameter: str
    kind: Any
    default: Any = None
    meaning: str = ""

    @property
    def word(self) -> str:
        """--max-tokens for max_tokens; a name ending in _ is one that Python keeps to itself: from_."""
        return "--" + self.parameter.rstrip("_").replace("_", "-")

    @property
    def is_switch(self) -> bool:
        """Whether it is given alone, as --name or --no-name."""
        return _plain(self.kind) is bool

    def value(self, word: object) -> Any:
        """A word, or a value from Python, as the parameter takes it. UsageError where it is out of range."""
        try:
            return TypeAdapter(self.kind).validate_python(word)
        except ValidationError as error:
            allowed = allows(self.kind) or error.errors()[0]["msg"].removeprefix("Input should be ")
            example = "" if self.default in (None, "") else f", e.g. {self.default}"
            raise UsageError(f"{self.word} {word} is out of range", f"Expected {allowed}{example}.") from error

    def help(self) -> tuple[str, str]:
        """Two columns of a help page: the option with what it takes, and its meaning, default and range."""
        head = f"{self.word} / --no-{self.word[2:]}" if self.is_switch else f"{self.word} {_takes(self.kind)}"
        facts = [f"default: {_shown(self.default)}", *filter(None, [limits(self.kind)])]
        return head, f"{self.meaning} [{'; '.join(facts)}]".strip()


def _shown(default: object) -> object:
    if isinstance(default, bool):  # and not 1, which equals True
        return "on" if default else "off"
    if default is None:
        return "not set"
    return "none" if default == "" else default


def parse(words: Sequence[str], flags: Sequence[Flag], owner: str) -> dict[str, str]:
    """What was given, as words, by parameter. UsageError for a word or an option that `owner` does not take."""
    known = {flag.word: flag for flag in flags}
    return dict(_pairs(list(words), known, owner))


def _pairs(left: list[str], known: Mapping[str, Flag], owner: str) -> Iterator[tuple[str, str]]:
    while left:
        word, equals, value = left.pop(0).partition("=")
        if not word.startswith("--"):
            raise UsageError(f"Nothing takes the word {word!r}", "Options look like --max-tokens 1024.")
        off = known.get(f"--{word[5:]}") if word.startswith("--no-") else None
        if off and off.is_switch and not equals:
            yield off.parameter, "false"
            continue
        flag = known.get(word)
        if flag is None:
            raise UsageError(f"{owner} takes no {word}.{nearest(word, list(known))}", f"It takes: {', '.join(known)}.")
        if not equals:
            if flag.is_switch:
                value = "true"
            elif left and not left[0].startswith("--"):
                value = left.pop(0)
            else:
                raise UsageError(f"{word} needs a value", f"For example: {word} {flag.default or 'VALUE'}")
        yield flag.parameter, value


def allows(kind: Any) -> str:
    """What a value may be, in words: `a number, 0 < x <= 1`, `reply, intent or both`; nothing for any text."""
    base = _plain(kind)
    named = {int: "a whole number", float: "a number", bool: "true or false"}.get(base, "")
    return ", ".join(filter(None, (named, limits(kind))))


def limits(kind: Any) -> str:
    """The words of a Literal, or the bounds of a number; nothing for others."""
    base = _plain(kind)
    if get_origin(base) is Literal:
        names = [str(one) for one in get_args(base)]
        return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]
    return _bounds(kind)


def _bounds(kind: Any) -> str:
    """The bounds of an annotated number: `0 < x <= 1`."""
    low = high = ""
    for part in _metadata(kind):
        for name, sign in (("gt", "<"), ("ge", "<=")):
            if getattr(part, name, None) is not None:
                low = f"{getattr(part, name)} {sign} "
        for name, sign in (("lt", "<"), ("le", "<=")):
            if getattr(part, name, None) is not None:
                high = f" {sign} {getattr(part, name)}"
    return f"{low}x{high}" if low or high else ""


def _metadata(kind: Any) -> Iterator[Any]:
    if get_origin(kind) in (Union, UnionType):
        for part in get_args(kind):
            yield from _metadata(part)
    elif get_origin(kind) is Annotated:
        for part in kind.__metadata__:
            yield from getattr(part, "metadata", ()) or (part,)
        yield from _metadata(get_args(kind)[0])


def _plain(kind: Any) -> Any:
    """Without annotations and without None."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        parts = [part for part in get_args(kind) if part is not NoneType]
        return _plain(parts[0]) if parts else kind
    return kind


def _takes(kind: Any) -> str:
    base = _plain(kind)
    return {int: "INTEGER", float: "NUMBER"}.get(base, "WORD" if get_origin(base) is Literal else "TEXT")
