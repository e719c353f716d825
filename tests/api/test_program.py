"""Facts about curate as a Python library: the program of the README runs, wherever it is called from."""

from __future__ import annotations

import inspect
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import curation as cu
from curation.demo.legal import write_legal
from curation.schemas.template import BUILTIN

STRANGERS = ("schemas", "train", "tests", "datasets")
LIBRARIES = ("pandas", "numbers", "statistics")  # which a program of theirs would import from its own folder too
BUILD = """
import curation as cu

recipe = cu.recipes.legal("CUADv1.json", tokenizer="./llama-3.2", split="80/10/10")
build = cu.build(recipe, "datasets_out/legal", tokenized=True)
print(build.splits, build.counts())
for r in build.rejected("too_long").head(5): print(r.id, r.detail, r.other)
for r in build.rejected("duplicate").head(5): print(r.id, r.detail, r.other)
print(build._repr_html_())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A person's folder: the source, a tokenizer, and modules of theirs with the names of libraries."""
    write_legal(tmp_path)
    (tmp_path / "llama-3.2").symlink_to(BUILTIN)
    for name in STRANGERS:
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('the {name} of a stranger was imported')\n")
    return tmp_path


def run(folder: Path, *words: str, timeout: int = 240) -> str:
    one = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *words]
    done = subprocess.run(command, cwd=folder, env=one, capture_output=True, text=True, timeout=timeout)
    assert done.returncode in (0, 1), f"{words}\n{done.stdout}\n{done.stderr}"
    assert "of a stranger" not in done.stdout + done.stderr
    return done.stdout


def test_a_build_from_python(folder: Path) -> None:
    """The README's program builds and looks inside, beside a stranger's schemas.py, train.py, datasets.py, ..."""
    text = run(folder, "-c", BUILD)
    assert "Split(rows=" in text
    assert "'duplicate': 1" in text
    ended = [line for line in text.splitlines() if "repeats " in line]
    assert len(ended) == 1
    assert ended[0].endswith(ended[0].split("repeats ")[1].split(" ")[-1])
    assert "report/index.html" in text


COMMANDS = """
build bengali --demo
validate mine.jsonl --suite chat --languages en
init faq.csv
build ./faq.py
recipes
show banking
cp legal mine.py
sources
list
verify legal
report legal --data-docs --out page
inspect legal --n 1
explain legal KestrelForge_20100607
diff legal legal
push legal --repo me/legal --dry-run
presets
estimate legal --preset legal --gpu t4
train legal --model tiny --epochs 0.01 --compare 2 --new-tokens 4 --out run
generate run Hello --new-tokens 4
merge run
push run --repo me/lora --dry-run
clean copy
doctor
"""


def test_every_command_beside_a_stranger(folder: Path, demo_build: cu.Build) -> None:
    """Commands, the gate's process and the language pool import nothing from the current folder."""
    pytest.importorskip("trl")
    for name in LIBRARIES:
        (folder / f"{name}.py").write_text(f"raise SystemExit('the {name} of a stranger was imported')\n")
    line = '{"messages": [{"role": "user", "content": "%s"}, {"role": "assistant", "content": "Of course, gladly."}]}'
    (folder / "mine.jsonl").write_text("\n".join(line % f"Could you help me with question {n}?" for n in range(400)))
    (folder / "faq.csv").write_text("question,answer\n" + "".join(f"What is {n} here?,It is {n}.\n" for n in range(30)))
    (folder / "datasets_out").mkdir()
    (folder / "datasets_out" / "legal").symlink_to(demo_build.folder)
    shutil.copytree(demo_build.folder, folder / "copy")
    script = str(Path(sys.executable).with_name("curate"))
    for command in COMMANDS.strip().splitlines():
        run(folder, "-P", script, *shlex.split(command))


def test_every_command_is_tried() -> None:
    """The list above leaves out only pull, which needs a Hub."""
    from typer.main import get_command

    from curation.cli.app import app

    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    assert known - {line.split()[0] for line in COMMANDS.strip().splitlines()} == {"pull"}


def test_public_names_are_documented() -> None:
    """About forty names, each importable, each with a docstring of its own; `dir` and `import *` agree with them."""
    assert 30 <= len(cu.__all__) <= 45
    for name in cu.__all__:
        value = getattr(cu, name)
        assert name == "Stage" or (inspect.getdoc(value) or "").strip(), name  # an alias has no place for one
    for space in ("demos", "figures", "ledger", "readers", "recipes", "stages"):
        module = getattr(cu, space)
        for name in module.__all__:
            value = getattr(module, name)
            ours = inspect.isclass(value) or inspect.isfunction(value)
            assert not ours or (inspect.getdoc(value) or "").strip(), f"{space}.{name}"
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        cu.no_such_name  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'leagl'"):
        cu.recipes.leagl  # type: ignore[attr-defined]  # noqa: B018


def test_importing_costs_nothing() -> None:
    """`import curation` imports no library."""
    heavy = {"polars", "pydantic", "numpy", "torch", "transformers"}
    assert run(Path.cwd(), "-c", f"import sys, curation; print(sorted({heavy!r} & set(sys.modules)))").strip() == "[]"
