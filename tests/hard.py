"""Texts and conversations that tokenizers and templates find hard, as hypothesis strategies and as fixed lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
