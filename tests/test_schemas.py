"""The contract with the world: the JSON Schemas are those of the models, and a build obeys them."""

from __future__ import annotations

import orjson
import pytest

from curation.ledger.build import Build
from curation.schemas.generate import FOLDER, MODELS, text
from curation.schemas.manifest import SPLITS, Manifest
from curation.schemas.row import Row


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_json_schemas_are_up_to_date(name: str) -> None:
    """schemas/json holds what the models say; `python -m curation.schemas.generate` writes it."""
    assert (FOLDER / f"{name}.json").read_text("utf8") == text(name)


def test_every_line_of_a_build_is_a_row(demo_build: Build) -> None:
    """Each line of the three files is a Row whose meta has the columns that the manifest names."""
    for split in SPLITS:
        for line in (demo_build.folder / f"{split}.jsonl").read_bytes().splitlines():
            row = Row.model_validate(orjson.loads(line))
            assert tuple(row.meta) == demo_build.manifest.meta


def test_a_manifest_survives_a_round_trip(demo_build: Build) -> None:
    """manifest.json reads back to the same object."""
    file = demo_build.folder / "manifest.json"
    assert Manifest.model_validate_json(file.read_bytes()) == demo_build.manifest
