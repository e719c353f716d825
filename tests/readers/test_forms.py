"""Facts about the forms of a conversation: which one an object has, and its messages or the reason for none."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from curation.readers.forms import detect_form, messages_of
from curation.readers.turns import ROLES

Json = dict[str, Any]
HELLO = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": " Hi\n"}]


def turns(*pairs: tuple[str, Any]) -> list[Json]:
    return [{"role": role, "content": content} for role, content in pairs]


def named(*pairs: tuple[str, Any]) -> list[Json]:
    return [{"from": role, "value": content} for role, content in pairs]


def refused(value: Json) -> tuple[str | None, str | None, str | None]:
    """Form, reason and because of an object that has no messages."""
    read = messages_of(value)
    assert read.messages is None
    assert read.form == detect_form(value)
    return read.form, read.reason, read.detail


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ({"conversations": named(("human", "Hello"), ("gpt", " Hi\n"))}, "sharegpt"),
        ({"conversation": named(("user", "Hello"), ("chatgpt", " Hi\n")), "id": "x"}, "sharegpt"),
        ({"items": named(("human", "Hello"), ("bot", " Hi\n"))}, "sharegpt"),
        ({"messages": HELLO}, "messages"),
        ({"conversations": HELLO}, "messages"),
        ({"messages": None, "conversation": HELLO}, "messages"),
        ({"messages": [], "dialog": HELLO}, "messages"),
        ({"messages": HELLO, "text": "<s>Hello"}, "messages"),
        ({"prompt": "Hello", "completion": " Hi\n"}, "prompt-completion"),
        ({"prompt": "Hello", "response": " Hi\n"}, "prompt-completion"),
        ({"prompt": HELLO[:1], "completion": HELLO[1:]}, "prompt-completion"),
        ({"prompt": HELLO[:1], "completion": " Hi\n", "response": "no"}, "prompt-completion"),
        ({"prompt": "Hello", "completion": None, "response": HELLO[1:]}, "prompt-completion"),
        ({"prompt": ["Hello"], "completion": [{"type": "text", "text": " Hi\n"}]}, "prompt-completion"),
        ({"instruction": "Hello", "output": " Hi\n"}, "alpaca"),
        ({"instruction": "Hello", "input": "", "output": " Hi\n", "system": "", "history": []}, "alpaca"),
        ({"instruction": "Hello", "input": None, "output": " Hi\n", "history": None}, "alpaca"),
        ({"instruction": "", "input": "Hello", "output": " Hi\n"}, "alpaca"),
        ({"prompt": "Hello", "response": {"role": "assistant", "content": " Hi\n"}}, "prompt-completion"),
        ({"question": "Hello", "answer": " Hi\n"}, "question-answer"),
        ({"Question": "Hello", "ANSWER ": " Hi\n"}, "question-answer"),
        ({"query": "Hello", "response": " Hi\n", "history": []}, "question-answer"),
        ({"inputs": "Hello", "targets": " Hi\n"}, "question-answer"),
        ({"user": "Hello", "assistant": " Hi\n"}, "question-answer"),
        ({"question": "Hello", "answers": [" Hi\n"], "n": 1}, "question-answer"),
        ({"messages": ["Hello", " Hi\n"]}, "messages"),
        ({"data": ["Hello", " Hi\n"], "id": "u1"}, "messages"),
        ({"conversation": [["Hello", " Hi\n"]]}, "messages"),
        ({"conversation": [{"human": "Hello", "assistant": " Hi\n"}]}, "messages"),
        ({"conversation": [{"input": "Hello", "output": " Hi\n", "system": ""}]}, "messages"),
        ({"Messages": HELLO}, "messages"),
        ({"body": {"messages": HELLO, "model": "m"}, "custom_id": "1"}, "messages"),
        ({"messages": orjson.dumps(HELLO).decode()}, "messages"),
        ({"messages": [orjson.dumps(turn).decode() for turn in HELLO]}, "messages"),
        ({"conversations": {"from": ["human", "gpt"], "value": ["Hello", " Hi\n"]}}, "sharegpt"),
        ({"messages": [{"speaker": "user", "text": "Hello"}, {"speaker": "bot", "text": " Hi\n"}]}, "messages"),
        ({"contents": [{"role": "user", "parts": [{"text": "Hello"}]}, HELLO[1]]}, "messages"),
        ({"text": "\n\nHuman: Hello\n\nAssistant: Hi"}, "text"),
        (HELLO, "messages"),
    ],
)
def test_the_same_conversation_in_every_form(value: Any, form: str) -> None:
    """Whatever form it comes in, the roles are ours and the texts are untouched."""
    read = messages_of(value)
    told = [turn | {"content": turn["content"].strip()} for turn in HELLO] if form == "text" else HELLO
    assert read.messages == told
    assert (read.form, read.reason, read.detail) == (form, None, None)
    assert detect_form(value) == form


def test_a_row_with_columns_of_every_form() -> None:
    """In rows of a table that mixes forms the empty columns do not matter, nor do those inside a turn."""
    empty = dict.fromkeys(("conversations", "messages", "prompt", "completion", "chosen", "rejected", "text", "system"))
    both = [
        {"role": None, "content": None, "from": "human", "value": "Hello"},
        {"from": None, "value": None, **HELLO[1]},
    ]
    assert messages_of(empty | {"conversations": both}).messages == HELLO
    assert detect_form(empty | {"conversations": both}) == "sharegpt"
    assert detect_form(empty | {"conversations": both[::-1]}) == "messages"
    assert messages_of(empty | {"instruction": "Hello", "output": " Hi\n"}).messages == HELLO


@pytest.mark.parametrize(
    ("key", "form"), [("messages", "messages"), ("conversations", "sharegpt"), ("turns", "messages")]
)
def test_a_conversation_without_turns(key: str, form: str) -> None:
    """An empty list is a conversation of no turns: that is for the stages to judge; other forms go before it."""
    read = messages_of({key: []})
    assert (read.turns, read.form, read.reason, read.more) == ([], form, None, {})
    assert messages_of({key: [], "prompt": "Hello", "response": " Hi\n"}).messages == HELLO


def test_every_role_has_its_word() -> None:
    """Roles are known by their usual names, in any case and with spaces around."""
    assert set(ROLES.values()) == {"system", "user", "assistant", "tool"}
    for name, role in ROLES.items():
        for word in (name, name.upper(), f" {name.title()}\n"):
            called = name in ("function_call", "tool_call")
            said = '{"name": "f"}' if called else "x"
            assert messages_of({"messages": turns((word, said))}).messages == turns((role, "" if called else "x"))


@pytest.mark.parametrize(
    ("turn", "detail"),
    [
        ({"role": "narrator", "content": "x"}, "turn 2: 'narrator'"),
        ({"from": "n" * 99, "value": "x"}, f"turn 2: '{'n' * 60}'"),
        ({"role": "", "content": "x"}, "turn 2: ''"),
        ({"role": None, "content": "x"}, "turn 2: null"),
        ({"content": "x"}, "turn 2: null"),
        ({"role": 1, "content": "x"}, "turn 2: number"),
        ({"role": ["user"], "content": "x"}, "turn 2: list"),
    ],
)
def test_roles_that_are_unknown(turn: Json, detail: str) -> None:
    """A role that has no word of ours is named, with its turn."""
    assert refused({"messages": [HELLO[0], turn]}) == ("messages", "unknown_role", detail)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, ""),
        ("", ""),
        ([], ""),
        (["a", "b"], "ab"),
        ([{"type": "text", "text": "a "}, "b", {"type": "text", "text": "", "image": None}], "a b"),
        ([{"type": "input_text", "text": "a"}, {"type": "output_text", "text": "b"}, {"text": "c"}], "abc"),
        ([{"type": "text", "value": "a"}, {"type": "text", "content": "b"}], "ab"),
        ({"type": "text", "text": "a"}, "a"),
    ],
)
def test_contents_that_are_text(content: object, text: str) -> None:
    """Null is the empty text; parts of a text are joined as they are."""
    for value in ({"messages": turns(("user", content))}, {"conversations": named(("human", content))}):
        assert messages_of(value).messages == turns(("user", text))


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (7, "turn 2: number"),
        (True, "turn 2: boolean"),
        ({"a": "b"}, "turn 2: a part that is object"),
        ([{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {}}], "turn 2: a part that is image_url"),
        ([{"type": "text", "text": None}], "turn 2: a part that is text"),
        ([{"value": "a"}], "turn 2: a part that is object"),
        ([None], "turn 2: a part that is null"),
        ([["a"]], "turn 2: a part that is list"),
    ],
)
def test_contents_that_are_no_text(content: object, detail: str) -> None:
    """Anything else is refused, with the turn and the type of the part."""
    value = {"messages": [HELLO[0], *turns(("assistant", content))]}
    assert refused(value) == ("messages", "not_text", detail)


@pytest.mark.parametrize(
    ("turn", "detail"),
    [
        ("Hi", "turn 2: text, expected an object"),
        (None, "turn 2: null, expected an object"),
        ({"role": "assistant", "said": "Hi"}, "turn 2: only role, said"),
        ({"role": "assistant", "content": "Hi", "thinking": 5}, "turn 2: thinking is number"),
        ({"role": "assistant", "content": "Hi", "thinking": "a", "reasoning": "b"}, "turn 2: two different reasonings"),
        (
            {"role": "assistant", "content": "Hi", "train_detail": [{}]},
            "turn 2: train_detail, which learns a part of a turn",
        ),
    ],
)
def test_turns_whose_content_is_elsewhere(turn: object, detail: str) -> None:
    """A turn that says something beside its content, or has none, is not read as if it were empty."""
    assert refused({"messages": [HELLO[0], turn]}) == ("messages", "not_text", detail)


def test_empty_tool_calls_say_nothing() -> None:
    """Empty calls are often written out, and other fields of a turn (weight, name) are not its text."""
    extra = {"tool_calls": [], "function_call": None, "weight": 1, "name": "x"}
    assert messages_of({"messages": [turn | extra for turn in HELLO]}).messages == HELLO


def test_a_system_text_beside_the_turns() -> None:
    """It comes first in any form, unless it is blank or the turns have a system turn of their own."""
    system = turns(("system", " Be kind. "))
    for value in (
        {"conversations": named(("human", "Hello"), ("gpt", " Hi\n"))},
        {"messages": HELLO},
        {"prompt": "Hello", "completion": " Hi\n"},
        {"instruction": "Hello", "output": " Hi\n"},
    ):
        assert messages_of(value | {"system": " Be kind. "}).messages == system + HELLO
        assert messages_of(value | {"system": " "}).messages == HELLO
        assert messages_of(value | {"system": None}).messages == HELLO
    for own in (system + HELLO, HELLO + system):
        assert messages_of({"messages": own, "system": "Be brief."}).messages == own
    assert refused({"messages": HELLO, "system": {"a": 1}})[1:] == ("not_text", "system: a part that is object")


def test_alpaca_with_everything() -> None:
    """System, earlier questions and answers, instruction and input on lines of their own, output."""
    value = {
        "instruction": "Sum up.",
        "input": "A\nB",
        "output": "AB",
        "system": "Be brief.",
        "history": [["one", "1"], ["two", None]],
    }
    assert messages_of(value).messages == turns(
        ("system", "Be brief."),
        ("user", "one"),
        ("assistant", "1"),
        ("user", "two"),
        ("assistant", ""),
        ("user", "Sum up.\nA\nB"),
        ("assistant", "AB"),
    )


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"instruction": {"a": 1}}, "instruction: a part that is object"),
        ({"output": 4}, "output: number"),
        ({"input": {"a": 1}}, "input: object"),
        ({"history": "x"}, "history: text, expected a list of pairs"),
        ({"history": [["a", "b"], ["c"]]}, "history 2: list, expected a question and an answer"),
        ({"history": [["a", 5]]}, "history 1: number"),
    ],
)
def test_alpaca_that_is_no_text(fields: Json, detail: str) -> None:
    """A field of another kind is named."""
    assert refused({"instruction": "a", "output": "b"} | fields) == ("alpaca", "not_text", detail)


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ({"prompt": 1, "completion": "x"}, "prompt: number"),
        ({"prompt": "x", "completion": [{"content": "y"}]}, "completion: a part that is object"),
        ({"prompt": "x", "response": {"a": "y"}}, "response: a part that is object"),
        ({"prompt": "x", "completion": ["red", "green"]}, "completion: a list of 2 texts, expected one"),
    ],
)
def test_prompts_that_are_no_text(value: Json, detail: str) -> None:
    """A side that is neither text nor turns is named."""
    assert refused(value) == ("prompt-completion", "not_text", detail)


def test_rendered_text_is_no_conversation() -> None:
    """A text alone was rendered by some template: its roles cannot be known."""
    form, reason, detail = refused({"text": "<s>" + "x" * 1200, "id": 1})
    assert (form, reason) == ("text", "rendered_text")
    assert detail == f"1,203 characters: '<s>{'x' * 57}'"


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ({}, "no keys"),
        ({"prompt_text": "a", "n": 1}, "prompt_text: text, n: number"),
        ({"items": [{"sku": 1}], "turns": [1, 2]}, "items: list, turns: list"),
        ({"messages": "Hello"}, "messages: text"),
        ({"instruction": "a", "output": None}, "instruction: text, output: null"),
        ({"chosen": "a", "rejected": None}, "chosen: text, rejected: null"),
        ({"x" * 300: 1}, "x" * 200),
    ],
)
def test_objects_of_no_known_form(value: Json, detail: str) -> None:
    """Where no key matches a form, the keys and their kinds are listed."""
    assert refused(value) == (None, "no_messages", detail)
