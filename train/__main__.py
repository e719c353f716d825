"""python -m curation.training BUILD: the same as `curate train BUILD`."""

from __future__ import annotations

import sys

import typer

from curation.base.arguments import OPEN
from curation.base.border import run
from curation.training.cli import PRESET_OPTIONS, train_command

if __name__ == "__main__":
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.command(cls=PRESET_OPTIONS, context_settings=OPEN)(train_command)
    run(alone, sys.argv[1:], whole_process=True)
