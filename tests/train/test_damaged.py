"""Facts about run folders that were damaged: one line that names the file and the way on, never a traceback."""

from __future__ import annotations

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from runs import go

from curation.base.errors import BuildError, InputError, UsageError
from curation.cli.app import main

pytestmark = pytest.mark.usefixtures("libraries")
DAMAGES = {"list": b"[]", "object": b"{}", "null": b"null", "not UTF-8": b"\xff\xfe", "empty": b"", "half": None}
SEALED = (
    "adapter/adapter_model.safetensors",
    "adapter/adapter_config.json",
    "adapter/tokenizer.json",
    "base/model.safetensors",
    "base/config.json",
)


@pytest.fixture
def copied(finished: Any, tmp_path: Path) -> Path:
    """A copy of the finished run."""
    return Path(shutil.copytree(finished.run.folder, tmp_path / "runs" / "copied"))


def damage(file: Path, content: bytes | None) -> None:
    """`content` in place of the file's own; None: half of it."""
    if content is None:
        os.truncate(file, file.stat().st_size // 2)
    else:
        file.write_bytes(content)


def flip(file: Path) -> None:
    """One bit of its last bytes is another one."""
    held = bytearray(file.read_bytes())
    held[-7] ^= 1
    file.write_bytes(held)


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """How a command line ends, and the one line that it says on stderr."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(words)
    printed = capsys.readouterr().err.strip()
    assert "Traceback" not in printed
    return int(ended.value.code or 0), " ".join(printed.split())


def adapter(run: Path) -> str:
    return sha256((run / "adapter" / "adapter_model.safetensors").read_bytes()).hexdigest()


# What merge, generate and push read


@pytest.mark.parametrize("word", DAMAGES)
@pytest.mark.parametrize("name", ["run.json", "adapter/seal.json", "base/seal.json", *SEALED])
def test_every_command_names_what_is_damaged(
    copied: Path, name: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """merge and generate end with exit code 3 and the file's name; push too, but it sends no base."""
    damage(copied / name, DAMAGES[word])
    for words in (["merge", str(copied)], ["generate", str(copied), "hello"]):
        code, line = said(words, capsys)
        assert code == 3, line
        assert Path(name).name in line
        assert "curate train" in line
    if not name.startswith("base/") and not (name == "run.json" and word == "half"):
        code, line = said(["push", str(copied), "--repo", "me/a", "--dry-run"], capsys)
        assert code == 3, line
        assert Path(name).name in line
    assert not (copied / "merged").exists()


@pytest.mark.parametrize("name", ["adapter/adapter_model.safetensors", "base/model.safetensors"])
def test_a_flipped_bit_is_seen(copied: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Weights of the same size with one bit changed are not merged."""
    flip(copied / name)
    code, line = said(["merge", str(copied)], capsys)
    assert code == 3
    assert f"{Path(name).name} has changed since it was written" in line


@pytest.mark.parametrize(
    "name", ["adapter/adapter_config.json", "adapter/seal.json", "adapter/adapter_model.safetensors"]
)
def test_a_lost_file_is_seen(copied: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of the adapter that is gone is named; an adapter without a seal may be of an earlier version."""
    (copied / name).unlink()
    code, line = said(["merge", str(copied)], capsys)
    assert code == 3
    assert Path(name).name in line
    assert ("earlier version" in line) == name.endswith("seal.json")


def test_a_later_version_is_named(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run.json with a field that this version does not know is told with that field."""
    told = json.loads((copied / "run.json").read_bytes())
    (copied / "run.json").write_text(json.dumps({**told, "galore": True}))
    code, line = said(["generate", str(copied), "hello"], capsys)
    assert code == 3
    assert "run.json cannot be read at galore" in line
    assert "of another version" in line


# list


@pytest.mark.parametrize("word", DAMAGES)
@pytest.mark.parametrize("name", ["run.json", "result.json"])
def test_list_names_a_damaged_run_and_shows_the_others(
    copied: Path, name: str, word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The runs that can be read are listed, and a line tells of the other."""
    shutil.copytree(copied, copied.parent / "whole")
    damage(copied / name, DAMAGES[word])
    monkeypatch.chdir(copied.parents[1])
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["list", "--json"])
    printed = capsys.readouterr()
    assert [run["run"] for run in json.loads(printed.out)["runs"]] == ["whole"]
    assert f"copied/{name} cannot be read at" in " ".join(printed.err.split())


# train again


@pytest.mark.parametrize("name", [*SEALED, "adapter/seal.json"])
def test_the_same_command_writes_again_what_is_damaged(build: Path, finished: Any, copied: Path, name: str) -> None:
    """A finished run of which something is damaged is finished from its last checkpoint, with the same bytes."""
    (copied / name).unlink()
    taken: list[int] = []
    go(build, copied, "--epochs", "1", steps=taken)
    assert taken == []
    assert adapter(copied) == adapter(finished.run.folder)
    assert json.loads((copied / "result.json").read_bytes()) == finished.run.result()
    with pytest.raises(UsageError, match="is finished with its 1 epochs"):
        go(build, copied, "--epochs", "1")


def test_a_damaged_run_without_checkpoints_is_not_begun_again(build: Path, copied: Path) -> None:
    """Nothing is trained for hours unasked: where no checkpoint is left, the error says what is damaged."""
    shutil.rmtree(copied / "checkpoints")
    flip(copied / "adapter" / "adapter_model.safetensors")
    with pytest.raises(UsageError, match=r"adapter_model.safetensors has changed .* no whole checkpoint left"):
        go(build, copied, "--epochs", "1")
    assert (copied / "result.json").is_file()


@pytest.mark.parametrize("word", DAMAGES)
@pytest.mark.parametrize("name", ["run.json", "result.json"])
def test_a_run_that_cannot_be_read_is_not_resumed(build: Path, copied: Path, name: str, word: str) -> None:
    """train names the file and what to do; nothing else in the folder changes."""
    damage(copied / name, DAMAGES[word])
    hint = "--fresh" if name == "run.json" else "Remove it"
    with pytest.raises(InputError, match=rf"{name} cannot be read at .*{hint}"):
        go(build, copied, "--epochs", "1")


def test_a_damaged_line_of_figures_is_named(build: Path, copied: Path) -> None:
    """A line of metrics.jsonl in the middle that holds no figures is named by its number."""
    lines = (copied / "metrics.jsonl").read_bytes().splitlines(keepends=True)
    (copied / "result.json").unlink()
    for content in (b"[]\n", b"{}\n", b"null\n", b"\xff\n", b'{"step": "one"}\n', lines[1][:9] + b"\n"):
        (copied / "metrics.jsonl").write_bytes(b"".join([lines[0], content, *lines[2:]]))
        with pytest.raises(InputError, match=r"Line 2 of .*metrics.jsonl does not hold figures"):
            go(build, copied, "--epochs", "1")


def test_figures_that_are_no_numbers_are_drawn_around(tmp_path: Path) -> None:
    """A gradient that was NaN stands in the line as null, is read as NaN and written back as null."""
    from curation.training.callbacks import read
    from curation.training.run_page import chart

    (tmp_path / "metrics.jsonl").write_text('{"step":1,"grad_norm":2.5}\n{"step":2,"grad_norm":null}\n')
    lines = read(tmp_path / "metrics.jsonl")
    drawn = chart("Norm", lines, {"grad_norm": "gradient"})
    assert drawn
    assert drawn.lines[0].last == "2.5"


# Token ids that a run made, and builds


def test_token_ids_of_a_run_are_checked(untokenized: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ids that a run made for itself are sealed: damaged ones are named, and made again by the same command."""
    words = ("--epochs", "0.05", "--compare", "0")
    out = tmp_path / "run"
    go(untokenized, out, *words)
    before = adapter(out)
    flip(out / "tokenized" / "validation.parquet")
    for given in (["merge", str(out)], ["generate", str(out), "--row", "x"]):
        code, line = said(given, capsys)
        assert code == 3, line
        assert "validation.parquet has changed since it was written" in line
    lines: list[str] = []
    go(untokenized, out, *words, lines=lines)
    assert any("tokenizing its rows now" in line for line in lines)
    assert adapter(out) == before


def test_damaged_data_are_not_asked_for_a_row(build: Path, copied: Path, tmp_path: Path) -> None:
    """generate --row reads the ids of rows from files that are checked first."""
    from curation.training.data import open_build
    from curation.training.inference.ask import from_row

    mine = Path(shutil.copytree(build, tmp_path / "build"))
    damage(mine / "tokenized" / "train.parquet", None)
    with pytest.raises(BuildError, match=r"train.parquet has changed since it was built"):
        from_row(open_build(mine), "x")


def test_a_base_that_cannot_be_loaded_is_one_line(finished: Any, tmp_path: Path) -> None:
    """A model folder of a person whose weights or config are damaged is named; the library raises types of its own."""
    import torch

    from curation.training.model import whole

    for name, content in (
        ("model.safetensors", None),
        ("config.json", b"[]"),
        ("config.json", b"{}"),
        ("config.json", b""),
    ):
        mine = Path(shutil.copytree(finished.run.base, tmp_path / f"{name}{content!r}"))
        damage(mine / name, content)
        with pytest.raises(InputError, match="cannot be loaded: "):
            whole(str(mine), torch.float32)
