"""Facts about building preferences: both sides with the same books and splits, for TRL and for LLaMA-Factory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from curation.api.builds import Build, build
from curation.base.errors import BuildError, UsageError
from curation.recipes.loading import load, make
from curation.scaffold.sniff import profile
from curation.scaffold.write import write
from curation.training.data import open_build

ROWS: list[dict[str, Any]] = [
    *(
        {"prompt": f"What does the shelf number {n} hold?", "chosen": f"It holds {n} books.", "rejected": "No idea."}
        for n in range(30)
    ),
    {"prompt": "What does it hold, in the end?", "chosen": "Books.", "rejected": " BOOKS. "},
    {"prompt": "Is the door open at this hour?", "chosen": "It is.", "rejected": "no " * 3_000},
    {"prompt": "Where may I leave the parcel?", "completion": "Throw it away.", "label": False, "rater": 3},
    {"prompt": "Where may I find the parcel?", "completion": "In the hall.", "label": True},
    {"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]},
]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recipe that `curate init` writes for ROWS."""
    folder = tmp_path_factory.mktemp("preferences")
    source, target = folder / "pairs.jsonl", folder / "pairs.py"
    source.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in ROWS))
    write([profile(source)], target)
    return target


@pytest.fixture(scope="module")
def built(recipe: Path) -> Build:
    """Both sides, in TRL's form."""
    return build(make(load(str(recipe)), None, {}), recipe.parent / "both")


def lines(build: Build) -> list[dict[str, Any]]:
    files = (build.folder / f"{split}.jsonl" for split in build.splits)
    return [orjson.loads(line) for file in files for line in file.read_bytes().splitlines()]


def test_every_preference_is_built_or_rejected_by_name(built: Build) -> None:
    """Sides that are the same, a rejected side that is too long, and a conversation are in the ledger."""
    assert built.counts() == {"identical_sides": 1, "not_preference": 1, "too_long": 1}
    rows = lines(built)
    assert len(rows) == len(ROWS) - 3
    assert {tuple(row)[:3] for row in rows} == {("prompt", "chosen", "rejected"), ("prompt", "completion", "label")}
    assert set(built.manifest.keys) == {"more", "rejected", "wanted"}
    (bad,) = (row for row in rows if row.get("label") is False)
    assert bad["meta"]["more"] == {"rater": 3}
    assert [turn["role"] for turn in bad["prompt"] + bad["completion"]] == ["user", "assistant"]


def test_the_same_for_llama_factory(recipe: Path) -> None:
    """Its ShareGPT form: a turn for each side, or kto_tag."""
    rows = lines(build(make(load(str(recipe)), None, {}), recipe.parent / "theirs", form="sharegpt"))
    two = next(row for row in rows if "chosen" in row)
    assert two["chosen"]["from"] == two["rejected"]["from"] == "gpt"
    assert [turn["from"] for turn in two["conversations"]] == ["human"]
    assert sorted(row["kto_tag"] for row in rows if "kto_tag" in row) == [False, True]


def test_the_chosen_side_alone(recipe: Path) -> None:
    """As conversations: an answer that nobody wanted is rejected by name, and none of the rejected ones is left."""
    made = build(make(load(str(recipe)), None, {"as_": "sft"}), recipe.parent / "sft")
    said = [row["messages"][-1]["content"] for row in lines(made)]
    assert made.counts()["undesired"] == 1
    assert "Throw it away." not in said
    assert "No idea." not in said
    assert made.manifest.keys == ("more",) or made.manifest.keys == ()


def test_what_cannot_take_preferences_says_so(built: Build, recipe: Path) -> None:
    """Other forms of lines, and training, which learns conversations."""
    with pytest.raises(UsageError, match="no place for the two sides of a preference"):
        build(make(load(str(recipe)), None, {}), recipe.parent / "text", form="text")
    with pytest.raises(BuildError, match="holds preferences, and curate train learns conversations"):
        open_build(built.folder)
