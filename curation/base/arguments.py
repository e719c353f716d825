"""Arguments that several commands take, and commands whose help lists options that they do not know themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

if TYPE_CHECKING:
    from curation.base.flags import Flag

BuildName = Annotated[str, typer.Argument(metavar="BUILD", help="A build folder, or its name in datasets_out/.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines, nothing else.")]
OPEN = {"allow_extra_args": True, "ignore_unknown_options": True}
"""For a command that takes options which it does not know itself."""


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
