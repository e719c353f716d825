"""The JSON Schemas in schemas/json, made from the models: python -m curation.schemas.generate"""

from __future__ import annotations

from pathlib import Path

import orjson
from pydantic import BaseModel

from curation.schemas.manifest import Manifest
from curation.schemas.row import Row
from curation.schemas.template import TemplateContract

FOLDER = Path(__file__).parent / "json"
MODELS: dict[str, type[BaseModel]] = {"row": Row, "manifest": Manifest, "template_contract": TemplateContract}


def text(name: str) -> str:
    """The JSON Schema of a model, as it stands in the folder."""
    return orjson.dumps(MODELS[name].model_json_schema(), option=orjson.OPT_INDENT_2).decode() + "\n"


if __name__ == "__main__":
    for name in MODELS:
        (FOLDER / f"{name}.json").write_text(text(name), "utf8")
