"""The documentation is true: every command in it runs, every file and option it names is there."""

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
PAGES = {path.name: path.read_text("utf8") for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}
README = PAGES["README.md"]
LOOKING = ("diff", "validate", "doctor")
"""Commands that exit with 1 where they found something, as they should."""


def blocks(page: str) -> list[tuple[str, str]]:
    """The code that a person would run: (sh or python, text)."""
    return re.findall(r"```(sh|python)\n(.*?)```", PAGES[page], re.S)


def shell(page: str) -> list[str]:
    return [line for language, block in blocks(page) if language == "sh" for line in block.strip().splitlines()]


RUN = [page for page in PAGES if blocks(page)]


def run(words: list[str], folder: Path) -> str:
    """Run a command as a person would, in `folder`; its output."""
    one = {**os.environ, "OMP_NUM_THREADS": "1"}  # beside other tests two threads of PyTorch wait for each other
    done = subprocess.run(words, cwd=folder, env=one, capture_output=True, text=True, timeout=300)
    fine = (0, 1) if words[1] in LOOKING else (0,)
    assert done.returncode in fine, f"{shlex.join(words)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", RUN)
def test_every_command_of_a_page_runs(page: str, tmp_path: Path) -> None:
    """In an empty folder, with a CUADv1.json and a tokenizer folder of those names in it, top to bottom."""
    legal.write_legal(tmp_path)
    (tmp_path / "llama-3.1").symlink_to(BUILTIN)
    for language, block in blocks(page):
        if language == "python":
            out = run([sys.executable, "-c", block], tmp_path)
            assert out or "print(" not in block
        else:
            for line in block.strip().splitlines():
                if line.startswith("curate "):
                    curate = str(Path(sys.executable).with_name("curate"))
                    run([curate, *shlex.split(line, comments=True)[1:]], tmp_path)


@pytest.mark.real
def test_the_commands_for_the_real_cuad_run(tmp_path: Path, data: Path) -> None:
    """The build of the real file with the real tokenizer, and its verification, exit with 0 and give what is listed."""
    (tmp_path / "CUADv1.json").symlink_to(data / "cuad" / "CUADv1.json")
    (tmp_path / "llama-3.1").symlink_to(data / "tokenizers" / "llama-3.1")
    lines = [line for line in shell("contracts.md") if "--demo" not in line][:2]
    assert ["CUADv1.json" in lines[0], lines[1]] == [True, "curate verify legal"]
    for line in lines:
        run([str(Path(sys.executable).with_name("curate")), *shlex.split(line)[1:]], tmp_path)
    names = re.findall(r"^\| `([\w./]+)`", PAGES["contracts.md"], re.M)
    assert {"train.jsonl", "rejects.parquet", "chat_template.jinja", "manifest.json"} <= set(names)
    made = tmp_path / "datasets_out" / "legal"
    assert all((made / name).exists() for name in names if not name.startswith("tokenized"))


def test_the_make_targets_of_the_readme_exist() -> None:
    """make demo and make test are targets of the Makefile, and each first makes the environment it needs."""
    makefile = (ROOT / "Makefile").read_text("utf8")
    targets = [shlex.split(line, comments=True)[1] for line in shell("README.md") if line.startswith("make ")]
    assert targets == ["demo", "test"]
    assert all(re.search(rf"^{target}: \$\(VENV\)/", makefile, re.M) for target in targets)


def test_links_lead_to_files() -> None:
    """Relative links and pictures lead to files; the README leads to every page."""
    for name, text in PAGES.items():
        folder = ROOT if name == "README.md" else ROOT / "docs"
        links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
        assert [link for link in links if not (folder / link).exists()] == [], name
    assert [page for page in PAGES if page != "README.md" and f"docs/{page}" not in README] == []


def test_exit_codes_are_those_of_the_errors() -> None:
    """The page of words and the command line list every exit code, with the same words."""
    from curation.base import errors
    from curation.cli.app import EXIT_CODES

    codes = {c.exit_code for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.CurateError)}
    listed = PAGES["words.md"].split("## Exit codes")[1]
    for text in (listed, EXIT_CODES):
        assert codes - {1} <= {int(code) for code in re.findall(r"\b(\d+) [a-z]", text)}


def test_the_glossary_is_whole() -> None:
    """Some thirty words, each once, each with a meaning."""
    words = re.findall(r"^\| (?!word |---)([^|]+) \| ([^|]+) \|$", PAGES["words.md"], re.M)
    assert 30 <= len(words) <= 40
    assert len({word for word, _ in words}) == len(words)
