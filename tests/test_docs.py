"""The README is true: every command in it runs, every file it names is there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from curation.demo import legal
from curation.schemas.template import BUILTIN

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf8")
BLOCKS = re.findall(r"```(sh|python)\n(.*?)```", README, re.S)
SHELL = [line for language, block in BLOCKS if language == "sh" for line in block.strip().splitlines()]
CURATE = [line for line in SHELL if line.startswith("curate ")]


def run(line: str, folder: Path) -> str:
    """Run a README line as a person would, in `folder`; its output."""
    words = shlex.split(line, comments=True)
    command = [str(Path(sys.executable).with_name("curate")), *words[1:]] if words[0] == "curate" else words
    one = {**os.environ, "OMP_NUM_THREADS": "1"}  # beside other tests two threads of PyTorch wait for each other
    done = subprocess.run(command, cwd=folder, env=one, capture_output=True, text=True, timeout=300)
    fine = (0, 1) if words[1] in ("diff", "validate", "doctor") else (0,)  # 1: they found something, as they should
    assert done.returncode in fine, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_every_curate_command_of_the_readme_runs(tmp_path: Path) -> None:
    """In an empty folder, with a CUADv1.json and a tokenizer folder of those names in it, each exits with 0."""
    legal.write_legal(tmp_path)
    (tmp_path / "llama-3.1").symlink_to(BUILTIN)
    assert len(CURATE) >= 15
    for language, block in BLOCKS:
        if language == "python":
            done = subprocess.run(
                [sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, timeout=60
            )
            assert done.returncode == 0, done.stderr
            assert "duplicate" in done.stdout or "print(" not in block
        else:
            for line in block.strip().splitlines():
                if line.startswith("curate "):
                    run(line, tmp_path)


@pytest.mark.real
def test_the_commands_for_the_real_cuad_run(tmp_path: Path, data: Path) -> None:
    """The README's build of the real file with the real tokenizer, and its verification, exit with 0."""
    (tmp_path / "CUADv1.json").symlink_to(data / "cuad" / "CUADv1.json")
    (tmp_path / "llama-3.1").symlink_to(data / "tokenizers" / "llama-3.1")
    lines = [line for line in CURATE if "--demo" not in line][:2]
    assert ["CUADv1.json" in lines[0], lines[1]] == [True, "curate verify legal"]
    for line in lines:
        run(line, tmp_path)
    names = re.findall(r"^\| `([\w./]+)`", README, re.M)
    assert {"train.jsonl", "rejects.parquet", "chat_template.jinja", "manifest.json"} <= set(names)
    assert all(
        (tmp_path / "datasets_out" / "legal" / name).exists() for name in names if not name.startswith("tokenized")
    )


def test_the_make_targets_of_the_readme_exist() -> None:
    """make demo and make test are targets of the Makefile, and each first makes the environment it needs."""
    makefile = (ROOT / "Makefile").read_text("utf8")
    targets = [shlex.split(line, comments=True)[1] for line in SHELL if line.startswith("make ")]
    assert targets == ["demo", "test"]
    assert all(re.search(rf"^{target}: \$\(VENV\)/", makefile, re.M) for target in targets)


def test_links_and_exit_codes_of_the_readme_are_true() -> None:
    """Relative links lead to files, and the exit codes are those of the errors."""
    from curation.base import errors

    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert links
    assert all((ROOT / link).exists() for link in links)
    codes = {c.exit_code for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.CurateError)}
    told = {int(code) for code in re.findall(r"\b(\d+) [a-z]", README.split("## Exit codes")[1].split("##")[0])}
    assert codes - {1} <= told
