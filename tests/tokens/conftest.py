"""Fixtures of the token tests: real tokenizers by name, and the same tokenizer as transformers has it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerFast

from curation.tokens import Tokenizer
from curation.tokens import load as load_tokenizer
from curation.tokens.load import BUILTIN

Loader = Callable[..., Tokenizer]
Peer = Callable[[Tokenizer], PreTrainedTokenizerFast]


@pytest.fixture(scope="session")
def real(data: Path) -> Loader:
    """real(name, template): a tokenizer of the data folder, each pair loaded once."""

    @cache
    def load(name: str, template: str = "auto") -> Tokenizer:
        return load_tokenizer(str(data / "tokenizers" / name), template)

    return load


@pytest.fixture(scope="session")
def peer() -> Peer:
    """peer(tokenizer): transformers' own tokenizer from the same tokenizer.json, with the same chat template."""

    @cache
    def plain(backend: str) -> PreTrainedTokenizerFast:
        return PreTrainedTokenizerFast(tokenizer_file=backend)

    @cache
    def make(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
        name = tokenizer.contract.tokenizer
        folder = BUILTIN if name == "builtin" else _folder(name)
        found = plain(str(folder / "tokenizer.json"))
        config = json.loads((folder / "tokenizer_config.json").read_text("utf8"))
        found.bos_token, found.eos_token = config.get("bos_token"), config.get("eos_token")
        found.chat_template = tokenizer.template.jinja
        return found

    return make


@pytest.fixture(scope="session")
def contracts(data: Path) -> list[str]:
    """Parts of 3,000 characters from the middle of twelve real contracts."""
    corpus = json.loads((data / "cuad" / "CUADv1.json").read_bytes())["data"]
    texts = [document["paragraphs"][0]["context"] for document in corpus[:: len(corpus) // 12][:12]]
    return [text[len(text) // 2 :][:3_000] for text in texts]
