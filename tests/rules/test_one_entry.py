"""A new rule for every recipe and for validation is one entry in one file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from curation.demo.finetome import write_finetome

ROOT = Path(__file__).parents[2]
ENTRY = """_ERRORS = (
    Rule(
        "says_paris",
        "error",
        "A text names Paris.",
        "Name another town.",
        find=lambda given: given.content.str.extract("(Paris)"),
        rejects=True,
    ),
"""
PROGRAM = """
import sys
import curation as cu

assert cu.__file__.startswith(sys.argv[1]), cu.__file__
build = cu.build(cu.recipes.finetome(sys.argv[2]), "out")
print(len(build.rejected("says_paris")), {r.detail for r in build.rejected("says_paris")})
print(sum(one.count for one in cu.validate(sys.argv[2]).findings if one.id == "says_paris"))
"""


def test_a_rule_is_one_entry(tmp_path: Path) -> None:
    """With an entry more in a copy of the catalogue, and nothing else changed, builds reject and validation reports."""
    shutil.copytree(ROOT / "curation", tmp_path / "code" / "curation")
    catalogue = tmp_path / "code" / "curation" / "rules" / "catalogue.py"
    text = catalogue.read_text("utf8")
    assert text.count("_ERRORS = (\n") == 1
    catalogue.write_text(text.replace("_ERRORS = (\n", ENTRY), "utf8")
    source = write_finetome(tmp_path)
    lines = source.read_bytes().splitlines(keepends=True)
    pattern = (
        b'{"messages": [{"role": "user", "content": "Where is %d?"}, {"role": "assistant", "content": "In Paris."}]}\n'
    )
    source.write_bytes(b"".join([*lines, *(pattern % n for n in range(3))]))
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "code")}
    command = [sys.executable, "-P", "-c", PROGRAM, str(tmp_path / "code"), str(source)]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    built, validated = done.stdout.splitlines()
    assert built.endswith("{'Paris'}")
    assert int(built.split()[0]) >= 3
    assert int(validated) >= 3
