"""The structure of the code, measured from its source: imports, circles, sizes, docstrings.

`python tests/structure.py` prints the figures; with a folder, those of another checkout.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = {"curation": "curation", "schemas": "curation.schemas", "train": "curation.training"}
"""Folder -> the name under which it is installed."""


@dataclass(frozen=True)
class Code:
    """All modules below `root`. `packages`: folder -> import name."""

    root: Path
    packages: tuple[tuple[str, str], ...]

    @cached_property
    def files(self) -> dict[str, Path]:
        """Module -> its file."""
        found = {}
        for folder, name in self.packages:
            for path in sorted((self.root / folder).rglob("*.py")):
                parts = path.relative_to(self.root / folder).with_suffix("").parts
                found[".".join([name, *parts]).removesuffix(".__init__")] = path
        return found

    @cached_property
    def trees(self) -> dict[str, ast.Module]:
        return {module: ast.parse(path.read_text("utf8")) for module, path in self.files.items()}

    @cached_property
    def faces(self) -> dict[str, dict[str, str]]:
        """A package that only hands names on (by `__getattr__`): name -> the module that it comes from."""
        found = {}
        for module, tree in self.trees.items():
            if any(isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in tree.body):
                typed = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
                found[module] = {a.asname or a.name: self._home(n.module or "", a.name) for n in typed for a in n.names}
        return found

    def _home(self, module: str, name: str) -> str:
        whole = f"{module}.{name}"
        return whole if whole in self.files else module

    def imports(self, module: str) -> Iterator[str]:
        """Every module that `module` imports anywhere, also inside functions and for type checking alone.

        A name that a face hands on is an import of its home.
        """
        if module in self.faces:
            return
        spaces: dict[str, str] = {}
        for node in ast.walk(self.trees[module]):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{module} has a relative import"
                for alias in node.names:
                    home = self._home(node.module or "", alias.name)
                    if home in self.faces:
                        spaces[alias.asname or alias.name] = home
                        home = self.faces[home].get(alias.name, home)
                    yield home
        for node in ast.walk(self.trees[module]):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in spaces:
                home = self.faces[spaces[node.value.id]].get(node.attr)
                if home:
                    yield home

    @cached_property
    def arrows(self) -> dict[str, set[str]]:
        """Module -> the modules of this code that it imports, faces left out."""
        ours = self.files.keys() - self.faces.keys()
        return {module: {name for name in self.imports(module) if name in ours} - {module} for module in self.files}

    @cached_property
    def circles(self) -> list[set[str]]:
        """Sets of modules that import each other in a loop, typing imports included."""
        reach = {module: self._reach(module) for module in self.files}
        loops = {frozenset(b for b in reach[a] if a in reach[b]) for a in self.files if a in reach[a]}
        return [set(loop) for loop in loops]

    def _reach(self, start: str) -> set[str]:
        found: set[str] = set()
        left = [start]
        while left:
            for name in self.arrows[left.pop()]:
                if name not in found:
                    found.add(name)
                    left.append(name)
        return found

    @cached_property
    def functions(self) -> list[tuple[int, str]]:
        """Lines and name of every function, the longest first."""
        every = [
            (1 + (node.end_lineno or 0) - node.lineno, f"{module}.{node.name}")
            for module, tree in self.trees.items()
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        return sorted(every, reverse=True)

    @cached_property
    def lines(self) -> list[tuple[int, str]]:
        """Lines of every file, the longest first."""
        return sorted(((len(p.read_text("utf8").splitlines()), m) for m, p in self.files.items()), reverse=True)

    def docstrings(self) -> Iterator[tuple[str, str | None]]:
        """Every module, class and function with its docstring."""
        for module, tree in self.trees.items():
            yield module, ast.get_docstring(tree)
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    yield f"{module}.{node.name}", ast.get_docstring(node)

    @cached_property
    def undocumented(self) -> list[str]:
        """Public classes, functions and methods without a docstring."""
        return [
            f"{module}.{node.name}"
            for module, tree in self.trees.items()
            for scope in (tree, *(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name[0] != "_"))
            for node in scope.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_" and not ast.get_docstring(node)
        ]

    @cached_property
    def broken_docstrings(self) -> list[str]:
        """Docstrings with a paragraph that breaks off in the middle of a sentence."""
        return [
            name
            for name, doc in self.docstrings()
            for part in (doc or "").split("\n\n")[:-1]
            if part.strip() and part.rstrip()[-1] not in ".:?!)]`'\"…" and not part.startswith((" ", "-"))
        ]


def code(root: Path = ROOT) -> Code:
    """The code of a checkout; one of before the folders were installed inside `curation` too."""
    old = not (root / "curation" / "base").is_dir()
    return Code(root, tuple((folder, folder if old else name) for folder, name in PACKAGES.items()))


def rooms(found: Code) -> dict[str, set[str]]:
    """The folders of the code, and for each the others that it imports."""

    def room(module: str) -> str:
        parts = module.split(".")
        return ".".join(parts[:2]) if parts[0] == "curation" else parts[0]

    arrows: dict[str, set[str]] = {}
    for module, names in found.arrows.items():
        arrows.setdefault(room(module), set()).update(room(name) for name in names)
    return {name: others - {name} for name, others in arrows.items()}


def main(root: Path) -> None:
    found = code(root)
    sizes = sorted(n for n, _ in found.lines if n)
    p90 = sizes[int(0.9 * len(sizes))]
    between = rooms(found)
    print(f"files {len(sizes)}, lines {sum(sizes):,}, p50 {statistics.median(sizes):.0f}, p90 {p90}, max {sizes[-1]}")
    print(f"rooms {len(between)}, arrows between them {sum(map(len, between.values()))}")
    print(f"circles of modules, typing imports included: {len(found.circles)}")
    for circle in found.circles:
        print(f"  {', '.join(sorted(circle))}")
    print("longest functions: " + ", ".join(f"{name} {n}" for n, name in found.functions[:5]))
    print(f"public names without a docstring: {len(found.undocumented)}")
    print(f"docstrings that break off: {len(found.broken_docstrings)}")
    for name in found.broken_docstrings:
        print(f"  {name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
