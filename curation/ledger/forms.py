"""The forms a row can be written in: what trainers read. Each holds all of the conversation, so it can be read back."""

from __future__ import annotations

import polars as pl

from curation.base.errors import UsageError
from curation.tokens.template import Template

FORMS = ("messages", "sharegpt", "prompt-completion", "alpaca", "text")
_NAMES = {"user": "human", "assistant": "gpt"}
_TURN = pl.element().struct
_SAID = pl.element().struct.field("content")


def form(name: str, template: Template) -> list[pl.Expr]:
    """The columns of `name` over the column `messages` (those of the JSON object, before id and meta).

    messages            messages: [{role, content}]
    sharegpt            conversations: [{from, value}], human and gpt
    prompt-completion   prompt: the turns before the last, completion: the last, as [{role, content}] (TRL)
    alpaca              system, history: [[question, answer]], instruction, input (empty), output
    text                text: rendered by the template without its BOS, which the tokenizer adds
    """
    messages = pl.col("messages")
    if name == "messages":
        return [messages]
    if name == "sharegpt":
        role = _TURN.field("role").replace(_NAMES)
        return [messages.list.eval(pl.struct(role.alias("from"), _SAID.alias("value"))).alias("conversations")]
    if name == "prompt-completion":
        return [messages.list.head(messages.list.len() - 1).alias("prompt"), messages.list.tail(1).alias("completion")]
    if name == "alpaca":
        return _alpaca(messages)
    if name == "text":
        return [messages.map_batches(lambda m: rendered(m, template), pl.String).alias("text")]
    raise UsageError(f"There is no form {name!r} of a row", f"--format takes: {', '.join(FORMS)}.")


def _alpaca(messages: pl.Expr) -> list[pl.Expr]:
    with_system = messages.list.first().struct.field("role") == "system"
    turns = messages.list.slice(with_system.cast(pl.Int64)).list.eval(_SAID)
    pairs = pl.concat_list(pl.element(), pl.element().shift(-1)).gather_every(2)
    return [
        pl.when(with_system).then(messages.list.first().struct.field("content")).otherwise(pl.lit("")).alias("system"),
        turns.list.head(turns.list.len() - 2).list.eval(pairs).alias("history"),
        turns.list.get(-2).alias("instruction"),
        pl.lit("").alias("input"),
        turns.list.get(-1).alias("output"),
    ]


def rendered(messages: pl.Series, template: Template) -> pl.Series:
    """Each conversation as the model sees it, but for the BOS: a tokenizer writes one before any text."""
    bos = template.specials.get("bos_token", "")
    texts = []
    for turns in messages.to_list():
        roles = tuple(turn["role"] for turn in turns)
        texts.append(template.fill(roles, [turn["content"] for turn in turns])[0].text.removeprefix(bos))
    return pl.Series("text", texts, dtype=pl.String)
