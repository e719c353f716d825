"""Facts about repositories and stores of strangers: what they name leads nowhere, and each is refused by one line."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from books import hashes
from fsspec.implementations.local import LocalFileSystem
from hub_server import Hub

from curation.base.errors import BuildError, CurateError, InputError, ShareError, UsageError
from curation.base.seals import write_seal
from curation.hub.adapter import push_adapter
from curation.hub.pull import pull
from curation.hub.push import push
from curation.hub.store import upload
from curation.ledger.build import Build

OUTSIDE = ["../victim.txt", "../../victim.txt", "../../blobs/" + "0" * 64, "/victim.txt", "x" * 300, "a\0b", "C:\\a"]


@pytest.fixture
def banking(demos: Callable[[str], Any]) -> Build:
    return demos("banking").build  # type: ignore[no-any-return]


def naming(build: Build, name: str) -> bytes:
    """The build's manifest, with one more file."""
    manifest = json.loads((build.folder / "manifest.json").read_bytes())
    manifest["files"].append({"name": name, "bytes": 8, "sha256": sha256(b"precious").hexdigest()})
    return json.dumps(manifest).encode()


def refused(do: Callable[[], object], *kinds: type[CurateError]) -> str:
    """The one line that it ends with."""
    with pytest.raises(kinds) as raised:
        do()
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_pull_of_names_outside(name: str, hub: Hub, banking: Build, tmp_path: Path) -> None:
    """Nothing but the manifest is asked for, and nothing is written outside the Hub's cache."""
    push(banking, "me/banking")
    files = {**hub.repos["me/banking"].files(), "manifest.json": naming(banking, name), "../../victim.txt": b"precious"}
    hub.repos["me/banking"].commit("main", files, "mine now")
    hub.asked.clear()
    message = refused(lambda: pull("me/banking", tmp_path / "sets" / "back"), BuildError)
    assert "is no name inside a build" in message
    assert {path.name for path in tmp_path.iterdir()} == {"hf"}
    assert not any("/resolve/" in line and "manifest.json" not in line for line in hub.asked)


def test_a_pull_asks_for_the_files_of_the_build_alone(hub: Hub, banking: Build, tmp_path: Path) -> None:
    """Files that the manifest does not name stay on the Hub, also those that look like a pattern or lead outside."""
    push(banking, "me/banking")
    more = {"movie.mp4": b"0" * 100, "../../x": b"1", "train[.]jsonl": b"2", "build/more": b"3"}
    hub.repos["me/banking"].commit("main", {**hub.repos["me/banking"].files(), **more}, "more")
    hub.asked.clear()
    assert hashes(pull("me/banking", tmp_path / "back").folder) == hashes(banking.folder)
    assert not any(name in line for line in hub.asked for name in more)


def test_a_pull_is_of_one_commit(hub: Hub, banking: Build, demo_build: Build, tmp_path: Path) -> None:
    """What is pushed between the manifest and the files is not mixed in: all are asked for by the same commit."""
    push(banking, "me/banking")
    first = hub.repos["me/banking"].at("main")
    hub.asked.clear()
    pull("me/banking", tmp_path / "back")
    later = [line for line in hub.asked if "/resolve/" in line and "manifest.json" not in line]
    assert later
    assert all(f"/resolve/{first}/" in line for line in later)


@pytest.mark.parametrize(
    "content", [b"[]", b"{}", b"", b"not JSON", b"\xff\xfe", b'{"format": 3, "name": "a"}', b"null", b"[" * 10_000]
)
def test_a_pull_of_what_is_no_manifest(content: bytes, hub: Hub, tmp_path: Path) -> None:
    """Any other content of manifest.json, a later format too, is one line, and nothing is written."""
    hub.add("me/other", {"manifest.json": content})
    assert "manifest.json of me/other " in refused(lambda: pull("me/other", tmp_path / "back"), BuildError)
    assert {path.name for path in tmp_path.iterdir()} == {"hf"}


@pytest.mark.parametrize("content", [b"garbage", b"[]", b"{}", b"null", b'{"siblings": 3}', b"\xff"])
@pytest.mark.parametrize("place", ["/api/datasets/", "/revision/", "/tree/"])
def test_a_server_that_answers_anything(place: str, content: bytes, hub: Hub, banking: Build, tmp_path: Path) -> None:
    """Garbage in place of the Hub's answers ends in a whole build or in one line, for pull and push."""
    push(banking, "me/banking")
    hub.body[place] = content
    for do in (lambda: pull("me/banking", tmp_path / "back"), lambda: push(banking, "me/banking", form="jsonl")):
        with suppress(CurateError):
            do()


def test_parquet_that_is_none(hub: Hub, banking: Build, tmp_path: Path) -> None:
    """A data file that cannot be read is a BuildError, not what the library raises."""
    push(banking, "me/banking")
    files = {**hub.repos["me/banking"].files(), "data/train-00000-of-00001.parquet": b"PAR1 not Parquet PAR1"}
    hub.repos["me/banking"].commit("main", files, "broken")
    message = refused(lambda: pull("me/banking", tmp_path / "back"), BuildError)
    assert "is no Parquet that can be read" in message


def test_a_push_deletes_no_name_that_leads_outside(hub: Hub, banking: Build, demo_build: Build) -> None:
    """Of a manifest on the Hub with such names no file is taken for one that a push wrote."""
    push(demo_build, "me/data")
    repo = hub.repos["me/data"]
    repo.commit("main", {**repo.files(), "manifest.json": naming(demo_build, "../victim.txt")}, "mine now")
    assert push(banking, "me/data").deleted == ()


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_store_that_names_files_outside(name: str, banking: Build, demo_build: Build, tmp_path: Path) -> None:
    """Nothing is deleted or sent, there or elsewhere, and the line says which name."""
    (tmp_path / "victim.txt").write_text("precious")
    upload(demo_build, (tmp_path / "a" / "store").as_uri())
    (tmp_path / "a" / "store" / "manifest.json").write_bytes(naming(demo_build, name))
    before = hashes(tmp_path)
    message = refused(lambda: upload(banking, (tmp_path / "a" / "store").as_uri()), UsageError)
    assert "is no name inside a build" in message
    assert hashes(tmp_path) == before


@pytest.mark.parametrize("link", ["tables", "manifest.json", "train.jsonl", "tokenized", "README.md"])
def test_a_store_with_links(link: str, banking: Build, demo_build: Build, tmp_path: Path) -> None:
    """A link in a store of this machine, for a file to write or to delete, is refused; what it leads to stays."""
    there, elsewhere = tmp_path / "store", tmp_path / "elsewhere"
    upload(demo_build, there.as_uri())
    (there / link).rename(elsewhere)
    (there / link).symlink_to(elsewhere)
    before = hashes(tmp_path)
    assert "is a symbolic link" in refused(lambda: upload(banking, there.as_uri()), UsageError)
    assert hashes(tmp_path) == before


def test_a_store_itself_may_be_a_link(banking: Build, tmp_path: Path) -> None:
    """The folder that a person gives may be reached through links."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    upload(banking, (tmp_path / "link").as_uri())
    assert hashes(tmp_path / "real") == hashes(banking.folder)


def test_no_half_manifest(banking: Build, tmp_path: Path) -> None:
    """A write that breaks off in the manifest leaves none; the same command then ends right."""
    there = tmp_path / "store"
    upload(banking, there.as_uri())
    (there / "manifest.json").unlink()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))  # the system refuses to write more into any file
    try:
        refused(lambda: upload(banking, there.as_uri()), ShareError)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (there / "manifest.json").exists()
    upload(banking, there.as_uri())
    assert hashes(there) == hashes(banking.folder)


@pytest.mark.parametrize("at", [1, 3, 5])
def test_a_push_that_is_killed_while_it_deletes(
    at: int, banking: Build, demo_build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command ends right: nothing of the earlier build stays, though its manifest is gone already."""
    there, removed = tmp_path / "store", []
    upload(demo_build, there.as_uri())
    remove = LocalFileSystem.rm_file

    def dies(self: Any, path: str) -> None:
        removed.append(path)
        if len(removed) == at:
            raise KeyboardInterrupt
        remove(self, path)

    with monkeypatch.context() as patch:
        patch.setattr(LocalFileSystem, "rm_file", dies)
        with pytest.raises(KeyboardInterrupt):
            upload(banking, there.as_uri())
    upload(banking, there.as_uri())
    assert hashes(there) == hashes(banking.folder)
    assert upload(banking, there.as_uri()).sent == ()


def test_an_adapter_with_a_link(hub: Hub, tmp_path: Path) -> None:
    """A link in the adapter of a run would send a file that lies elsewhere: refused, and nothing is sent."""
    (tmp_path / "secret").write_text("precious")
    adapter = tmp_path / "run" / "adapter"
    adapter.mkdir(parents=True)
    (tmp_path / "run" / "run.json").write_text(json.dumps({"build": "a", "data_sha256": "0" * 64}))
    for name in ("adapter_config.json", "adapter_model.safetensors", "README.md"):
        (adapter / name).write_text("{}")
    write_seal(adapter)
    (adapter / "notes.txt").symlink_to(tmp_path / "secret")
    message = refused(lambda: push_adapter(tmp_path / "run", "me/a"), BuildError, InputError)
    assert "is a symbolic link" in message
    assert hub.writes() == []
