"""Facts about the locks: what pyproject.toml asks for stands in them, within its bounds, with hashes, for everyone."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import lock

WRITTEN = tomllib.loads((lock.ROOT / "pyproject.toml").read_text("utf8"))
PROJECT = WRITTEN["project"]
EXTRAS = PROJECT["optional-dependencies"]
FILES = sorted(lock.LOCKS.glob("*.txt"))
HASHED = [path for path in FILES if path.name != "torch.txt"]


def asked(extra: str) -> list[Requirement]:
    """What the base and `extra` ask for; an extra named in an extra stands for what it asks for."""
    found = []
    for text in [*PROJECT["dependencies"], *EXTRAS.get(extra, [])]:
        need = Requirement(text)
        found += [one for inner in need.extras for one in asked(inner)] if need.name == "curate" else [need]
    return found


def pinned(path: Path) -> dict[str, str]:
    return dict(lock.PIN.findall(path.read_text("utf8")))


@pytest.mark.parametrize("extra", ["base", *EXTRAS])
def test_every_need_is_pinned_within_its_bounds(extra: str) -> None:
    """Each package that the build, the base or an extra asks for stands in its lock (torch apart), as it allows."""
    at = pinned(lock.LOCKS / f"{extra}.txt") | pinned(lock.LOCKS / "torch.txt")
    needs = [*map(Requirement, WRITTEN["build-system"]["requires"]), *asked(extra)]
    wrong = [str(need) for need in needs if at.get(canonicalize_name(need.name), "") not in need.specifier]
    assert wrong == [], "make lock"


def test_the_locks_agree() -> None:
    """A package has one version in all of them, so that one lock can be installed over another."""
    found: dict[str, set[str]] = {}
    for path in FILES:
        for name, at in pinned(path).items():
            found.setdefault(name, set()).add(at)
    assert {name: at for name, at in found.items() if len(at) > 1} == {}


@pytest.mark.parametrize("path", HASHED, ids=lambda path: path.stem)
def test_everything_is_hashed(path: Path) -> None:
    """Below each pin stand hashes, no package is pinned twice, and there is nothing else."""
    blocks = re.split(r"^(?=[^\s#])", path.read_text("utf8"), flags=re.MULTILINE)[1:]
    pin = re.compile(r"[a-z0-9.-]+==\S+(?: ; [^\\\n]+)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n")
    assert len(blocks) == len(pinned(path))
    assert [block for block in blocks if not pin.fullmatch(block)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_of_one_machine(path: Path) -> None:
    """No address, no path, no package for one maker's hardware."""
    text = path.read_text("utf8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert [line for line in lines if "/" in line or "@" in line or line.startswith("-")] == []
    if path.name != "torch.txt":
        assert [name for name in pinned(path) if lock.HARDWARE.fullmatch(name)] == []


def test_tested_versions_are_those_of_the_lock() -> None:
    """`curate doctor` compares with the versions that the tests ran with, for all that the product itself asks for."""
    at = pinned(lock.LOCKS / "test.txt") | pinned(lock.LOCKS / "torch.txt")
    names = {need.name for extra in ("s3", "train") for need in asked(extra)}
    assert json.loads(lock.TESTED.read_text("utf8")) == {name: at[name] for name in names}


def test_what_moved_is_said() -> None:
    """A line for each change, none for what stayed."""
    before = {"gone": "1.0", "moved": "1.0", "same": "1.0"}
    after = {"moved": "2.0", "new": "3.0", "same": "1.0"}
    assert lock.moved(before, after) == ["gone: removed, was 1.0", "moved: 1.0 -> 2.0", "new: added, 3.0"]


def test_every_package_is_installed() -> None:
    """pyproject.toml lists every folder of code, under the name by which it is imported."""
    names = {"curation": "curation", "schemas": "curation.schemas", "train": "curation.training"}
    folders = [path.parent for top in names for path in (lock.ROOT / top).rglob("__init__.py")]
    parts = [folder.relative_to(lock.ROOT).parts for folder in folders]
    expected = sorted(".".join([names[first], *rest]) for first, *rest in parts)
    assert sorted(WRITTEN["tool"]["setuptools"]["packages"]) == expected
