"""Fixtures of the token tests: tokenizers by name, and the same tokenizer as transformers has it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hard import Both

from curation.tokens import Tokenizer
from curation.tokens import load as load_tokenizer
from curation.tokens.load import BUILTIN


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
def contracts(data: Path) -> list[str]:
    """Parts of 3,000 characters from the middle of twelve real contracts."""
    corpus = json.loads((data / "cuad" / "CUADv1.json").read_bytes())["data"]
    texts = [document["paragraphs"][0]["context"] for document in corpus[:: len(corpus) // 12][:12]]
    return [text[len(text) // 2 :][:3_000] for text in texts]
