"""Facts about builds made from Python: the same as from the command line, and the card's command makes them again."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from books import hashes
from conftest import Demo

import curation as cu
from curation.base.errors import BuildError
from curation.schemas.template import BUILTIN

OPTIONS: dict[str, dict[str, Any]] = {
    "legal": {"split": "70/15/15", "max_tokens": 1024, "negatives": 0.5, "answers": "json", "template": "zephyr"},
    "banking": {"task": "both", "conflicting": "reject", "tokenizer": "small"},
    "bengali": {"limit": "train=50,validation=9,test=9", "repeated": "reject"},
    "finetome": {"min_score": 3.5, "languages": "en", "sample": 90},
    "mix": {"from_": "banking-build=0.4,finetome-build=0.6"},
}


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_the_cards_command_builds_the_same_bytes(
    name: str, demos: Callable[[str], Demo], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build from Python with options; the command on its card, run where the sources are, gives every byte again.

    The sources differ from the demo's by a line end, so that they count as real; a mix of demos is one.
    """
    monkeypatch.chdir(tmp_path)
    Path("small").symlink_to(BUILTIN)
    source = sources(name, demos(name).source)
    built = cu.build(getattr(cu.recipes, name)(source, **OPTIONS[name]), "one", tokenized=True, form="sharegpt")
    asked = built.manifest.invocation
    assert asked is not None
    assert asked.demo == (name == "mix")
    assert asked.command in (built.folder / "README.md").read_text("utf8")
    run([*shlex.split(asked.command), "--out", "again"])
    assert hashes(Path("again")) == hashes(built.folder)


def sources(name: str, demo: Path) -> Path:
    """What the demo of a recipe reads, a line end longer, in the current folder; of a mix the very builds."""
    if name == "mix":
        return demo
    place = Path("texts") if demo.is_dir() else Path(demo.name)
    if demo.is_file():
        place.write_bytes(demo.read_bytes() + b"\n")
        return place
    place.mkdir()
    for file in demo.iterdir():
        (place / file.name).write_bytes(file.read_bytes() + b"\r\n")
    return place


def test_a_demo_is_known_by_its_content(demo_source: Path, tmp_path: Path) -> None:
    """From Python too, a build of a demo's file is a demo, wherever the file lies; a changed one is not."""
    copy = tmp_path / "mine.json"
    copy.write_bytes(demo_source.read_bytes())
    recipe = cu.recipes.legal(copy, max_tokens=1024)
    assert recipe.invocation is not None
    assert recipe.invocation.command.startswith(
        "curate build legal --demo --tokenizer builtin --template auto --max-tokens"
    )
    copy.write_bytes(demo_source.read_bytes() + b" ")
    real = cu.recipes.legal(str(copy), max_tokens=1024)
    assert real.invocation is not None
    assert real.invocation.command.startswith("curate build legal --source mine.json --tokenizer builtin")


def run(words: list[str]) -> None:
    script = [sys.executable, "-P", "-m", "curation.cli.app"]
    done = subprocess.run([*script, *words[1:]], capture_output=True, text=True, env={**os.environ}, timeout=240)
    assert done.returncode == 0, done.stderr


def test_rejects(demo_build: cu.Build) -> None:
    """Rejects are iterated, counted and asked for by reason; a reason that the build does not know is named."""
    build = cu.Build.open(str(demo_build.folder))
    assert type(build) is cu.Build
    assert len(build.rejected()) == sum(build.counts().values())
    (copy,) = build.rejected("duplicate")
    assert copy.detail == f"repeats {copy.other}"
    assert build.rejected("duplicate").head(3) == [copy]
    assert build.rejected("too_long").head() == []
    with pytest.raises(BuildError, match=r"rejects nothing as 'duplicat'\. Did you mean duplicate\?"):
        build.rejected("duplicat")


def test_a_build_in_a_notebook(demo_build: cu.Build) -> None:
    """A build shows its splits, its checks and a link to its page; a title with a tag stays text."""
    about = demo_build.manifest.about.model_copy(update={"title": "<b>bold</b>"})
    html = cu.Build(demo_build.folder, demo_build.manifest.changed(about=about))._repr_html_()
    assert "&lt;b&gt;bold" in html
    assert "18 of 18 checks passed" in html
    assert all(f"{split.rows:,}" in html for split in demo_build.splits.values())


def test_validate(demo_build: cu.Build, tmp_path: Path) -> None:
    """Files by str or Path, one or several; what is found is that of the command."""
    files = [str(demo_build.folder / f"{split}.jsonl") for split in ("train", "test")]
    assert cu.validate(files[0]).rows == demo_build.splits["train"].rows
    found = cu.validate(files, tokenizer="builtin", max_tokens=2048)
    assert found.ok
    assert found.rows == demo_build.splits["train"].rows + demo_build.splits["test"].rows


def test_a_recipe_of_ones_own(tmp_path: Path) -> None:
    """A recipe put together in a program builds; its card says that no command makes it again."""
    from golden.tiny import recipe

    source = tmp_path / "texts.csv"
    pl.DataFrame({"text": [f"{'word ' * 6}number {n}" for n in range(40)]}).write_csv(source)
    built = cu.build(recipe(source), tmp_path / "out")
    assert built.manifest.invocation is None
    assert "no command" in (tmp_path / "out" / "README.md").read_text("utf8")


def test_the_window_follows_from_the_limit(demo_source: Path, tmp_path: Path) -> None:
    """With --max-tokens alone no row is too long: the window is half of it. A window that is too large is a warning."""
    built = cu.build(cu.recipes.legal(demo_source, max_tokens=1024), tmp_path / "short")
    assert "too_long" not in built.counts()
    assert built.manifest.figures["rows_too_long"] == 0
    assert built.manifest.max_tokens == 1024
    wide = cu.build(cu.recipes.legal(demo_source, max_tokens=1024, window=1000), tmp_path / "wide")
    lost = wide.counts()["too_long"]
    assert lost > 100
    warning = f"{lost:,} rows have more than --max-tokens and were rejected: lower --window, or raise --max-tokens."
    assert warning in wide.manifest.warnings
    for page in ("README.md", "report/index.html"):
        assert warning in (wide.folder / page).read_text("utf8")


def test_few_scans(demo_source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A legal build scans its phase files at most 40 times (190 before what is seen of a build was collected once)."""
    real, calls = pl.scan_parquet, []

    def scan(*args: Any, **options: Any) -> pl.LazyFrame:
        calls.append(args[0])
        return real(*args, **options)

    monkeypatch.setattr(pl, "scan_parquet", scan)
    cu.build(cu.recipes.legal(demo_source), tmp_path / "out", tokenized=True)
    assert 0 < len(calls) <= 40
