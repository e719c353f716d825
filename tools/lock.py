"""The locks of `locks/`, made again from pyproject.toml by uv, and what moved since the last time.

`python tools/lock.py` renews everything; with names of packages, only these and what pyproject.toml newly asks for.
All extras are resolved as one, so that every lock holds the same version of a package.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCKS = ROOT / "locks"
TESTED = ROOT / "schemas" / "tested.json"
"""Of the product's own needs, the versions that the tests run with: `curate doctor` compares with these."""
HARDWARE = re.compile(r"torch|triton|nvidia-.+|cuda-.+")
"""What differs from machine to machine: torch stands in torch.txt by its version, the rest comes with it."""
PIN = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)


def main(renewed: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    built = "\n".join(project["build-system"]["requires"])
    extras = project["project"]["optional-dependencies"]
    before = pins()
    old = "\n".join(path.read_text() for path in sorted(LOCKS.glob("*.txt"))) if renewed else ""
    chosen = [word for name in renewed for word in ("--upgrade-package", name)]
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.txt"
        whole.write_text(old)
        resolved = compiled(built, whole, "pyproject.toml", "--all-extras", *chosen)
        for name in ["base", *extras]:
            asked = [] if name == "base" else ["--extra", name]
            part = compiled(built, Path(scratch) / f"{name}.txt", "pyproject.toml", *asked, "--constraints", str(whole))
            write(name, part)
        own = Path(scratch) / "uv.txt"
        own.write_text(old)
        write("uv", compiled("uv", own, *chosen))
    torch = dict(PIN.findall(resolved))["torch"]
    (LOCKS / "torch.txt").write_text(f"# Without a hash: its build depends on the hardware.\ntorch=={torch}\n")
    needs = [*project["project"]["dependencies"], *extras["s3"], *extras["train"]]
    names = sorted(re.split(r"[^A-Za-z0-9.-]", need)[0] for need in needs)
    versions = dict(PIN.findall(resolved))
    TESTED.write_text(json.dumps({name: versions[name] for name in names}, indent=2) + "\n")
    print("\n".join(moved(before, pins())) or "Nothing moved.")


def compiled(asked: str, to: Path, *options: str) -> str:
    """The resolution of `asked` (lines) and what the options name, for every platform and Python from 3.11 on.

    Pins that `to` holds are kept where they fit.
    """
    fixed = ["--universal", "--python-version", "3.11", "--fork-strategy", "fewest", "--generate-hashes"]
    plain = ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-config", "--quiet"]
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", *options, *fixed, *plain, "--output-file", str(to)]
    subprocess.run(command, input=asked, text=True, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return to.read_text()


def write(name: str, resolved: str) -> None:
    """A lock without what depends on the hardware."""
    kept = [block for block in re.split(r"^(?=\S)", resolved, flags=re.MULTILINE) if not hardware(block)]
    (LOCKS / f"{name}.txt").write_text("# Made by `make lock`.\n" + "".join(kept))


def hardware(block: str) -> bool:
    found = PIN.match(block)
    return found is not None and HARDWARE.fullmatch(found[1]) is not None


def pins() -> dict[str, str]:
    """Every package of the locks with its version."""
    return {name: at for path in sorted(LOCKS.glob("*.txt")) for name, at in PIN.findall(path.read_text())}


def moved(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """A line for each package whose version changed, that came or that went."""
    lines = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old is None:
            lines.append(f"{name}: added, {new}")
        elif new is None:
            lines.append(f"{name}: removed, was {old}")
        elif old != new:
            lines.append(f"{name}: {old} -> {new}")
    return lines


if __name__ == "__main__":
    main(sys.argv[1:])
