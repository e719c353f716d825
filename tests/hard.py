"""Texts and conversations that tokenizers and templates find hard, as hypothesis strategies and as fixed lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

from curation.tokens import Tokenizer

NASTY = (
    "_" * 3,
    "_" * 37,
    "....",
    "-" * 80,
    "7",
    "1234567",
    "$1,000.00",
    " ",
    "  ",
    " " * 23,
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    " \n ",
    "\u00a0",
    "\u2003",
    "\u2028",
    "\u0085",
    "\x1c",
    "\ufeff",
    "\u200b",
    "don't",
    "'S",
    "we'll",
    "l'\u00e9t\u00e9",
    "e\u0301",
    "\u0301",
    "\u099a\u09c1\u0995\u09cd\u09a4\u09bf",
    "\u09af\u09bc",
    "\u09df \u0986\u09ae\u09be\u09b0 \u0995\u09cb\u09a8 \u09e7\u09e8",
    "\u0964",
    "\u00e9t\u00e9 \u00e0 \u03b1\u03b2 \u0434\u0430",
    "\u05d0\u05d1 \u0639\u0631\u0628 \u0928\u0940 \u0ba8\u0bbf",
    "\u4e2d\u6587",
    "\u1100\u1161",
    "\U0001f469\u200d\U0001f4bb",
    "\U0001f600",
    "\u2581",
    "\u0120",
    "{{ x }}",
    "{% generation %}",
    "\ue0000\ue001",
    "<",
    "|>",
    "Party",
    "the",
    "a",
    "Section 2.1(b)",
    "(i)",
    "\u201cAgreement\u201d",
)
CONTROL = ("<|eot_id|>", "<|im_end|>", "<|assistant|>", "[/INST]", "<s>", "</s>", "<|endoftext|>", "<think>")

ROLES = (
    ("user",),
    ("system", "user"),
    ("user", "assistant"),
    ("system", "user", "assistant"),
    ("user", "assistant", "user", "assistant"),
    ("system", "user", "assistant", "user", "assistant", "user", "assistant"),
    ("user", "assistant", "user"),
)
ANSWERED = tuple(roles for roles in ROLES if "assistant" in roles)

Conversation = list[dict[str, str]]
Both = Callable[[str, str], tuple[Tokenizer, Any]]
"""What the fixture `both` is."""


def texts(pieces: int = 14, control: bool = False) -> st.SearchStrategy[str]:
    """Nasty pieces and any characters, often with one space between two of them."""
    piece = st.sampled_from(NASTY + CONTROL if control else NASTY) | st.text(max_size=6)
    glued = st.tuples(piece, st.sampled_from(("", " ", " ", "."))).map("".join)
    return st.lists(glued, max_size=pieces).map("".join)


def conversations(roles: tuple[tuple[str, ...], ...] = ROLES, control: bool = True) -> st.SearchStrategy[Conversation]:
    """Conversations with awkward contents, in one of the orders of `roles`."""
    said = texts(6, control)
    filled = st.sampled_from(roles).flatmap(lambda r: st.tuples(st.just(r), st.tuples(*[said] * len(r))))
    return filled.map(lambda pair: say(*pair))


def say(roles: tuple[str, ...], contents: tuple[str, ...]) -> Conversation:
    return [{"role": role, "content": content} for role, content in zip(roles, contents, strict=True)]


TOOLS = (
    {"type": "function", "function": {"name": "find", "description": "Finds.", "parameters": {"type": "object"}}},
    {
        "type": "function",
        "function": {
            "name": "add_up",
            "description": 'Adds "numbers" \u2028 <b>\u00fc</b>.',
            "parameters": {"type": "object", "properties": {"n": {"type": "array", "items": {"type": "number"}}}},
        },
    },
)


class Chat(NamedTuple):
    """Turns as chat templates take them, with calls, thoughts, names and weights; and the tools that are called."""

    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]] | None


def chats(
    weights: bool = True, filled: st.SearchStrategy[str] | None = None, calls: int = 2
) -> st.SearchStrategy[Chat]:
    """Any conversation of the model: perhaps a system turn, then questions with answers, of which some call tools.

    `filled`: the contents. At most `calls` calls stand in one turn, none where it is 0.
    """
    said = texts(3).map(lambda text: f"x{text}x") if filled is None else filled
    weight = st.sampled_from((None, None, 0, 1) if weights else (None,))
    answer = st.builds(_answer, said, st.none() | said, weight)
    step = st.tuples(said, st.lists(_calls(said, weight, calls), max_size=1 if calls else 0), answer)
    names = st.sampled_from((None, None, "Bo"))
    return st.builds(_chat, st.none() | said, names, st.lists(step, min_size=1, max_size=2), st.booleans())


def _answer(content: str, reasoning: str | None, weight: int | None) -> dict[str, Any]:
    made = {"role": "assistant", "content": content, "reasoning_content": reasoning, "weight": weight}
    return {key: value for key, value in made.items() if value is not None}


def _calls(said: st.SearchStrategy[str], weight: Any, most: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    """The turn that calls tools, at once, and a turn with the result of each."""
    values = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts(2)
    arguments = st.dictionaries(st.text(max_size=4), values | st.lists(values, max_size=2), max_size=3)
    made = st.lists(st.tuples(st.sampled_from(("find", "add_up")), arguments, said), min_size=1, max_size=max(most, 1))
    return st.builds(_called, made, st.just("") | said if most > 1 else st.just(""), st.none() | said, weight)


def _called(
    made: list[tuple[str, dict[str, Any], str]], content: str, reasoning: str | None, weight: int | None
) -> list[dict[str, Any]]:
    calls = [
        {"type": "function", "id": f"call{n}xyz", "function": {"name": name, "arguments": arguments}}
        for n, (name, arguments, _) in enumerate(made)
    ]
    results = [
        {"role": "tool", "content": result, "tool_call_id": f"call{n}xyz", "name": name}
        for n, (name, _, result) in enumerate(made)
    ]
    return [{**_answer(content, reasoning, weight), "tool_calls": calls}, *results]


def _chat(system: str | None, name: str | None, steps: list[Any], tools: bool) -> Chat:
    messages: list[dict[str, Any]] = [] if system is None else [{"role": "system", "content": system}]
    for asked, called, answer in steps:
        messages += [{"role": "user", "content": asked, **({"name": name} if name else {})}]
        messages += [turn for turns in called for turn in turns]
        messages += [answer]
    needed = tools or any("tool_calls" in turn for turn in messages)
    return Chat(messages, [dict(tool) for tool in TOOLS] if needed else None)
