"""The fixture that the tests of `curate validate` share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from planted import Row, write

from curation.validation import ValidateOptions, Validation, validate


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., Validation]:
    """look(rows, asked): what is found in one file of these rows."""

    def run(rows: Sequence[Row | str], asked: ValidateOptions | None = None) -> Validation:
        return validate([write(tmp_path / "chat.jsonl", rows)], asked)

    return run
