"""The contract with the world: the JSON Schemas are those of the models, and a build obeys them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from curation.ledger.build import Build
from curation.schemas.generate import FOLDER, MODELS, text
from curation.schemas.manifest import SPLITS, Manifest
from curation.schemas.row import Row


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_json_schemas_are_up_to_date(name: str) -> None:
    """schemas/json holds what the models say; `python -m curation.schemas.generate` writes it."""
    assert (FOLDER / f"{name}.json").read_text("utf8") == text(name)


@pytest.mark.parametrize("name", ["legal", "banking", "bengali", "finetome", "mix"])
def test_every_line_of_a_build_is_a_row(name: str, demos: Callable[[str], Any]) -> None:
    """Each line of the three files is a Row whose meta has the columns that the manifest names."""
    build: Build = demos(name).build
    for split in SPLITS:
        for line in (build.folder / f"{split}.jsonl").read_bytes().splitlines():
            row = Row.model_validate(orjson.loads(line))
            assert tuple(row.meta) == build.manifest.meta


CALL = {"type": "function", "id": "c1", "function": {"name": "look", "arguments": {"at": [1, None]}}}
TURNS: list[dict[str, Any]] = [
    {"role": "user", "content": "Where?", "name": "ada"},
    {"role": "assistant", "content": "", "reasoning_content": "I look.", "tool_calls": [CALL], "weight": 0},
    {"role": "tool", "content": "{}", "tool_call_id": "c1", "name": "look"},
    {"role": "assistant", "content": "There.", "weight": 1},
]


def test_a_row_holds_all_that_a_conversation_may_have() -> None:
    """Calls, reasoning, names, weights, tools and options of the template; no other key, and no other weight."""
    tools = [{"type": "function", "function": {"name": "look", "parameters": {}}}]
    beside = {"tools": tools, "chat_template_kwargs": {"enable_thinking": False}, "id": "1", "meta": {"n": 1}}
    row = Row.model_validate({"messages": TURNS, **beside})
    assert row.model_dump(mode="json", exclude_none=True)["messages"][0] == TURNS[0]
    assert row.messages[1].tool_calls is not None
    assert row.messages[1].tool_calls[0].function.arguments == {"at": [1, None]}
    for wrong in ({"weight": 2}, {"weight": 0.5}, {"tool_calls": [{**CALL, "function": {"name": "x"}}]}, {"odd": 1}):
        with pytest.raises(ValidationError):
            Row.model_validate({"messages": [*TURNS[:3], {**TURNS[3], **wrong}], **beside})


def test_a_manifest_survives_a_round_trip(demo_build: Build) -> None:
    """manifest.json reads back to the same object."""
    file = demo_build.folder / "manifest.json"
    assert Manifest.model_validate_json(file.read_bytes()) == demo_build.manifest
