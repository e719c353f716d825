"""Facts about build folders: what is hashed, what counts as changed, what is never overwritten."""

from __future__ import annotations

import fcntl
import shutil
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Lock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.base import folders
from curation.base.errors import BuildError, BusyError, DiskError, InputError, UsageError
from curation.base.files import hashed
from curation.ledger.build import Build
from curation.runner.folder import begin, beside, claimed, put, verify


@pytest.fixture
def copied(demo_build: Build, tmp_path: Path) -> Build:
    """A copy of the demo build that a test may spoil."""
    shutil.copytree(demo_build.folder, tmp_path / "legal")
    return Build.open(tmp_path / "legal")


@given(content=st.binary(max_size=5_000))
def test_hashed(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """`hashed` gives the size and the SHA-256 of a file."""
    file = tmp_path_factory.getbasetemp() / "hashed"
    file.write_bytes(content)
    found = hashed(file, "any")
    assert (found.name, found.bytes, found.sha256) == ("any", len(content), sha256(content).hexdigest())


def test_hashed_reads_files_larger_than_its_block(tmp_path: Path) -> None:
    """A file of more than a MiB is hashed whole."""
    content = bytes(range(256)) * 9_000
    (tmp_path / "large").write_bytes(content)
    assert hashed(tmp_path / "large", "large").sha256 == sha256(content).hexdigest()


def test_hashed_of_what_is_no_file(tmp_path: Path) -> None:
    """A folder, or a path where nothing stands, is an InputError that names it."""
    with pytest.raises(InputError, match="is a folder"):
        hashed(tmp_path, "any")
    with pytest.raises(InputError, match=r"There is no file .*nothing"):
        hashed(tmp_path / "nothing", "any")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Not a directory"):
        hashed(tmp_path / "file" / "below", "any")


def test_every_file_of_a_build_is_in_its_manifest(demo_build: Build) -> None:
    """The manifest lists every file but the phases and itself, each with its size and hash."""
    verify(demo_build.folder, demo_build.manifest)
    files = {p.relative_to(demo_build.folder).as_posix() for p in demo_build.folder.rglob("*") if p.is_file()}
    outer = {name for name in files if not name.startswith("phases/")} - {"manifest.json"}
    assert {file.name for file in demo_build.manifest.files} == outer
    assert {"README.md", "chat_template.jinja", "rejects.parquet", "train.jsonl", "tokenized/train.parquet"} <= outer


def test_no_file_can_change_unseen(copied: Build) -> None:
    """One byte changed in any file of a build, or the file gone, is a BuildError that names the file."""
    for file in copied.manifest.files:
        path = copied.folder / file.name
        was = path.read_bytes()
        path.write_bytes(bytes([was[0] ^ 1]) + was[1:])
        with pytest.raises(BuildError, match=f"{path.name} has changed since it was built"):
            verify(copied.folder, copied.manifest)
        path.unlink()
        with pytest.raises(BuildError, match=f"{path.name} is missing"):
            verify(copied.folder, copied.manifest)
        path.write_bytes(was)
    verify(copied.folder, copied.manifest)


@pytest.mark.parametrize("name", ["extra.jsonl", "tokenized/extra.parquet"])
def test_a_file_that_is_not_the_build_s_own(name: str, copied: Build) -> None:
    """A file that was put into a build later is found: whoever loads the folder would load it too."""
    (copied.folder / name).write_text("{}\n")
    with pytest.raises(BuildError, match=r"extra\."):
        verify(copied.folder, copied.manifest)


def test_targets(tmp_path: Path) -> None:
    """Nothing, an empty folder and a build may become a build; a file and any other folder may not."""
    for name in ("empty", "other", "old_build"):
        (tmp_path / name).mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    (tmp_path / "old_build" / "manifest.json").write_text("{}")
    (tmp_path / "file").write_text("mine")
    for name in ("nothing", "empty", "old_build"):
        with claimed(tmp_path / name):
            pass
    refused = {"other": r"other is a folder that is not a build .*left alone", "file": "file is a file, so it is left"}
    for name, match in refused.items():
        with pytest.raises(UsageError, match=match), claimed(tmp_path / name):
            pytest.fail("taken")


def test_a_workplace_is_kept_for_the_same_plan_only(tmp_path: Path) -> None:
    """What stands in the workplace stays for the same plan and goes for another one, or when asked to be fresh."""
    out = tmp_path / "out"
    for plan, fresh, there in (("a", False, False), ("a", False, True), ("b", False, False), ("b", True, False)):
        with claimed(out):
            work = begin(out, plan, fresh)
            assert (work / "phases" / "rows.parquet").exists() is there
            (work / "phases" / "rows.parquet").write_text("")


def test_a_workplace_has_one_owner(tmp_path: Path) -> None:
    """While one holds the workplace of a folder, another gets a BusyError; the next one gets in."""
    with claimed(tmp_path / "out"):
        with pytest.raises(BusyError), claimed(tmp_path / "out"):
            pass
        with claimed(tmp_path / "other"):
            pass
    with claimed(tmp_path / "out"):
        pass


def test_a_workplace_that_cannot_be(tmp_path: Path) -> None:
    """Where the parent is a file, the system's refusal is a DiskError with its reason."""
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "out"
    with pytest.raises(DiskError, match="The system refused to write beside"), claimed(out):
        pass


@pytest.mark.parametrize("exchange", [True, False], ids=["exchange", "two renames"])
def test_put_replaces_and_leaves_nothing(exchange: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After `put` the new folder stands in the place of the old one and nothing else is left."""
    if not exchange:
        monkeypatch.setattr(folders, "_exchange", lambda a, b: False)
    for name in ("out", "out.building"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "which").write_text(name)
    (tmp_path / "out.building" / "plan.sha256").write_text("plan")
    put(beside(tmp_path / "out", "building"), tmp_path / "out")
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")} == {"out", "out/which"}
    assert (tmp_path / "out" / "which").read_text() == "out.building"


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    """A new folder in the place of a link takes the place of what it leads to."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "old").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    with folders.new_folder(tmp_path / "link", "merge") as made:
        (made / "new").write_text("")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "there"]
    assert (tmp_path / "link").is_symlink()
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["new"]


def test_an_exchange_has_no_moment_without_a_folder(tmp_path: Path) -> None:
    """Where the system can exchange two folders, each is the other afterwards."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text("")
    if not folders._exchange(tmp_path / "a", tmp_path / "b"):
        pytest.skip("this file system cannot exchange two folders")
    assert (tmp_path / "a" / "b").exists()
    assert (tmp_path / "b" / "a").exists()
    assert not folders._exchange(tmp_path / "a", tmp_path / "c")


def test_a_lock_that_was_removed_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock file that its last holder removes between opening and locking holds nobody off: a new one is locked."""
    place, lock = tmp_path / ".out.lock", fcntl.flock

    def removed(file: int, how: int) -> None:
        monkeypatch.setattr(folders.fcntl, "flock", lock)
        place.unlink()
        lock(file, how)

    monkeypatch.setattr(folders.fcntl, "flock", removed)
    with folders.locked(tmp_path / "out", "build"):
        assert place.exists()
        with pytest.raises(BusyError), folders.locked(tmp_path / "out", "build"):
            pytest.fail("two hold one lock")


def test_a_lock_leaves_no_file_and_keeps_one_owner(tmp_path: Path) -> None:
    """Of many that want a folder at once one has it at a time, though each removes the lock file when it has done."""
    inside, most, taken = 0, 0, 0
    guard = Lock()

    def work(_: int) -> None:
        nonlocal inside, most, taken
        for _ in range(200):
            try:
                with folders.locked(tmp_path / "out", "build"):
                    with guard:
                        inside, taken = inside + 1, taken + 1
                        most = max(most, inside)
                    with guard:
                        inside -= 1
            except BusyError:
                pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert (most, taken > 100) == (1, True)
    assert list(tmp_path.iterdir()) == []
