"""Facts about rows with tools, calls, thoughts, names and weights: no form that they are written in loses any of it."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from books import check_books, ledger
from hard import Chat, chats, texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.base.rows import BESIDE
from curation.ledger import lines as written
from curation.ledger.forms import FORMS, whole
from curation.readers.forms import ParsedChat, messages_of
from curation.recipes.loading import load, make
from curation.runner.build import build
from curation.tokens import load_tokenizer
from curation.validation import ValidateOptions, validate

RICH = [name for name in FORMS if name not in ("text", "alpaca")]
CONTROL = load_tokenizer("builtin").control
SLOW = settings(max_examples=1, deadline=None, suppress_health_check=list(HealthCheck))


def read(chat: Chat) -> ParsedChat:
    """The conversation as a file of OpenAI's form has it."""
    return messages_of({"messages": chat.messages, **({"tools": chat.tools} if chat.tools else {})})


def row(made: ParsedChat) -> dict[str, Any]:
    """As a build holds it."""
    assert made.turns is not None, made.detail
    options = json.dumps({"enable_thinking": False})
    return {"messages": [turn._asdict() for turn in made.turns], "tools": made.tools, "chat_template_kwargs": options}


@pytest.mark.parametrize("name", RICH)
@settings(max_examples=40, deadline=None)
@given(chat=chats())
def test_rows_come_back_whole(name: str, chat: Chat) -> None:
    """Every field of every turn, the tools and the options are read back from the object that a form writes."""
    given = row(read(chat))
    value = json.loads(orjson.dumps(whole(name, given)))
    found = messages_of(value)
    assert (found.form, found.reason, found.more, found.notes) == (name, None, {}, [])
    assert found.turns == read(chat).turns
    assert found.tools == given["tools"]
    assert json.loads(found.options or "") == json.loads(given["chat_template_kwargs"])


@settings(max_examples=40, deadline=None)
@given(chat=chats(calls=0))
def test_plain_rows_come_back_from_alpaca(chat: Chat) -> None:
    """Roles and contents are read back from alpaca's form, which has a place for nothing else."""
    plain = [{"role": turn["role"], "content": turn["content"]} for turn in chat.messages]
    found = messages_of(json.loads(orjson.dumps(whole("alpaca", row(read(Chat(plain, None)))))))
    assert (found.form, found.messages, found.more) == ("alpaca", plain, {})


def valid() -> st.SearchStrategy[str]:
    """Contents that the rules of a build let through."""
    made = texts(3).map(lambda text: f"Word{text}word")
    return made.filter(lambda text: not any(token in text for token in CONTROL))


@pytest.mark.parametrize("form", RICH)
@SLOW
@given(drawn=st.lists(chats(filled=valid(), calls=1), min_size=15, max_size=15))
def test_a_build_holds_all_of_it(form: str, drawn: list[Chat], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each conversation is a row of the build, whole, or a reject with its reason; the books balance.

    What was built is validated without an error.
    """
    folder = tmp_path_factory.mktemp("rich")
    source, made = folder / "chats.jsonl", folder / "made"
    values = {str(n): {"messages": chat.messages, "tools": chat.tools, "id": str(n)} for n, chat in enumerate(drawn)}
    for n, value in values.items():
        value["messages"] = [*value["messages"], {"role": "user", "content": f"And {n * 3}?"}, {**LAST, "mood": n}]
    source.write_text("".join(f"{json.dumps(value)}\n" for value in values.values()), "utf8")
    done = build(make(load("finetome"), source, {}), made, form=form)
    check_books(done)
    found = {row["id"]: row for row in written.collect(written.lines(done), done).iter_rows(named=True)}
    kept = {name.rpartition("/")[2] for name in found}
    assert len(kept) == len(found)
    assert len(kept) + ledger(done).height == len(values)
    for line in (json.loads(text) for row in found.values() for text in [row["line"]]):
        value = values[line["meta"]["record"].rpartition("/")[2]]
        expected, back = messages_of(value), found[line["id"]]
        assert [turn._replace(rest=None)._asdict() for turn in expected.turns or ()] == back["messages"]
        assert [back[key] for key in BESIDE] == [expected.tools, None]
        assert line["meta"]["more"]["of_turns"] == {str(len(expected.turns or ())): {"mood": value["id"]}}
    files = [made / f"{split}.jsonl" for split in ("train", "validation", "test")]
    checked = validate([file for file in files if file.read_bytes()], ValidateOptions(tokenizer="builtin"))
    assert [one for one in checked.findings if one.level == "error"] == []


LAST: dict[str, Any] = {"role": "assistant", "content": "So it is."}
