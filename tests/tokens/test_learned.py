"""Facts about what is learned: with tools, calls and thoughts it is TRL's `assistant_only_loss`, token by token."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hard import Both, Chat, chats, texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import TemplateError

from curation.base.messages import KEYS
from curation.base.rows import BESIDE, MESSAGES
from curation.readers.forms import messages_of
from curation.schemas.template import TEMPLATES
from curation.stages.tokens import REFUSED, Count
from curation.tokens import Tokenizer, load_tokenizer
from curation.tokens.template import Rendered, Template, learned

OWN = [("llama-3.1", "llama3"), ("qwen2.5", "chatml"), ("smollm3", "chatml"), ("phi-3-mini", "zephyr")]
TRL = [
    *(("llama-3.1", "llama3"), ("qwen2.5", "qwen2_5"), ("qwen2.5", "qwen3"), ("qwen2.5", "qwen3_instruct_2507")),
    *(("qwen2.5", "qwen3_5_think"), ("qwen2.5", "qwen3_6"), ("qwen2.5", "qwen3_vl"), ("smollm3", "lfm2")),
]
QUICK = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Labels = list[int]


def trl(name: str) -> str:
    """The path of a training template that TRL brings along."""
    found = find_spec("trl")
    if found is None or found.origin is None:
        pytest.skip("TRL is not installed")
    return str(Path(found.origin).parent / "chat_templates" / f"{name}_training.jinja")


def row(chat: Chat) -> dict[str, Any]:
    """The conversation as it is read."""
    read = messages_of({"messages": chat.messages, **({"tools": chat.tools} if chat.tools else {})})
    assert read.turns is not None, read.detail
    return {"messages": [turn._asdict() for turn in read.turns], "tools": read.tools, "chat_template_kwargs": None}


def ours(tokenizer: Tokenizer, chat: Chat) -> tuple[Labels, Labels] | None:
    """Token ids and labels as a build counts them; null where the template refuses the row."""
    made = row(chat)
    columns = {"messages": [made["messages"]], **{name: [made[name]] for name in BESIDE}}
    frame = pl.LazyFrame(columns, schema={"messages": MESSAGES, **dict.fromkeys(BESIDE, pl.String())})
    found = Count(tokenizer).counted(frame).collect().row(0, named=True)
    if found[REFUSED] is not None:
        return None
    ids, labels = found["input_ids"], [-100] * len(found["input_ids"])
    for span in found["trained"]:
        labels[span["start"] : span["end"]] = ids[span["start"] : span["end"]]
    return ids, labels


def theirs(tokenizer: Any, chat: Chat, reasoning: str) -> tuple[Labels, Labels] | None:
    """As TRL's collator makes them with `assistant_only_loss`; null where the template refuses the row."""
    named = {KEYS["reasoning"]: reasoning}
    turns = [{named.get(key, key): value for key, value in turn.items()} for turn in chat.messages]
    try:
        made = tokenizer.apply_chat_template(
            turns, tools=chat.tools, return_dict=True, return_assistant_tokens_mask=True
        )
    except (TemplateError, TypeError):
        return None
    ids, masks = made["input_ids"], made["assistant_masks"]
    return ids, [token if on else -100 for token, on in zip(ids, masks, strict=True)]


def assert_same(both: Both, name: str, template: str, chat: Chat) -> None:
    tokenizer, other = both(name, template)
    assert ours(tokenizer, chat) == theirs(other, chat, tokenizer.template.reasoning_key)


@pytest.mark.parametrize("template", ["llama3", "zephyr"])
@QUICK
@given(chat=chats(weights=False))
def test_labels_are_those_of_trl(template: str, chat: Chat, both: Both) -> None:
    """The small tokenizer with two of the project's templates."""
    assert_same(both, "builtin", template, chat)


@pytest.mark.real
@pytest.mark.parametrize(("name", "template"), OWN)
@QUICK
@given(chat=chats(weights=False))
def test_labels_with_real_tokenizers(name: str, template: str, chat: Chat, both: Both) -> None:
    """The project's templates with the tokenizers that they are made for."""
    assert_same(both, name, template, chat)


@pytest.mark.real
@pytest.mark.parametrize(("name", "template"), TRL)
@QUICK
@given(chat=chats(weights=False))
def test_labels_with_trl_templates(name: str, template: str, chat: Chat, both: Both) -> None:
    """TRL's own training templates: thoughts, tools and calls where they write them, and what they leave out."""
    assert_same(both, name, trl(template), chat)


def test_most_conversations_are_written(both: Both) -> None:
    """What the comparison above is of: a call and an answer are learned, and no more."""
    say, ask = {"role": "assistant", "content": "Four."}, {"role": "user", "content": "Two and two?"}
    call = {"type": "function", "function": {"name": "find", "arguments": {"n": [2, 2]}}}
    chat = Chat(
        [ask, {"role": "assistant", "content": "", "tool_calls": [call]}, {"role": "tool", "content": "4"}, say], []
    )
    found = ours(both("builtin", "llama3")[0], chat)
    assert found is not None
    learnt = "".join(load_tokenizer().backend.decode([one], skip_special_tokens=False) for one in found[1] if one >= 0)
    assert learnt == '{"name": "find", "parameters": {"n": [2, 2]}}<|eot_id|>Four.<|eot_id|>'


def spans(made: Rendered) -> list[str]:
    return [made.text[start:end] for start, end in made.trained]


@pytest.mark.parametrize("template", ["chatml", "llama3"])
@QUICK
@given(chat=chats(calls=1))
def test_weight_0_is_context(template: str, chat: Chat) -> None:
    """An answer of weight 0 is in the text as ever and is not learned; 1 says what holds without it (OpenAI)."""
    made = _template(template)
    bare = row(Chat([{**turn, "weight": None} for turn in chat.messages], chat.tools))
    whole, some = learned(made, bare), learned(made, row(chat))
    weights = [turn.get("weight") for turn in chat.messages if turn["role"] == "assistant"]
    assert some.text == whole.text
    assert spans(some) == [span for span, weight in zip(spans(whole), weights, strict=True) if weight != 0]


@pytest.mark.parametrize("key", ["weight", "train", "training", "trainable", "loss", "loss_weight"])
def test_words_for_a_weight(key: str) -> None:
    """OpenAI's `weight: 0`, axolotl's `train: false` and ms-swift's `loss: false` say the same, on any answer."""
    value: Any = 0 if "weight" in key else False
    ask, say = {"role": "user", "content": "Ask."}, {"role": "assistant", "content": "Say."}
    for template in ("chatml", "llama3", "llama2", "zephyr"):
        for at in (1, 3):
            turns: list[dict[str, Any]] = [ask, say, ask, {"role": "assistant", "content": "Last."}]
            turns[at] = {**turns[at], key: value}
            (span,) = spans(learned(_template(template), row(Chat(turns, None))))
            assert span.strip().startswith("Last." if at == 1 else "Say.")


def _template(name: str) -> Template:
    specials = {"bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>"}
    return Template(name, (TEMPLATES / f"{name}.jinja").read_text("utf8"), specials)


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "template", "own", "calls"), [("qwen2.5", "chatml", "qwen2_5", 2), ("llama-3.1", "llama3", "llama3_1", 1)]
)
@QUICK
@given(data=st.data())
def test_tools_stand_as_the_models_know_them(
    name: str, template: str, own: str, calls: int, data: st.DataObject, both: Both
) -> None:
    """Tools, calls and results have the text of the model's own template, but for its date and the quotes of results.

    Qwen's adds a system text of its own where there is none, so there is one here.
    """
    chat = data.draw(chats(weights=False, filled=words(), calls=calls))
    turns = [{key: value for key, value in turn.items() if key != "reasoning_content"} for turn in chat.messages]
    turns = turns if turns[0]["role"] == "system" else [{"role": "system", "content": "Be brief."}, *turns]
    tokenizer, other = both(name, template)
    theirs = Path(trl(own)).with_name(f"{own}.jinja").read_text("utf8")
    text = other.apply_chat_template(turns, tools=chat.tools, tokenize=False, chat_template=theirs)
    if template == "llama3":
        text = DATES.sub(lambda found: f"{found[1]}\n" if found[1] else "", text)
        text = RESULT.sub(lambda found: found[1] + json.loads(found[2]), text)
    assert tokenizer.template.render(turns, tools=chat.tools).text == text


DATES = re.compile("(Environment: ipython\n)?Cutting Knowledge Date: .*\nToday Date: .*\n\n")
RESULT = re.compile(r'(ipython<\|end_header_id\|>\n\n)(".*?")(?=<\|eot_id\|>)')


def words() -> st.SearchStrategy[str]:
    """Contents without white space at their ends."""
    return texts(3).map(lambda text: f"x{text}x")
