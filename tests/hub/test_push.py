"""Facts about `curate push` to the Hub: the real client against a Hub on this machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from books import hashes, lines
from hub_server import READER, TOKEN, Hub

from curation.base.errors import BuildError, GateError, ShareError, UsageError
from curation.export.card import BEGIN, END
from curation.hub.layout import Format
from curation.hub.pull import pull
from curation.hub.push import push
from curation.ledger.build import Build
from curation.schemas.manifest import SPLITS

Demos = Callable[[str], Any]
LOAD = """
import json, sys
from datasets import load_dataset
repo, streaming, revision = sys.argv[1], sys.argv[2] == "streaming", sys.argv[3]
found = load_dataset(repo, streaming=streaming, revision=revision)
rows_of = {split: [row for row in rows] for split, rows in found.items()}
features = {} if streaming else {split: str(rows.features) for split, rows in found.items()}
print(json.dumps({"rows": rows_of, "features": features}))
"""


@pytest.fixture
def banking(demos: Demos) -> Build:
    return demos("banking").build


def load(hub: Hub, repo: str, folder: Path, *, streaming: bool = False, revision: str = "main") -> dict[str, Any]:
    """What `datasets` gives a person who asks for `repo`, in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGINGFACE_"))}
    ours = {"HF_ENDPOINT": hub.url, "HF_HOME": str(folder / "hf-datasets"), "HF_HUB_DISABLE_XET": "1", "NO_PROXY": "*"}
    words = [sys.executable, "-c", LOAD, repo, "streaming" if streaming else "whole", revision]
    done = subprocess.run(words, capture_output=True, text=True, timeout=200, env={**kept, **ours, "HF_TOKEN": TOKEN})
    assert done.returncode == 0, done.stderr[-3000:]
    printed: dict[str, Any] = json.loads(done.stdout.strip().split("\n")[-1])
    return printed


def without_split(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: row[name] for name in ("messages", "id", "meta")} for row in rows]


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_a_push_is_one_commit_that_holds_all(form: Format, hub: Hub, banking: Build) -> None:
    """A push makes the repository and one commit: data by split, card, Croissant, manifest, report, ledger and all."""
    done = push(banking, "me/banking", form=form)
    repo = hub.repos["me/banking"]
    files = repo.files()
    data = {f"data/{s}-00000-of-00001.parquet" if form == "parquet" else f"{s}.jsonl" for s in SPLITS}
    assert data | {"README.md", "croissant.json", "manifest.json", "report/index.html", "rejects.parquet"} <= set(files)
    assert {"chat_template.jinja", "tables/conflicts.csv", "build/README.md"} <= set(files)
    assert not any(
        name.endswith(".jsonl" if form == "parquet" else ".parquet") for name in set(files) - {"rejects.parquet"}
    )
    assert len(repo.messages) == 2  # the Hub's own first commit, and this one
    manifest = (banking.folder / "manifest.json").read_bytes()
    assert files["manifest.json"] == manifest
    tag = sha256(manifest).hexdigest()[:12]
    assert (done.tag, done.changed, repo.tags) == (tag, True, {tag: repo.branches["main"]})
    assert repo.messages[-1] == done.message == f"banking {tag}: 736 rows"
    assert dict(done.files) == {path: len(content) for path, content in files.items() if path != ".gitattributes"}
    for file in json.loads(files["croissant.json"])["distribution"]:
        assert file["sha256"] == sha256(files[file["contentUrl"]]).hexdigest()
    assert any("/validate-yaml" in line for line in hub.asked)


@pytest.mark.parametrize("name", ["legal", "bengali", "finetome", "mix"])
def test_cards_of_all_demos_are_accepted(name: str, hub: Hub, request: pytest.FixtureRequest) -> None:
    """The Hub's check of the metadata accepts the card of every demo as it is pushed."""
    from huggingface_hub import DatasetCard

    build = request.getfixturevalue("demo_build") if name == "legal" else request.getfixturevalue("demos")(name).build
    push(build, f"me/{name}", yes=True)
    card = hub.repos[f"me/{name}"].files()["README.md"].decode()
    DatasetCard(card).validate()
    with pytest.raises(ValueError, match="size"):
        DatasetCard(card.replace("size_categories:\n- ", "size_categories:\n- about ")).validate()


def test_load_dataset_gives_the_build_back(hub: Hub, demo_build: Build, tmp_path: Path) -> None:
    """`load_dataset` gives named splits, row for row what was built, with the types of texts, numbers and lists."""
    push(demo_build, "me/legal")
    found = load(hub, "me/legal", tmp_path)
    assert list(found["rows"]) == list(SPLITS)
    for split in SPLITS:
        assert found["rows"][split] == without_split(lines(demo_build, split))
        features = found["features"][split]
        assert "'messages': List({'role': Value('string'), 'content': Value('string')})" in features
        assert "'found': Value('bool')" in features
        assert "'tokens': Value('int64')" in features
        assert "'spans': List({'start': Value('int64'), 'end': Value('int64')})" in features


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_streaming(form: Format, hub: Hub, banking: Build, tmp_path: Path) -> None:
    """Streamed from either format, the rows are the same ones, in order."""
    push(banking, "me/banking", form=form)
    found = load(hub, "me/banking", tmp_path, streaming=True)
    for split in SPLITS:
        assert found["rows"][split] == without_split(lines(banking, split))


def emptied(demos: Demos, folder: Path) -> Build:
    """The build of finetome with no score anywhere, no calls of tools, no row in test, and hashes that fit."""
    shutil.copytree(demos("finetome").build.folder, folder, ignore=shutil.ignore_patterns("phases"))
    for split in SPLITS:
        file = folder / f"{split}.jsonl"
        rows = [line for line in file.read_text("utf8").splitlines(keepends=True) if '"role":"tool"' not in line]
        whole = re.sub(r'"score":[^,]+', '"score":null', "".join(rows)) if split != "test" else ""
        file.write_text(whole, "utf8")
    return resealed(folder, keys=[])


def resealed(folder: Path, **changes: object) -> Build:
    """The build with a manifest that names files and rows as they are now."""
    manifest = json.loads((folder / "manifest.json").read_bytes()) | changes
    for split in SPLITS:
        manifest["splits"][split]["rows"] = (folder / f"{split}.jsonl").read_bytes().count(b"\n")
    for file in manifest["files"]:
        content = (folder / file["name"]).read_bytes()
        file |= {"bytes": len(content), "sha256": sha256(content).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf8")
    return Build.open(folder)


def test_columns_and_splits_that_hold_nothing(hub: Hub, demos: Demos, tmp_path: Path) -> None:
    """A column that is always null is one of texts; an empty split, which `datasets` refuses, is not named; a pull

    gives both back.
    """
    build = emptied(demos, tmp_path / "finetome")
    push(build, "me/chats")
    found = load(hub, "me/chats", tmp_path)
    assert list(found["rows"]) == ["train", "validation"]
    assert {row["meta"]["score"] for row in found["rows"]["train"]} == {None}
    assert "'score': Value('string')" in found["features"]["validation"]
    assert hashes(pull("me/chats", tmp_path / "back").folder) == hashes(build.folder)


def test_rows_with_calls_go_as_lines(hub: Hub, demos: Demos, tmp_path: Path) -> None:
    """Parquet would fill their arguments with nulls: whatever the form, they come back as they were, and load so."""
    build = demos("finetome").build
    assert "tool_calls" in build.manifest.keys
    assert {path for path, _ in push(build, "me/calls").files} >= {f"{split}.jsonl" for split in SPLITS}
    found = load(hub, "me/calls", tmp_path)
    for split in SPLITS:
        turns = [[turn["content"] for turn in row["messages"]] for row in found["rows"][split]]
        assert turns == [[turn["content"] for turn in row["messages"]] for row in without_split(lines(build, split))]
    assert hashes(pull("me/calls", tmp_path / "back").folder) == hashes(build.folder)


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_pushed_and_pulled_it_is_the_same_build(form: Format, hub: Hub, demo_build: Build, tmp_path: Path) -> None:
    """A build that is pulled has every file that was pushed, token ids included, byte for byte; by tag as well."""
    done = push(demo_build, "me/legal", form=form)
    assert hashes(pull("me/legal", tmp_path / "back").folder) == hashes(demo_build.folder)
    assert hashes(pull("me/legal", tmp_path / "tagged", done.tag).folder) == hashes(demo_build.folder)


def test_a_repository_that_somebody_changed(hub: Hub, banking: Build, tmp_path: Path) -> None:
    """Pulling data that are not those of the manifest is a BuildError, and nothing is put into place."""
    push(banking, "me/banking", form="jsonl")
    files = dict(hub.repos["me/banking"].files())
    files["train.jsonl"] = files["train.jsonl"].replace(b"bank", b"tank", 1)
    hub.repos["me/banking"].commit("main", files, "improved")
    with pytest.raises(
        BuildError, match=r"me/banking is not the build that its manifest describes: .*train\.jsonl has changed"
    ):
        pull("me/banking", tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_what_is_no_build_cannot_be_pulled(hub: Hub, tmp_path: Path) -> None:
    """A repository without a manifest, and one that is not there, are a ShareError each."""
    hub.add("me/other", {"a.csv": b"a\n1\n"})
    with pytest.raises(ShareError, match=r"me/other has no manifest\.json"):
        pull("me/other", tmp_path / "back")
    with pytest.raises(ShareError, match="there is no such repository"):
        pull("me/nothing", tmp_path / "back")


def test_a_second_push_does_nothing(hub: Hub, banking: Build) -> None:
    """The same build again: no request writes, and it is said; in the other format it is another commit."""
    push(banking, "me/banking")
    hub.asked.clear()
    again = push(banking, "me/banking")
    assert (again.changed, again.files, hub.writes()) == (False, (), [])
    other = push(banking, "me/banking", form="jsonl")
    assert other.changed
    assert set(other.deleted) == {*(f"data/{s}-00000-of-00001.parquet" for s in SPLITS), "build/croissant.json"}
    assert not set(other.deleted) & set(hub.repos["me/banking"].files())


def test_another_build_takes_the_place_of_an_earlier_one(hub: Hub, banking: Build, demo_build: Build) -> None:
    """Files of the earlier build go, files of a person stay, both tags are kept, and a new card has the new figures."""
    push(demo_build, "me/data")
    repo = hub.repos["me/data"]
    repo.commit("main", {**repo.files(), "notes.txt": b"mine", "data/extra.parquet": b"PAR1"}, "notes")
    push(banking, "me/data")
    files = repo.files()
    assert {"notes.txt", "data/extra.parquet", "tables/conflicts.csv"} <= set(files)
    assert not {"tables/categories.csv", "tokenized/train.parquet"} & set(files)
    assert len(repo.tags) == 2
    assert b"Bank customers' queries" in files["README.md"]


HAND = f"""---
license: cc-by-4.0
tags:
- contracts
pretty_name: Our clauses
viewer: false
size_categories:
- 1M<n<10M
dataset_info:
  features: []
---

# Written by hand

Who we are.

{BEGIN}

old figures

{END}

## Thanks

To everyone.
"""


def test_a_card_that_a_person_wrote_stays(hub: Hub, demo_build: Build, banking: Build) -> None:
    """Words outside the marks and metadata of a person stay, what is between the marks and what is counted is new."""
    hub.add("me/legal", {"README.md": HAND.encode()})
    push(demo_build, "me/legal")
    card = hub.repos["me/legal"].files()["README.md"].decode()
    metadata = yaml.safe_load(card.split("---\n")[1])
    assert (metadata["pretty_name"], metadata["viewer"]) == ("Our clauses", False)
    assert metadata["tags"][:2] == ["contracts", "curate"]
    assert metadata["size_categories"] == ["1K<n<10K"]
    assert metadata["configs"][0]["data_files"][0]["path"] == "data/train-00000-of-00001.parquet"
    assert "dataset_info" not in metadata
    assert card.index("Who we are.") < card.index(BEGIN) < card.index("| train | 979 |") < card.index(END)
    assert card.endswith("## Thanks\n\nTo everyone.\n")
    assert "old figures" not in card
    push(banking, "me/legal")
    assert "To everyone." in hub.repos["me/legal"].files()["README.md"].decode()


@pytest.mark.parametrize("text", ["Just words.\r\n", "---\r\nlicense: mit\r\n---\r\n\r\n# Mine\r\n", "", "---\n---\n"])
def test_a_card_without_marks(text: str, hub: Hub, banking: Build) -> None:
    """A card that was never generated stays whole, and the generated part follows it."""
    hub.add("me/banking", {"README.md": text.encode()})
    push(banking, "me/banking")
    card = hub.repos["me/banking"].files()["README.md"].decode()
    assert card.count(BEGIN) == 1
    for word in ("Just words.", "# Mine", "license: mit"):
        assert (word in text) == (word in card)
    assert card.endswith(f"{END}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HAND.replace(END, ""), "holds 1 of the line"),
        (HAND.replace("tags:", "tags: ["), "is not YAML"),
        ("---\n- a\n---\n", "is not a mapping"),
    ],
)
def test_a_card_that_cannot_be_added_to(text: str, expected: str, hub: Hub, banking: Build) -> None:
    """A card with a mark lost or metadata that cannot be read is left alone, with what to correct."""
    hub.add("me/banking", {"README.md": text.encode()})
    hub.asked.clear()
    with pytest.raises(ShareError, match=expected):
        push(banking, "me/banking")
    assert hub.writes() == []


def test_a_dry_run_writes_nothing(hub: Hub, banking: Build) -> None:
    """A dry run lists each file and size that a push sends, the tag and the message; no request of it writes."""
    dry = push(banking, "me/banking", dry_run=True)
    assert hub.writes() == []
    assert hub.repos == {}
    done = push(banking, "me/banking")
    assert (dry.files, dry.tag, dry.message) == (done.files, done.tag, done.message)
    assert not push(banking, "me/banking", dry_run=True).changed


def test_a_dry_run_without_a_hub(hub: Hub, banking: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no Hub can be reached a dry run still lists what would be sent, and that the remote state is unknown."""
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:1")
    dry = push(banking, "me/banking", dry_run=True)
    assert not dry.seen
    assert len(dry.files) > 8


def test_branches_and_private_repositories(hub: Hub, banking: Build) -> None:
    """--private makes a private repository, --revision a branch; the main one is left as it is."""
    push(banking, "me/banking", private=True, revision="v2")
    repo = hub.repos["me/banking"]
    assert repo.private
    assert "manifest.json" in repo.files("v2")
    assert "manifest.json" not in repo.files("main")
    assert not push(banking, "me/banking", revision="v2").changed


def test_a_build_that_does_not_verify(hub: Hub, banking: Build, tmp_path: Path) -> None:
    """A build with a changed file is not shared."""
    shutil.copytree(banking.folder, tmp_path / "banking")
    (tmp_path / "banking" / "train.jsonl").write_text("{}\n")
    with pytest.raises(BuildError, match=r"train\.jsonl has changed"):
        push(Build.open(tmp_path / "banking"), "me/banking", yes=True)
    assert hub.asked == []


def test_a_build_of_an_earlier_version(hub: Hub, banking: Build, tmp_path: Path) -> None:
    """A build from before there was a croissant.json is to be built again; nothing is sent."""
    shutil.copytree(banking.folder, tmp_path / "banking")
    (tmp_path / "banking" / "croissant.json").unlink()
    manifest = json.loads((tmp_path / "banking" / "manifest.json").read_bytes())
    manifest["files"] = [file for file in manifest["files"] if file["name"] != "croissant.json"]
    (tmp_path / "banking" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BuildError, match=r"no croissant\.json: an earlier version built it"):
        push(Build.open(tmp_path / "banking"), "me/banking", yes=True)
    assert hub.asked == []


def test_a_build_whose_gate_failed(hub: Hub, banking: Build, tmp_path: Path) -> None:
    """A build with an expectation that is not met is not shared, --yes or not."""
    shutil.copytree(banking.folder, tmp_path / "banking")
    manifest = json.loads((tmp_path / "banking" / "manifest.json").read_bytes())
    manifest["gate"][0]["passed"] = False
    (tmp_path / "banking" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(GateError, match="1 of 17 checks"):
        push(Build.open(tmp_path / "banking"), "me/banking", yes=True)
    assert hub.asked == []


@pytest.mark.parametrize(
    ("licence", "allowed"), [("unknown", False), ("other", False), ("cc-by-nc-nd-4.0", False), ("cc-by-nc-4.0", True)]
)
def test_a_licence_that_does_not_allow_it(
    licence: str, allowed: bool, hub: Hub, banking: Build, tmp_path: Path
) -> None:
    """Unknown licences, and those without derivatives, need --yes; one that only bars commerce does not."""
    shutil.copytree(banking.folder, tmp_path / "banking")
    manifest = json.loads((tmp_path / "banking" / "manifest.json").read_bytes())
    manifest["about"]["licence"] = licence
    (tmp_path / "banking" / "manifest.json").write_text(json.dumps(manifest))
    build = Build.open(tmp_path / "banking")
    if not allowed:
        with pytest.raises(UsageError, match=rf"The licence of banking is '{licence}'.*--yes"):
            push(build, "me/banking")
        assert hub.asked == []
    assert push(build, "me/banking", yes=not allowed).changed


# The Hub refuses, or the connection breaks.


def refused(build: Build, repo: str = "me/banking") -> str:
    """What a person reads; never a token, and one line."""
    with pytest.raises(ShareError) as raised:
        push(build, repo)
    message = str(raised.value)
    assert TOKEN not in message
    assert READER not in message
    assert "\n" not in message
    assert "127.0.0.1" not in message
    return message


def test_without_a_token(hub: Hub, banking: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """No token: an error that says where to put one."""
    monkeypatch.delenv("HF_TOKEN")
    message = refused(banking)
    assert "HTTP 401: the token is missing or not valid" in message
    assert "HF_TOKEN, or run: hf auth login" in message


@pytest.mark.parametrize("exists", [True, False])
def test_a_token_that_may_only_read(exists: bool, hub: Hub, banking: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token without the right to write: reported as such, whether the repository is there or not."""
    if exists:
        hub.add("me/banking")
    monkeypatch.setenv("HF_TOKEN", READER)
    assert "HTTP 403: the token lacks permission for this" in refused(banking)


def test_a_repository_that_goes_away(hub: Hub, banking: Build) -> None:
    """404 in the middle of a push is reported as a repository that is not there."""
    hub.add("me/banking")
    hub.answer["/preupload/"] = (404, {"X-Error-Code": "RepoNotFound"})
    assert "there is no such repository, or this token has no access to it" in refused(banking)


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (429, {"Retry-After": "300"}, "HTTP 429: too many requests). Try again in 300 seconds"),
        (500, {}, "HTTP 500: the Hub failed"),
        (412, {}, "HTTP 412: the repository was changed meanwhile"),
        (418, {}, "HTTP 418: the Hub refused the request"),
    ],
)
def test_other_refusals(status: int, headers: dict[str, str], expected: str, hub: Hub, banking: Build) -> None:
    """Too many requests, a Hub that fails, a change meanwhile: one line each, with when to try again."""
    hub.answer["/commit/"] = (status, headers)
    assert expected in refused(banking)


@pytest.mark.parametrize("name", ["banking", "me/a/b", "/a", "me/"])
def test_names_without_an_owner(name: str, hub: Hub, banking: Build) -> None:
    """A repository is named by owner and name."""
    with pytest.raises(UsageError, match="Expected OWNER/NAME"):
        push(banking, name)
    assert hub.asked == []


@pytest.mark.parametrize("name", ["me/a b", "me/--"])
def test_names_that_are_none(name: str, hub: Hub, banking: Build) -> None:
    """A name that no repository can have is reported as such."""
    assert "HFValidationError" in refused(banking, name)


def test_offline(hub: Hub, banking: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """HF_HUB_OFFLINE is honoured: nothing is asked, and it is said why."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE is set). Unset HF_HUB_OFFLINE" in refused(banking)
    assert hub.asked == []


@pytest.mark.parametrize("place", ["/large/", "/commit/", "/tag/", "/batch"])
def test_a_connection_that_breaks(place: str, hub: Hub, banking: Build) -> None:
    """A connection cut in the middle is one error with the way on; the same command again ends whole, in one commit."""
    hub.cut[place] = 1000
    message = refused(banking)
    assert "the connection failed" in message
    assert "Run the same command again; it resumes." in message
    hub.cut.clear()
    before = len(hub.blobs)
    done = push(banking, "me/banking")
    repo = hub.repos["me/banking"]
    assert done.tag in repo.tags
    assert [message for message in repo.messages if message == done.message] == [done.message]
    assert sha256(repo.files()["manifest.json"]).hexdigest().startswith(done.tag)
    assert before == 0 or place != "/batch"
    assert not push(banking, "me/banking").changed


def test_an_upload_that_is_cut_once_goes_on_by_itself(hub: Hub, banking: Build) -> None:
    """The client tries again by itself where a connection breaks once."""
    hub.cut["/large/"] = 1
    assert push(banking, "me/banking").changed
    assert "manifest.json" in hub.repos["me/banking"].files()
