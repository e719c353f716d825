"""Facts about models and adapters of strangers: no code that lies beside their weights is run."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from curation.base.errors import InputError
from curation.training import model
from curation.training.inference.load import load_tokenizer


def with_code(folder: Path, name: str, settings: dict[str, Any]) -> Path:
    """A folder whose `name` asks for a class of its own file, which would leave a mark."""
    folder.mkdir()
    (folder / "theirs.py").write_text(f"open({str(folder / 'ran')!r}, 'w')\nclass Theirs: pass\n")
    (folder / name).write_text(json.dumps(settings))
    return folder


def test_no_code_of_a_model_is_run(tmp_path: Path) -> None:
    """A model that needs code of its own is an InputError, and nothing is asked on the terminal."""
    maps = {"AutoConfig": "theirs.Theirs", "AutoModelForCausalLM": "theirs.Theirs"}
    folder = with_code(tmp_path / "model", "config.json", {"model_type": "theirs", "auto_map": maps})
    with pytest.raises(InputError, match="cannot be loaded"):
        model.whole(str(folder), torch.float32)
    assert not (folder / "ran").exists()


def test_no_code_of_an_adapter_is_run(tmp_path: Path) -> None:
    """A tokenizer beside an adapter that needs code of its own is not loaded."""
    settings = {"tokenizer_class": "Theirs", "auto_map": {"AutoTokenizer": ["theirs.Theirs", None]}}
    folder = with_code(tmp_path / "adapter", "tokenizer_config.json", settings)
    with pytest.raises((ValueError, OSError)):
        load_tokenizer(SimpleNamespace(adapter=folder))  # type: ignore[arg-type]
    assert not (folder / "ran").exists()
