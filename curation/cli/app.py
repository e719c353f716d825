"""The command line: parse, call, print. Every other module is imported where a command needs it."""

from __future__ import annotations

import gc
import sys

import typer

from curation.base.errors import CurateError, UsageError
from curation.cli import datasets, proof, sharing
from curation.training.cli import app as training

EXIT_CODES = """Exit codes: 0 done, 1 the datasets or files differ or validate found errors, 2 invalid argument,
3 a source, tokenizer or template that cannot be read, 4 the gate failed, 5 there is no such build, or it is not whole,
6 the disk refused, 7 another build or run is writing there, 8 training cannot go on, 9 training saved and stopped early
as it was asked to, 10 the Hub or a store refused or was not reached, 130 interrupted."""

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


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: a person's error is one line on stderr and an exit code, never a traceback."""
    try:
        _in_utf8(sys.argv[1:] if arguments is None else arguments)
        app(arguments)
    except CurateError as error:
        from curation.base.console import note

        note("error: {}", error)
        sys.exit(error.exit_code)
    finally:
        if arguments is None:
            gc.freeze()  # the process ends: no last walk either


def _in_utf8(words: list[str]) -> None:
    """UsageError where a word is not UTF-8: no file of a build could tell such a name."""
    for word in words:
        plain = word.encode("utf8", "backslashreplace").decode()
        if plain != word:
            raise UsageError(f"{plain} is not UTF-8", "Rename the file, or give it a link with another name.")


if __name__ == "__main__":
    main()
