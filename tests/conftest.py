"""Fixtures that the tests share: where the real data is, the built-in tokenizer, and one build of the demo."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from curation.build import build
from curation.demo import legal
from curation.ledger import Build
from curation.recipes import load, make
from curation.tokens import Tokenizer
from curation.tokens import load as load_tokenizer


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real corpora and tokenizers; tests that need it are marked `real` and skip without it."""
    folder = os.environ.get("CURATION_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("CURATION_DATA names no folder with the real corpora and tokenizers")
    return Path(folder)


@pytest.fixture(scope="session")
def builtin() -> Tokenizer:
    return load_tokenizer("builtin")


@pytest.fixture(scope="session")
def demo_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The legal demo corpus: CUADv1.json, with test_titles.json beside it."""
    return legal.write(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def demo_build(demo_source: Path, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The legal demo, built once with everything; tests read it and never write to it."""
    out = tmp_path_factory.mktemp("datasets_out") / "legal"
    return build(make(load("legal"), demo_source, {}, demo=True), out, tokenized=True)
