"""What the user says in a text that a chat template has rendered: by this project's templates, or Gemma's."""

from __future__ import annotations

import polars as pl

_USERS = (
    r"(?s)<\|start_header_id\|>user<\|end_header_id\|>\s*(.*?)<\|eot_id\|>",
    r"(?s)<\|im_start\|>user\s(.*?)<\|im_end\|>",
    r"(?s)<start_of_turn>user\s(.*?)<end_of_turn>",
    r"(?s)<\|user\|>\s(.*?)(?:</s>|<\|end\|>|<\|endoftext\|>|<\|assistant\|>)",
    r"(?s)\[INST\](?:\s*<<SYS>>.*?<</SYS>>)?(.*?)\[/INST\]",
)


def asked_in(text: pl.Expr) -> pl.Expr:
    """The user's turns of each text, joined; the whole text where no known template is seen in it."""
    parts = [_turns(text, pattern) for pattern in _USERS]
    return pl.coalesce(*parts, text)


def _turns(text: pl.Expr, pattern: str) -> pl.Expr:
    head = pattern.partition("(.*?)")[0].removeprefix("(?s)")
    found = text.str.extract_all(pattern).list.eval(pl.element().str.extract(pattern).str.strip_chars())
    return pl.when(text.str.contains(head)).then(found.list.join("\n"))
