"""Fixtures that the tests share: where the real data is, the built-in tokenizer, and one build of the demo."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from browser import chromium
from commands import Curate, Ended
from hard import Both

from curation.base.errors import FaultError
from curation.cli.app import main
from curation.demo import legal
from curation.ledger.build import Build
from curation.recipes.loading import load, make
from curation.runner.build import build
from curation.schemas.template import BUILTIN
from curation.tokens import Tokenizer, load_tokenizer


class Demo(NamedTuple):
    """What the demo of a recipe reads, and the build of it."""

    source: Path
    build: Build


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real corpora and tokenizers; tests that need it are marked `real` and skip without it."""
    folder = os.environ.get("CURATION_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("CURATION_DATA names no folder with the real corpora and tokenizers")
    return Path(folder)


@pytest.fixture
def curate(capsys: pytest.CaptureFixture[str]) -> Curate:
    """Runs the command line in this process. What is no person's error, a fault of curate, fails the test itself."""

    def run(*arguments: object) -> Ended:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        assert ended.value.code != FaultError.exit_code, capsys.readouterr().err
        return Ended(int(ended.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, started once."""
    yield from chromium()


@pytest.fixture(scope="session")
def builtin() -> Tokenizer:
    return load_tokenizer("builtin")


@pytest.fixture(scope="session")
def both(request: pytest.FixtureRequest) -> Both:
    """both(name, template): this project's tokenizer and that of transformers, from the same files and template."""
    from transformers import PreTrainedTokenizerFast

    @cache
    def load(name: str, template: str) -> tuple[Tokenizer, Any]:
        folder = BUILTIN if name == "builtin" else request.getfixturevalue("data") / "tokenizers" / name
        tokenizer = load_tokenizer("builtin" if name == "builtin" else str(folder), template)
        config = json.loads((folder / "tokenizer_config.json").read_text("utf8"))
        specials = {key: config[key] for key in ("bos_token", "eos_token") if config[key]}
        theirs = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), **specials)
        theirs.chat_template = tokenizer.template.jinja
        return tokenizer, theirs

    return load


@pytest.fixture(scope="session")
def demo_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The legal demo corpus: CUADv1.json, with test_titles.json beside it."""
    return legal.write_legal(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def demo_build(demo_source: Path, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The legal demo, built once with everything; tests read it and never write to it."""
    out = tmp_path_factory.mktemp("datasets_out") / "legal"
    return build(make(load("legal"), demo_source, {}, demo=True), out, tokenized=True)


@pytest.fixture(scope="session")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Demo]:
    """demos(name): the demo of a recipe, built once where it is asked for; tests read it and never write to it.

    The mix is made of the demos that are built already, under the names that its own demo gives them.
    """

    @cache
    def made(name: str) -> Demo:
        folder = tmp_path_factory.mktemp(name)
        source = folder / "source"
        source.mkdir()
        if name == "mix":
            for part in ("banking", "finetome"):
                (source / f"{part}-build").symlink_to(made(part).build.folder)
        else:
            source = load(name).demo(source)
        return Demo(source, build(make(load(name), source, {}, demo=True), folder / "datasets_out" / name))

    return made
