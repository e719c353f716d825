"""Expectation suites: JSON files of Great Expectations, by name or path. Nothing heavy is imported."""

from __future__ import annotations

from collections.abc import Iterable
from os.path import lexists
from pathlib import Path
from typing import Any

import orjson

from curation.base.errors import InputError, nearest
from curation.base.files import content
from curation.schemas.expectations import SUITES


def ours(names: Iterable[str]) -> list[str]:
    """The suites that come along, of those that a manifest names. Of a recipe's own it holds the file's last part."""
    return [name for name in names if not name.endswith(".json")]


def read_suite(name: str) -> dict[str, Any]:
    """A suite by name (in schemas/expectations) or path. InputError where it is not one."""
    file = Path(name) if name.endswith(".json") else SUITES / f"{name}.json"
    if not lexists(file):
        known = sorted(path.stem for path in SUITES.glob("*.json"))
        raise InputError(
            f"There is no expectation suite {name!r}.{nearest(name, known)}",
            f"Known: {', '.join(known)}, or a .json file.",
        )
    try:
        suite = orjson.loads(content(file))
    except orjson.JSONDecodeError as error:
        raise InputError(
            f"{file} is not JSON: {error}", "Expected an expectation suite of Great Expectations."
        ) from error
    if not isinstance(suite, dict) or not {"name", "expectations"} <= suite.keys():
        raise InputError(f"{file} is no expectation suite", 'Expected {"name": ..., "expectations": [...]}.')
    return suite
