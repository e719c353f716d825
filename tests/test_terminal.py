"""Facts about what reaches a terminal: nothing that others wrote is obeyed there, whichever command prints it."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.base.console import Table, print_json, say, show, styled
from curation.base.visible import in_a_line, visible
from curation.cli import app as cli
from curation.ledger.build import Build

EVIL = "\x1b[31m\x9b2J\x07\x00\u202e[red]x[/]\u2066[/]:smile:\r\\"
CSV_EVIL = EVIL.replace("\x00", "").replace("\r", "")
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff]")
Command = Callable[..., str]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """command("verify", folder): what it prints on both streams, with nothing in it that a terminal obeys."""
    monkeypatch.chdir(tmp_path)

    def ran(*words: object) -> str:
        with pytest.raises(SystemExit):
            cli.main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert OBEYED.findall(out + err) == [], shlex.join(map(str, words))
        assert "Traceback" not in err
        return out + err

    return ran


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, demo_build: Build) -> Path:
    """A build whose manifest, of a stranger, has such words wherever a text stands."""
    folder = tmp_path_factory.mktemp("hostile") / f"build {CSV_EVIL.replace('/', '')}"
    shutil.copytree(demo_build.folder, folder)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["name"] += EVIL
    for name in ("title", "licence", "attribution", "task", "citation"):
        manifest["about"][name] += EVIL
    manifest["warnings"] = [EVIL]
    manifest["straddling"] = {EVIL: [EVIL]}
    manifest["figures"] |= {EVIL: EVIL}
    manifest["versions"] |= {EVIL: EVIL}
    manifest["sources"][0]["name"] += EVIL
    manifest["invocation"]["options"] |= {EVIL: EVIL}
    manifest["gate"][0] |= {"observed": EVIL, "note": EVIL, "suite": EVIL, "passed": False}
    manifest["phases"][-1]["rejected"] = {EVIL: 3}
    manifest["contract"]["tokenizer"] += EVIL
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_commands_on_a_strange_build(command: Command, hostile: Path, demo_build: Build, tmp_path: Path) -> None:
    """Every command that opens a build: listed, verified, compared, shared, or refused, and all of it as text."""
    (tmp_path / "datasets_out").symlink_to(hostile.parent)
    id = demo_build.rejected().head(1)[0].id
    printed = [
        command("list"),
        command("verify", hostile),
        command("report", hostile),
        command("diff", demo_build.folder, hostile),
        command("inspect", hostile, "--tokenizer", "builtin"),
        command("inspect", hostile, EVIL[1:5]),
        command("explain", hostile, id),
        command("explain", hostile, "nothing" + EVIL.replace("\x00", "")),
        command("push", hostile, "--to", (tmp_path / "store").as_uri(), "--dry-run"),
        command("push", hostile, "--repo", "me/a", "--dry-run"),
        command("estimate", hostile, "--preset", "tiny"),
        command("train", hostile, "--preset", "tiny"),
    ]
    assert "\\x1b[31m" in printed[0]
    assert "[red]x[" in printed[2]  # as it stands there: rich reads no mark in it


def test_json_reads_the_same(command: Command, hostile: Path, demo_build: Build) -> None:
    """--json escapes such words so that they are the same once parsed."""
    found = json.loads(command("diff", demo_build.folder, hostile, "--json"))
    assert EVIL in found["figures"]
    for words in (["verify", hostile, "--json"], ["list", "--json"], ["inspect", hostile, "--n", "1", "--json"]):
        command(*words)


def test_commands_on_strange_files(command: Command, tmp_path: Path) -> None:
    """Heads, cells and names of files, from `init` to the rows of a build and what is wrong with them."""
    file = tmp_path / f"a{CSV_EVIL.replace('/', '')}.csv"
    with file.open("w", newline="", encoding="utf8") as stream:
        lines = csv.writer(stream)
        lines.writerow(["question", "answer", f"to{CSV_EVIL}pic"])
        lines.writerows(
            [f"What of {n} {CSV_EVIL}?", f"{CSV_EVIL} We think {n * 7}.", f"{CSV_EVIL}{n % 2}"] for n in range(40)
        )
    assert "\\x1b[31m" in command("init", file, "--out", "mine.py")
    assert OBEYED.findall((tmp_path / "mine.py").read_text("utf8")) == []
    command("show", "./mine.py")
    command("init", file, "--out", "mine.py", "--json")
    assert "checks passed" in command("build", "./mine.py", "--out", "built")
    assert "\\x1b[31m" in command("inspect", "built", "--n", "1")
    row = json.loads((tmp_path / "built" / "train.jsonl").read_text("utf8").splitlines()[0])
    assert row["messages"][-1]["content"].startswith(CSV_EVIL)
    command("explain", "built", row["id"])
    odd = tmp_path / f"c{CSV_EVIL.replace('/', '')}.jsonl"
    odd.write_text(
        json.dumps({"messages": [{"role": EVIL, "content": EVIL}], "id": EVIL}) + f'\n{{"{CSV_EVIL}\n', "utf8"
    )
    assert "\\x1b[31m" in command("validate", odd)
    command("validate", odd, "--json")
    command("build", "./mine.py", "--source", tmp_path / f"none{CSV_EVIL}")
    command("clean", "built")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="\\[]/ab:#@=red{}\x1b\u202e\n\t", max_size=12), st.text(alphabet="\\[]/", max_size=4))
def test_a_datum_is_never_a_mark(one: str, two: str) -> None:
    """Lines, texts and cells hold the very text, whatever brackets, backslashes and braces stand in it."""
    from curation.base import console

    with console._out.capture() as said:
        say("[bold]{}[/]{}|", one, two)
        show((one, "bold"), (two, ""))
    assert (
        said.get() == f"{in_a_line(one)}{in_a_line(two)}|\n{visible(one).expandtabs(8)}{visible(two)}\n" or "\t" in one
    )
    table = Table(one, "b", title=one)
    table.row(two, styled((one, "red")))
    with console._out.capture() as said:
        table.show()
    assert not OBEYED.search(said.get())


def test_json_escapes_what_lies_beyond(capsys: pytest.CaptureFixture[str]) -> None:
    """Hidden letters outside the first plane are escaped as JSON has them, in two halves."""
    print_json({"a": "\U000e0041\x9b\u202e"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"a": "\U000e0041\x9b\u202e"}
