"""Facts about what is given in place of a file: pipes, devices, loops, folders, other JSON. One line, its code."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest
from books import resealed
from commands import Curate, Ended

from curation.base.errors import InputError
from curation.base.files import check_file
from curation.ledger.build import Build


def refused(ended: Ended, code: int, *said: str) -> None:
    """One line on stderr with the exit code and these words."""
    assert (ended.code, ended.out, ended.err.count("\n")) == (code, "", 1), ended
    assert ended.err.startswith("error: ")
    for words in said:
        assert words in ended.err


def a_loop(path: Path) -> str:
    path.symlink_to(path)
    return "Too many levels of symbolic links"


def a_dangling_link(path: Path) -> str:
    path.symlink_to("nowhere")
    return "is a link to nowhere, which is not there"


def a_pipe(path: Path) -> str:
    os.mkfifo(path)
    return "is a pipe"


def a_device(path: Path) -> str:
    path.symlink_to("/dev/zero")
    return "is a device"


def a_socket(path: Path) -> str:
    here = Path.cwd()
    os.chdir(path.parent)  # the address of a socket is short
    socket.socket(socket.AF_UNIX).bind(path.name)
    os.chdir(here)
    return "is a socket"


def a_folder(path: Path) -> str:
    path.mkdir()
    return "is a folder"


def what_cannot_be_read(path: Path) -> str:
    path.symlink_to("/proc/self/mem")  # for root, too
    return "Input/output error"


ODD = (a_loop, a_dangling_link, a_pipe, a_device, a_socket, a_folder)


@pytest.mark.parametrize("make", [*ODD, what_cannot_be_read])
@pytest.mark.parametrize("suffix", ["json", "jsonl", "csv", "parquet", "xlsx", "jsonl.gz", "csv.zst"])
def test_sources_that_are_no_file(make: Callable[[Path], str], suffix: str, curate: Curate, tmp_path: Path) -> None:
    """Read, looked at or validated: exit code 3 and what stands there, before it is opened."""
    path = tmp_path / f"x.{suffix}"
    said = make(path)
    if make is what_cannot_be_read and suffix in ("parquet", "xlsx"):
        pytest.skip("what has no length is no Parquet and no XLSX file: another error")
    refused(curate("init", path), 3, str(path), said)
    refused(curate("build", "legal", "--source", path, "--out", tmp_path / "out"), 3, str(path), said)
    if "csv" not in suffix and suffix != "xlsx":
        refused(curate("validate", path), 3, str(path), said)
    assert not (tmp_path / "out").exists()


def test_paths_that_are_none(curate: Curate, tmp_path: Path) -> None:
    """A name too long for the system, and one with a zero character."""
    long = tmp_path / ("x" * 300 + ".jsonl")
    for words in (("init", long), ("validate", long), ("build", "legal", "--source", long, "--out", tmp_path / "out")):
        refused(curate(*words), 3, "File name too long")
    with pytest.raises(InputError, match="zero character"):
        check_file(Path("a\0b"))


def test_files_without_permission(curate: Curate, tmp_path: Path) -> None:
    """A file, or a file in a folder, that this user may not read."""
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "shut").mkdir()
    for path, shut in ((tmp_path / "a.jsonl", tmp_path / "a.jsonl"), (tmp_path / "shut/a.jsonl", tmp_path / "shut")):
        path.write_text("{}\n")
        shut.chmod(0)
        refused(curate("validate", path), 3, str(path), "Permission denied")
        refused(curate("init", path), 3, str(path), "Permission denied")
        shut.chmod(0o700)


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    turns = [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hello."}]
    file = tmp_path / "chat.jsonl"
    file.write_text(json.dumps({"messages": turns}) + "\n")
    return file


@pytest.mark.parametrize("make", ODD)
def test_what_helps_is_no_file(make: Callable[[Path], str], curate: Curate, chat: Path, tmp_path: Path) -> None:
    """A template, a suite, a tokenizer, a preset that is something else: exit code 3 and what it is."""
    for option, name in (("--template", "x.jinja"), ("--suite", "x.json")):
        said = make(tmp_path / name)
        refused(curate("validate", chat, "--tokenizer", "builtin", option, tmp_path / name), 3, name, said)
    if make is not a_folder:
        make(tmp_path / "tokenizer")
        refused(curate("validate", chat, "--tokenizer", tmp_path / "tokenizer"), 3, "tokenizer")


def contents() -> Iterator[bytes]:
    yield from (b"", b"[]", b"{}", b"null", b"7", b'"x"', b"\xff\xfe{", b"{", b"[" * 3_000, b'{"format": "x"}', b"\0")


def test_other_json_in_place_of_ours(curate: Curate, chat: Path, tmp_path: Path) -> None:
    """A suite, a preset, a tokenizer, a run, a manifest with other content: one line with the file, its exit code."""
    made, run, tokenizer = tmp_path / "made", tmp_path / "run", tmp_path / "tokenizer"
    for folder in (made, run, tokenizer):
        folder.mkdir()
    for content in contents():
        (tmp_path / "s.json").write_bytes(content)
        (tmp_path / "p.toml").write_bytes(content or b"\xff")
        (made / "manifest.json").write_bytes(content)
        (run / "run.json").write_bytes(content)
        (tokenizer / "tokenizer.json").write_bytes(content)
        refused(curate("validate", chat, "--suite", tmp_path / "s.json"), 3, "s.json")
        refused(curate("validate", chat, "--tokenizer", tokenizer), 3, "tokenizer.json")
        refused(curate("generate", run, "Hi?"), 3, "run.json")
        refused(curate("train", made, "--preset", tmp_path / "p.toml"), 3, "p.toml")
        for command in ("verify", "inspect", "explain x", "diff B", "report", "push --repo a/b"):
            words = [made if word == "B" else word for word in command.split()[1:]]
            refused(curate(command.split()[0], made, *words), 5, "manifest.json")


def test_a_count_that_no_file_can_hold(curate: Curate, demo_build: Build, tmp_path: Path) -> None:
    """A manifest with a count below nothing, or of a hundred bits, is damaged."""
    written = json.loads((demo_build.folder / "manifest.json").read_text("utf8"))
    for count in (-1, 2**100):
        written["phases"][0]["kept"] = count
        (tmp_path / "manifest.json").write_text(json.dumps(written), "utf8")
        refused(curate("report", tmp_path, "--out", tmp_path / "page"), 5, "cannot be read at phases.0.kept")


def test_an_error_is_one_line(curate: Curate, demo_build: Build, tmp_path: Path) -> None:
    """Whatever the names in a file are: a line end, or what a terminal would obey."""
    written = json.loads((demo_build.folder / "manifest.json").read_text("utf8"))
    (tmp_path / "manifest.json").write_text(json.dumps({**written, "a\nb\x1b[31m": 1}), "utf8")
    ended = curate("verify", tmp_path)
    refused(ended, 5, r"cannot be read at a\nb\x1b[31m")
    assert "\x1b" not in ended.err


def test_a_manifest_of_a_later_version(curate: Curate, demo_build: Build, tmp_path: Path) -> None:
    """It says that a later curate made it, and what to do."""
    written = json.loads((demo_build.folder / "manifest.json").read_text("utf8"))
    (tmp_path / "manifest.json").write_text(json.dumps({**written, "format": 3, "news": 1}), "utf8")
    refused(curate("verify", tmp_path), 5, "is of format 3", "this version of curate reads 2", "Upgrade curate")


@pytest.mark.parametrize("file", ["rejects.parquet", "phases/records.parquet", "phases/rows.tokens.parquet"])
def test_a_build_with_a_file_that_cannot_be_read(file: str, curate: Curate, demo_build: Build, tmp_path: Path) -> None:
    """Cut off in the middle: whoever looks at the build says that it is not whole, with exit code 5.

    Of a build that was made so, whose manifest has that very hash, it says what reading it gives.
    """
    made = tmp_path / "made"
    copytree(demo_build.folder, made)
    content = (made / file).read_bytes()
    (made / file).write_bytes(content[: len(content) // 2])
    record = "KestrelForge_20100607_EX-10.2_MANUFACTURING AGREEMENT"
    for words in (("explain", made, record), ("report", made, "--out", tmp_path / "page")):
        refused(curate(*words), 5, f"{file} has changed since it was built")
    if file == "rejects.parquet":
        resealed(made, demo_build.manifest)
        refused(curate("report", made, "--out", tmp_path / "page"), 5, "made holds a file that cannot be read")
