"""Facts about damage: a file of a build that is not as it was written is one line that names it, in every command."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import Curate

from curation.ledger.build import Build
from curation.recipes.loading import load, make
from curation.runner.build import build

TINY = Path(__file__).parent / "golden" / "tiny.py"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """A small build with every kind of file; tests copy it."""
    return build(make(load(str(TINY)), TINY, {}), tmp_path_factory.mktemp("whole") / "out", tokenized=True)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _commands(id: str) -> dict[str, tuple[str, ...]]:
    return {
        "verify": ("verify", "out"),
        "explain": ("explain", "out", id),
        "inspect": ("inspect", "out", id),
        "drawn": ("inspect", "out"),
        "report": ("report", "out", "--out", "page"),
        "data docs": ("report", "out", "--out", "page", "--data-docs"),
        "diff": ("diff", "out", "other"),
    }


READ = {
    "phases/records.parquet": {"verify", "explain", "report", "data docs"},
    "phases/rows.parquet": {"verify", "explain", "inspect", "drawn", "report", "data docs"},
    "phases/rows.split.parquet": {"verify", "explain", "inspect", "drawn", "report", "data docs"},
    "phases/hashes.json": {"verify", "explain", "inspect", "drawn", "report", "data docs"},
    "train.jsonl": {"verify", "diff"},
    "rejects.parquet": {"verify", "explain", "report", "data docs"},
    "chat_template.jinja": {"verify", "inspect", "drawn"},
    "report/report.json": {"verify", "report", "data docs"},
    "tokenized/train.parquet": {"verify"},
}


@pytest.mark.parametrize("damage", [_cut, _flip, Path.unlink], ids=["cut", "flipped", "gone"])
@pytest.mark.parametrize("name", READ)
def test_damaged_files(
    name: str,
    damage: Callable[[Path], None],
    whole: Build,
    curate: Curate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What reads the file ends with exit code 5 and its name; what does not need it goes on. Nothing is written."""
    monkeypatch.chdir(tmp_path)
    for folder in ("out", "other"):
        shutil.copytree(whole.folder, folder)
    damage(Path("out", name))
    id = whole.kept().select("id").head(1).collect().item()
    for command, words in _commands(id).items():
        ended = curate(*words)
        if command in READ[name]:
            assert (ended.code, Path(name).name in ended.err, ended.err.count("\n")) == (5, True, 1), (command, ended)
            assert "Build" in ended.err, ended.err
        else:
            assert ended.code in (0, 1), (command, ended)
    assert not Path("page", "index.html").exists() or "report" not in READ[name]


def test_a_damaged_phase_is_not_resumed(whole: Build, tmp_path: Path) -> None:
    """A phase of an interrupted run that is damaged is run again, and the build ends in the same bytes."""
    recipe, work = make(load(str(TINY)), TINY, {}), tmp_path / "out.building"

    class Stopped(Exception):
        pass

    def stop(seen: object) -> dict[str, object]:
        raise Stopped

    object.__setattr__(recipe, "figures", stop)
    with pytest.raises(Exception, match="Stopped"):
        build(recipe, tmp_path / "out", tokenized=True)
    for name in ("records.parquet", "rows.parquet", "rows.tokens.parquet"):
        _flip(work / "phases" / name)
    built = build(make(load(str(TINY)), TINY, {}), tmp_path / "out", tokenized=True)
    assert built.manifest.files == whole.manifest.files


def test_a_damaged_build_hides_no_other(
    whole: Build, curate: Curate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`list` tells the others, then the one whose manifest cannot be read; what a kill left beside them is no build."""
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b", "c", "b.building", ".c.replaced", ".c.removed"):
        shutil.copytree(whole.folder, tmp_path / "datasets_out" / name)
    assert curate("list").code == 0
    (tmp_path / "datasets_out" / "b" / "manifest.json").write_text("{}")
    ended = curate("list", "--json")
    assert (ended.code, ended.err.count("\n")) == (5, 1)
    assert "datasets_out/b/manifest.json cannot be read" in ended.err
    assert [one["build"] for one in json.loads(ended.out)["builds"]] == ["a", "c"]
