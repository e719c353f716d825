"""Facts about the forms that rows are written in: each is read back to the same conversation, letter for letter."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from books import SPLITS, check_books, lines
from hard import Both, Conversation, say, texts
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.base.errors import UsageError
from curation.base.rows import MESSAGES
from curation.demo import finetome
from curation.ledger.build import Build
from curation.ledger.forms import FORMS, form
from curation.readers.forms import messages_of
from curation.recipes.loading import load, make
from curation.runner.build import build
from curation.stages.tokens import Count
from curation.tokens import Tokenizer, load_tokenizer

KEYS = {
    "messages": ["messages"],
    "sharegpt": ["conversations"],
    "prompt-completion": ["prompt", "completion"],
    "alpaca": ["system", "history", "instruction", "input", "output"],
    "text": ["text"],
}
READ_BACK = [name for name in FORMS if name != "text"]
CONTROL = load_tokenizer("builtin").control


def valid(text: str) -> bool:
    """What the rules of a build let through: something to see, and no control token."""
    return bool(text.strip()) and not any(token in text for token in CONTROL)


def rows() -> st.SearchStrategy[Conversation]:
    """Valid rows: perhaps a system turn, then a question and an answer, once or several times."""
    filled = texts(4).filter(valid)
    orders = [(*first, *("user", "assistant") * n) for first in ((), ("system",)) for n in (1, 2, 3)]
    chosen = st.sampled_from(orders).flatmap(lambda roles: st.tuples(st.just(roles), st.tuples(*[filled] * len(roles))))
    return chosen.map(lambda pair: say(*pair))


def written(conversations: list[Conversation], name: str, tokenizer: Tokenizer) -> list[dict[str, Any]]:
    """The rows as JSON lines in that form, read by the json module."""
    frame = pl.DataFrame({"messages": conversations}, schema={"messages": MESSAGES})
    text = frame.lazy().select(form(name, tokenizer.template)).collect().write_ndjson()
    return [json.loads(line) for line in text.split("\n")[:-1]]


@pytest.mark.parametrize("name", READ_BACK)
@settings(max_examples=60, deadline=None)
@given(conversations=st.lists(rows(), min_size=1, max_size=4))
def test_rows_come_back(name: str, conversations: list[Conversation], builtin: Tokenizer) -> None:
    """What is written in a form is detected as that form, and read back to the roles and texts that it was made of."""
    for value, messages in zip(written(conversations, name, builtin), conversations, strict=True):
        assert list(value) == KEYS[name]
        read = messages_of(value)
        assert (read.messages, read.form, read.reason) == (messages, name, None)


@settings(max_examples=60, deadline=None)
@given(conversations=st.lists(rows(), min_size=1, max_size=4))
def test_text_is_what_transformers_renders(conversations: list[Conversation], both: Both) -> None:
    """`text` is apply_chat_template of transformers but for its BOS; with it before, it encodes to the row's ids."""
    ours, theirs = both("builtin", "llama3")
    found = [value["text"] for value in written(conversations, "text", ours)]
    bos = theirs.bos_token
    assert [bos + text for text in found] == theirs.apply_chat_template(conversations, tokenize=False)
    assert not any(text.startswith(bos) for text in found)
    assert theirs([bos + text for text in found])["input_ids"] == counted(conversations, ours)


def counted(conversations: list[Conversation], tokenizer: Tokenizer) -> list[list[int]]:
    frame = pl.LazyFrame({"messages": conversations}, schema={"messages": MESSAGES})
    ids: list[list[int]] = Count(tokenizer).counted(frame).collect()["input_ids"].to_list()
    return ids


@pytest.mark.real
@pytest.mark.parametrize(("name", "template"), [("llama-3.1", "llama3"), ("qwen2.5", "chatml"), ("smollm3", "chatml")])
@settings(max_examples=20, deadline=None)
@given(conversations=st.lists(rows(), min_size=1, max_size=4))
def test_text_encodes_to_the_counted_ids(
    name: str, template: str, conversations: list[Conversation], both: Both
) -> None:
    """Real tokenizers, called as trainers call them on `text`, give the ids that were counted, BOS and all."""
    ours, theirs = both(name, template)
    conversations = [c for c in conversations if not any(t in m["content"] for m in c for t in ours.control)]
    found = [value["text"] for value in written(conversations, "text", ours)]
    assert not found or theirs(found)["input_ids"] == counted(conversations, ours)


def test_forms_of_one_row(builtin: Tokenizer) -> None:
    """One row of two questions after a system turn, as each form has it."""
    contents = ("Be brief.", "Why is the sky blue?", "Scattering.", "And red at\ndusk?", 'A "long" way.')
    row = say(("system", "user", "assistant", "user", "assistant"), contents)
    (sharegpt,), (prompt,), (alpaca,) = (written([row], name, builtin) for name in READ_BACK[1:])
    assert sharegpt["conversations"][1] == {"from": "human", "value": contents[1]}
    assert [turn["from"] for turn in sharegpt["conversations"]] == ["system", "human", "gpt", "human", "gpt"]
    assert prompt == {"prompt": row[:-1], "completion": row[-1:]}
    assert alpaca == {
        "system": contents[0],
        "history": [[contents[1], contents[2]]],
        "instruction": contents[3],
        "input": "",
        "output": contents[4],
    }
    (bare,) = written([row[1:3]], "alpaca", builtin)
    assert (bare["system"], bare["history"]) == ("", [])


def test_an_unknown_form(tmp_path: Path, builtin: Tokenizer) -> None:
    """A form that there is none of is refused by name before anything is made, with the nearest and with all."""
    source = finetome.write_finetome(tmp_path)
    made = make(load("finetome"), source, {})
    with pytest.raises(UsageError, match=r"There is no form 'shargpt'\. Did you mean sharegpt\? Known: messages, "):
        build(made, tmp_path / "out", form="shargpt")
    with pytest.raises(UsageError, match="no form 'json' of a row"):
        form("json", builtin.template)
    assert [path.name for path in tmp_path.iterdir()] == [finetome.FILE]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Build]:
    """built(form): thirty plain chats in that form."""
    folder = tmp_path_factory.mktemp("forms")
    source = folder / "chats.jsonl"
    chats = (*finetome.plain()[:26], *finetome.SYSTEM)
    source.write_text("".join(f"{json.dumps(chat)}\n" for chat in chats), "utf8")
    return cache(lambda name: build(make(load("finetome"), source, {}), folder / name, form=name))


@pytest.mark.parametrize("name", ["sharegpt", "text"])
def test_builds_in_a_form(name: str, built: Callable[[str], Build], builtin: Tokenizer) -> None:
    """All three files of a build are in the form, the manifest says so, and the rows are those of the messages."""
    made, plain = built(name), built("messages")
    assert (made.manifest.form, plain.manifest.form) == (name, "messages")
    assert made.flow() == plain.flow()
    check_books(made)
    for split in SPLITS:
        found, expected = lines(made, split), lines(plain, split)
        assert [[key for key in row if key != "split"] for row in found] == [[*KEYS[name], "id", "meta"]] * len(found)
        assert [(row["id"], row["meta"]) for row in found] == [(row["id"], row["meta"]) for row in expected]
        if name != "text":
            assert [messages_of(row).messages for row in found] == [row["messages"] for row in expected]
        else:
            texts = [value["text"] for value in written([row["messages"] for row in expected], "text", builtin)]
            assert [row["text"] for row in found] == texts
