"""Facts about names inside a build: what a stranger's file may name, and that nothing leads out of a folder."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.base.errors import BuildError, UsageError
from curation.base.files import inside
from curation.base.manifests import read_manifest
from curation.cli.app import main
from curation.ledger.build import Build
from curation.recipes.loading import load, make
from curation.schemas.manifest import File, Manifest
from curation.schemas.names import name_fault, part_fault
from curation.training import checkpoints

TINY = Path(__file__).parent / "golden" / "tiny.py"
BAD = {
    "": "without a name",
    "/etc/passwd": "begins with /",
    "../victim.txt": "the part '..'",
    "a/../../b": "the part '..'",
    "./a": r"the part '\.'",
    "a//b": "without a name",
    "a/": "without a name",
    "a\\b": "holds",
    "C:\\a": "holds",
    "C:a": "holds :",
    "a\0b": r"character '\\x00'",
    "a\nb": r"character '\\n'",
    "\x1b[2J": r"character '\\x1b'",
    "a\u202eb": r"character '\\u202e'",
    "a\ud800": "character",
    "tables/CON": "a device",
    "nul.txt": "a device",
    "com1.tar.gz": "a device",
    "LPT¹": "a device",
    "aux .csv": "a device",
    "a.": "ends in a dot",
    "a /b": "ends in a dot or a space",
    "x" * 256: "longer than 255 bytes",
    "é" * 128: "longer than 255 bytes",
    "/".join(["x" * 200] * 6): "longer than 1,024 bytes",
}


@pytest.mark.parametrize(("name", "fault"), BAD.items())
def test_names_that_lead_out_or_are_none(name: str, fault: str, tmp_path: Path) -> None:
    """Each is refused with its reason: in a folder, and in a manifest."""

    assert re.search(fault, name_fault(name) or "")
    with pytest.raises(BuildError, match="is no name inside"):
        inside(tmp_path, name)


@pytest.mark.parametrize(
    "name",
    ["train.jsonl", "tables/categories.csv", "report/index.html", ".gitattributes", "a b", "কথা\u200d.csv", "con2"],
)
def test_names_that_are_safe(name: str, tmp_path: Path) -> None:
    """What builds hold, hidden files and names in other scripts are names."""
    assert name_fault(name) is None
    assert inside(tmp_path, name) == tmp_path / name


@given(st.text(max_size=40))
def test_a_safe_name_stays_in_its_folder(name: str) -> None:
    """Whatever the text: a name without a fault is a place strictly below the folder, and the very parts it says."""
    if name_fault(name) is None:
        folder = Path("/a/b")
        assert (folder / name).relative_to(folder).as_posix() == name
        assert ".." not in Path(name).parts


def test_a_part_holds_no_folder() -> None:
    """The name of a phase or a suite is one part."""
    assert part_fault("a/b") == "it holds /"


def _changed(build: Build, **changes: object) -> bytes:
    return build.manifest.changed(**changes).model_dump_json().encode()


@pytest.mark.parametrize("name", ["../victim.txt", "/etc/passwd", "a\0b", "x" * 300])
def test_a_manifest_with_such_a_file_is_refused(name: str, demo_build: Build) -> None:
    """One line with the name, the place and the reason; sources are called as their owners call them."""
    file = File(name=name, bytes=1, sha256="0" * 64)
    with pytest.raises(BuildError, match=r"at files\.0\.?.*: '.*' is no name inside a build: ") as raised:
        read_manifest(_changed(demo_build, files=(file,)), "manifest.json")
    assert "Value error" not in str(raised.value)
    assert read_manifest(_changed(demo_build, sources=(file,)), "manifest.json").sources == (file,)


def test_a_manifest_with_such_a_phase_or_suite_is_refused(demo_build: Build) -> None:
    """A phase becomes the name of a file, a suite names one."""
    out = demo_build.manifest.phases[0].model_copy(update={"name": "../../x"})
    for changes in ({"phases": (out,)}, {"suites": {"rows": ("/etc/mine.json",)}}):
        with pytest.raises(BuildError, match="is no name inside a build: it "):
            read_manifest(_changed(demo_build, **changes), "manifest.json")


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"{}", b"{", b'{"format": 3}', b"null", b"[" * 10_000])
def test_what_is_no_manifest(content: bytes) -> None:
    """Anything else is one line that says where it fails."""
    with pytest.raises(BuildError, match=r"^here (cannot be read at|is of format 3)") as raised:
        read_manifest(content, "here")
    assert "\n" not in str(raised.value)


def test_links_below_the_folder_are_refused(tmp_path: Path) -> None:
    """A link on the way could lead anywhere, even one that leads nowhere yet; the folder itself may be one."""
    (tmp_path / "real").mkdir()
    (tmp_path / "build").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "tables").symlink_to(tmp_path)
    (tmp_path / "real" / "new.txt").symlink_to(tmp_path / "nowhere")
    for name in ("tables/a.csv", "new.txt"):
        with pytest.raises(BuildError, match="is a symbolic link"):
            inside(tmp_path / "build", name)
    assert inside(tmp_path / "build", "a.csv") == tmp_path / "build" / "a.csv"


def test_a_recipe_names_its_phases_so() -> None:
    """A recipe whose phase or table could be no file is told before anything runs."""
    made = make(load(str(TINY)), TINY, {})
    with pytest.raises(UsageError, match=r"'../x' is no name for a phase or a table: it holds /"):
        replace(made, tables={"../x": lambda seen: None})  # type: ignore[dict-item, return-value]


def test_manifests_of_builds_are_whole(demo_build: Build) -> None:
    """What a build writes is read back."""
    assert Manifest.model_validate_json(demo_build.manifest.model_dump_json()) == demo_build.manifest


def test_a_seal_names_files_of_its_checkpoint_alone(tmp_path: Path) -> None:
    """A seal that names a file elsewhere is a fault: that file is not even read."""
    checkpoint = tmp_path / "checkpoint-1"
    checkpoint.mkdir()
    for name in (*checkpoints._STATES, "extra"):
        (checkpoint / name).write_text('{"global_step": 1}')
    checkpoints.seal(checkpoint)
    assert checkpoints.fault(checkpoint) is None
    seal = (checkpoint / "seal.json").read_text()
    (checkpoint / "seal.json").write_text(seal.replace('"extra"', '"../extra"'))
    (checkpoint / "extra").rename(tmp_path / "extra")
    assert checkpoints.fault(checkpoint) == "its seal.json names '../extra', and it has the part '..'"


@pytest.mark.parametrize("link", ["report", "report/index.html"])
def test_a_report_goes_through_no_link(link: str, demo_build: Build, tmp_path: Path) -> None:
    """A build whose report/ or page is a link gets no page there: it would make or replace files elsewhere."""
    shutil.copytree(demo_build.folder, tmp_path / "build")
    shutil.rmtree(tmp_path / "build" / "report")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "build" / link).parent.mkdir(exist_ok=True)
    (tmp_path / "build" / link).symlink_to(tmp_path / "elsewhere" / "new" if "/" in link else tmp_path / "elsewhere")
    with pytest.raises(SystemExit, match="5"):
        main(["report", str(tmp_path / "build")])
    assert list((tmp_path / "elsewhere").iterdir()) == []
