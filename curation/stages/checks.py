"""Rules that look at one row at a time: roles, empty turns, control tokens, quotes that stand in their excerpt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import polars as pl

from curation.chat import Keep, reject, spoken
from curation.text import squeeze

_CONTENT = pl.element().struct.field("content")
_ROLE = pl.element().struct.field("role")


def roles() -> Keep:
    """An optional system turn, then user and assistant in turns, an assistant at the end."""
    order, said = _order()
    return Keep("bad_roles", when=order.str.contains("^s?(ua)+$"), because=said)


def turn_rules() -> list[Keep]:
    """The rule of `roles` and `no_empty_turn`, for conversations of other makers: a name for each way to break it."""
    order, said = _order()
    return [
        Keep("tool_turn", when=~order.str.contains("t"), because=said),
        Keep("ends_on_user", when=~order.str.ends_with("u"), because=said),
        Keep("bad_alternation", when=order.str.contains("^s?(ua)+$"), because=said),
        no_empty_turn(),
    ]


def _order() -> tuple[pl.Expr, pl.Expr]:
    """The roles of a row as letters, and for people."""
    letter = _ROLE.replace_strict({"system": "s", "user": "u", "assistant": "a", "tool": "t"}, default="?")
    order = pl.col("messages").list.eval(letter.fill_null("?")).list.join("").fill_null("")
    return order, pl.col("messages").list.eval(_ROLE.fill_null("null")).list.join(" ")


def no_empty_turn() -> Keep:
    """No turn is empty or white."""
    shortest = pl.col("messages").list.eval(_CONTENT.fill_null("").str.strip_chars().str.len_chars()).list.min()
    return Keep("empty_turn", when=shortest > 0, because=pl.lit("a turn holds no text"))


def no_control_token(control: Sequence[str]) -> Keep:
    """No turn holds a string that the tokenizer or the template would take for a control token."""
    first = spoken().str.extract_many(list(control)).list.first() if control else pl.lit(None, pl.String)
    return Keep("control_token", when=first.is_null(), because=first)


@dataclass(frozen=True)
class Grounded:
    """Adds `grounded`: whether every line of the answer stands in the user's turn, up to whitespace; rejects others.

    Answers given as a JSON array are judged string by string. Rows with `found` false hold no quote and pass.
    """

    answers: str

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        said = [pl.col("messages").list.get(i).struct.field("content") for i in (-2, -1)]
        quoted = rows.select("row", "found", excerpt=squeeze(said[0]), answer=said[1]).filter(pl.col("found"))
        split = pl.col("answer").str.split("\n")
        if self.answers == "json":
            split = pl.col("answer").map_elements(_strings, pl.List(pl.String))
        lines = quoted.with_columns(line=split).explode("line").with_columns(line=squeeze(pl.col("line")))
        stands = pl.col("excerpt").str.contains(pl.col("line"), literal=True)
        loose = lines.filter(~stands.fill_null(False)).select("row", "line").collect()
        loose = loose.group_by("row").agg(line=pl.col("line").sort().first())
        judged = rows.join(loose.lazy(), on="row", how="left", maintain_order="left")
        grounded = pl.col("line").is_null().alias("grounded")
        because = pl.format("not in the excerpt: {}", pl.col("line").str.slice(0, 80))
        return judged.with_columns(grounded, *reject(pl.col("line").is_not_null(), "ungrounded", because)).drop("line")


def _strings(answer: str) -> list[str]:
    """The strings of a JSON array; for an answer that is none, words that no excerpt holds."""
    try:
        read = orjson.loads(answer)
    except orjson.JSONDecodeError:
        read = None
    if isinstance(read, list) and read and all(isinstance(text, str) for text in read):
        return read
    return [f"(expected a JSON array of strings) {answer}"]
