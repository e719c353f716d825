"""What the tests of tokens share: parts of real contracts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def contracts(data: Path) -> list[str]:
    """Parts of 3,000 characters from the middle of twelve real contracts."""
    corpus = json.loads((data / "cuad" / "CUADv1.json").read_bytes())["data"]
    texts = [document["paragraphs"][0]["context"] for document in corpus[:: len(corpus) // 12][:12]]
    return [text[len(text) // 2 :][:3_000] for text in texts]
