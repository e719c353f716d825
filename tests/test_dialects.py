"""Facts about what people have: conversations, tables and files of many makers, and what each of them becomes.

Every value stands for its kind. What it says is told in a line a turn, and no part of it changes unseen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twins import TWINS

from curation.readers.chat import read_chat
from curation.readers.forms import ParsedChat, messages_of
from curation.readers.turns import Turn

Way = tuple[str | int, ...]
"""To a part of a value, by keys and numbers; IN goes into a text that is JSON."""
IN = "(in the text)"


def told(read: ParsedChat) -> list[str]:
    """What was read, a line a turn: role, name #the call it answers *weight: (thoughts) words calls +other keys."""
    lines = [_line(turn) for turn in read.turns or ()]
    for side, turns in zip(("", "chosen ", "rejected "), read.sides or (), strict=False):
        lines += [side + _line(turn) for turn in turns or ()]
    if read.tools:
        lines.append(f"tools {', '.join(tool['function']['name'] for tool in json.loads(read.tools))}")
    lines += [f"options {read.options}"] if read.options else []
    lines += [f"more {', '.join(read.more)}"] if read.more else []
    lines += [f"note {note}" for note in read.notes]
    return [*lines, f"{read.reason}: {read.detail}"] if read.reason and not read.sides else lines


def _line(turn: Turn) -> str:
    who = [turn.role, turn.name, turn.tool_call_id and f"#{turn.tool_call_id}"]
    who += [None if turn.weight is None else f"*{turn.weight}"]
    calls = [
        f" {one['function']['name']}{json.dumps(one['function']['arguments'])}"
        + (f"#{one['id']}" if "id" in one else "")
        for one in json.loads(turn.tool_calls or "[]")
    ]
    thought = f"({turn.reasoning}) " if turn.reasoning else ""
    rest = f" +{', '.join(json.loads(turn.rest))}" if turn.rest else ""
    return f"{' '.join(filter(None, who))}: {thought}{turn.content}{''.join(calls)}{rest}"


@pytest.mark.parametrize("name", TWINS)
def test_what_is_read(name: str) -> None:
    """Each value becomes the turns, sides and keys that its maker means, or is refused by name."""
    assert told(messages_of(TWINS[name].value)) == TWINS[name].told


def ways(value: Any, at: Way = ()) -> Iterator[Way]:
    """To every part of a value, also of one that is written as text."""
    yield at
    inner = value
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            inner, at = json.loads(value), (*at, IN)
        except ValueError:
            return
    if isinstance(inner, dict | list):
        for key in inner if isinstance(inner, dict) else range(len(inner)):
            yield from ways(inner[key], (*at, key))


def put(value: Any, way: Way, change: Callable[[Any], Any]) -> Any:
    """The value with that part of it changed."""
    if not way:
        return change(value)
    key, *rest = way
    if key == IN:
        return json.dumps(put(json.loads(value), tuple(rest), change))
    made = dict(value) if isinstance(value, dict) else list(value)
    made[key] = put(value[key], tuple(rest), change)
    return made


def changed(value: Any) -> Any:
    """Another value: a longer text, a larger number, the other truth, an object with a key more."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, dict):
        return {**value, "another": "added"}
    if isinstance(value, str):
        return f"{value} more"
    return value + 1 if isinstance(value, int | float) else value


@pytest.mark.parametrize("name", TWINS)
def test_nothing_changes_in_silence(name: str) -> None:
    """Whatever is changed in a value, or added to an object in it, changes what is read of it, or refuses it.

    Of a tree the replies that are not on its best path are counted, not kept. A row that is refused is refused whole.
    """
    value = TWINS[name].value
    read = messages_of(value)
    unseen = [way for way in ways(value) if _unseen(value, way, read)]
    if name == "oasst":
        unseen = [way for way in unseen if way[:3] != ("prompt", "replies", 0)]
    assert not unseen or (read.reason and not read.sides)


def _unseen(value: Any, way: Way, read: ParsedChat) -> bool:
    made = put(value, way, changed)
    return bool(made != value) and messages_of(made) == read


def test_a_file_keeps_what_its_values_say(tmp_path: Path) -> None:
    """In a frame of records each value stands with its keys: in the turns, tools, options, or as JSON in `more`."""
    path = tmp_path / "all.jsonl"
    named = [{**twin.value, "id": name, "another": {"deep": "added"}} for name, twin in TWINS.items()]
    path.write_text("".join(f"{json.dumps(value)}\n" for value in named), "utf8")
    frame = read_chat([path]).collect()
    assert frame["id"].to_list() == list(TWINS)
    for value, row in zip(named, frame.iter_rows(named=True), strict=True):
        read = messages_of(value)
        turns = None if read.turns is None else [turn._asdict() for turn in read.turns]
        assert (row["messages"], row["tools"], row["chat_template_kwargs"]) == (turns, read.tools, read.options)
        kept = {key: item for key, item in read.more.items() if key != "id"}
        assert json.loads(row["more"]) == {**({"read_as": read.notes} if read.notes else {}), **kept}
        assert (row["reason"], row["detail"]) == (read.reason, read.detail)
