"""Facts about the command line: one line for a person's error, its exit code, JSON alone where asked, light imports."""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from books import DATA, data_hashes
from commands import Curate, Ended

from curation.cli.app import main
from curation.demo import legal
from curation.ledger.build import Build
from curation.schemas.template import BUILTIN

TINY = Path(__file__).parent / "golden" / "tiny.py"


def python(program: str, *arguments: object, **environment: str) -> Ended:
    """A program in a Python of its own."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, env={**os.environ, **environment})
    return Ended(done.returncode, done.stdout, done.stderr)


CURATE = "from curation.cli.app import main; main()"


def check_error(ended: Ended, code: int, *said: str) -> None:
    """One line on stderr, or Typer's usage text; the exit code; nothing on stdout; the words that must be in it."""
    assert ended.code == code, ended.err
    assert ended.out == ""
    lines = ended.err.strip().splitlines()
    assert "Traceback" not in ended.err
    assert lines[0].startswith("Usage:") or (len(lines) == 1 and lines[0].startswith("error: ")), ended.err
    for words in said:
        assert words in ended.err


# Sources that cannot be read.


def source_files(folder: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Files that are no SQuAD JSON, each with what must be said of it."""
    contents: dict[str, tuple[bytes, tuple[str, ...]]] = {
        "empty": (b"", ("is not JSON",)),
        "truncated": (b'{"data": [{"title": "A", "paragraphs": [', ("is not JSON",)),
        "list": (b"[1, 2]", ("[0] is 1", "Expected SQuAD")),
        "null": (b"null", ("holds null", "Expected a list of objects")),
        "no_data": (b'{"version": "1"}', ("[0] is an object with version", "Expected SQuAD")),
        "string": (b'{"data": "all"}', ("[0] is an object with data", "Expected SQuAD")),
        "zip": (b"PK\x03\x04\x00\x00", ("is not JSON",)),
    }
    for name, (content, said) in contents.items():
        (folder / f"{name}.json").write_bytes(content)
        yield folder / f"{name}.json", said


def test_sources_that_cannot_be_read(curate: Curate, tmp_path: Path) -> None:
    """A file that is no SQuAD JSON ends with exit code 3 and the file, the place in it, what stands there."""
    for file, said in source_files(tmp_path):
        check_error(curate("build", "legal", "--source", file, "--out", tmp_path / "out"), 3, str(file), *said)
        assert not (tmp_path / "out").exists()


def test_sources_that_are_no_file(curate: Curate, tmp_path: Path) -> None:
    """A path where nothing stands, or a folder, ends with exit code 3, before anything is made."""
    missing = tmp_path / "missing.json"
    check_error(curate("build", "legal", "--source", missing, "--out", tmp_path / "out"), 3, f"no file {missing}")
    check_error(curate("build", "legal", "--source", tmp_path, "--out", tmp_path / "out"), 3, f"{tmp_path} is a folder")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("init",), ("validate",), ("build", "legal", "--source")])
def test_a_name_that_is_not_utf8(command: tuple[str, ...], tmp_path: Path) -> None:
    """A file whose name is in another encoding ends with exit code 2 and the name as it can be shown."""
    name = os.fsdecode(bytes(tmp_path) + b"/caf\xe9.csv")
    Path(name).write_text("question,answer\na,b\n")
    check_error(python(CURATE, *command, name), 2, "caf\\udce9.csv is not UTF-8", "Rename the file")


def test_a_build_leaves_the_collector_as_it_was(curate: Curate, tmp_path: Path) -> None:
    """A command called from a program of somebody's own gives the garbage collector back, after a failure too."""
    assert gc.isenabled()
    check_error(curate("build", "legal", "--source", tmp_path / "missing.json", "--out", tmp_path / "out"), 3)
    assert gc.isenabled()


def test_sources_without_a_row(curate: Curate, tmp_path: Path) -> None:
    """A source that is read and holds nothing to make a row of fails at the gate: exit code 4."""
    few = {
        "none": {"data": []},
        "no_questions": {"data": [{"title": "A", "paragraphs": [{"context": "A text.", "qas": []}]}]},
        "blank": {"data": [{"title": "A", "paragraphs": [{"context": " \n", "qas": []}]}]},
    }
    for name, content in few.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
        ended = curate("build", "legal", "--source", tmp_path / f"{name}.json", "--out", tmp_path / "out")
        check_error(ended, 4, "A dataset has rows.")


def test_a_source_with_one_row(curate: Curate, tmp_path: Path) -> None:
    """The smallest source, one question with its answer, ends in a dataset or in one line that says why not."""
    qas = [{"id": "A__X", "question": "What?", "answers": [{"text": "text", "answer_start": 2}]}]
    content = {"data": [{"title": "A", "paragraphs": [{"context": "A text.", "qas": qas}]}]}
    (tmp_path / "one.json").write_text(json.dumps(content))
    ended = curate("build", "legal", "--source", tmp_path / "one.json", "--out", tmp_path / "out", "--json")
    if ended.code:
        check_error(ended, 4)
    else:
        assert json.loads(ended.out)["splits"]["train"]["rows"] == 1


def test_the_hub_cannot_be_reached(tmp_path: Path) -> None:
    """Without a connection, the published source and a Hub tokenizer end with exit code 3 and the ways on."""
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")}
    check_error(python(CURATE, "build", "legal", "--out", tmp_path / "out", **offline), 3, "--source PATH", "--demo")
    there = ("--tokenizer", "nobody/nothing", "--demo", "--out", tmp_path / "out")
    check_error(python(CURATE, "build", "legal", *there, **offline), 3, "'nobody/nothing'", "--tokenizer builtin")


def test_what_the_client_says_itself_is_not_shown(tmp_path: Path) -> None:
    """In a process of its own a Hub that refuses the connection is one line of ours, and none of the client's."""
    nobody = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path / "hf"), "NO_PROXY": "*"}
    check_error(python(CURATE, "pull", "me/legal", "--out", tmp_path / "out", **nobody), 10, "could not be pulled")
    assert not (tmp_path / "out").exists()


# Words and numbers that cannot be meant.


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--max-tokens", "10"), "10 tokens are too few for a row"),
        (("--max-tokens", "-1"), "--max-tokens -1 is out of range. Expected a whole number, 0 < x, e.g. 2048."),
        (("--max-tokens", "many"), "--max-tokens many is out of range. Expected a whole number, 0 < x, e.g. 2048."),
        (("--window", "3"), "Windows of 3 tokens"),
        (("--window", "0"), "--window 0 is out of range. Expected a whole number, 0 < x."),
        (("--overlap", "-1"), "-1"),
        (("--negatives", "-1"), "-1"),
        (("--negatives", "nan"), "nan"),
        (("--negatives", "inf"), "inf"),
        (("--answers", "foo"), "--answers foo is out of range. Expected lines or json, e.g. lines."),
        (("--split", "90/20/10"), "90/20/10 does not add up to 100"),
        (("--split", "0/50/50"), "0/50/50"),
        (("--split", "80/20"), "80/20"),
        (("--split", "official.json"), "official.json"),
        (("--template", "llama4"), "Did you mean llama3?"),
        (("--no-such-option",), "--no-such-option"),
    ],
    ids=lambda given: "_".join(given) if isinstance(given, tuple) else "",
)
def test_options_that_cannot_be_meant(
    arguments: tuple[str, ...], said: str, curate: Curate, demo_source: Path, tmp_path: Path
) -> None:
    """A value that an option cannot have ends with exit code 2 and the value, and nothing is made."""
    ended = curate("build", "legal", "--source", demo_source, "--out", tmp_path / "out", *arguments)
    check_error(ended, 2, said)
    assert not (tmp_path / "out").exists()


def test_words_that_cannot_be_meant(curate: Curate, demo_source: Path, tmp_path: Path) -> None:
    """An unknown recipe or command, too few words, or options that exclude each other, end with exit code 2."""
    check_error(curate("build", "leagl"), 2, "no recipe 'leagl'. Did you mean legal?")
    check_error(curate("show", "leagl"), 2, "Did you mean legal?")
    check_error(curate("cp", "leagl", tmp_path / "mine.py"), 2, "Did you mean legal?")
    check_error(curate("bulid", "legal"), 2, "bulid")
    check_error(curate("build"), 2)
    check_error(curate("build", "legal", "--demo", "--source", demo_source), 2, "exclude each other")
    check_error(curate("build", TINY, "--source", TINY, "--seed", "3"), 2, "takes no --seed")
    check_error(curate("build", TINY), 2, "Give --source PATH")


def test_official_split(curate: Curate, tmp_path: Path) -> None:
    """`--split official` without test_titles.json beside the source is exit code 2; a list of no titles is 3."""
    source = tmp_path / "one.json"
    source.write_text('{"data": []}')
    there = ("--source", source, "--out", tmp_path / "out", "--split")
    check_error(curate("build", "legal", *there, "official"), 2, "test_titles.json")
    for text, said in (("{}", "is not a list of strings"), ("[1]", "is not a list of strings"), ("[", "is not JSON")):
        (tmp_path / "test_titles.json").write_text(text)
        check_error(curate("build", "legal", *there, "official"), 3, "test_titles.json", said)


# Tokenizers and templates.


def test_tokenizers_that_cannot_be_read(curate: Curate, demo_source: Path, tmp_path: Path) -> None:
    """A tokenizer folder without its file, or with a broken one, or no folder at all, ends with exit code 3."""
    folder = tmp_path / "tokenizer"
    folder.mkdir()
    there = ("--source", demo_source, "--out", tmp_path / "out", "--tokenizer")
    check_error(curate("build", "legal", *there, folder), 3, f"{folder} holds no tokenizer.json")
    for content in (b"", b"{}", b"\xff\xfe", b"[]"):
        (folder / "tokenizer.json").write_bytes(content)
        check_error(curate("build", "legal", *there, folder), 3, "tokenizer.json is not a tokenizer")
    (folder / "tokenizer.json").write_bytes((BUILTIN / "tokenizer.json").read_bytes())
    (folder / "tokenizer_config.json").write_bytes(b"{")
    check_error(curate("build", "legal", *there, folder), 3, "tokenizer_config.json is not JSON")
    check_error(curate("build", "legal", *there, tmp_path / "nothing"), 3, "There is no tokenizer folder")
    check_error(curate("build", "legal", *there, demo_source), 3, "There is no tokenizer folder")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{% for m in messages %}{{ m.content }}{% endfor %}", "has no {% generation %} marks"),
        (b"{% for m in messages %}{% generation %}{{ m.content }}", "mine.jinja"),
        (b"{% generation %}{{ nothing.at.all }}{% endgeneration %}", "mine.jinja"),
        (b"{% generation %}all{% endgeneration %}", "mine.jinja"),
        (b"", "has no {% generation %} marks"),
        (b"\xff{% generation %}", "mine.jinja"),
    ],
    ids=["no marks", "not closed", "undefined", "wrong text", "empty", "not UTF-8"],
)
def test_templates_that_do_not_fit(
    content: bytes, said: str, curate: Curate, demo_source: Path, tmp_path: Path
) -> None:
    """A template without generation marks, or one that does not work, ends with exit code 3 and its name."""
    (tmp_path / "mine.jinja").write_bytes(content)
    there = ("--source", demo_source, "--out", tmp_path / "out", "--template", tmp_path / "mine.jinja")
    check_error(curate("build", "legal", *there), 3, said)


# Where builds stand.


def test_a_folder_that_is_no_build(curate: Curate, tmp_path: Path) -> None:
    """An output folder that holds something else ends with exit code 2 and is left as it was, as is a file."""
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    check_error(curate("build", "legal", "--demo", "--out", tmp_path / "thesis"), 2, "is a folder that is not a build")
    check_error(curate("build", "legal", "--demo", "--out", tmp_path / "file"), 2, "is a file")
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert left == {"thesis", "thesis/chapter.txt", "file"}


@pytest.mark.parametrize("out", [".", "", "..", "/"])
def test_an_out_without_a_name(out: str, curate: Curate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder one stands in, its parent and the root are no place for a build: exit code 2, nothing made."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    check_error(curate("build", TINY, "--source", TINY, "--out", out), 2)
    assert [path.name for path in tmp_path.rglob("*")] == ["empty"]


def test_a_demo_does_not_replace_a_real_build(curate: Curate, demo_source: Path, tmp_path: Path) -> None:
    """A build from a real source stands: a demo into its folder ends with exit code 2, also after a kill in `put`."""
    source = tmp_path / "real.json"
    source.write_bytes(demo_source.read_bytes() + b"\n")  # a byte more, and it is no demo
    assert curate("build", "legal", "--source", source, "--out", tmp_path / "out").code == 0
    check_error(curate("build", "legal", "--demo", "--out", tmp_path / "out"), 2, "real.json", "out-demo")
    (tmp_path / "out").rename(tmp_path / ".out.replaced")
    check_error(curate("build", "legal", "--demo", "--out", tmp_path / "out"), 2)
    assert not Build.open(tmp_path / "out").manifest.demo


def test_the_parent_is_a_file(curate: Curate, tmp_path: Path) -> None:
    """Where the parent of the output folder is a file, the system's refusal ends with exit code 6."""
    (tmp_path / "file").write_text("mine")
    check_error(curate("build", "legal", "--demo", "--out", tmp_path / "file" / "out"), 6, "refused to write")
    check_error(curate("cp", "legal", tmp_path / "file" / "mine.py"), 6, "cannot be written")


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
from curation.cli.app import main
main()
"""


@pytest.mark.parametrize("limit", [10, 100_000, 1_000_000], ids=["first byte", "phases", "outputs"])
def test_the_disk_refuses(limit: int, curate: Curate, demo_build: Build, demo_source: Path, tmp_path: Path) -> None:
    """Where the disk takes no more, exit code 6 in one line; the next run goes on and ends with the same bytes."""
    ended = python(LIMITED, limit, "build", "legal", "--source", demo_source, "--out", tmp_path / "out")
    check_error(ended, 6, f"refused to write beside {tmp_path / 'out'}: ", "File too large")
    assert not (tmp_path / "out").exists()
    if limit == 1_000_000:
        ended = curate("build", "legal", "--source", demo_source, "--out", tmp_path / "out")
        assert ended.code == 0, ended.err
        lines = (tmp_path / "out" / "train.jsonl").read_bytes()
        assert lines == (demo_build.folder / "train.jsonl").read_bytes()


def test_the_demo_cannot_be_written(tmp_path: Path) -> None:
    """Where the temporary folder takes no demo corpus, the system's refusal ends with exit code 6 as well."""
    check_error(python(LIMITED, 1_000, "build", "legal", "--demo", "--out", tmp_path / "out"), 6, "File too large")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one MiB; skips where none can be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    try:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if mounted.returncode:
        pytest.skip("mounting a small disk takes rights that are not given here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(small_disk: Path, curate: Curate, demo_source: Path) -> None:
    """A disk that is full ends with exit code 6 and its reason, in one line."""
    ended = curate("build", "legal", "--source", demo_source, "--out", small_disk / "out")
    check_error(ended, 6, "No space left on device")


def test_verify_and_clean(curate: Curate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build is made, verified, cleaned and verified again by its name; a changed file is exit code 5 after that."""
    monkeypatch.chdir(tmp_path)
    made = curate("build", TINY, "--source", TINY, "--json")
    assert made.code == 0, made.err
    assert made.err == ""
    told = json.loads(made.out)
    assert told["build"] == "datasets_out/tiny"
    assert told["splits"]["train"]["rows"] >= 1
    assert told["phases"][0] == {
        "level": "records",
        "name": "read",
        "stages": ["recipe.tiny.read"],
        "entered": 9,
        "kept": 9,
        "rejected": {},
        "reasons": [],
    }
    verified = curate("verify", "tiny", "--json")
    assert (verified.code, verified.err) == (0, "")
    assert json.loads(verified.out)["whole"] is True
    cleaned = curate("clean", "tiny")
    assert cleaned.code == 0
    assert "datasets_out/tiny" in cleaned.out
    assert not (tmp_path / "datasets_out" / "tiny" / "phases").exists()
    assert curate("verify", tmp_path / "datasets_out" / "tiny").code == 0
    with (tmp_path / "datasets_out" / "tiny" / "test.jsonl").open("a") as file:
        file.write("\n")
    check_error(curate("verify", "tiny"), 5, "test.jsonl has changed since it was built")
    check_error(curate("verify", "tniy"), 5, "There is no build tniy. Did you mean tiny?")
    check_error(curate("clean", "nothing"), 5, "There is no build nothing.")
    check_error(curate("clean", "."), 5, "is not a build: it has no manifest.json")


def test_a_failed_gate(curate: Curate, tmp_path: Path) -> None:
    """A gate that fails ends with exit code 4, with the expectation, what was found, and where to look."""
    suite = tmp_path / "suite.json"
    check = {"type": "expect_column_max_to_be_between", "kwargs": {"column": "tokens", "max_value": 1}}
    suite.write_text(json.dumps({"name": "own", "expectations": [{**check, "meta": {"notes": "Short rows."}}]}))
    mine = tmp_path / "mine.py"
    mine.write_text(TINY.read_text("utf8").replace('["common"]', f"[{str(suite)!r}]"), "utf8")
    for json_too in ((), ("--json",)):
        ended = curate("build", mine, "--source", TINY, "--out", tmp_path / "out", *json_too)
        check_error(ended, 4, "expect_column_max_to_be_between of tokens (own)", "Short rows.", "out.failed")


# A person's own recipe.


STAGES = {
    "raises": ("def late(rows):\n    return {}['key']\n", "KeyError"),
    "misspells a column": ("def late(rows):\n    return rows.with_columns(x=pl.col('txet'))\n", "txet"),
    "raises in a batch": (
        "def late(rows):\n    return rows.map_batches(lambda f: 1 / 0, schema=rows.collect_schema())\n",
        "ZeroDivisionError",
    ),
    "raises for a value": (
        "def late(rows):\n    return rows.with_columns(n=pl.col('text').map_elements(int, pl.Int64))\n",
        "late",
    ),
    "casts badly": ("def late(rows):\n    return rows.with_columns(n=pl.col('text').cast(pl.Int64))\n", "late"),
    "opens a file": ("def late(rows):\n    open('/nowhere/at/all')\n    return rows\n", "/nowhere/at/all"),
    "returns nothing": ("def late(rows):\n    rows.with_columns(x=1)\n", "late"),
    "returns a frame": ("def late(rows):\n    return rows.collect()\n", "late"),
    "takes no rows": ("def late():\n    return None\n", "late"),
    "is no function": ("late = 'Keep'\n", "Keep"),
    "own error": ("class Odd(Exception): ...\ndef late(rows):\n    raise Odd('own kind')\n", "own kind"),
}


@pytest.mark.filterwarnings("ignore::polars.exceptions.PolarsInefficientMapWarning")
@pytest.mark.parametrize("kind", STAGES)
def test_a_stage_with_a_mistake(kind: str, curate: Curate, tmp_path: Path) -> None:
    """A mistake inside a person's own stage is one line with the phase or the file, and never exit code 6."""
    text, said = STAGES[kind]
    mine = tmp_path / "mine.py"
    source = TINY.read_text("utf8").replace("def recipe(", f"{text}\n\ndef recipe(", 1)
    mine.write_text(source.replace('"families": [grouped]', '"families": [grouped, late]'), "utf8")
    ended = curate("build", mine, "--source", TINY, "--out", tmp_path / "out")
    assert ended.code in (3, 5), ended.err
    check_error(ended, ended.code, said)
    assert "'families'" in ended.err or f"{mine}, line " in ended.err


@pytest.mark.parametrize("relative", [False, True])
def test_a_recipe_with_a_mistake(
    relative: bool, curate: Curate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A syntax error, an exception in recipe() and one in a stage name the person's file and line: exit code 3."""
    monkeypatch.chdir(tmp_path)
    mine = Path("mine.py") if relative else tmp_path / "mine.py"
    text = TINY.read_text("utf8")
    mistakes = {
        "SyntaxError": text + "\ndef broken(:\n",
        "ZeroDivisionError": text.replace("    tokens = load_", "    1 / 0\n    tokens = load_"),
        "KeyError": text.replace("    return records.with", "    {}['x']\n    return records.with"),
    }
    for error, broken in mistakes.items():
        assert broken != text
        mine.write_text(broken, "utf8")
        lines = broken.splitlines()
        line = 1 + next(i for i, t in enumerate(lines) if t.strip() in ("def broken(:", "1 / 0", "{}['x']"))
        ended = curate("build", f"./{mine}" if relative else mine, "--source", TINY, "--out", tmp_path / "out")
        check_error(ended, 3, f"mine.py, line {line}: {error}")


@pytest.mark.parametrize("name", ["mine.py", "./mine.py", "{tmp}/mine.py", "{tmp}/below/mine.py"])
def test_cp_says_how_to_build(name: str, curate: Curate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`curate cp` prints the command that builds the copy, and the path in it is the copy's."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "below").mkdir()
    target = name.format(tmp=tmp_path)
    ended = curate("cp", "legal", target)
    assert ended.code == 0
    path = ended.out.strip().rpartition("curate build ")[2]
    assert Path(path).is_file()
    check_error(curate("cp", "legal", target), 2, "exists and is left alone")
    assert curate("show", path).code == 0


# What is printed, and what is imported.


def test_recipes_and_show(curate: Curate) -> None:
    """`recipes` has a line for each recipe, as JSON too; `show` tells a recipe's phases, rules and expectations."""
    listed = curate("recipes")
    assert (listed.code, listed.err) == (0, "")
    assert any(line.startswith("legal ") for line in listed.out.splitlines())
    told = json.loads(curate("recipes", "--json").out)
    assert told["legal"].startswith("Contracts to chat rows")
    shown = curate("show", "legal")
    assert (shown.code, shown.err) == (0, "")
    lines = shown.out.splitlines()
    phases = ("Records: read_squad", "  families", "Rows: Excerpts", "  split", "Options", "Source")
    rule = "A text holds a string that becomes a control token: it would end or begin a turn inside a turn."
    for words in (*phases, f"    rejects control_token: {rule}", "Checks over the rows", "  A dataset has rows."):
        assert words in lines
    assert [line for line in lines if line in phases] == list(phases)
    assert (
        "  --negatives NUMBER  Rows without an answer for each row with one, per clause type [default: 1.0; 0 <= x]"
        in lines
    )
    assert " at 0x" not in shown.out


def test_list(curate: Curate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`list` tells every build in datasets_out/ with its rows, tokens, checks, size and date, and no other folder."""
    monkeypatch.chdir(tmp_path)
    ended = curate("list")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("There are no builds in datasets_out/ and no runs in runs/.")
    assert json.loads(curate("list", "--json").out) == {"builds": [], "runs": []}
    assert curate("build", TINY, "--source", TINY, "--json").code == 0
    (tmp_path / "datasets_out" / "notes").mkdir()
    made = Build.open("tiny")
    ended = curate("list", "--json")
    assert (ended.code, ended.err) == (0, "")
    told = json.loads(ended.out)
    assert told["runs"] == []
    (one,) = told["builds"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", one.pop("date"))
    files = [file for file in made.folder.rglob("*") if file.is_file()]
    assert one == {
        "build": "tiny",
        "rows": {name: split.rows for name, split in made.manifest.splits.items()},
        "tokens": sum(split.tokens for split in made.manifest.splits.values()),
        "passed": len(made.manifest.gate),
        "checks": len(made.manifest.gate),
        "bytes": sum(file.stat().st_size for file in files),
    }
    rows = " / ".join(map(str, one["rows"].values()))
    (line,) = (line for line in curate("list").out.splitlines() if "tiny" in line)
    assert all(words in line for words in (rows, f"{one['tokens']:,}", f"{one['passed']}/{one['checks']}"))


def test_five_recipes(curate: Curate) -> None:
    """`recipes` names the five recipes that come with the project, each with what it makes of what."""
    told = json.loads(curate("recipes", "--json").out)
    assert list(told) == ["banking", "bengali", "finetome", "legal", "mix"]
    assert [line.split()[0] for line in curate("recipes").out.splitlines() if not line.startswith(" ")] == list(told)


SHOWN = {
    "banking": ("Records: read_table\n", "\n    rejects unknown_label: ", "[default: reply; reply, intent or both]\n"),
    "bengali": ("\n  language\n", "\n  --limit TEXT  ", "train=4000,validation=300,test=300 [default: none]\n"),
    "finetome": (
        "Records: read_chat\n",
        "\n    rejects tool_turn: ",
        "\n  --min-score NUMBER  ",
        "[default: not set]\n",
    ),
    "mix": ("\n  shares\n", "\n  --from TEXT  ", "[default: banking-build=0.3,finetome-build=0.7]\n"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_show(name: str, curate: Curate) -> None:
    """`show` tells a recipe from its first line to its attribution, with no path of this machine and no address."""
    shown = curate("show", name)
    assert (shown.code, shown.err) == (0, "")
    first = json.loads(curate("recipes", "--json").out)[name]
    assert shown.out.startswith(f"{name}: {first}")
    for words in (*SHOWN[name], "\n    rejects control_token: A text", "\nChecks over the figures\n", "\nSource\n  "):
        assert words in shown.out
    for words in (" at 0x", "PosixPath", "partial(func", "curate-demo"):
        assert words not in shown.out


def test_init(curate: Curate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`init` tells what it saw in a file, as JSON alone where asked, and writes the recipe; `faq.csv` makes faq.py."""
    monkeypatch.chdir(tmp_path)
    Path("faq.csv").write_text("question,answer,topic\nWhy?,Because.,life\nWho?, ,life\n")
    told = curate("init", "faq.csv", "--json", "--out", "other.py")
    assert (told.code, told.err) == (0, "")
    (seen,) = json.loads(told.out)
    assert (seen["path"], seen["form"], seen["records"], seen["whole"]) == ("faq.csv", "table", 2, True)
    assert seen["roles"] == {"question": "question", "answer": "answer", "label": "topic"}
    assert [column["empty"] for column in seen["columns"]] == [0, 1, 0]
    told = curate("init", "faq.csv")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("faq.csv: table, 2 records")
    assert told.out.strip().endswith("curate build ./faq.py")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["faq.csv", "faq.py", "other.py"]
    check_error(curate("init"), 2)
    check_error(curate("init", "nothing.csv"), 3, "There is no file nothing.csv")


@pytest.mark.parametrize("name", ["banking", "bengali", "finetome"])
def test_a_copy_builds_the_same_data(name: str, demos: Callable[[str], Any], curate: Curate, tmp_path: Path) -> None:
    """A recipe copied with `cp` and built by its path gives the same lines, ledger and tables to the byte."""
    mine, out = tmp_path / "mine.py", tmp_path / "out"
    assert curate("cp", name, mine).code == 0
    built = curate("build", mine, "--demo", "--out", out, "--json")
    assert (built.code, built.err) == (0, "")
    assert json.loads(built.out)["invocation"]["recipe"] == "mine.py"
    expected = data_hashes(demos(name).build)
    assert {*DATA, "tables/conflicts.csv" if name == "banking" else DATA[0]} <= set(expected)
    assert data_hashes(Build.open(out)) == expected


def test_json_and_nothing_else(tmp_path: Path) -> None:
    """`--json` prints one JSON document on stdout and nothing on stderr, in a process of its own."""
    ended = python(CURATE, "build", TINY, "--source", TINY, "--out", tmp_path / "out", "--json")
    assert (ended.code, ended.err) == (0, "")
    told = json.loads(ended.out)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    expected = {"build": str(tmp_path / "out"), "checked": [], **{k: v for k, v in manifest.items() if k != "files"}}
    assert told == expected


def test_help() -> None:
    """`--help` names every command and what each exit code means; without a word it is shown as well."""
    ended = python(CURATE, "--help")
    assert ended.code == 0
    commands = "build init list recipes show sources report inspect explain diff validate cp verify clean push pull"
    commands += " train presets estimate merge generate doctor"
    for command in commands.split():
        assert f"\n  {command} " in ended.out
    codes = " ".join(ended.out.split()).partition("Exit codes: ")[2]
    assert [int(part.split()[0]) for part in codes.split(", ") if part[0].isdigit()] == [*range(12), 130, 141]
    assert "Usage:" in "".join(python(CURATE)[1:])


FRAMEWORKS = ("transformers", "torch", "trl", "peft", "bitsandbytes", "datasets", "great_expectations", "ray")
HEAVY = (*FRAMEWORKS, "polars", "pandas", "scipy", "huggingface_hub")


@pytest.mark.parametrize(
    ("imported", "left_out"),
    [
        ("import curation, curation.cli.app", HEAVY),
        (
            "import curation.cli.app\ntry: curation.cli.app.main(['--help'])\nexcept SystemExit: pass",
            HEAVY,
        ),
        ("import curation.runner.build", FRAMEWORKS),
        ("from curation import Recipe, Keep, Build", FRAMEWORKS),
    ],
    ids=["the command line", "its help", "the runner", "the public names"],
)
def test_imports_are_light(imported: str, left_out: tuple[str, ...]) -> None:
    """What is heavy to import is imported where it is needed, not before."""
    ended = python(f"{imported}\nimport sys\nprint('loaded:', [name for name in {left_out!r} if name in sys.modules])")
    assert ended.code == 0, ended.err
    assert ended.out.splitlines()[-1] == "loaded: []"


def test_the_program_is_installed() -> None:
    """The console script `curate` is the function that these tests call."""
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="curate")
    assert script.load() is main


def test_the_demo_is_the_corpus_that_the_tests_know(demo_source: Path) -> None:
    """The demo that `--demo` builds holds the contracts that the tests name."""
    titles = {entry["title"] for entry in json.loads(demo_source.read_bytes())["data"]}
    assert {legal.ORIGINAL, legal.EXACT_COPY, legal.BROKEN_SPAN, legal.LONG_SPAN} <= titles
