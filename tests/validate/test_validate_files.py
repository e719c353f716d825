"""Facts about files: every form and packing, what --fix writes, suites, the page, and what the command line prints."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pyarrow as pa
import pytest
from markupsafe import escape
from planted import FEW, Row, chat, clean, planted, write

from curation.base.errors import InputError, UsageError
from curation.cli.app import main
from curation.demo import finetome
from curation.rules.catalogue import LEVELS, RULES
from curation.schemas.expectations import SUITES
from curation.validation import ValidateOptions, page, validate
from curation.validation.facts import facts

HOSTILE = "\x1b[31m\x07<script>alert('x')</script>\u202e[bold]\x9b2J {{ 7 * 7 }}"


def turns_of(row: Row) -> list[tuple[str, Any]]:
    """Roles and texts of a clean row, whichever form it has."""
    turns = row.get("messages") or row["conversations"]
    names = {"human": "user", "gpt": "assistant"}
    return [(names.get(r := t.get("role") or t["from"], r), t.get("content") or t.get("value")) for t in turns]


def forms() -> dict[str, list[Row]]:
    """The clean conversations of one question and one answer, in every form."""
    pairs = [
        (t[0][1], t[1][1]) for t in map(turns_of, clean()) if len(t) == 2 and all(isinstance(s, str) for _, s in t)
    ]
    return {
        "messages": [chat(*pair) for pair in pairs],
        "sharegpt": [{"conversations": [{"from": "human", "value": a}, {"from": "gpt", "value": b}]} for a, b in pairs],
        "prompt-completion": [{"prompt": a, "completion": b} for a, b in pairs],
        "alpaca": [{"instruction": a, "input": "", "output": b} for a, b in pairs],
        "text": [{"text": f"<|user|>\n{a}\n<|assistant|>\n{b}"} for a, b in pairs],
    }


@pytest.mark.parametrize("form", list(forms()))
@pytest.mark.parametrize("suffix", ["jsonl", "json", "parquet", "jsonl.gz", "json.zst"])
def test_every_form_and_packing(form: str, suffix: str, tmp_path: Path) -> None:
    """Clean files have nothing (of rendered texts the note that they are some); an empty answer is in its place."""
    rows = forms()[form]
    rows[3] = {**rows[3], **{"text": "Where\u200b?"}} if form == "text" else emptied(rows[3])
    file = tmp_path / f"chat.{suffix}"
    lines = b"".join(orjson.dumps(row) + b"\n" for row in rows) if "jsonl" in suffix else orjson.dumps(rows)
    if suffix == "parquet":
        pl.DataFrame(rows).write_parquet(file)
    elif suffix.endswith("zst"):
        with pa.output_stream(str(file), compression="zstd") as stream:
            stream.write(lines)
    else:
        file.write_bytes(gzip.compress(lines) if suffix.endswith("gz") else lines)
    found = validate([file])
    assert found.files[0].forms == {form: len(rows)}
    wanted = {"invisible", "rendered_text"} if form == "text" else {"empty_turn"}
    assert {one.id for one in found.findings} == wanted
    number = {"json": "[3]", "json.zst": "[3]", "parquet": "record 4"}.get(suffix, "line 4")
    first = next(one for one in found.findings if one.id != "rendered_text")
    assert [place.at for place in first.places] == [f"{file.name}#{number}"]


def emptied(row: Row) -> Row:
    """The row with an empty answer."""
    text = orjson.dumps(row).decode()
    answer = json.dumps(turns_of(row)[1][1] if set(row) & {"messages", "conversations"} else [*row.values()][-1])
    empty: Row = orjson.loads(text.replace(orjson.dumps(json.loads(answer)).decode(), '" "'))
    return empty


# --fix.


def test_the_books_balance(tmp_path: Path) -> None:
    """Every row read is kept or is in rejects.parquet, once, with its reason; the inputs are as they were."""
    train = [*map(json.loads, (line for line in finetome.lines() if line.startswith('{"') and line.endswith("}")))]
    test = [{**train[4], "id": "a", "meta": {"n": 1}}, train[7], *clean()[-20:]]
    files = [write(tmp_path / "train.jsonl.gz", ["{", *train]), write(tmp_path / "test.json", test)]
    before = [file.read_bytes() for file in files]
    found = validate(files, ValidateOptions(tokenizer="builtin", max_tokens=2048, fix=tmp_path / "new" / "fixed"))
    assert [file.read_bytes() for file in files] == before
    fixed = tmp_path / "new" / "fixed"
    assert sorted(path.name for path in fixed.iterdir()) == ["rejects.parquet", "test.jsonl", "train.jsonl"]
    kept = {
        name: [*map(json.loads, (fixed / name).read_text("utf8").split("\n")[:-1])]
        for name in ("train.jsonl", "test.jsonl")
    }
    rejects = pl.read_parquet(fixed / "rejects.parquet")
    assert rejects.columns == ["file", "source", "reason", "detail"]
    assert rejects["source"].is_unique().all()
    assert rejects.null_count().sum_horizontal().item() == 0
    assert found.rows == len(train) + 1 + len(test) == sum(map(len, kept.values())) + len(rejects)
    assert found.fixed is not None
    assert (found.fixed.kept, found.fixed.dropped) == ({name: len(rows) for name, rows in kept.items()}, len(rejects))
    assert found.faulty <= len(rejects) <= found.faulty + 1  # the rendered text among conversations
    assert set(rejects["reason"]) >= {"bad_line", "leak", "duplicate", "empty_turn", "answer_cut", "rendered_text"}
    assert set(chain(*(row for row in kept["train.jsonl"]))) == {"messages", "source", "score"}
    again = validate(
        [fixed / "train.jsonl", fixed / "test.jsonl"], ValidateOptions(tokenizer="builtin", max_tokens=2048)
    )
    assert [one.id for one in again.findings if one.level == "error"] == []


def test_what_is_kept_is_as_it_was(tmp_path: Path) -> None:
    """Other keys stay; of duplicates the first stays, of a leak the held-out row; rendered texts stay texts."""
    row = {**chat("What is it?", "It is a quay."), "id": 7, "meta": {"tags": ["a"], "n": None}, "system": "Be brief."}
    kept = {"messages": [{"role": "system", "content": "Be brief."}, *row["messages"]], "id": 7, "meta": row["meta"]}
    leaky = chat("Where does the night ferry leave from?", "From pier two.")
    files = [
        write(tmp_path / "train.jsonl", [row, {**row, "id": 8}, leaky, *clean()[:30]]),
        write(tmp_path / "test.jsonl", [leaky, *clean()[30:60]]),
        write(tmp_path / "texts.jsonl", [{"text": "Tell me more. Gladly.", "id": "x"}]),
    ]
    found = validate(files, ValidateOptions(fix=tmp_path / "out"))
    lines = [(tmp_path / "out" / f"{name}.jsonl").read_text("utf8").splitlines() for name in ("train", "test", "texts")]
    assert json.loads(lines[0][0]) == kept
    assert len(lines[0]) == 31
    assert json.loads(lines[1][0]) == leaky
    assert [json.loads(line) for line in lines[2]] == [{"text": "Tell me more. Gladly.", "id": "x"}]
    assert found.fixed is not None
    rejects = pl.read_parquet(tmp_path / "out" / "rejects.parquet")
    assert rejects.select("file", "source", "reason").rows() == [
        ("train.jsonl", "train.jsonl#line 2", "duplicate"),
        ("train.jsonl", "train.jsonl#line 3", "leak"),
    ]


def test_files_of_one_name_are_fixed_apart(tmp_path: Path) -> None:
    """The second of two files with one stem gets a number."""
    for folder, rows in (("a", clean()[:30]), ("b", clean()[30:60])):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / "chat.jsonl", rows)
    validate([tmp_path / "a" / "chat.jsonl", tmp_path / "b" / "chat.jsonl"], ValidateOptions(fix=tmp_path / "out"))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "chat-2.jsonl",
        "chat.jsonl",
        "rejects.parquet",
    ]


def test_fix_writes_over_nothing(tmp_path: Path) -> None:
    """A folder or file that is there already is a UsageError, before anything is read; nothing is left beside it."""
    (tmp_path / "out").mkdir()
    with pytest.raises(UsageError, match="exists already and is not overwritten"):
        ValidateOptions(fix=tmp_path / "out")
    write(tmp_path / "chat.jsonl", clean()[:FEW])
    validate([tmp_path / "chat.jsonl"], ValidateOptions(fix=tmp_path / "new"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chat.jsonl", "new", "out"]


# Suites and facts.


def test_the_chat_suite(tmp_path: Path) -> None:
    """The suite that comes along is met by a clean file; a duplicate fails what is said of duplicates and of errors."""
    found = validate([write(tmp_path / "clean.jsonl", clean())], ValidateOptions(suite="chat"))
    assert (found.ok, {check.passed for check in found.checks}) == (True, {True})
    assert len(found.checks) == len(json.loads((SUITES / "chat.json").read_text("utf8"))["expectations"])
    found = validate([write(tmp_path / "bad.jsonl", [clean()[0], *clean()])], ValidateOptions(suite="chat"))
    assert [check.column for check in found.checks if not check.passed] == ["duplicate", "errors"]


def test_a_suite_of_ones_own(tmp_path: Path) -> None:
    """A suite by path judges tokens too; one that is not met makes the verdict bad, even where no row has an error."""
    check = {"type": "expect_column_max_to_be_between", "kwargs": {"column": "tokens", "max_value": 10}}
    (tmp_path / "own.json").write_text(json.dumps({"name": "own", "expectations": [check]}))
    asked = ValidateOptions(tokenizer="builtin", suite=str(tmp_path / "own.json"))
    found = validate([write(tmp_path / "clean.jsonl", clean()[:FEW])], asked)
    assert (found.ok, found.faulty, [check.passed for check in found.checks]) == (False, 0, [False])
    with pytest.raises(InputError, match="Did you mean chat"):
        ValidateOptions(suite="chta")


def test_the_facts_hold_no_text() -> None:
    """A line a row: numbers and booleans alone, and a boolean for every kind of finding, counted by level."""
    numbers = {"turns": pl.UInt32, "characters": pl.UInt32, "asked_characters": pl.UInt32}
    judged = pl.LazyFrame(
        {"row": [0, 1], "file": [0, 0], **{name: [2, None] for name in numbers}},
        schema_overrides={"row": pl.UInt32, **numbers},
    )
    found = pl.DataFrame(
        {"row": [1, 1, 1], "id": ["bad_line", "leak", "mojibake"]}, schema_overrides={"row": pl.UInt32}
    )
    frame = facts(judged, None, found, None)
    assert all(dtype.is_numeric() or dtype == pl.Boolean for dtype in frame.dtypes)
    assert {rule.id for rule in RULES} <= set(frame.columns)
    assert frame.select(f"{level}s" for level in LEVELS).rows() == [(0, 0, 0), (2, 1, 0)]
    assert frame.row(1, named=True)["leak"] is True


# The command line.


class Ended:
    """What a command printed, and its exit code."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *words: object) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["validate", *map(str, words)])
        self.code = int(ended.value.code or 0)
        self.out, self.err = capsys.readouterr()


@pytest.fixture
def curate(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    return lambda *words: Ended(capsys, *words)


def test_exit_codes(curate: Callable[..., Ended], tmp_path: Path) -> None:
    """0 without errors, warnings or not; 1 with errors; 2 for options; 3 for files; 6 for the disk."""
    sound = write(tmp_path / "sound.jsonl", [chat("Is this café right?", "No: cafÃ©."), *clean()[:FEW]])
    faulty = write(tmp_path / "faulty.jsonl", planted("{"))
    ended = curate(sound)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[-1] == "No errors in 61 rows of 1 file; 1 kind of warning."
    ended = curate(faulty)
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.splitlines()[-1] == "1 of 61 rows of 1 file have errors."
    assert "bad_line" in ended.out
    for words, expected in (
        ((sound, "--near", "2"), "--near 2.0"),
        ((sound, "--max-tokens", "9"), "--max-tokens needs --tokenizer"),
        ((sound, "--template", "zephyr"), "--template needs --tokenizer"),
        ((sound, "--languages", "english"), "'english'"),
        ((sound, "--tokenizer", "builtin", "--max-tokens", "0"), "--max-tokens 0"),
        ((sound, sound), "given twice"),
        ((sound, "--fix", tmp_path), "exists already"),
    ):
        ended = curate(*words)
        assert (ended.code, ended.out, ended.err.startswith("error: ")) == (2, "", True)
        assert expected in ended.err
    (tmp_path / "file").write_text("mine")
    for option in ("--fix", "--html"):
        ended = curate(sound, option, tmp_path / "file" / "out")
        assert (ended.code, ended.out, "give another place" in ended.err) == (6, "", True)
    (tmp_path / "empty.jsonl").write_text("\n")
    (tmp_path / "wide.jsonl").write_bytes("{}".encode("utf-16-le"))
    (tmp_path / "torn.parquet").write_bytes(b"PAR1")
    (tmp_path / "torn.json").write_text("[{")
    for name in ("none.jsonl", "chat.txt", "empty.jsonl", "wide.jsonl", "torn.parquet", "torn.json"):
        ended = curate(tmp_path / name)
        assert (ended.code, ended.out, name in ended.err, len(ended.err.splitlines())) == (3, "", True, 1)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_are_read(encoding: str, tmp_path: Path) -> None:
    """A file whose mark says how it is written is read like any other."""
    rows = [chat("Where is the café?", "Here \u2013 in the old quay."), *clean()[:FEW]]
    lines = write(tmp_path / "chat.jsonl", rows).read_text("utf8")
    (tmp_path / "wide.jsonl").write_text(lines, encoding)
    found = validate([tmp_path / "wide.jsonl"])
    assert (found.findings, found.rows) == ((), len(rows))


def test_json_is_the_result(curate: Callable[..., Ended], tmp_path: Path) -> None:
    """--json prints one object in ASCII, with the fields that the result documents."""
    ended = curate(write(tmp_path / "chat.jsonl", planted("{")), "--json")
    printed = json.loads(ended.out)
    assert (ended.code, ended.out.isascii()) == (1, True)
    assert list(printed) == [
        *("ok", "rows", "faulty", "files", "keys", "findings", "checks", "notes", "samples", "fixed"),
    ]
    assert printed["findings"][0]["places"][0]["at"] == "chat.jsonl#line 38"
    assert printed["files"][0] | {"languages": 0} == {
        "path": str(tmp_path / "chat.jsonl"),
        "name": "chat.jsonl",
        "split": "chat.jsonl",
        "rows": FEW + 1,
        "forms": {"sharegpt": FEW, "unread": 1},
        "languages": 0,
    }


def hostile_file(folder: Path) -> Path:
    """A file whose name and texts would move the cursor, turn the line, mark up or run."""
    path = folder / "\x1b[2Jname [red]\u202e\x9b.jsonl"
    rows = [
        chat(f"{HOSTILE} caf\u00c3\u00a9 {HOSTILE}", HOSTILE * 200),
        HOSTILE,
        {"messages": [{"role": HOSTILE, "content": "x"}]},
        {HOSTILE: HOSTILE},
        {"text": HOSTILE},
        chat(HOSTILE, HOSTILE, HOSTILE),
    ]
    return write(path, [*rows, *clean()[:FEW]])


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_hostile_texts_reach_no_terminal(more: tuple[str, ...], curate: Callable[..., Ended], tmp_path: Path) -> None:
    """Control characters, escapes and direction marks of texts and file names are shown as escapes, and cut."""
    ended = curate(hostile_file(tmp_path), *more)
    assert (ended.code, ended.err) == (1, "")
    assert not set(ended.out) & set("\x1b\x07\x9b\u202e\x7f")
    assert "[bold]" in ended.out.replace("\n", "")
    assert len(ended.out) < 30_000


def test_the_page(tmp_path: Path) -> None:
    """Self-contained, without script or request; what texts hold is there as text."""
    found = validate([hostile_file(tmp_path)], ValidateOptions(tokenizer="builtin", max_tokens=100))
    page.write(found, tmp_path / "below" / "page.html")
    text = (tmp_path / "below" / "page.html").read_text("utf8")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "{{ 7 * 7 }}" in text
    assert not set(text) & set("\x1b\x07\x9b\u202e")
    assert "http" not in text.replace("http-equiv", "")
    assert "prefers-color-scheme:dark" in text
    assert all(one.id in text and str(escape(one.meaning)) in text for one in found.findings)


def test_a_process_of_its_own(tmp_path: Path) -> None:
    """The installed command prints JSON and nothing else, writes the page where asked, and ends with 1."""
    file = write(tmp_path / "chat.jsonl", planted("{"))
    command = [
        "-c",
        "from curation.cli.app import main; main()",
        "validate",
        str(file),
        "--json",
        "--html",
        str(tmp_path / "p.html"),
    ]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout)["faulty"] == 1
    assert (tmp_path / "p.html").is_file()


# Real files.


@pytest.mark.real
def test_the_real_fastchat_and_alpaca_files(data: Path) -> None:
    """FastChat's contradict each other, as they are meant to; Alpaca's repeat 14 rows, two hold made-up addresses."""
    found = validate([data / "sharegpt" / "fastchat_dummy_conversation.json"])
    assert (found.ok, found.rows, found.files[0].forms) == (True, 500, {"sharegpt": 500})
    assert {one.id: one.count for one in found.findings} == {"label_conflict": 499}
    file = data / "sharegpt" / "alpaca_en_demo.json"
    found = validate([file])
    rows = json.loads(file.read_text("utf8"))
    texts = [json.dumps(row) for row in rows]
    repeated = [f"alpaca_en_demo.json#[{n}]" for n, text in enumerate(texts) if text in texts[:n]]
    assert (found.ok, found.rows, found.files[0].forms) == (False, 999, {"alpaca": 999})
    assert {one.id: one.count for one in found.findings} == {"duplicate": 14, "personal_data": 2}
    assert [place.at for place in found.findings[0].places] == repeated[:10]
