"""Facts about the demo chats."""

import json
import re
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from curation.demo import finetome
from curation.demo.finetome import Chat

CLEAN = (*finetome.plain(), *finetome.SYSTEM, *finetome.MESSAGES, *finetome.PARTS)
BROKEN = (*finetome.UNPARSABLE, finetome.NOT_AN_OBJECT, finetome.EMPTY_LINE)


@cache
def parsed() -> list[Chat]:
    return [json.loads(line) for line in finetome.lines() if line not in BROKEN]


def turns(chat: Chat) -> list[tuple[str, Any]]:
    """(role, content) of either form, the roles by their names in `from`."""
    named = {"user": "human", "assistant": "gpt"}
    if "messages" in chat:
        messages: Any = chat["messages"]
        return [(named[turn["role"]], turn["content"]) for turn in messages]
    conversations: Any = chat["conversations"]
    return [(turn["from"], turn["value"]) for turn in conversations]


def roles(chat: Chat) -> list[str]:
    return [role for role, _ in turns(chat)]


def text(chat: Chat) -> str:
    """The texts of all turns, those of parts too."""
    contents = [content for _, content in turns(chat)]
    lists = [content if isinstance(content, list) else [{"text": content or ""}] for content in contents]
    return " ".join(part.get("text", "") for parts in lists for part in parts)


def words(chat: Chat) -> set[str]:
    return set(re.findall(r"\w+", text(chat).lower()))


def likeness(one: Chat, two: Chat) -> float:
    a, b = words(one), words(two)
    return len(a & b) / len(a | b)


def test_same_bytes_each_time(tmp_path: Path) -> None:
    """Two runs write the same bytes, and only line feeds end their lines."""
    (tmp_path / "two").mkdir()
    one, two = finetome.write_finetome(tmp_path), finetome.write_finetome(tmp_path / "two")
    assert one.name == "conversations.jsonl"
    assert one.read_bytes() == two.read_bytes()
    assert one.read_text("utf-8").split("\n") == [*finetome.lines(), ""]
    assert b"\r" not in one.read_bytes()
    assert "größe" in one.read_text("utf-8").lower()


def test_counts() -> None:
    """180 clean chats; with the traps 213 objects, an array, two unparsable lines and an empty one."""
    assert len(CLEAN) == 180
    assert len(finetome.SYSTEM) == 10
    assert len(finetome.MESSAGES) == 5
    assert len(finetome.PARTS) == 2
    assert len(finetome.lines()) == 217
    assert sum(isinstance(value, dict) for value in parsed()) == 213
    assert finetome.lines().count("") == 1


def test_form_of_clean_chats() -> None:
    """Clean chats have 1 to 4 turns of human and model, a known source and a score from 3.0 to 5.4."""
    counts = set()
    for chat in CLEAN:
        spoken = roles(chat)[chat in finetome.SYSTEM :]
        assert spoken == ["human", "gpt"] * (len(spoken) // 2)
        assert all(content for _, content in turns(chat))
        assert chat["source"] in finetome.SOURCES
        assert isinstance(chat["score"], float)
        assert 3.0 <= chat["score"] <= 5.4
        counts.add(len(spoken) // 2)
    assert counts == {1, 2, 3, 4}
    assert {chat["source"] for chat in CLEAN} == set(finetome.SOURCES)


def test_clean_texts_begin_and_end_well() -> None:
    """No clean text has space at its ends, an unfilled slot or a control token."""
    for chat in CLEAN:
        for _, content in turns(chat):
            for value in [content] if isinstance(content, str) else [part["text"] for part in content]:
                assert value == value.strip()
                assert "<|" not in value
                assert not re.search(r"\{(country|capital|part|more)\}", value)


def test_only_planted_chats_are_alike() -> None:
    """Copies and near pairs apart, no two chats share eight tenths of their words; clean ones not seven."""
    planted = [*zip(finetome.ORIGINALS, (*finetome.EXACT_COPIES, finetome.CASE_COPY), strict=True)]
    planted += finetome.NEAR_PAIRS
    chats = [chat for chat in parsed() if chat is not None and {"messages", "conversations"} & set(chat)]
    sets = [words(chat) for chat in chats]
    found = [
        (chats[a], chats[b])
        for a, b in combinations(range(len(chats)), 2)
        if len(sets[a] & sets[b]) >= 0.8 * len(sets[a] | sets[b])
    ]
    assert sorted(map(str, found)) == sorted(map(str, planted))
    clean = [words(chat) for chat in CLEAN]
    assert all(len(a & b) < 0.7 * len(a | b) for a, b in combinations(clean, 2))


def test_code_in_fences_compiles() -> None:
    """Every Python snippet of the clean chats is Python, and each fence is closed."""
    snippets = [snippet for chat in CLEAN for snippet in re.findall(r"```python\n(.*?)```", text(chat), re.DOTALL)]
    assert len(snippets) >= 10
    for snippet in snippets:
        compile(snippet, "snippet", "exec")
    assert all(text(chat).count("```") % 2 == 0 for chat in CLEAN)


def test_sums_come_out() -> None:
    """Every `a op b = c` of the clean chats is right."""
    sums = re.findall(r"(?<![\d./=×+] )\b(\d+) ([×+/-]) (\d+) = (\d+)\b(?! [/=])", " ".join(map(text, CLEAN)))
    assert len(sums) >= 20
    for one, sign, two, result in sums:
        a, b = int(one), int(two)
        assert {"×": a * b, "+": a + b, "-": a - b, "/": a / b}[sign] == int(result)


@pytest.mark.parametrize("at", range(len(finetome.TRAPS)))
def test_traps_are_in_the_file_in_order(at: int) -> None:
    """The trap is the line that its place says, as an object or as a raw line."""
    trap, line = finetome.TRAPS[at], finetome.lines()[2 + 3 * at]
    assert (line if isinstance(trap, str) else json.loads(line)) == trap


def test_lines_that_hold_no_chat() -> None:
    """Two lines do not parse, one is a list, one object has no turns."""
    for line in (*finetome.UNPARSABLE, finetome.EMPTY_LINE):
        with pytest.raises(json.JSONDecodeError):
            json.loads(line)
    assert isinstance(json.loads(finetome.NOT_AN_OBJECT), list)
    assert not {"messages", "conversations"} & set(finetome.NO_CONVERSATIONS)


def test_wrong_turns() -> None:
    """Each chat with wrong turns is wrong in the way its constant says."""
    assert roles(finetome.UNKNOWN_ROLE) == ["human", "moderator", "gpt"]
    for chat in finetome.TWO_HUMANS:
        assert "human human gpt" in " ".join(roles(chat))
    assert roles(finetome.STARTS_WITH_GPT)[0] == "gpt"
    assert [roles(chat)[-1] for chat in finetome.ENDS_ON_HUMAN] == ["human", "human"]
    assert [value for chat in finetome.EMPTY_TURN for _, value in turns(chat) if not value.strip()] == ["", "  \n"]
    assert turns(finetome.NULL_VALUE)[-1] == ("gpt", None)


def test_other_forms() -> None:
    """System prompts come first; parts are lists, one with an image; tools are called and observed."""
    assert all(roles(chat) == ["system", "human", "gpt"] for chat in finetome.SYSTEM)
    assert all("conversations" not in chat for chat in (*finetome.MESSAGES, *finetome.PARTS, finetome.IMAGE_PART))
    parts = [part for chat in finetome.PARTS for _, content in turns(chat) for part in content]
    assert {part["type"] for part in parts} == {"text"}
    assert [part["type"] for part in turns(finetome.IMAGE_PART)[0][1]] == ["text", "image"]
    assert all(roles(chat) == ["human", "function_call", "observation", "gpt"] for chat in finetome.TOOLS)


def test_copies() -> None:
    """Two chats are there twice, one again in other letter case and spacing, two with one word changed."""
    for original, copied in zip(finetome.ORIGINALS, finetome.EXACT_COPIES, strict=False):
        assert original == copied
        assert parsed().count(original) == 2
    original, copied = finetome.ORIGINALS[2], finetome.CASE_COPY
    assert original != copied
    assert text(original).lower().split() == text(copied).lower().split()
    for one, two in finetome.NEAR_PAIRS:
        changed = [pair for pair in zip(text(one).split(), text(two).split(), strict=True) if pair[0] != pair[1]]
        assert len(changed) == 1
        assert len(text(one).split()) > 100
        assert likeness(one, two) >= 0.95


def test_odd_texts() -> None:
    """Control tokens, U+2028, other languages and the over-long text are where their constants say."""
    for token, chat in zip(("<|im_end|>", "<|eot_id|>"), finetome.CONTROL_TOKENS, strict=True):
        assert [line for line in finetome.lines() if token in line] == [json.dumps(chat, ensure_ascii=False)]
    assert [line for line in finetome.lines() if "\u2028" in line] == [
        json.dumps(finetome.LINE_SEPARATOR, ensure_ascii=False)
    ]
    assert "nicht" in text(finetome.GERMAN)
    assert "réfrigérateur" in text(finetome.FRENCH)
    assert [chat for chat in parsed() if len(str(chat)) > 5_000] == [finetome.OVERLONG]
    assert 58_000 <= len(text(finetome.OVERLONG)) <= 62_000


def test_missing_score_and_source() -> None:
    """Two chats lack a score and two a source; all others have both."""
    objects = [chat for chat in parsed() if isinstance(chat, dict)]
    assert tuple(chat for chat in objects if "score" not in chat) == finetome.NO_SCORE
    assert tuple(chat for chat in objects if "source" not in chat) == finetome.NO_SOURCE
