"""The third-party libraries of training: whether they are there, imported from where they are, and kept quiet."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from curation.base.errors import UsageError

LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "bitsandbytes", "datasets", "rapidfuzz", "sklearn")
REPORTS: dict[str, tuple[str, ...]] = {"none": (), "tensorboard": ("tensorboard",), "wandb": ("wandb",)}
"""Where a run can report to, and what that needs."""


@contextmanager
def libraries(names: Sequence[str] = LIBRARIES) -> Iterator[None]:
    """Inside, `names` can be imported and give no advice: what matters of it is decided here, and tested.

    UsageError where one is not installed, or a module of the current folder is already loaded by its name.
    """
    with _without_current_folder():
        _check(names)
        with _quiet():
            yield


def check_report(place: str) -> None:
    """UsageError where `place` is unknown, or its library is not installed."""
    if place not in REPORTS:
        raise UsageError(f"--report-to {place} is out of range", f"Expected {', '.join(REPORTS)}.")
    with _without_current_folder():
        _check(REPORTS[place])


@contextmanager
def _without_current_folder() -> Iterator[None]:
    """Imports inside find no file of the current folder.

    Python looks there first (in notebooks, with -c and -m): TRL would import a person's own datasets.py there.
    """
    before, here = list(sys.path), Path.cwd()
    sys.path[:] = [entry for entry in before if entry and Path(entry).resolve() != here]
    try:
        yield
    finally:
        sys.path[:] = before


def _check(names: Sequence[str]) -> None:
    missing = [name for name in names if name not in sys.modules and find_spec(name) is None]
    if missing:
        what = "'curate[train]'" if set(missing) <= set(LIBRARIES) else " ".join(missing)
        raise UsageError(f"This needs {', '.join(missing)}, which is not installed", f"pip install {what}")
    for name in names:
        file = getattr(sys.modules.get(name), "__file__", None)
        if file and Path(file).resolve().parent in (Path.cwd(), Path.cwd() / name):
            raise UsageError(f"{file} is loaded in place of the library {name}", "Rename it, and start Python again.")


@contextmanager
def _quiet() -> Iterator[None]:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from transformers.utils import logging as theirs

    before = theirs.get_verbosity()
    theirs.set_verbosity_error()
    theirs.disable_progress_bar()
    for name in ("trl", "accelerate", "bitsandbytes", "peft", "datasets"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            theirs.set_verbosity(before)
