"""Facts about mixes of finished builds: the shares, groups and splits as in the parts, and what cannot be mixed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from books import DATA, SPLITS, check_books, hashes, ledger, lines, said

from curation.base.errors import BuildError, UsageError
from curation.demo import finetome
from curation.ledger.build import Build
from curation.recipes.builtin.mix import shares_of
from curation.recipes.loading import load, make
from curation.runner.build import build

PARTS = ("banking", "finetome")
Demos = Callable[[str], Any]


@pytest.fixture(scope="session")
def demo(demos: Demos) -> Build:
    return demos("mix").build


def chats(folder: Path, start: int, end: int, system: str) -> Path:
    """Plain chats of the demo, each after a system turn."""
    turn = {"from": "system", "value": system}
    found = [{**chat, "conversations": [turn, *chat["conversations"]]} for chat in finetome.plain()[start:end]]  # type: ignore[misc]
    (folder / "chats.jsonl").write_text("".join(f"{json.dumps(chat)}\n" for chat in found), "utf8")
    return folder / "chats.jsonl"


@pytest.fixture(scope="session")
def others(demos: Demos, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of builds: the two demos; `twin`, the chats of one dealt anew after a system turn; `odd`, in another

    template and form.
    """
    folder = tmp_path_factory.mktemp("others")
    for name in PARTS:
        (folder / name).symlink_to(demos(name).build.folder)
    for name, end, options, form in (
        ("twin", finetome.PLAIN, {"seed": 8}, "messages"),
        ("odd", 20, {"template": "zephyr"}, "sharegpt"),
    ):
        (folder / f"{name}-source").mkdir()
        source = chats(folder / f"{name}-source", 0, end, "Answer in a few words.")
        build(make(load("finetome"), source, options), folder / name, form=form)
    return folder


@pytest.fixture(scope="session")
def twins(others: Path) -> Build:
    """A mix in which nearly every question stands in both parts, mostly on other sides."""
    return build(make(load("mix"), others, {"from_": "finetome=1,twin=1"}), others / "twins")


def split_id(id: str) -> tuple[str, str]:
    part, _, own = id.partition("/")
    return part, own


def test_every_row_of_the_parts_is_kept_or_in_the_ledger(demo: Build, demos: Demos) -> None:
    """The books balance: each row of each part is a row of the mix or in the ledger, by its name there."""
    check_books(demo)
    found = Counter([row["id"] for row in lines(demo)]) + Counter(ledger(demo)["id"].to_list())
    assert found == Counter(f"{name}-build/{row['id']}" for name in PARTS for row in lines(demos(name).build))


def test_rows_are_those_of_the_parts(demo: Build, demos: Demos) -> None:
    """A mixed row has the messages, split, token count and group that it had in its part, and names its line there."""
    own = {(f"{name}-build", row["id"]): (name, row) for name in PARTS for row in lines(demos(name).build)}
    for row in lines(demo):
        part, id = split_id(row["id"])
        name, before = own[part, id]
        assert (row["messages"], row["split"]) == (before["messages"], before["split"])
        assert row["meta"]["tokens"] == before["meta"]["tokens"]
        assert row["meta"]["group"] == f"{part}/{before['meta']['group']}"
        assert row["meta"]["label"] == part
        file, _, number = row["meta"]["source"].partition("#line ")
        text = (demos(name).build.folder / file.partition("/")[2]).read_text("utf8").split("\n")[int(number) - 1]
        assert json.loads(text)["id"] == id


@pytest.mark.parametrize("split", SPLITS)
def test_shares(split: str, demo: Build) -> None:
    """In every split each part has its share of the tokens, off by its longest row at most, and one part is used up."""
    tokens: dict[str, list[int]] = {}
    for row in lines(demo, split):
        tokens.setdefault(split_id(row["id"])[0], []).append(row["meta"]["tokens"])
    total = sum(map(sum, tokens.values()))
    for part, share in (("banking-build", 0.3), ("finetome-build", 0.7)):
        assert abs(sum(tokens[part]) - share * total) <= max(map(max, tokens.values()))
        told = demo.manifest.figures[f"share_of_{part}_in_{split}"]
        assert told == pytest.approx(sum(tokens[part]) / total, abs=1e-4)
    left = Counter(source.split(".jsonl#")[0] for source in ledger(demo)["source"])
    assert not left[f"finetome-build/{split}"]
    assert left[f"banking-build/{split}"] > 0


def test_what_is_left_over_is_in_the_ledger(demo: Build) -> None:
    """Rows beyond the share of their part fall as `over_share`, with the token that was one too many."""
    fallen = ledger(demo)
    assert set(fallen["reason"]) == {"over_share"}
    assert all(b.startswith("token ") and ", its share is " in b for b in fallen["detail"])


def test_no_question_stands_in_two_splits(twins: Build) -> None:
    """Where parts dealt the same questions to other sides, the test row stays, then that of validation."""
    check_books(twins)
    where: dict[str, set[str]] = {}
    for row in lines(twins):
        where.setdefault("\n".join(said(row, "user")), set()).add(row["split"])
    assert {len(splits) for splits in where.values()} == {1}
    assert twins.manifest.figures["texts_in_two_splits"] == 0
    fallen = ledger(twins).filter(reason="repeats_test")
    sides = {source.partition("/")[2].split(".")[0] for source in fallen["source"]}
    assert sides == {"train", "validation"}
    kept = {row["id"]: row["split"] for row in lines(twins)}
    over = set(ledger(twins).filter(reason="over_share")["id"])
    for id, detail in fallen.select("id", "detail").iter_rows():
        named = detail.split()[1]
        assert named != id
        assert named in over or kept[named] in ("validation", "test")


def test_same_bytes_from_the_command_line(demo: Build, demos: Demos, tmp_path: Path) -> None:
    """`--from` on the command line, with one thread and the parts elsewhere, makes the same bytes; no path is told."""
    (tmp_path / "elsewhere").symlink_to(demos("mix").source)
    words = ["mix", "--source", tmp_path / "elsewhere", "--from", "banking-build=3,finetome-build=7"]
    command = [sys.executable, "-m", "curation.cli.app", "build", *map(str, words), "--out", str(tmp_path / "out")]
    environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=environment)
    assert done.returncode == 0, done.stderr
    found, expected = hashes(tmp_path / "out"), hashes(demo.folder)
    assert {name: found[name] for name in DATA} == {name: expected[name] for name in DATA}
    assert Build.open(tmp_path / "out").flow() == demo.flow()
    for folder in (tmp_path / "out", demo.folder):
        assert str(folder.parent) not in (folder / "manifest.json").read_text("utf8")


def test_what_a_mix_says_of_itself(demo: Build, demos: Demos) -> None:
    """The manifest names every file of the parts with its hash, and the licence and attribution of each."""
    parts = [demos(name).build for name in PARTS]
    files = {(f.name, f.sha256) for part in parts for f in part.manifest.files if f.name.endswith(".jsonl")}
    assert {(file.name, file.sha256) for file in demo.manifest.sources} == files
    about = demo.manifest.about
    assert about.licence == "other"
    assert all(part.manifest.about.attribution in about.attribution for part in parts)
    assert (about.title, about.languages) == ("A mix of banking-build, finetome-build", ("en",))


# What cannot be mixed.


def refused(others: Path, words: str) -> str:
    with pytest.raises(UsageError) as raised:
        make(load("mix"), others, {"from_": words})
    return str(raised.value)


def test_parts_of_another_template(others: Path) -> None:
    """Parts that were built with different templates are refused, with both names and both templates."""
    told = refused(others, "banking=0.5,odd=0.5")
    assert "banking was built with the template 'llama3', odd with 'zephyr'" in told


def test_parts_of_another_form(others: Path) -> None:
    """A part whose lines are not messages is refused by name, with the way to make it one."""
    told = refused(others, "odd=1")
    assert "The lines of odd are not messages" in told
    assert "--format messages" in told


def test_a_part_that_is_no_build(others: Path, tmp_path: Path) -> None:
    """A part that is not there, or is a folder without a manifest, is an error with its place and the nearest name."""
    with pytest.raises(BuildError, match=r"There is no build .*others\d*/bankin\. Did you mean banking\?"):
        make(load("mix"), others, {"from_": "bankin=1"})
    with pytest.raises(BuildError, match=r"odd-source is not a build: it has no manifest\.json"):
        make(load("mix"), others, {"from_": "banking=1,odd-source=1"})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "''"),
        ("legal", "'legal'"),
        ("=1", "'=1'"),
        ("legal=", "'legal='"),
        ("legal=0", "'legal=0'"),
        ("legal=0.0,banking=1", "'legal=0.0'"),
        ("legal=-1", "'legal=-1'"),
        ("legal=nan", "'legal=nan'"),
        ("legal=inf", "'legal=inf'"),
        ("legal=1e3", "'legal=1e3'"),
        ("legal=50%", "'legal=50%'"),
        ("legal=²", "'legal=²'"),
        ("legal=1,,banking=1", "''"),
        ("legal=1,legal=2", "'legal=2'"),
    ],
)
def test_shares_that_cannot_be_meant(words: str, said: str) -> None:
    """Shares that are no positive numbers, or of no part or of one part twice, are refused with the word."""
    with pytest.raises(UsageError) as raised:
        shares_of(words)
    assert str(raised.value).startswith(f"--from {words}: {said} is not NAME=SHARE. Expected each build once")


def test_shares_add_up() -> None:
    """Shares are taken in proportion, with spaces around them or without, and a name may hold an equals sign."""
    assert shares_of("a=7, b=2 ,c=1") == {"a": 0.7, "b": 0.2, "c": 0.1}
    assert shares_of("runs/a=b=.5,c=1.5") == {"runs/a=b": 0.25, "c": 0.75}
