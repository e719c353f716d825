"""Facts about reading chat files: one record an object, whatever its form, and none lost."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.base.errors import InputError
from curation.readers import batches
from curation.readers.chat import SCHEMA, read_chat

Json = dict[str, Any]
HELLO = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": " Hi\n"}]


def write(folder: Path, *values: object, name: str = "chat.jsonl") -> Path:
    path = folder / name
    path.write_bytes(b"".join((v if isinstance(v, bytes) else orjson.dumps(v)) + b"\n" for v in values))
    return path


def read(*paths: Path) -> list[Json]:
    """Records, their turns with the keys that they have."""
    frame = read_chat(paths).collect()
    assert frame.schema == pl.Schema(SCHEMA)
    return [row | {"messages": plain(row["messages"])} for row in frame.to_dicts()]


def plain(turns: list[Json] | None) -> list[Json] | None:
    return None if turns is None else [{k: v for k, v in turn.items() if v is not None} for turn in turns]


def ids(*paths: Path) -> list[str]:
    return [record["id"] for record in read(*paths)]


def test_a_record_is_an_object(tmp_path: Path) -> None:
    """Id, position, messages, other keys, form, where it came from and what it was scored, and no verdict."""
    value = {"id": "a1", "messages": HELLO, "source": "web", "score": 4.5, "more": 1}
    assert read(write(tmp_path, value)) == [
        {
            "id": "a1",
            "source": "line 1",
            "messages": HELLO,
            "tools": None,
            "chat_template_kwargs": None,
            "more": '{"more":1}',
            "form": "messages",
            "given": None,
            "origin": "web",
            "score": 4.5,
            "reason": None,
            "detail": None,
            "other": None,
        }
    ]


@pytest.mark.parametrize(
    ("fields", "origin", "score"),
    [
        ({"source": 3, "score": "4"}, None, None),
        ({"score": True, "reward": 1}, None, None),
        ({"score": None, "reward": -1}, None, -1.0),
        ({"reward": 0.25, "source": ""}, "", 0.25),
        ({"score": 2, "reward": 3}, None, 2.0),
    ],
)
def test_origin_is_a_text_and_score_a_number(tmp_path: Path, fields: Json, origin: object, score: object) -> None:
    """Values of another kind are no origin and no score; `reward` counts where there is no `score`."""
    (record,) = read(write(tmp_path, {"messages": HELLO} | fields))
    assert (record["origin"], record["score"]) == (origin, score)


def test_ids_are_the_objects_own(tmp_path: Path) -> None:
    """A text or a whole number is an id; where it comes again it is numbered, and never taken twice."""
    own: list[Any] = ["a", 7, "a", "7", "a#2", "a", 0, "b#2", "b", "b"]
    path = write(tmp_path, *({"id": id, "messages": HELLO} for id in own))
    assert ids(path) == ["a", "7", "a#2", "7#2", "a#2#2", "a#3", "0", "b#2", "b", "b#3"]
    assert len(set(ids(path, path))) == 20


@pytest.mark.parametrize("id", [None, "", True, 1.5, ["a"], {}])
def test_ids_are_made_where_there_are_none(tmp_path: Path, id: object) -> None:
    """Without a usable id it is a hash of the object, whatever the order of its keys and the name of its file."""
    first, again, other = (
        {"id": id, "messages": HELLO},
        {"messages": HELLO, "id": id},
        {"id": id, "messages": HELLO[:1]},
    )
    one, two, three = ids(write(tmp_path, first, again, other, name=" my.chat .jsonl"))
    assert len(one) == 16
    assert two == f"{one}#2"
    assert three.partition("#")[0] != one
    assert ids(write(tmp_path, other, first, name="my.chat.jsonl")) == [three, one]


def test_a_made_id_is_the_same_everywhere(tmp_path: Path) -> None:
    """The hash is pinned: blake2b over the object with sorted keys."""
    assert ids(write(tmp_path, {"messages": []})) == ["13887c4f6633019b"]


def test_ids_of_all_that_can_be_read(tmp_path: Path) -> None:
    """An object nested deeper than it could be written again still has an id of its own."""
    deep: Any = 1
    for _ in range(200):
        deep = {"a": deep}
    line = b'{"b":' * 400 + b"1" + b"}" * 400
    assert len(set(ids(write(tmp_path, deep, line, line)))) == 3


def test_bad_lines_are_rejected(tmp_path: Path) -> None:
    """A line that is no object is a rejected record with its problem, and an id that stays where it moves."""
    path = write(tmp_path, b'{"a":', {"messages": HELLO}, 1, b"\xff", b'{"a":')
    records = read(path)
    assert [record["reason"] for record in records] == ["bad_line", None, "bad_line", "bad_line", "bad_line"]
    assert records[0]["detail"].startswith("not JSON: ")
    assert records[2]["detail"] == "expected an object, found number"
    assert records[3]["detail"] == "not UTF-8: byte 0xff at 1"
    assert records[4]["id"] == f"{records[0]['id']}#2"
    assert records[4]["source"] == "line 5"
    assert [record["messages"] for record in records] == [None, HELLO, None, None, None]
    assert ids(write(tmp_path, {}, b'{"a":'))[1] == records[0]["id"]


def test_objects_without_a_conversation_are_rejected(tmp_path: Path) -> None:
    """The reason of the form becomes the verdict; id, origin and score are kept."""
    values: list[Json] = [
        {"q": "a"},
        {"text": "x"},
        {"chosen": "a", "rejected": "b"},
        {"id": "x", "source": "s", "score": 1, "messages": [{"role": "x", "content": ""}]},
        {"messages": [{"role": "user", "content": 1}]},
    ]
    records = read(write(tmp_path, *values))
    assert [(record["form"], record["reason"]) for record in records] == [
        (None, "no_messages"),
        ("text", "rendered_text"),
        ("preference", "preference_prompt"),
        ("messages", "unknown_role"),
        ("messages", "not_text"),
    ]
    assert all(record["detail"] and record["messages"] is None for record in records)
    assert [records[3][column] for column in ("id", "origin", "score")] == ["x", "s", 1.0]


def test_files_are_read_in_order(tmp_path: Path) -> None:
    """Records come by file, then by place, of every kind of file; the same file twice is read twice."""
    lines = write(tmp_path, {"messages": HELLO, "id": "1"}, name="b.jsonl")
    whole = write(tmp_path, [{"messages": HELLO, "id": "2"}], name="a.json")
    packed = tmp_path / "c.jsonl.gz"
    packed.write_bytes(gzip.compress(lines.read_bytes()))
    columns = tmp_path / "d.parquet"
    pl.DataFrame([{"messages": HELLO, "id": 4}]).write_parquet(columns)
    records = read(lines, whole, packed, columns, lines)
    assert [record["id"] for record in records] == ["1", "2", "1#2", "4", "1#3"]
    assert [record["source"] for record in records] == [
        "1#line 1",
        "2#[0]",
        "3#line 1",
        "4#record 1",
        "5#line 1",
    ]
    assert all(record["messages"] == HELLO for record in records)


def test_nothing_to_read(tmp_path: Path) -> None:
    """No files, and a file without objects, give no records."""
    assert read() == []
    assert read(write(tmp_path)) == []
    assert read(write(tmp_path, [], name="x.json")) == []


def test_a_missing_file_is_an_error_at_once(tmp_path: Path) -> None:
    """Before anything is collected; what is inside a file is reported as an InputError."""
    with pytest.raises(InputError, match="There is no file"):
        read_chat([tmp_path / "nowhere.jsonl"])
    with pytest.raises(InputError, match=r"x\.csv: \.csv is not a supported format\. Expected \.json, "):
        read_chat([write(tmp_path, name="x.csv")])
    frame = read_chat([write(tmp_path, {"messages": HELLO}), write(tmp_path, b"[3,,x", name="x.json")])
    with pytest.raises(InputError, match="is not JSON: line 1"):
        frame.collect()


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_a_query_over_batches(tmp_path: Path, engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same records come in batches of any size, collected as often as one likes."""
    values = [{"messages": HELLO * (n % 4), "id": n, "score": n / 2} if n % 5 else {"q": n} for n in range(50)]
    path = write(tmp_path, *values)
    whole = read_chat([path]).collect()
    monkeypatch.setattr(batches, "CHARACTERS", 20)
    frame = read_chat([path])
    for _ in range(2):
        assert frame.collect(engine=engine).equals(whole)
    query = frame.head(20).filter(pl.col("score") > 3).select("messages", "id")
    assert query.collect(engine=engine).equals(whole.head(20).filter(pl.col("score") > 3).select("messages", "id"))


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
roles = st.sampled_from(["system", "user", "assistant", "tool"])
conversations = st.lists(st.fixed_dictionaries({"role": roles, "content": texts}), max_size=5)
NAMES = {"system": "system", "user": "human", "assistant": "gpt", "tool": "observation"}


def in_form(form: str, messages: list[dict[str, str]], cut: int) -> Json:
    if form == "sharegpt":
        return {"conversations": [{"from": NAMES[m["role"]], "value": m["content"]} for m in messages]}
    if form == "prompt-completion":
        return {"prompt": messages[:cut], "completion": messages[cut:]}
    return {"messages": messages}


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cases=st.lists(st.tuples(conversations, st.integers(0, 5)), max_size=4),
    form=st.sampled_from(["sharegpt", "messages", "prompt-completion"]),
    ends=st.sampled_from([b"\n", b"\r\n"]),
)
def test_what_is_written_is_read(
    tmp_path: Path, cases: list[tuple[list[dict[str, str]], int]], form: str, ends: bytes
) -> None:
    """Any messages, written as lines in any form, come back equal and in order."""
    path = tmp_path / "chat.jsonl"
    path.write_bytes(ends.join(orjson.dumps(in_form(form, messages, cut)) for messages, cut in cases))
    records = read(path)
    told = [[turn for turn in turns if turn["role"] != "system" or turn["content"].strip()] for turns, _ in cases]
    assert [record["messages"] for record in records] == told
    assert all(record["form"] == form and record["reason"] is None for record in records)
    assert len({record["id"] for record in records}) == len(cases)


@pytest.mark.real
def test_sharegpt_is_read_whole(data: Path) -> None:
    """FastChat's 500 conversations: every one read, by its own id, the turns from user to assistant."""
    path = data / "sharegpt" / "fastchat_dummy_conversation.json"
    values = orjson.loads(path.read_bytes())
    frame = read_chat([path]).collect()
    assert frame.height == len(values) == 500
    assert frame["reason"].null_count() == 500
    assert frame["form"].unique().to_list() == ["sharegpt"]
    assert frame["id"].to_list() == [value["id"] for value in values]
    words = {"human": "user", "gpt": "assistant"}
    assert [*map(plain, frame["messages"].to_list())] == [
        [{"role": words[turn["from"]], "content": turn["value"]} for turn in value["conversations"]] for value in values
    ]


@pytest.mark.real
def test_alpaca_is_read_whole(data: Path) -> None:
    """LLaMA-Factory's 999 Alpaca rows: every one read as a question and an answer."""
    path = data / "sharegpt" / "alpaca_en_demo.json"
    values = orjson.loads(path.read_bytes())
    frame = read_chat([path]).collect()
    assert frame.height == len(values) == 999
    assert frame["reason"].null_count() == 999
    assert frame["form"].unique().to_list() == ["alpaca"]
    for messages, value in zip(frame["messages"].to_list(), values, strict=True):
        asked = value["instruction"] + (f"\n{value['input']}" if value["input"] else "")
        assert plain(messages) == [
            {"role": "user", "content": asked},
            {"role": "assistant", "content": value["output"]},
        ]
