"""Facts about how a demo is known: by the hashes of its files, whoever wrote them, wherever they stand."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from curation.demo import known, write_banking, write_bengali, write_finetome, write_legal
from curation.recipes.loading import load, make

WRITERS: dict[str, Callable[[Path], Path]] = {
    "banking": write_banking,
    "bengali": write_bengali,
    "finetome": write_finetome,
    "legal": write_legal,
}


def written(name: str, folder: Path) -> list[Path]:
    """The files that a build of the demo reads, as its recipe names them."""
    return list(make(load(name), WRITERS[name](folder), {}).sources)


@pytest.mark.parametrize("name", WRITERS)
def test_what_a_writer_writes_is_a_demo(name: str, tmp_path: Path) -> None:
    """Every file that is read has its size and hash in the table; under other names and elsewhere it is known too."""
    sources = written(name, tmp_path)
    assert load(name).demo is WRITERS[name]
    for path in sources:
        assert known.FILES[path.stat().st_size] == sha256(path.read_bytes()).hexdigest()
    assert known.is_demo(sources)
    (tmp_path / "away").mkdir()
    copies = [Path(shutil.copy(path, tmp_path / "away" / f"{n}.txt")) for n, path in enumerate(sources)]
    assert known.is_demo(copies)


def test_the_table_holds_nothing_else(tmp_path: Path) -> None:
    """Each entry is a file that some writer writes today: a text that was changed leaves none behind."""
    found = {}
    for name in WRITERS:
        (tmp_path / name).mkdir()
        for path in written(name, tmp_path / name):
            found[path.stat().st_size] = sha256(path.read_bytes()).hexdigest()
    assert found == known.FILES


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("place", ["first", "middle", "last", "added", "cut"])
def test_a_changed_byte_makes_it_no_demo(name: str, place: str, tmp_path: Path) -> None:
    """In any of its files, at any place, whether the size stays or not."""
    sources = written(name, tmp_path)
    for path in sources:
        before = path.read_bytes()
        at = {"first": 0, "middle": len(before) // 2, "last": len(before) - 1}.get(place)
        changed = {"added": before + b"\n", "cut": before[:-1]}.get(place)
        if at is not None:
            changed = before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :]
        assert changed is not None
        path.write_bytes(changed)
        assert not known.is_demo(sources)
        path.write_bytes(before)
        assert known.is_demo(sources)


def test_what_is_no_demo(tmp_path: Path) -> None:
    """No files at all, a file that is missing, a folder, and a demo's file beside another."""
    (legal,) = written("legal", tmp_path)
    other = tmp_path / "other.json"
    other.write_text("{}")
    for sources in ([], [other], [legal, other], [tmp_path / "nowhere.json"], [legal, tmp_path]):
        assert not known.is_demo(sources)
    assert known.is_demo([legal])


@pytest.mark.parametrize("name", WRITERS)
def test_a_recipe_writes_down_whether_it_reads_a_demo(name: str, tmp_path: Path) -> None:
    """By the files alone: the demo given with --source is one, and with a byte more it is none."""
    source = WRITERS[name](tmp_path)
    recipe = make(load(name), source, {})
    assert recipe.invocation is not None
    assert recipe.invocation.demo
    with recipe.sources[0].open("ab") as file:
        file.write(b"\n")
    changed = make(load(name), source, {})
    assert changed.invocation is not None
    assert not changed.invocation.demo
