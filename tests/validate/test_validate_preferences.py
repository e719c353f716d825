"""Facts about validating preferences: a second kind of row, checked as what it is, never taken for a conversation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from curation.validation import ValidateOptions, validate
from curation.validation.result import Validation

Json = dict[str, Any]


def checked(folder: Path, *rows: Json, fix: bool = False) -> Validation:
    path = folder / "pairs.jsonl"
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return validate([path], ValidateOptions(fix=folder / "fixed" if fix else None))


def ids(found: Validation) -> dict[str, int]:
    return {one.id: one.count for one in found.findings}


def pair(ask: str, chosen: str, rejected: str) -> Json:
    return {"prompt": ask, "chosen": chosen, "rejected": rejected}


def test_preferences_are_no_fault(tmp_path: Path) -> None:
    """Pairs and single verdicts are counted as what they are, with the lengths of their sides."""
    alone = {"prompt": "How do I leave?", "completion": "Go away.", "label": False}
    found = checked(tmp_path, pair("Where is it?", "It lies below the seat.", "No idea."), alone)
    assert found.ok
    assert ids(found) == {}
    assert found.files[0].forms == {"preference": 2}
    assert [(key.name, key.count) for key in found.keys] == [("preferences", 2)]
    assert "The chosen answer is the longer one in 100% of 1 preferences" in "".join(found.notes)


@pytest.mark.parametrize(
    ("row", "id"),
    [
        (pair("Where is it?", "Below the seat.", " below THE seat. "), "identical_sides"),
        (pair("Where is it?", "Below the seat.", " "), "empty_side"),
        (pair("Where is it?", " ", "No idea."), "empty_turn"),
        ({"chosen": "a", "rejected": "b"}, "preference_prompt"),
        (pair("Where is it?", "Below.", "No.") | {"images": ["a.png"]}, "not_text"),
    ],
)
def test_a_defect_of_one_preference(tmp_path: Path, row: Json, id: str) -> None:
    """Sides that are the same or empty, or that go on from no prompt."""
    found = checked(tmp_path, row)
    assert ids(found) == {id: 1}
    assert not found.ok


def test_preferences_that_contradict_each_other(tmp_path: Path) -> None:
    """What one row chooses another rejects, for the same prompt; a third one is another prompt."""
    ask = "Which of the two lamps is the better one?"
    verdict = {"prompt": ask, "completion": "The red one.", "label": False}
    rows = [pair(ask, "The red one.", "The blue one."), pair(ask, "The blue one.", "The red one."), verdict]
    found = checked(tmp_path, *rows, pair("And which of these chairs?", "The blue one.", "The red one."))
    assert ids(found)["contradiction"] == 3
    assert "label_conflict" not in ids(found)


def test_a_preference_leaks_by_its_prompt(tmp_path: Path) -> None:
    """A prompt that stands in the test file, whatever its sides."""
    for name, row in (
        ("train", pair("Where is the paddle?", "a b c", "d")),
        ("test", pair("where is the PADDLE?", "e", "f")),
    ):
        (tmp_path / f"{name}.jsonl").write_bytes(orjson.dumps(row))
    assert ids(validate([tmp_path / "train.jsonl", tmp_path / "test.jsonl"]))["leak"] == 1


def test_equal_conversations_with_other_sides_are_two(tmp_path: Path) -> None:
    """A duplicate is equal on both sides."""
    one = pair("Where is it?", "Below the seat.", "No idea.")
    found = checked(tmp_path, one, one | {"rejected": "Look it up."}, one)
    assert ids(found) == {"duplicate": 1, "near_duplicate": 1}


def test_fixed_preferences_are_preferences(tmp_path: Path) -> None:
    """They are written as TRL reads them, with the keys that they had; the faulty ones are dropped."""
    alone = {"prompt": "How do I leave?", "completion": "Go away.", "label": False, "rater": 7}
    turns = [{"from": "human", "value": "Which bus?"}]
    theirs = {
        "conversations": turns,
        "chosen": {"from": "gpt", "value": "Nine."},
        "rejected": {"from": "gpt", "value": "No."},
    }
    found = checked(tmp_path, alone, theirs, pair("x y?", "same", "Same"), fix=True)
    assert found.fixed
    assert (found.fixed.kept, found.fixed.dropped) == ({"pairs.jsonl": 2}, 1)
    lines = [orjson.loads(line) for line in (tmp_path / "fixed" / "pairs.jsonl").read_bytes().splitlines()]
    assert lines == [
        {
            "prompt": [{"role": "user", "content": "How do I leave?"}],
            "completion": [{"role": "assistant", "content": "Go away."}],
            "label": False,
            "rater": 7,
        },
        {
            "prompt": [{"role": "user", "content": "Which bus?"}],
            "chosen": [{"role": "assistant", "content": "Nine."}],
            "rejected": [{"role": "assistant", "content": "No."}],
        },
    ]
    assert validate([tmp_path / "fixed" / "pairs.jsonl"]).ok
