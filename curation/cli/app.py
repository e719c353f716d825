"""The command line: parse, call, print. Every other module is imported where a command needs it."""

from __future__ import annotations

import gc
import sys
from typing import Annotated

import typer

from curation.base.border import TRACEBACK, run
from curation.cli import datasets, proof, sharing
from curation.training.cli import app as training

EXIT_CODES = """Exit codes: 0 done, 1 the datasets or files differ or validate found errors, 2 invalid argument,
3 a source, tokenizer or template that cannot be read, 4 the gate failed, 5 there is no such build, or it is not whole,
6 the disk refused, 7 another build or run is writing there, 8 training cannot go on, 9 training saved and stopped early
as it was asked to, 10 the Hub or a store refused or was not reached, 11 a fault of curate's own, 130 interrupted,
141 the reader of the output has gone."""

app = typer.Typer(
    help="Raw corpora into chat datasets that can be trusted: nothing lost, nothing cut, nothing leaked.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for commands in (datasets.app, proof.app, sharing.app, training):
    app.add_typer(commands)


@app.callback()
def _whole_line(
    traceback: Annotated[bool, typer.Option(TRACEBACK, help="Show the traceback of a fault of curate's own.")] = False,
) -> None:
    """For the help alone: the border reads it."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: a person's error is one line on stderr and an exit code, never a traceback."""
    try:
        run(app, sys.argv[1:] if arguments is None else arguments, whole_process=arguments is None)
    finally:
        if arguments is None:
            gc.freeze()  # the process ends: no last walk either


if __name__ == "__main__":
    main()
