"""Facts about what surrounds a command: files beside the person are not imported, a full disk leaves the old file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Ended

from curation.gate.process import GateProcess
from curation.ledger.build import Build
from curation.recipes.loading import load, make
from curation.runner.build import build

TINY = Path(__file__).parent / "golden" / "tiny.py"
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
from curation.cli.app import main
main()
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Build:
    return build(make(load(str(TINY)), TINY, {}), tmp_path_factory.mktemp("made") / "out")


def run(folder: Path, *command: object, **environment: str) -> Ended:
    """A Python of its own in `folder`, from which it imports nothing itself."""
    done = subprocess.run(
        [sys.executable, "-P", *map(str, command)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
        env={**os.environ, **environment},
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def test_nothing_is_imported_from_the_current_folder(tmp_path: Path) -> None:
    """Modules of the library's names beside a person's files are not run, by us or by a process that we start."""
    names = ("numbers", "statistics", "pandas", "numpy", "polars", "great_expectations", "langdetect", "orjson", "gate")
    for name in names:
        (tmp_path / f"{name}.py").write_text(
            f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r})\nraise SystemExit(1)"
        )
    rows = [f"How do I get to {town}?,Take the road to {town} by the river.,a" for town in ("Aron", "Brugis", "Chue")]
    (tmp_path / "numbers.csv").write_text("question,answer,topic\n" + "\n".join(rows) + "\n")
    commands = (
        ("init", "numbers.csv", "--out", "mine.py"),
        ("build", "./mine.py", "--source", "numbers.csv", "--out", "out"),
        ("report", "out", "--out", "page", "--data-docs"),
        ("validate", "out/train.jsonl", "--suite", "chat", "--languages", "en"),
    )
    for words in commands:
        ended = run(tmp_path, "-m", "curation.cli.app", *words)
        assert ended.code in (0, 1), (words, ended.err)
    assert not (tmp_path / "ran").exists()


FULL = {
    "report": (("report", "out", "--out", "page"), "page/index.html"),
    "data docs": (("report", "out", "--out", "page", "--data-docs"), "page/gx/index.html"),
    "inspect": (("inspect", "out", "--html", "row.html"), "row.html"),
    "validate": (("validate", "out/train.jsonl", "--html", "found.html"), "found.html"),
}


@pytest.mark.parametrize("name", FULL)
def test_a_full_disk_leaves_the_earlier_file(name: str, made: Build, tmp_path: Path) -> None:
    """Where a page cannot be written, one line says so with exit code 6, and the earlier one is as it was."""
    words, page = FULL[name]
    shutil.copytree(made.folder, tmp_path / "out")
    (tmp_path / page).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / page).write_text("an earlier page")
    was = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    limit = 20_000 if name == "data docs" else 100
    ended = run(tmp_path, "-c", LIMITED, limit, *words, TMPDIR=str(tmp_path.parent))
    assert (ended.code, ended.err.count("\n"), "File too large" in ended.err) == (6, 1, True), ended
    assert (tmp_path / page).read_text() == "an earlier page"
    written = {path for path in tmp_path.rglob("*") if path.is_file()} - {tmp_path / "page" / name for name in PAGES}
    assert sorted(written | {tmp_path / page}) == was


PAGES = ("index.html", "report.json")
"""What `report` writes before its Data Docs."""


@pytest.mark.parametrize(
    "words", [("init", "a.csv", "--out", "mine.py"), ("cp", "legal", "mine.py")], ids=lambda w: w[0]
)
def test_a_full_disk_leaves_no_half_recipe(words: tuple[str, ...], tmp_path: Path) -> None:
    """A recipe that cannot be written is not there: the same command may be given again."""
    (tmp_path / "a.csv").write_text("question,answer\nHow far is it?,Two miles.\nAnd back?,Two more.\n")
    ended = run(tmp_path, "-c", LIMITED, 100, *words)
    assert (ended.code, ended.err.count("\n"), "File too large" in ended.err) == (6, 1, True), ended
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("kind", ["folder", "device"])
def test_a_page_takes_the_place_of_a_file_alone(kind: str, made: Build, tmp_path: Path) -> None:
    """--html of a folder or a device is refused; a link stays one, and the page goes where it leads."""
    place = Path("/dev/null") if kind == "device" else tmp_path
    ended = run(tmp_path, "-m", "curation.cli.app", "inspect", made.folder, "--html", place)
    assert (ended.code, f"{place} is not a file" in ended.err) == (6, True), ended
    (tmp_path / "link.html").symlink_to(tmp_path / "page.html")
    assert run(tmp_path, "-m", "curation.cli.app", "inspect", made.folder, "--html", "link.html").code == 0
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "page.html").read_text().startswith("<!")


def test_the_gate_is_no_nicer_than_the_build() -> None:
    """On a machine that is busy with others' work the gate gets what the build gets, or both would wait for it."""
    with GateProcess() as gate:
        assert os.getpriority(os.PRIO_PROCESS, gate.start().pid) == os.getpriority(os.PRIO_PROCESS, 0)
