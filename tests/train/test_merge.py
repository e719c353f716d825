"""Facts about merging: into a fresh base in full precision, and seen to say the same as base and adapter."""

from __future__ import annotations

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from curation.base.errors import TrainingError, UsageError

pytestmark = pytest.mark.usefixtures("libraries")


def test_a_merged_model_says_what_base_and_adapter_say(finished: Any, opened: Any, tmp_path: Path) -> None:
    """The adapter goes into a fresh base in full precision: its weights are base + scaled BA, its answers the same."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    from curation.training.inference.merge import merge

    found = merge(finished.run, opened, tmp_path / "merged")
    assert found.difference < 1e-3 < found.effect
    merged = AutoModelForCausalLM.from_pretrained(found.folder)
    base = AutoModelForCausalLM.from_pretrained(finished.run.model)
    assert merged.dtype == torch.float32
    assert getattr(merged.config, "quantization_config", None) is None
    at = "model.layers.2.mlp.up_proj"
    before = base.get_submodule(at).weight.detach().clone()
    adapter = PeftModel.from_pretrained(base, finished.run.adapter).get_base_model().get_submodule(at)
    lora = adapter.lora_B["default"].weight @ adapter.lora_A["default"].weight * adapter.scaling["default"]
    assert lora.any()
    assert torch.allclose(merged.get_submodule(at).weight, before + lora, atol=1e-6)
    assert merged.generation_config.eos_token_id == [1, 4]
    assert (found.folder / "tokenizer.json").is_file()


def test_a_merge_that_makes_no_sense_is_refused(finished: Any, opened: Any, tmp_path: Path) -> None:
    """An unknown number format is refused, and a folder of a person's files is left alone."""
    from curation.training.inference.merge import merge

    (tmp_path / "notes.txt").write_text("mine", "utf8")
    with pytest.raises(UsageError, match=r"--dtype int8 is out of range.*float32, bfloat16, float16"):
        merge(finished.run, opened, tmp_path / "merged", "int8")
    with pytest.raises(UsageError, match=r"has no curate-merge.json, so merge did not write it"):
        merge(finished.run, opened, tmp_path)
    with pytest.raises(UsageError, match="is not a folder"):
        merge(finished.run, opened, tmp_path / "notes.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_merged_model_is_sealed_and_replaced_whole_or_damaged(finished: Any, opened: Any, tmp_path: Path) -> None:
    """The mark names run, adapter and every file with its hash; by it the folder is known, and may be written again."""
    from curation.base.seals import fault
    from curation.training.inference.merge import MARK, merge

    out = merge(finished.run, opened, tmp_path / "merged").folder
    mark = json.loads((out / MARK).read_bytes())
    adapter = sha256((finished.run.adapter / "adapter_model.safetensors").read_bytes()).hexdigest()
    assert (mark["run"], mark["adapter"], mark["dtype"]) == (finished.run.folder.name, adapter, "float32")
    assert {*mark["files"], MARK} == {path.name for path in out.iterdir()}
    os.truncate(out / "model.safetensors", 1000)
    (out / "config.json").unlink()
    assert fault(out, MARK)
    merge(finished.run, opened, out)
    assert fault(out, MARK) is None
    assert json.loads((out / MARK).read_bytes()) == mark
    assert [path.name for path in tmp_path.iterdir()] == ["merged"]


def test_what_merge_did_not_write_is_left_alone(finished: Any, opened: Any, tmp_path: Path) -> None:
    """A base model, a merged model with a person's file in it, and one whose mark cannot be read stay as they are."""
    from curation.training.inference.merge import MARK, merge

    base = Path(shutil.copytree(finished.run.base, tmp_path / "base"))
    with pytest.raises(UsageError, match=rf"{base} has no {MARK}"):
        merge(finished.run, opened, base)
    assert (base / "model.safetensors").is_file()
    out = merge(finished.run, opened, tmp_path / "merged").folder
    (out / "README.md").write_text("mine", "utf8")
    with pytest.raises(UsageError, match=r"holds README.md, which merge did not write"):
        merge(finished.run, opened, out)
    (out / "README.md").unlink()
    for content in (b"", b"[]", b"null", b"\xff"):
        (out / MARK).write_bytes(content)
        with pytest.raises(UsageError, match=rf"is left alone: its {MARK} is damaged"):
            merge(finished.run, opened, out)
    assert (out / "model.safetensors").is_file()


def test_a_merge_that_loses_the_adapter_is_noticed(
    finished: Any, opened: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the merged weights do not say what base and adapter say, nothing is written and the difference is told."""
    from peft import PeftModel

    from curation.training.inference.merge import merge

    def nothing(self: Any, **_: Any) -> Any:
        return self.unload()

    monkeypatch.setattr(PeftModel, "merge_and_unload", nothing, raising=False)
    with pytest.raises(TrainingError, match=r"is not base plus adapter: log-probabilities differ by up to"):
        merge(finished.run, opened, tmp_path / "merged")
    assert not (tmp_path / "merged").exists()
