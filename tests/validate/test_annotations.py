"""Facts about validation where people work: GitHub's annotations, SARIF, the pre-commit hook, the GitHub Action."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from commands import Curate
from planted import chat, clean, planted, write

from curation.cli.annotations import MOST, github, sarif
from curation.rules.catalogue import LEVELS, RULES
from curation.validation import Finding, Place, Validation

ROOT = Path(__file__).parents[2]
CURATE = Path(sys.executable).with_name("curate")
COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::([^\r\n]*)")


def commands(out: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands as the runner reads them: level, properties, message."""
    found = [COMMAND.fullmatch(line) for line in out.splitlines() if line.startswith("::")]
    assert all(found), out
    parts = [(one[1], dict(two.split("=", 1) for two in one[2].split(",")), one[3]) for one in found if one]
    return [
        (level, {key: plain(value) for key, value in given.items()}, plain(message)) for level, given, message in parts
    ]


def plain(value: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        value = value.replace(code, character)
    return value


def made(findings: Sequence[Finding] = (), faulty: int = 1) -> Validation:
    return Validation(9, faulty, (), (), tuple(findings), (), ("Not all.",), (), None)


def finding(id: str, places: int, level: Any = "error", path: str = "a.jsonl", count: int = 99) -> Finding:
    at = tuple(Place(f"a.jsonl#line {n}", f"value {n}", path, n) for n in range(1, places + 1))
    return Finding(id, level, count, "It is.", "Do.", at)


def test_annotations_stand_on_the_lines(curate: Curate, tmp_path: Path) -> None:
    """A command for every place, with file, line, kind, and how many rows there are; the last line is the verdict."""
    file = write(tmp_path / "100%, a:b.jsonl", planted("{", chat("Where is it?", "At a@b.com, 5%.")))
    ended = curate("validate", file, "--format", "github")
    assert (ended.code, ended.err) == (1, "")
    found = commands(ended.out)
    assert [(level, given) for level, given, _ in found] == [
        ("error", {"file": str(file), "line": "38", "title": "bad_line"}),
        ("warning", {"file": str(file), "line": "39", "title": "personal_data"}),
    ]
    assert "(In 1 row.)" in found[0][2]
    assert "a***@b***.com in turn 2" in found[1][2]
    assert ended.out.splitlines()[-1] == "1 of 62 rows of 1 file have errors; 1 kind of warning."


def test_annotations_are_escaped() -> None:
    """A name or a value adds no line, no property and no command."""
    name = "a,b:c%0A::error ::x\n.jsonl"
    (line,) = github(made([finding("leak", 1, path=name)]))
    assert commands(line) == [("error", {"file": name, "line": "1", "title": "leak"}, commands(line)[0][2])]
    assert "In 99 rows, of which 1 are marked" in line


def test_fifty_annotations_of_a_level() -> None:
    """Every finding has a first place before any has a second; how many are left out is said."""
    ids = [rule.id for rule in RULES if rule.level == "error"][:9]
    out = [*github(made([*(finding(id, 10) for id in ids), finding("mojibake", 10, "warning")]))]
    found = commands("\n".join(out))
    assert [given["title"] for _, given, _ in found[: len(ids)]] == ids
    assert [sum(level == one for level, _, _ in found) for one in ("error", "warning")] == [MOST, 10]
    assert out[-1].startswith(f"{10 * len(ids) - MOST} more places")


def test_sarif_has_what_its_schema_requires(curate: Curate, tmp_path: Path) -> None:
    """Version, driver, rules with unique ids, results with message, rule, level, place and line."""
    name = "with space#é.json"
    (tmp_path / name).write_text(json.dumps([*clean()[:30], 3]), "utf8")
    lines = write(tmp_path / "train.jsonl", planted("{", chat("See a@b.com?", "Yes.")))
    ended = curate("validate", lines, tmp_path / name, "--format", "sarif")
    log = json.loads(ended.out)
    assert (ended.code, ended.out.isascii()) == (1, True)
    check_sarif(log)
    where = {
        (one["ruleId"], place["artifactLocation"]["uri"], place.get("region", {}).get("startLine"))
        for one in log["runs"][0]["results"]
        for place in [one["locations"][0]["physicalLocation"]]
    }
    folder = "file://" + str(tmp_path)
    assert ("bad_line", f"{folder}/train.jsonl", 38) in where
    assert ("bad_line", f"{folder}/with%20space%23%C3%A9.json", None) in where
    assert ("personal_data", f"{folder}/train.jsonl", 39) in where
    check_sarif(sarif(made([finding("leak", 10, path="data/a.jsonl")])))


def check_sarif(log: dict[str, Any]) -> None:
    """What the official schema of SARIF 2.1.0 requires of the parts that are written."""
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        assert driver["name"]
        ids = [rule["id"] for rule in driver["rules"]]
        assert len({*ids}) == len(ids)
        assert {rule.id for rule in RULES} <= {*ids}
        for rule in driver["rules"]:
            assert rule["shortDescription"]["text"]
            assert rule["defaultConfiguration"]["level"] in LEVELS
        assert all(one["executionSuccessful"] is True for one in run["invocations"])
        for result in run["results"]:
            assert ids[result["ruleIndex"]] == result["ruleId"]
            assert result["level"] in LEVELS
            assert result["message"]["text"]
            for location in result["locations"]:
                physical = location["physicalLocation"]
                assert re.fullmatch(r"[!-~]+", physical["artifactLocation"]["uri"])
                assert physical.get("region", {"startLine": 1})["startLine"] >= 1


def test_formats_that_are_none(curate: Curate, tmp_path: Path) -> None:
    """A format of no such name, and two at once, are errors before anything is read; --json is short for json."""
    file = write(tmp_path / "a.jsonl", clean()[:30])
    for words, said in ((("--format", "xml"), "'xml'"), (("--json", "--format", "sarif"), "two formats")):
        ended = curate("validate", file, *words)
        assert (ended.code, ended.out, said in ended.err) == (2, "", True)
    assert curate("validate", file, "--json").out == curate("validate", file, "--format", "json").out


# The hook and the action.


def options() -> set[str]:
    """Every option of `curate validate`."""
    done = subprocess.run(
        [CURATE, "validate", "--help"], capture_output=True, text=True, env={**os.environ, "COLUMNS": "200"}
    )
    return {*re.findall(r"--[a-z-]+", done.stdout)}


def loaded(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf8"))


@pytest.mark.parametrize(("fault", "code"), [(False, 0), (True, 1)])
def test_the_hook(fault: bool, code: int, tmp_path: Path) -> None:
    """Its entry ends with 1 for a staged file with a fault and with 0 without; its files are those that can be read."""
    (hook,) = loaded(".pre-commit-hooks.yaml")
    assert (hook["id"], hook["language"], hook["require_serial"]) == ("curate-validate", "python", True)
    taken = re.compile(hook["files"])
    names = ("a.json", "d/a.jsonl", "a.ndjson.gz", "a.json.zst", "a.parquet", "a.arrow")
    assert all(taken.search(name) for name in names)
    assert not any(taken.search(name) for name in ("a.py", "json", "a.csv", "a.jsonl.md", "a.parquet.gz"))
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    write(tmp_path / "train.jsonl", [*clean()[:30], *(["{"] if fault else [])])
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    staged = subprocess.run(["git", "diff", "--cached", "--name-only"], cwd=tmp_path, capture_output=True, text=True)
    words = [*shlex.split(hook["entry"]), *filter(taken.search, staged.stdout.split())]
    done = subprocess.run([CURATE, *words[1:]], cwd=tmp_path, capture_output=True, text=True)
    assert (words[0], done.returncode, done.stderr) == ("curate", code, "")


def test_the_action_names_what_there_is() -> None:
    """Inputs reach the script by the environment; every option there and on the page is one of validate."""
    action = loaded("action.yml")
    assert [*action["inputs"]] == ["files", "tokenizer", "max-tokens", "args"]
    assert action["runs"]["using"] == "composite"
    steps = action["runs"]["steps"]
    given = " ".join(str(value) for step in steps for value in (step.get("env") or {}).values())
    assert all(f"inputs.{name} " in given for name in action["inputs"])
    assert not any("${{" in step["run"] for step in steps if "run" in step)
    assert "github.action_path" in given
    named = {*re.findall(r"(?<![\w-])--[a-z-]+", steps[-1]["run"])}
    assert "--format" in named
    page = (ROOT / "docs" / "ci.md").read_text("utf8")
    assert named | {*re.findall(r"(?<![\w-])--(?!demo)[a-z][a-z-]*", page)} <= options()
    for block in re.findall(r"```yaml\n(.*?)```", page, re.S):
        assert yaml.safe_load(block)


@pytest.mark.parametrize(("fault", "code"), [(False, 0), (True, 1)])
def test_the_script_of_the_action(fault: bool, code: int, tmp_path: Path) -> None:
    """It hands files with spaces, patterns and options on as they are, and ends as the command does."""
    (tmp_path / "temp" / "curate" / "bin").mkdir(parents=True)
    (tmp_path / "temp" / "curate" / "bin" / "curate").symlink_to(CURATE)
    write(tmp_path / "my train.jsonl", [*clean()[:30], *(["{"] if fault else [])])
    write(tmp_path / "b.jsonl", clean()[30:60])
    inputs = {"FILES": "my train.jsonl\nb*.jsonl\n", "TOKENIZER": "builtin", "MAX_TOKENS": "2048", "ARGS": "--near 0.9"}
    env = {**os.environ, **inputs, "RUNNER_TEMP": str(tmp_path / "temp")}
    script = loaded("action.yml")["runs"]["steps"][-1]["run"]
    done = subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (code, "")
    assert [given["file"] for _, given, _ in commands(done.stdout)] == ["my train.jsonl"] * fault
