"""What the tests of stages share: a second build of the demo, with JSON answers and the published split."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.ledger.build import Build
from curation.recipes.loading import load, make
from curation.runner.build import build


@pytest.fixture(scope="session")
def json_build(demo_source: Path, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The legal demo with answers as JSON arrays and its published split; tests read it and never write to it."""
    options = {"answers": "json", "split": "official"}
    return build(make(load("legal"), demo_source, options, demo=True), tmp_path_factory.mktemp("json") / "legal")
