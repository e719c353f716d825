"""Facts about what `curate init` sees in a file: its form, its columns, and which are asked and answered."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from curation.base.errors import InputError
from curation.demo import banking, bengali, finetome, legal
from curation.scaffold.sniff import PROFILE_ROWS, FileProfile, profile

HEADER = ("Question", "Answer", "Category")
CELLS = (
    ("How deep is the lake?", "About forty metres; at the dam, less.", "water"),
    ("Who built the mill?", "Two sisters,\nin 1781.", "history"),
    ("Is the inn open?", " ", "leisure"),
)
ROLES = {"question": "Question", "answer": "Answer", "label": "Category"}
TURNS = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi there"}]
Json = dict[str, Any]


def lines(path: Path, *values: object) -> Path:
    path.write_text("".join(f"{json.dumps(value, ensure_ascii=False)}\n" for value in values), "utf8")
    return path


def delimited(path: Path, delimiter: str, rows: Sequence[Sequence[str]] = (HEADER, *CELLS)) -> Path:
    with path.open("w", encoding="utf8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def sheet(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for number, cells in enumerate((HEADER, *CELLS)):
            page.write_row(number, 0, cells)
    return path


def parquet(path: Path) -> Path:
    pl.DataFrame([dict(zip(HEADER, cells, strict=True)) for cells in CELLS]).write_parquet(path)
    return path


def as_list(path: Path) -> Path:
    path.write_text(json.dumps([dict(zip(HEADER, cells, strict=True)) for cells in CELLS]), "utf8")
    return path


def packed(path: Path) -> Path:
    path.write_bytes(gzip.compress(delimited(path.with_name("plain.csv"), ",").read_bytes()))
    return path


TABLES = {
    "comma.csv": lambda path: delimited(path, ","),
    "semicolon.csv": lambda path: delimited(path, ";"),
    "tab.csv": lambda path: delimited(path, "\t"),
    "tab.tsv": lambda path: delimited(path, "\t"),
    "packed.csv.gz": packed,
    "sheet.xlsx": sheet,
    "table.parquet": parquet,
    "list.json": as_list,
    "lines.jsonl": lambda path: lines(path, *[dict(zip(HEADER, cells, strict=True)) for cells in CELLS]),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables(name: str, tmp_path: Path) -> None:
    """Whatever format a table comes in, its columns, what fills them and their roles are the same."""
    seen = profile(TABLES[name](tmp_path / name))
    assert (seen.form, seen.records, seen.whole, seen.unread) == ("table", 3, True, {})
    assert seen.roles == ROLES
    found = {column.name: column for column in seen.columns}
    assert list(found) == list(HEADER)
    answer = found["Answer"]
    assert (answer.filled, answer.empty, answer.distinct) == (2, 1, 2)
    assert answer.lengths == (21, 29, 37)
    assert answer.example == CELLS[0][1]


CHATS: dict[str, Json] = {
    "messages": {"messages": TURNS},
    "sharegpt": {"conversations": [{"from": "human", "value": "Hello"}, {"from": "gpt", "value": "Hi there"}]},
    "prompt-completion": {"prompt": "Hello", "completion": "Hi there"},
    "alpaca": {"instruction": "Hello", "input": "", "output": "Hi there"},
}


@pytest.mark.parametrize("form", CHATS)
@pytest.mark.parametrize("format", ["jsonl", "json", "parquet"])
def test_chats(form: str, format: str, tmp_path: Path) -> None:
    """Conversations are told by their keys, in JSON lines, a JSON list or Parquet, with the orders of their roles."""
    value, path = CHATS[form], tmp_path / f"chats.{format}"
    if format == "parquet":
        pl.DataFrame([value] * 3).write_parquet(path)
    elif format == "json":
        path.write_text(json.dumps([value] * 3))
    else:
        lines(path, *[value] * 3)
    seen = profile(path)
    assert (seen.form, seen.records, seen.roles, seen.unread) == (form, 3, {"user assistant": "3"}, {})
    assert [(column.name, column.filled, column.distinct, column.example) for column in seen.columns] == [
        ("user", 3, 1, "Hello"),
        ("assistant", 3, 1, "Hi there"),
    ]


def test_what_is_no_conversation(tmp_path: Path) -> None:
    """Preferences and texts that are rendered already are told by name, the texts with the reason for each record."""
    pairs = profile(lines(tmp_path / "pairs.jsonl", {"prompt": "Hello", "chosen": "Hi", "rejected": "Go away"}))
    assert (pairs.form, pairs.records, pairs.unread) == ("preference", 1, {})
    texts = profile(lines(tmp_path / "texts.jsonl", {"text": "<s>Hello</s>", "id": "1", "meta": {"tokens": 3}}))
    assert (texts.form, texts.unread) == ("text", {"rendered_text": 1})


@pytest.mark.parametrize("beside", ["label", "intent", "category", "answer", "Response"])
def test_a_text_with_its_answer_is_a_table(beside: str, tmp_path: Path) -> None:
    """A text beside a label or an answer is asked, in JSON lines as in a CSV."""
    value = {"text": "Where is my card?", beside: "card_arrival"}
    found = profile(lines(tmp_path / "labelled.jsonl", value, value))
    table = profile(delimited(tmp_path / "labelled.csv", ",", [(*value,), (*value.values(),)]))
    assert (found.form, found.roles) == (table.form, table.roles)
    assert (found.roles["question"], found.roles["answer"]) == ("text", beside)


def test_squad(tmp_path: Path) -> None:
    """A SQuAD file is told by its paragraphs; contexts and questions are its columns."""
    seen = profile(legal.write_legal(tmp_path))
    assert (seen.form, seen.records) == ("squad", 36)
    assert [column.name for column in seen.columns] == ["context", "question"]


def test_the_demos(tmp_path: Path) -> None:
    """Of the demos the roles are those that their recipes use, and lines that cannot be read are counted by reason."""
    banking.write_banking(tmp_path)
    assert profile(tmp_path / "train.csv").roles == {"question": "text", "answer": "category", "label": "category"}
    seen = profile(bengali.write_bengali(tmp_path))
    assert seen.roles == {"question": "Questions", "answer": "Answers", "label": "Topics"}
    seen = profile(finetome.write_finetome(tmp_path))
    assert seen.form == "sharegpt"
    assert seen.unread == {"bad_line": 3, "not_text": 1, "rendered_text": 1, "unknown_role": 1}
    assert next(iter(seen.roles)) == "user assistant"
    assert {column.name for column in seen.columns} == {"system", "user", "assistant", "tool"}


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        (("Prompt", "Response"), {"question": "Prompt", "answer": "Response"}),
        (("Q", "A"), {"question": "Q", "answer": "A"}),
        (("User Input", "x"), {"question": "x", "answer": "User Input"}),
        (("utterance", "intent"), {"question": "utterance", "answer": "intent", "label": "intent"}),
        (("long", "short"), {"question": "short", "answer": "long"}),
        (("short", "answer"), {"question": "short", "answer": "answer"}),
        (("topic", "body", "reply"), {"question": "body", "answer": "reply", "label": "topic"}),
        (("source", "target"), {"question": "source_", "answer": "target"}),
        (("id", "question", "answer"), {"question": "question", "answer": "answer"}),
        (("only",), {}),
    ],
)
def test_guessed_roles(header: tuple[str, ...], roles: dict[str, str], tmp_path: Path) -> None:
    """A column is asked or answered by its name; without one the longest is answered, the next longest asked."""
    lengths = dict.fromkeys(header, 5) | {"long": 50, "short": 20, "User Input": 60}
    rows = [tuple(f"{n}".ljust(lengths[name], "x") for name in header) for n in range(3)]
    assert profile(delimited(tmp_path / "table.csv", ",", [header, *rows])).roles == roles


def test_a_long_file(tmp_path: Path) -> None:
    """Of a file with more than 10,000 records the first 10,000 are looked at, and that there are more is said."""
    rows = [(f"question {n}", f"answer {n}") for n in range(PROFILE_ROWS + 1)]
    more = profile(delimited(tmp_path / "more.csv", ",", [("question", "answer"), *rows]))
    just = profile(delimited(tmp_path / "just.csv", ",", [("question", "answer"), *rows[:-1]]))
    assert [(seen.records, seen.whole) for seen in (more, just)] == [(PROFILE_ROWS, False), (PROFILE_ROWS, True)]


def test_records_that_cannot_be_read(tmp_path: Path) -> None:
    """Records with too few cells and lines that are no JSON are counted by reason, and the rest is looked at."""
    (tmp_path / "ragged.csv").write_text("question,answer\na,b\nc\nd,e,f\n")
    assert profile(tmp_path / "ragged.csv").unread == {"bad_record": 2}
    (tmp_path / "torn.jsonl").write_text('{"messages": \n' + "[1]\n" + json.dumps({"messages": TURNS}) + "\n")
    seen = profile(tmp_path / "torn.jsonl")
    assert (seen.form, seen.unread) == ("messages", {"bad_line": 2})


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "is empty"),
        ("header.csv", b"question,answer\n", "holds no records"),
        ("empty.jsonl", b"", "holds no object"),
        ("blank.jsonl", b"\n \n", "holds no object"),
        ("empty.json", b"", "is not JSON"),
        ("list.json", b"[]", "holds no object"),
        ("numbers.json", b"[1, 2]", "holds no object"),
        ("keyless.jsonl", b"{}\n{}\n", "holds no object with a key"),
        ("faq.txt", b"Q: A", "faq.txt: .txt is not a supported format"),
        ("faq", b"Q: A", "faq: no suffix is not a supported format"),
        ("faq.xlsx", b"question,answer\n", "is not a complete XLSX file"),
        ("faq.parquet", b"question,answer\n", "is not a complete Parquet file"),
        ("latin.csv", "question,answer\ncaf\u00e9,x\n".encode("latin-1"), "is not UTF-8"),
        ("twice.csv", b"a,a\n1,2\n", "two columns 'a', 1 and 2"),
    ],
)
def test_files_that_hold_nothing_to_see(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    """A file that is empty, of another kind or not what its name says is an InputError with its path and the fact."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as raised:
        profile(tmp_path / name)
    assert str(tmp_path / name) in str(raised.value)
    assert said in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A path where nothing stands, and a folder, are InputErrors too."""
    for path in (tmp_path / "missing.csv", tmp_path / "missing.json", tmp_path / "missing.xlsx"):
        with pytest.raises(InputError, match="There is no file"):
            profile(path)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match=r"folder\.csv is a folder"):
        profile(tmp_path / "folder.csv")


@pytest.mark.real
@pytest.mark.parametrize(
    ("file", "form", "records"),
    [
        ("banking77/train.csv", "table", 10_000),
        ("bengali/real_rows.csv", "table", 2),
        ("sharegpt/fastchat_dummy_conversation.json", "sharegpt", 500),
        ("sharegpt/alpaca_en_demo.json", "alpaca", 999),
        ("cuad/CUADv1.json", "squad", 510),
    ],
)
def test_real_files(file: str, form: str, records: int, data: Path) -> None:
    """Published files are seen as what they are."""
    seen: FileProfile = profile(data / file)
    assert (seen.form, seen.records, seen.unread) == (form, records, {})
