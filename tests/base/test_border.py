"""Facts about how commands end that nobody has thought of: a fault, a stream that nobody reads, a full disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Ended

CURATE = "from curation.cli.app import main; main()"
FAULT = """
import sys
import polars as pl
from curation.base.border import run

def deep(n):
    return deep(n + 1)

def fail(words):
    kind, secret = words
    if kind == "deep":
        deep(0)
    raise {"zero": ZeroDivisionError, "memory": MemoryError, "panic": pl.exceptions.PanicException}[kind](secret)

run(fail, sys.argv[1:], whole_process=True)
"""


def python(program: str, *words: object, out: Path | None = None, **environment: str) -> Ended:
    """A program in a Python of its own; `out`: where its standard output goes."""
    command = [sys.executable, "-c", program, *map(str, words)]
    env = {**os.environ, **environment}
    if out is None:
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=env)
        return Ended(done.returncode, done.stdout, done.stderr)
    with out.open("w") as stream:
        done = subprocess.run(command, stdout=stream, stderr=subprocess.PIPE, text=True, timeout=100, env=env)
    return Ended(done.returncode, "", done.stderr)


@pytest.mark.parametrize(
    ("kind", "named"),
    [("zero", "ZeroDivisionError"), ("memory", "MemoryError"), ("panic", "PanicException"), ("deep", "RecursionError")],
)
def test_a_fault_is_one_line_and_a_file(kind: str, named: str, tmp_path: Path) -> None:
    """What nobody has thought of, a panic too, ends with exit code 11 and a file that holds frames and no message."""
    ended = python(FAULT, kind, "a person's data", TMPDIR=str(tmp_path))
    assert ended.code == 11
    assert ended.err.count("\n") == 1
    assert ended.err.startswith(f"error: This is a fault of curate, please report it: {named} at ")
    assert "a person's data" not in ended.err
    (file,) = tmp_path.iterdir()
    assert str(file) in ended.err
    assert file.stat().st_mode & 0o777 == 0o600
    _, *frames = file.read_text("utf8").split("\n\n")
    assert "a person's data" not in "".join(frames)
    assert "border.py" in frames[0]
    assert named in frames[0]


def test_a_fault_hides_secrets_and_shows_all_when_asked(tmp_path: Path) -> None:
    """A token in the command is not in the file; `--traceback`, before or after, shows traceback and message."""
    ended = python(FAULT, "zero", "hf_secretsecret", "--traceback", TMPDIR=str(tmp_path))
    assert ended.code == 11
    assert "Traceback (most recent call last)" in ended.err
    assert "ZeroDivisionError: hf_secretsecret" in ended.err
    assert "hf_" not in next(tmp_path.iterdir()).read_text("utf8")
    for words in (("--traceback", "recipes", "--json"), ("recipes", "--json", "--traceback")):
        assert json.loads(python(CURATE, *words).out)


def test_an_interruption_is_quiet() -> None:
    """Ctrl-C ends with exit code 130 and no word."""
    program = "import typer\nfrom curation.base.border import run\napp = typer.Typer()\n"
    program += "@app.command()\ndef wait() -> None:\n    raise KeyboardInterrupt\nrun(app, [], whole_process=True)"
    ended = python(program)
    assert (ended.code, ended.err) == (130, "\n" * ended.err.count("\n"))


@pytest.fixture(scope="module")
def words_of(demo_build: object, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Commands that print, by name."""
    folder = str(demo_build.folder)  # type: ignore[attr-defined]
    id = "KestrelForge_20100607_EX-10.2_MANUFACTURING AGREEMENT"
    return {
        "help": ["--help"],
        "list": ["list"],
        "list --json": ["list", "--json"],
        "recipes": ["recipes"],
        "validate": ["validate", f"{folder}/train.jsonl"],
        "validate --json": ["validate", f"{folder}/train.jsonl", "--json"],
        "inspect": ["inspect", folder],
        "inspect --json": ["inspect", folder, "--json"],
        "explain": ["explain", folder, id],
        "explain --json": ["explain", folder, id, "--json"],
        "diff": ["diff", folder, folder],
        "diff --json": ["diff", folder, folder, "--json"],
        "report": ["report", folder],
        "report --json": ["report", folder, "--json"],
        "verify": ["verify", folder],
    }


NAMES = (
    *("help", "list", "list --json", "recipes", "validate", "validate --json", "inspect", "inspect --json"),
    *("explain", "explain --json", "diff", "diff --json", "report", "report --json", "verify"),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_and_a_reader_that_left(name: str, words_of: dict[str, list[str]]) -> None:
    """Onto a full disk: one line that names it, exit code 6. To nobody: exit code 141 and no word."""
    full = python(CURATE, *words_of[name], out=Path("/dev/full"))
    assert (full.code, full.err.count("\n")) == (6, 1), full.err
    assert full.err.startswith("error: The standard output cannot be written: No space left on device")
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as stream:
        command = [sys.executable, "-c", CURATE, *words_of[name]]
        gone = subprocess.run(command, stdout=stream, stderr=subprocess.PIPE, text=True, timeout=100)
    assert (gone.returncode, gone.stderr) == (141, "")


def test_closed_streams() -> None:
    """With standard output closed by the caller a command does its work and ends as ever."""
    command = [sys.executable, "-c", CURATE, "recipes"]
    shell = 'exec "$@" >&-'
    done = subprocess.run(["sh", "-c", shell, "sh", *command], stderr=subprocess.PIPE, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, "")
