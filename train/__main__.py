"""python -m train BUILD: the same as `curate train BUILD`."""

from __future__ import annotations

import sys

import typer

from curation.base.errors import CurateError
from curation.training.cli import train_command

if __name__ == "__main__":
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(train_command)
    try:
        alone()
    except CurateError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
