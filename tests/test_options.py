"""Facts about the options of recipes: a parameter is a flag, its annotation the type, and mistakes are told by name."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from curation.base.errors import InputError, UsageError
from curation.recipes.loading import load, names, source_of
from curation.recipes.options import flags, parse

MINE = '''
"""A recipe of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Tone = Literal["kind", "curt"]
{before}

def recipe(
    source: Path,
    *,
    tone: Tone = "kind",
    at_most: int = 10,
    share: float = 0.5,
    name: str = "",
    limit: int | None = None,
    cut: float | None = None,
    strict: bool = False,
    where: Path = Path("."),
    from_: str = "",
    plain="",
    {more}
):
    raise AssertionError("parsing calls no recipe")
'''


@pytest.fixture
def mine(tmp_path: Path) -> ModuleType:
    """A person's recipe with a parameter of every kind."""
    return written(tmp_path / "mine.py")


def written(file: Path, before: str = "", more: str = "") -> ModuleType:
    file.write_text(MINE.format(before=before, more=more), "utf8")
    return load(str(file))


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ([], {}),
        (["--tone", "curt"], {"tone": "curt"}),
        (["--at-most", "3"], {"at_most": 3}),
        (["--at-most=3"], {"at_most": 3}),
        (["--at-most", "-3"], {"at_most": -3}),
        (["--at-most=-3"], {"at_most": -3}),
        (["--share", ".25"], {"share": 0.25}),
        (["--share", "-1e-3"], {"share": -0.001}),
        (["--share", "2"], {"share": 2.0}),
        (["--name", "a b"], {"name": "a b"}),
        (["--name", "3"], {"name": "3"}),
        (["--name="], {"name": ""}),
        (["--name", ""], {"name": ""}),
        (["--name=a=b"], {"name": "a=b"}),
        (["--name=--tone"], {"name": "--tone"}),
        (["--name", "-"], {"name": "-"}),
        (["--limit", "5"], {"limit": 5}),
        (["--cut", "0.5"], {"cut": 0.5}),
        (["--strict"], {"strict": True}),
        (["--strict=false"], {"strict": False}),
        (["--strict", "--tone", "curt"], {"strict": True, "tone": "curt"}),
        (["--where", "a/b"], {"where": Path("a/b")}),
        (["--from", "a=1"], {"from_": "a=1"}),
        (["--plain", "7"], {"plain": "7"}),
        (["--at-most", "3", "--at-most", "4"], {"at_most": 4}),
    ],
)
def test_values(words: list[str], given: dict[str, Any], mine: ModuleType) -> None:
    """What was given, and only that, comes out by the name of its parameter and of its type."""
    found = parse(mine, words)
    assert found == given
    assert {name: type(value) for name, value in found.items()} == {name: type(value) for name, value in given.items()}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--tone", "rude"], "--tone rude is out of range. Expected kind or curt, e.g. kind."),
        (["--at-most", "many"], "--at-most many is out of range. Expected a whole number, e.g. 10."),
        (["--at-most", "2.5"], "--at-most 2.5 is out of range. Expected a whole number, e.g. 10."),
        (["--at-most="], "--at-most  is out of range. Expected a whole number, e.g. 10."),
        (["--share", "half"], "--share half is out of range. Expected a number, e.g. 0.5."),
        (["--limit", "none"], "--limit none is out of range. Expected a whole number."),
        (["--strict=perhaps"], "--strict perhaps is out of range. Expected true or false, e.g. False."),
        (["--tone"], "--tone needs a value. For example: --tone kind"),
        (["--at-most", "--tone", "curt"], "--at-most needs a value. For example: --at-most 10"),
        (["--ton", "curt"], "The recipe mine takes no --ton. Did you mean --tone? It takes: --tone, --at-most, "),
        (["--at_most", "3"], "The recipe mine takes no --at_most. Did you mean --at-most?"),
        (["--zzz"], "The recipe mine takes no --zzz. It takes: --tone, "),
        (["--from_", "x"], "The recipe mine takes no --from_. Did you mean --from?"),
        (["--source", "x"], "The recipe mine takes no --source"),
        (["curt"], "Nothing takes the word 'curt'. Options look like --max-tokens 1024."),
        (["--strict", "false"], "Nothing takes the word 'false'."),
        (["-t", "curt"], "Nothing takes the word '-t'."),
        (["--"], "The recipe mine takes no --."),
    ],
)
def test_what_cannot_be_meant(words: list[str], said: str, mine: ModuleType) -> None:
    """An unknown flag is told with the nearest, a bad value with the flag and what was expected, exit code 2."""
    with pytest.raises(UsageError) as raised:
        parse(mine, words)
    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)


def test_every_parameter_but_the_source_is_a_flag(mine: ModuleType) -> None:
    """Underscores are hyphens in a flag, and the one that Python needs at the end of a name is not seen."""
    words = ["tone", "at-most", "share", "name", "limit", "cut", "strict", "where", "from", "plain"]
    assert [flag.word for flag in flags(mine)] == [f"--{word}" for word in words]


def test_an_option_of_ones_own(tmp_path: Path) -> None:
    """A parameter that a person adds to a recipe is an option with its own type, which the module defines."""
    own = "from enum import StrEnum\nclass Size(StrEnum):\n    SMALL = 'small'\n"
    made = written(tmp_path / "own.py", own, "size: Size = Size.SMALL,")
    assert parse(made, ["--size", "small"]) == {"size": "small"}
    assert type(parse(made, ["--size", "small"])["size"]).__name__ == "Size"
    with pytest.raises(UsageError, match=r"--size large is out of range\. Expected 'small', e\.g\. small"):
        parse(made, ["--size", "large"])


def test_an_annotation_that_is_not_there(tmp_path: Path) -> None:
    """An annotation that names nothing, or no type of a word, is a mistake in the file, told with it in one line."""
    made = written(tmp_path / "own.py", more="size: Sizes = 3,")
    for words in ([], ["--size", "3"]):
        with pytest.raises(InputError, match=r"own\.py cannot be read: NameError: name 'Sizes' is not defined"):
            parse(made, words)
    made = written(tmp_path / "odd.py", "import polars as pl\n", "size: pl.Expr = None,")
    for words in ([], ["--at-most", "3"], ["--size", "3"]):
        with pytest.raises(InputError, match=r"odd\.py cannot be read: PydanticSchemaGenerationError"):
            parse(made, words)


@pytest.mark.parametrize("name", names())
def test_every_default_is_of_its_type(name: str) -> None:
    """Of every built-in recipe each option takes its own default, written out, and gives it back."""
    module = load(name)
    for flag in flags(module):
        if flag.default is not None:
            assert parse(module, [f"{flag.word}={flag.default}"]) == {flag.parameter: flag.default}


def test_a_recipe_that_calls_its_source_otherwise(tmp_path: Path) -> None:
    """A recipe without a parameter called source is asked for one in words, not with a traceback."""
    (tmp_path / "mine.py").write_text("def recipe(path):\n    return None\n")
    module = load(str(tmp_path / "mine.py"))
    with pytest.raises(UsageError, match="--source PATH"), source_of(module, None, demo=False):
        pass
    with source_of(module, "x.csv", demo=False) as path:
        assert path == Path("x.csv")


def test_a_source_that_is_known_goes_before_the_published_one(tmp_path: Path) -> None:
    """A recipe that knows where its file is reads that, also where a published file is named; `hub` asks for it."""
    text = "from pathlib import Path\nPUBLISHED = None\ndef recipe(source=Path('x.csv')):\n    return None\n"
    (tmp_path / "mine.py").write_text(text)
    module = load(str(tmp_path / "mine.py"))
    with source_of(module, None, demo=False) as path:
        assert path is None
    with pytest.raises(UsageError, match="no published source"), source_of(module, "hub", demo=False):
        pass
    assert "recipe.mine" in sys.modules
