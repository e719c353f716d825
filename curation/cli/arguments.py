"""Arguments that several commands take, and the help of commands whose options depend on a recipe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

if TYPE_CHECKING:
    from curation.base.flags import Flag
    from curation.ledger.build import Build

BuildName = Annotated[str, typer.Argument(metavar="BUILD", help="A build folder, or its name in datasets_out/.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines, nothing else.")]
OPEN = {"allow_extra_args": True, "ignore_unknown_options": True}
"""For a command that takes options which it does not know itself."""


def open_build(name: str) -> Build:
    """A build by folder or by name."""
    from curation.ledger.build import Build

    return Build.open(name)


def more_options(title: str, find: Callable[[Sequence[str]], list[Flag]]) -> type[TyperCommand]:
    """A command whose help goes on with the options that `find` makes of its words, under `title`."""

    class WithOptions(TyperCommand):
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            ctx.meta["words"] = list(args)
            return super().parse_args(ctx, args)

        def format_options(self, ctx: Any, formatter: Any) -> None:
            super().format_options(ctx, formatter)
            flags = find(ctx.meta.get("words", []))
            if flags:
                with formatter.section(title):
                    formatter.write_dl([flag.help() for flag in flags])

    return WithOptions


def recipe_flags(words: Sequence[str]) -> list[Flag]:
    """The options of the recipe that is named among `words`; none where none is."""
    from curation.recipes.loading import load, names
    from curation.recipes.options import flags

    known = names()
    named = next((word for word in words if word in known or (word.endswith(".py") and Path(word).is_file())), None)
    return flags(load(named)) if named else []
