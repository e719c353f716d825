"""Facts about the commands push and pull: what they print, their exit codes, and that no token is in it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hub_server import TOKEN, Hub

from curation.cli import app as cli
from curation.ledger.build import Build

Command = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """command("push ..."): exit code, output and errors, run in a folder of its own; never with a token in them."""
    monkeypatch.chdir(tmp_path)

    def ran(words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(shlex.split(words))
        out, err = capsys.readouterr()
        assert TOKEN not in out + err
        return int(ended.value.code or 0), out, err

    return ran


@pytest.fixture
def banking(demos: Callable[[str], Any]) -> Build:
    return demos("banking").build  # type: ignore[no-any-return]


def test_push_and_pull(hub: Hub, banking: Build, command: Command) -> None:
    """push says where the build is and by which tag, again that it was there; pull that every file is right."""
    code, out, err = command(f"push {banking.folder} --repo me/banking")
    assert (code, err) == (0, "")
    tag = next(iter(hub.repos["me/banking"].tags))
    assert f"Pushed as tag {tag} to {hub.url}/datasets/me/banking" in out
    assert "data/train-00000-of-00001.parquet" in out
    code, out, _ = command(f"push {banking.folder} --repo me/banking")
    assert (code, out) == (0, f"me/banking holds this very build already (tag {tag}). Nothing was sent.\n")
    code, out, _ = command("pull me/banking --json")
    assert (code, json.loads(out)["whole"]) == (0, True)
    assert Build.open(Path("datasets_out/banking")).manifest == banking.manifest
    assert command("verify banking")[0] == 0


def test_as_json(hub: Hub, banking: Build, command: Command) -> None:
    """--json gives files with sizes, tag, message, and whether anything changed."""
    printed = json.loads(command(f"push {banking.folder} --repo me/banking --dry-run --json")[1])
    assert (printed["dry_run"], printed["changed"], printed["repo"]) == (True, True, "me/banking")
    assert {"path": "chat_template.jinja", "bytes": 2183} in printed["files"]
    assert hub.repos == {}


def test_a_dry_run_says_so(hub: Hub, banking: Build, command: Command) -> None:
    """A dry run ends with the commit message and that nothing was sent; a store likewise."""
    code, out, _ = command(f"push {banking.folder} --repo me/banking --dry-run")
    assert code == 0
    assert "Commit to me/banking, main: banking " in out
    assert "Nothing was sent: --dry-run." in out
    code, out, _ = command(f"push {banking.folder} --to file:///tmp/nothing-here --dry-run")
    assert (code, "Nothing was sent: --dry-run. It would go to file:///tmp/nothing-here" in out) == (0, True)
    assert not Path("/tmp/nothing-here").exists()


def test_a_store(banking: Build, command: Command, tmp_path: Path) -> None:
    """--to sends the folder, and says where it went."""
    url = (tmp_path / "there").as_uri()
    code, out, _ = command(f"push {banking.folder} --to {url}")
    assert (code, f"Sent to {url}." in out) == (0, True)
    assert "holds this very build already" in command(f"push {banking.folder} --to {url}")[1]
    assert json.loads(command(f"push {banking.folder} --to {url} --json")[1])["sent"] == []


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        ("push BUILD", 2, "push takes --repo OWNER/NAME or --to URL"),
        ("push BUILD --repo me/a --to s3://a/b", 2, "push takes --repo OWNER/NAME or --to URL"),
        ("push BUILD --repo banking", 2, "Expected OWNER/NAME"),
        ("push nothing --repo me/nothing", 5, "There is no build nothing. Make one with curate build"),
        ("pull me/nothing", 10, "there is no such repository"),
        ("push BUILD --repo me/banking --format csv", 2, "csv"),
    ],
)
def test_refusals(words: str, code: int, expected: str, hub: Hub, banking: Build, command: Command) -> None:
    """What cannot be meant or is not there ends with its exit code and one clear sentence."""
    ended, _, err = command(words.replace("BUILD", str(banking.folder)))
    assert ended == code
    assert expected in err


def test_the_hub_refuses(hub: Hub, banking: Build, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal of the Hub is exit code 10 and one line."""
    monkeypatch.delenv("HF_TOKEN")
    code, out, err = command(f"push {banking.folder} --repo me/banking")
    assert (code, out, len(err.splitlines())) == (10, "", 1)
    assert err.startswith("error: me/banking could not be pushed to the Hub (HTTP 401")
