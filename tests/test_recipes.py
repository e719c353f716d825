"""Facts about recipes as files: found by name or path, copied, called with options, blamed by line."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from curation.base.errors import CurateError, DiskError, InputError, UsageError
from curation.demo.legal import corpus
from curation.recipes.loading import copy, load, make, names, path_of, source_of
from curation.recipes.options import parse
from curation.runner.build import build

TINY = Path(__file__).parent / "golden" / "tiny.py"


def test_names() -> None:
    """The built-in recipes are the files that define a function `recipe`; helpers beside them are none."""
    assert names() == ["banking", "bengali", "finetome", "legal", "mix"]
    assert all(callable(load(name).recipe) for name in names())
    assert all(path_of(name).name == f"{name}.py" for name in names())


def test_every_recipe_has_a_first_line() -> None:
    """Each built-in recipe says what it is in the first line of its docstring."""
    for name in names():
        first = (load(name).__doc__ or "").splitlines()[0]
        assert first.endswith(".")
        assert 20 <= len(first) <= 100


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("leagl", r"There is no recipe 'leagl'\. Did you mean legal\?"),
        ("--max-tokens", r"The recipe comes before its options, and --max-tokens is one"),
        ("zzz", r"There is no recipe 'zzz'\. Known: .*legal"),
        ("nowhere/mine.py", r"There is no recipe file nowhere/mine\.py"),
        ("row_phases", r"There is no recipe 'row_phases'"),
        ("", r"There is no recipe ''"),
    ],
)
def test_an_unknown_recipe(name: str, said: str) -> None:
    """An unknown name is a UsageError with the nearest one, or with all."""
    with pytest.raises(UsageError, match=said):
        load(name)


def test_copy(tmp_path: Path) -> None:
    """A copy is the recipe's file, byte for byte; a file that stands there is left alone."""
    copy("legal", tmp_path / "mine.py")
    assert (tmp_path / "mine.py").read_bytes() == path_of("legal").read_bytes()
    (tmp_path / "mine.py").write_text("changed")
    with pytest.raises(UsageError, match=r"mine\.py exists and is left alone"):
        copy("legal", tmp_path / "mine.py")
    assert (tmp_path / "mine.py").read_text() == "changed"
    with pytest.raises(UsageError, match=r"ends in \.py"):
        copy("legal", tmp_path / "mine.txt")
    with pytest.raises(UsageError, match="Did you mean legal"):
        copy("leagl", tmp_path / "other.py")
    with pytest.raises(DiskError, match="cannot be written"):
        copy("legal", tmp_path / "nowhere" / "mine.py")


def test_options(demo_source: Path) -> None:
    """An option that a recipe does not take is a UsageError that lists those it takes."""
    with pytest.raises(UsageError, match=r"tiny takes no --window\. It takes: --max-tokens\."):
        parse(load(str(TINY)), ["--window", "5"])
    made = make(load("legal"), demo_source, parse(load("legal"), ["--max-tokens", "900", "--seed=3"]))
    asked = made.invocation
    assert asked is not None
    assert (asked.options["max_tokens"], asked.options["seed"]) == (900, 3)
    assert asked.options["negatives"] == 1.0, "what was left out is written down as it was used"
    assert asked.recipe_sha256 == sha256(path_of("legal").read_bytes()).hexdigest()


def test_sources(demo_source: Path) -> None:
    """A source is the path that was given, or the demo, which goes away again; not both, and not neither."""
    legal, tiny = load("legal"), load(str(TINY))
    with source_of(legal, str(demo_source), demo=False) as path:
        assert path == demo_source
    with source_of(legal, None, demo=True) as path:
        assert path.is_file()
        assert path.stat().st_size == demo_source.stat().st_size
    assert not path.exists()
    assert corpus()
    for module, source, demo in ((legal, "x.json", True), (tiny, None, True), (tiny, None, False)):
        with pytest.raises(UsageError, match="--source"), source_of(module, source, demo):
            pass


def mine(folder: Path, text: str) -> str:
    """The tiny recipe with `text` at its end, as a person's own file."""
    file = folder / "mine.py"
    file.write_text(TINY.read_text("utf8") + text, "utf8")
    return str(file)


@pytest.mark.parametrize(
    "text",
    [
        "\ndef broken(:\n",
        "\n1 / 0\n",
        "\n{}['key']\n",
        "\nraise RuntimeError('no')\n",
        "\nassert False\n",
        "\nopen('/nowhere/at/all')\n",
        "\nimport no_such_module\n",
        "\nfrom curation.stages.grounded import no_such_rule\n",
        "\nundefined\n",
        "\nclass Odd(Exception): ...\nraise Odd('own kind')\n",
        "\npl.DataFrame({'a': [1]}).select('b')\n",
        "\nint('x')\n",
    ],
    ids=lambda text: text.strip().splitlines()[-1][:30],
)
def test_a_recipe_file_that_cannot_be_loaded(text: str, tmp_path: Path) -> None:
    """Whatever a person's file raises when it is loaded is an InputError of one line with the file and the line."""
    path = mine(tmp_path, text)
    line = len(Path(path).read_text("utf8").splitlines())
    with pytest.raises(InputError) as raised:
        load(path)
    assert str(raised.value).startswith(f"{path}, line {line}: ")
    assert "\n" not in str(raised.value)


def test_a_syntax_error_in_a_relative_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file given by a relative path is blamed by that path and the line, as one given by an absolute path is."""
    mine(tmp_path, "\n1 / 0\n")
    monkeypatch.chdir(tmp_path)
    for path in ("mine.py", "./mine.py"):
        with pytest.raises(InputError, match=r"^mine\.py, line \d+: ZeroDivisionError"):
            load(path)


def test_a_mistake_in_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A syntax error in a helper that a recipe imports is blamed on the helper, not on a line of the recipe."""
    (tmp_path / "a_helper_of_mine.py").write_text("\n\n\n\n\n\ndef broken(:\n")
    monkeypatch.syspath_prepend(tmp_path)
    path = mine(tmp_path, "\nimport a_helper_of_mine\n")
    with pytest.raises(InputError, match=r"a_helper_of_mine\.py") as raised:
        load(path)
    assert not str(raised.value).startswith(f"{path}, line 7:")


def test_a_file_without_a_recipe(tmp_path: Path) -> None:
    """A file that defines no function `recipe` is told so, with the way to a file that does."""
    (tmp_path / "mine.py").write_text("x = 1\n")
    with pytest.raises(InputError, match=r"defines no function recipe.*curate cp legal mine\.py"):
        load(str(tmp_path / "mine.py"))


def test_a_recipe_that_raises(tmp_path: Path) -> None:
    """What the function `recipe` raises is an InputError with the line."""
    path = mine(tmp_path, "\ndef recipe(source: Path) -> Recipe:\n    return {}['key']\n")
    line = len(Path(path).read_text("utf8").splitlines())
    with pytest.raises(InputError, match=rf"mine\.py, line {line}: KeyError"):
        make(load(path), TINY, {})


def test_a_recipe_that_returns_no_recipe(tmp_path: Path) -> None:
    """A function `recipe` that returns something else is an error with the file's name, not a failure later."""
    path = mine(tmp_path, "\ndef recipe(source: Path) -> Recipe:\n    return None\n")
    with pytest.raises(CurateError, match=r"mine\.py"):
        make(load(path), TINY, {})


def test_a_recipe_may_define_its_own_stage(tmp_path: Path) -> None:
    """A dataclass in a person's file works as a stage, as it does in this project's own modules."""
    text = """

from dataclasses import dataclass


@dataclass(frozen=True)
class Longer:
    than: int

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        when = pl.col("text").str.len_chars() > self.than
        return Keep("short", when=when, detail=pl.col("text"))(rows)


tiny = recipe


def recipe(source: Path) -> Recipe:
    from dataclasses import replace

    made = tiny(source)
    return replace(made, records={**made.records, "checks": [Longer(23)]})
"""
    built = build(make(load(mine(tmp_path, text)), TINY, {}), tmp_path / "out")
    assert built.counts()["short"] == 4
    assert built.flow()[1].stages == ("Longer(than=23)",)
