"""The forms a row can be written in: what trainers read. Each holds all of the conversation, so it can be read back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson
import polars as pl

from curation.base.errors import UsageError
from curation.base.messages import as_messages
from curation.base.rows import BESIDE, has_more
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
    messages = pl.col("messages").list.eval(pl.struct(_TURN.field("role"), _SAID)).alias("messages")
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
        return [rendered(template)]
    raise UsageError(f"There is no form {name!r} of a row", f"--format takes: {', '.join(FORMS)}.")


def check(name: str, keys: Collection[str]) -> None:
    """UsageError where the form has no place for what some rows have (a manifest's `keys`)."""
    lost = sorted({*keys} - {"more"})
    if {"rejected", "wanted"} & {*lost} and name not in ("messages", "sharegpt"):
        raise UsageError(
            f"The form {name} has no place for the two sides of a preference",
            "--format messages writes them as TRL reads them, --format sharegpt as LLaMA-Factory does.",
        )
    if name == "alpaca" and lost:
        raise UsageError(
            f"The form alpaca has no place for {', '.join(lost)}, which some rows have",
            "--format messages, sharegpt and prompt-completion have.",
        )


def whole(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The same object, one row at a time, of rows of which some have more than roles and contents.

    Turns keep their other fields beside the two of the form; tools and options of the template stand beside the turns.
    """
    if name == "text":
        return {"text": row["text"]}
    messages = as_messages(row["messages"], orjson.Fragment)
    beside = {key: orjson.Fragment(row[key]) for key in BESIDE if row.get(key) is not None}
    if row.get("prompt_turns") is not None:
        return {**_preference(name, row, messages), **beside}
    if name == "prompt-completion":
        return {"prompt": messages[:-1], "completion": messages[-1:], **beside}
    if name == "sharegpt":
        return {"conversations": [_sharegpt(turn) for turn in messages], **beside}
    return _alpaca_of(messages) if name == "alpaca" else {"messages": messages, **beside}


def _alpaca_of(messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    said = [turn["content"] for turn in messages]
    system = said.pop(0) if messages[0]["role"] == "system" else ""
    history = [said[n : n + 2] for n in range(0, len(said) - 2, 2)]
    return {"system": system, "history": history, "instruction": said[-2], "input": "", "output": said[-1]}


def _preference(name: str, row: Mapping[str, Any], messages: list[dict[str, Any]]) -> dict[str, Any]:
    """prompt, chosen, rejected, or prompt, completion, label (TRL); or conversations, chosen, rejected, or kto_tag."""
    prompt, answer = messages[: row["prompt_turns"]], messages[row["prompt_turns"] :]
    rejected = as_messages(row["rejected"], orjson.Fragment)
    if name != "sharegpt":
        sides = {"chosen": answer, "rejected": rejected}
        return {"prompt": prompt} | (sides if rejected else {"completion": answer, "label": row["wanted"]})
    if not rejected:
        return {"conversations": [*map(_sharegpt, messages)], "kto_tag": row["wanted"]}
    alone = len(answer) == len(rejected) == 1  # as LLaMA-Factory has it; else a list each
    both = {"chosen": [*map(_sharegpt, answer)], "rejected": [*map(_sharegpt, rejected)]}
    one_each = {side: turns[0] for side, turns in both.items()} if alone else both
    return {"conversations": [*map(_sharegpt, prompt)], **one_each}


def _sharegpt(turn: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "from": _NAMES.get(turn["role"], turn["role"]),
        "value": turn["content"],
        **{key: value for key, value in turn.items() if key not in ("role", "content")},
    }


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


def rendered(template: Template) -> pl.Expr:
    """`text`: each conversation as the model sees it, but for the BOS, as a tokenizer writes one before any text.

    Over `messages` and, where rows have them, tools and options.
    """
    bos = template.specials.get("bos_token", "")
    beside = pl.selectors.by_name(*BESIDE, require_all=False)

    def texts(rows: pl.Series) -> pl.Series:
        more = pl.DataFrame({"messages": rows.struct.field("messages")}).select(has_more()).to_series()
        made = []
        for row, rich in zip(rows.to_list(), more.to_list(), strict=True):
            if rich or any(row.get(key) for key in BESIDE):
                text = template.render_row(row).text
            else:
                turns = row["messages"]
                text = template.fill(tuple(turn["role"] for turn in turns), [turn["content"] for turn in turns])[0].text
            made.append(text.removeprefix(bos))
        return pl.Series("text", made, dtype=pl.String)

    return pl.struct("messages", beside).map_batches(texts, pl.String).alias("text")
