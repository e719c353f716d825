"""Facts about shapes: what a config.json says, and how many parameters that makes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from curation.base.errors import InputError
from curation.training.estimate import shapes
from curation.training.estimate.shapes import BUILTIN, TINY, Shape, shape_of

# As the Hub's pages of the models and their safetensors headers count them.
PUBLISHED = {
    "meta-llama/Llama-3.2-1B-Instruct": 1_235_814_400,
    "meta-llama/Llama-3.2-3B-Instruct": 3_212_749_824,
    "meta-llama/Llama-3.1-8B-Instruct": 8_030_261_248,
    "TinyLlama/TinyLlama-1.1B-Chat-v1.0": 1_100_048_384,
}
CONFIG = {
    "model_type": "llama",
    "vocab_size": 32000,
    "hidden_size": 2048,
    "intermediate_size": 5632,
    "num_hidden_layers": 22,
    "num_attention_heads": 32,
    "num_key_value_heads": 4,
}
QWEN = CONFIG | {"model_type": "qwen2", "hidden_size": 896, "num_attention_heads": 14, "num_key_value_heads": 2}


@pytest.mark.parametrize(("name", "count"), PUBLISHED.items())
def test_built_in_figures_give_the_published_counts(name: str, count: int) -> None:
    """The four presets' models have as many parameters as is published."""
    assert shape_of(name).parameters() == count


@pytest.mark.parametrize(
    "config",
    [
        CONFIG,
        CONFIG | {"tie_word_embeddings": True, "head_dim": 128},
        CONFIG | {"attention_bias": True, "mlp_bias": True},
        CONFIG | {"num_key_value_heads": None},
        CONFIG | {"model_type": "mistral", "num_key_value_heads": 8},
        QWEN | {"tie_word_embeddings": True},
        QWEN | {"model_type": "qwen3", "head_dim": 128},
        CONFIG | {"model_type": "phi3", "pad_token_id": 0},
    ],
    ids=["llama", "tied", "biased", "without groups", "mistral", "qwen2", "qwen3", "phi3"],
)
def test_parameters_are_those_of_the_real_model(config: dict[str, object]) -> None:
    """Total, embedding, head, every projection and the norms equal what transformers makes of the config."""
    torch = pytest.importorskip("torch")
    from transformers import AutoConfig, AutoModelForCausalLM

    given = {key: value for key, value in config.items() if value is not None}
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**given))
    shape = Shape.of(config)
    assert shape.parameters() == sum(weight.numel() for weight in model.parameters())
    counted = dict.fromkeys(shape.parts(), 0)
    for name, weight in model.named_parameters():
        part = name.split(".")[-2]
        if name.endswith("bias"):
            part = "biases"
        counted["embedding" if part == "embed_tokens" else "norms" if "norm" in part else part] += weight.numel()
    assert shape.parts() == counted


def test_tiny_is_the_tiny_model(tmp_path: Path) -> None:
    """The shape of `tiny` is that of the folder that training.tiny_model writes with the built-in tokenizer."""
    pytest.importorskip("torch")
    from transformers import PreTrainedTokenizerFast

    from curation.schemas.template import BUILTIN as TOKENIZER
    from curation.training.tiny_model import write

    write(tmp_path, PreTrainedTokenizerFast.from_pretrained(TOKENIZER))
    assert shape_of(str(tmp_path)) == shape_of("tiny") == TINY


@pytest.mark.parametrize("key", [key for key in CONFIG if key not in ("model_type", "num_key_value_heads")])
def test_a_missing_key_is_named(key: str) -> None:
    """A config without a figure is refused by the name of its key."""
    with pytest.raises(InputError, match=f"has no {key}"):
        Shape.of({name: value for name, value in CONFIG.items() if name != key})


@pytest.mark.parametrize(("family", "key"), [("mistral", "num_key_value_heads"), ("qwen3", "head_dim")])
def test_what_families_take_differently_must_be_said(family: str, key: str) -> None:
    """Where the libraries' default is the family's own, a missing key is refused instead of guessed."""
    config = CONFIG | {"model_type": family, "num_key_value_heads": 8, "head_dim": 128}
    assert Shape.of(config).key_heads == 8
    with pytest.raises(InputError, match=key):
        Shape.of({name: value for name, value in config.items() if name != key})


@pytest.mark.parametrize("value", ["2048", 0, True, 1.5])
def test_a_figure_that_is_no_count_is_named(value: object) -> None:
    """A config whose figure is no whole number above zero is refused, with the value."""
    with pytest.raises(InputError, match="hidden_size") as raised:
        Shape.of(CONFIG | {"hidden_size": value})
    assert repr(value) in raised.value.fact


def test_an_unknown_family_is_refused() -> None:
    """Mixtures of experts would be counted wrong, so they are refused by their type."""
    with pytest.raises(InputError, match="mixtral"):
        Shape.of(CONFIG | {"model_type": "mixtral"})


def test_a_folder_gives_its_config(tmp_path: Path) -> None:
    """A model folder's config.json is read; one that is no JSON object is an InputError."""
    file = tmp_path / "config.json"
    file.write_text(json.dumps(CONFIG))
    assert shape_of(str(tmp_path)).key_heads == 4
    for wrong in ("{", "[]"):
        file.write_text(wrong)
        with pytest.raises(InputError, match=r"config\.json"):
            shape_of(str(tmp_path))


def test_a_hub_id_fetches_the_config_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a Hub id config.json is asked for and nothing else."""
    import huggingface_hub

    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    asked: list[tuple[str, ...]] = []

    def download(*told: str) -> Path:
        asked.append(told)
        return tmp_path / told[1]

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    assert shape_of("someone/some-model").layers == 22
    assert asked == [("someone/some-model", "config.json")]


@pytest.mark.parametrize("name", ["someone/some-model", "not a/valid/name"])
def test_a_model_out_of_reach_is_one_error(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline, gated or misspelt: one InputError that says how to go on."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match="hf auth login") as raised:
        shape_of(name)
    assert repr(name) in raised.value.fact
    assert "tiny" in raised.value.hint


def test_built_in_figures_need_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A preset's model is known without the Hub's client."""
    monkeypatch.setattr(shapes, "_fetched", lambda model: pytest.fail(f"{model} was fetched"))
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert [shape_of(name) for name in BUILTIN] == list(BUILTIN.values())
