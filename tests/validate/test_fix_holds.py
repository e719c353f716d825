"""Facts about `--fix`: what it writes is what was read, whatever its maker called it, and validates again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hard import Chat, chats
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twins import TWINS

from curation.readers.forms import messages_of
from curation.validation import ValidateOptions, validate

Json = dict[str, Any]


def fixed(folder: Path, values: dict[str, Json]) -> dict[str, Json]:
    """Those of a file of these rows that --fix keeps, by their names; they have no error, and none is lost."""
    source, out = folder / "rows.jsonl", folder / "fixed"
    rows = [{**value, "twin": name} for name, value in values.items()]
    source.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf8")
    found = validate([source], ValidateOptions(fix=out))
    kept = [json.loads(line) for line in (out / "rows.jsonl").read_text("utf8").split("\n")[:-1]]
    assert found.fixed is not None
    assert len(kept) + found.fixed.dropped == len(rows)
    again = validate([out / "rows.jsonl"]) if kept else None
    assert again is None or [one for one in again.findings if one.level == "error"] == []
    return {row["twin"]: row for row in kept}


def assert_holds(row: Json, value: Json) -> None:
    """The row says what the value said, and has each of its other keys."""
    before, after = messages_of(value), messages_of(row)
    assert (after.turns, after.sides) == (before.turns, before.sides)
    assert (after.tools, after.options) == (before.tools, before.options)
    for key, item in before.more.items():
        held = [after.more.get(name) for name in (key, f"{key}_")]
        assert item in held, key


def test_every_dialect_is_held(tmp_path: Path) -> None:
    """Of each kind of row that has no error all turns, sides, tools, options and other keys are there again."""
    values = {name: apart(twin.value, n) for n, (name, twin) in enumerate(TWINS.items())}
    kept = fixed(tmp_path, values)
    for name, row in kept.items():
        assert_holds(row, values[name])
    refused = {name for name, twin in TWINS.items() if messages_of(twin.value).reason not in (None, "preference")}
    assert refused.isdisjoint(kept)
    after_a_result = {"anthropic"}  # the user speaks where the assistant should
    assert {*TWINS} - {*kept} - refused == after_a_result


def apart(value: Json, n: int) -> Json:
    """The same with a question of its own, so that no row repeats another."""
    own = f"Ask about {n * 7919} {'abcdefghijklmnopqrstuvwxyz'[n % 26] * 5}{n}."
    made: Json = json.loads(json.dumps(value).replace("Ask.", own))
    return made


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=st.lists(chats(), min_size=5, max_size=5))
def test_every_conversation_is_held(drawn: list[Chat], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Rows with calls, thoughts, names and weights, and keys that nobody knows, in rows and in turns."""
    values: dict[str, Json] = {}
    for n, chat in enumerate(drawn):
        turns = [{**turn, "mood": {"n": n}} for turn in chat.messages]
        values[str(n)] = {"messages": turns, "tools": chat.tools, "other": [n, {"deep": None}]}
    kept = fixed(tmp_path_factory.mktemp("held"), values)
    for name, row in kept.items():
        assert_holds(row, values[name])
        assert row["other"] == values[name]["other"]
