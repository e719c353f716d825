"""What a model's memory and time depend on: its shape, from the few figures of its config.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from curation.base.errors import InputError
from curation.training import tiny_model as tiny

_FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "phi3")


@dataclass(frozen=True)
class Linear:
    """A projection of one layer. `outputs` x `inputs` numbers, and `outputs` more where it has a bias."""

    inputs: int
    outputs: int
    bias: bool = False

    @property
    def numbers(self) -> int:
        """Weights of the layer."""
        return self.inputs * self.outputs


@dataclass(frozen=True)
class Shape:
    """A decoder of the Llama kind: RMS norms, grouped keys and values, a gated MLP. All figures count numbers."""

    vocabulary: int
    hidden: int
    intermediate: int
    layers: int
    heads: int
    key_heads: int
    head_dim: int
    tied: bool = False
    """The head is the embedding."""
    biased: tuple[str, ...] = ()
    """The projections that have a bias."""
    fused: bool = False
    """Phi 3: q, k and v are one projection, gate and up another."""
    head_norms: bool = False
    """Qwen 3: a norm over each head of queries and keys."""

    @classmethod
    def of(cls, config: Mapping[str, object]) -> Shape:
        """From a config.json. InputError naming the key that is missing or is no number, or the unknown family."""
        family = str(config.get("model_type", "llama"))
        if family not in _FAMILIES:
            raise InputError(
                f"A model of type {family!r} cannot be planned for", f"Its shape must be one of {', '.join(_FAMILIES)}."
            )
        hidden, heads = _number(config, "hidden_size"), _number(config, "num_attention_heads")
        attention = family == "qwen2" or bool(config.get("attention_bias"))
        return cls(
            vocabulary=_number(config, "vocab_size"),
            hidden=hidden,
            intermediate=_number(config, "intermediate_size"),
            layers=_number(config, "num_hidden_layers"),
            heads=heads,
            key_heads=_number(config, "num_key_value_heads", heads if family in ("llama", "phi3") else None),
            head_dim=_number(config, "head_dim", None if family == "qwen3" else hidden // heads),
            tied=bool(config.get("tie_word_embeddings", False)),
            biased=("q_proj", "k_proj", "v_proj") * attention
            + ("o_proj",) * (attention and family != "qwen2")
            + ("gate_proj", "up_proj", "down_proj") * bool(config.get("mlp_bias")),
            fused=family == "phi3",
            head_norms=family == "qwen3",
        )

    @property
    def queries(self) -> int:
        """Numbers of a token's queries, over all heads."""
        return self.heads * self.head_dim

    @property
    def keys(self) -> int:
        """Numbers of a token's keys; its values are as many."""
        return self.key_heads * self.head_dim

    @property
    def linears(self) -> dict[str, Linear]:
        """The projections of one layer, in the order they are used."""
        h, f, q, k = self.hidden, self.intermediate, self.queries, self.keys
        if self.fused:
            sizes = {"qkv_proj": (h, q + 2 * k), "o_proj": (q, h), "gate_up_proj": (h, 2 * f), "down_proj": (f, h)}
        else:
            sizes = {"q_proj": (h, q), "k_proj": (h, k), "v_proj": (h, k), "o_proj": (q, h)}
            sizes |= {"gate_proj": (h, f), "up_proj": (h, f), "down_proj": (f, h)}
        return {name: Linear(*size, bias=name in self.biased) for name, size in sizes.items()}

    def parts(self) -> dict[str, int]:
        """Parameters by part: embedding, lm_head (0 where tied), each projection over all layers, biases, norms."""
        norms = (2 * self.layers + 1) * self.hidden + 2 * self.layers * self.head_dim * self.head_norms
        return {
            "embedding": self.vocabulary * self.hidden,
            "lm_head": 0 if self.tied else self.vocabulary * self.hidden,
            **{name: self.layers * linear.numbers for name, linear in self.linears.items()},
            "biases": self.layers * sum(linear.outputs for linear in self.linears.values() if linear.bias),
            "norms": norms,
        }

    def parameters(self) -> int:
        """Weights of the whole model."""
        return sum(self.parts().values())


TINY = Shape(8192, tiny.HIDDEN, tiny.INTERMEDIATE, tiny.LAYERS, tiny.HEADS, tiny.KEY_HEADS, 32, tied=True)
"""The random model, over the built-in tokenizer."""
BUILTIN = {
    "tiny": TINY,
    "meta-llama/Llama-3.2-1B-Instruct": Shape(128256, 2048, 8192, 16, 32, 8, 64, tied=True),
    "TinyLlama/TinyLlama-1.1B-Chat-v1.0": Shape(32000, 2048, 5632, 22, 32, 4, 64),
    "meta-llama/Llama-3.2-3B-Instruct": Shape(128256, 3072, 8192, 28, 24, 8, 128, tied=True),
    "meta-llama/Llama-3.1-8B-Instruct": Shape(128256, 4096, 14336, 32, 32, 8, 128),
}
"""Shapes that need no download, as the models' config.json files give them."""


def shape_of(model: str) -> Shape:
    """Of a built-in name, a folder with config.json, or a Hub id, of which config.json alone is fetched. InputError."""
    if model in BUILTIN:
        return BUILTIN[model]
    file = Path(model) / "config.json"
    if not file.is_file():
        file = _fetched(model)
    try:
        config = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise InputError(f"{file} is not JSON: {error}", "Give --model a folder that save_pretrained wrote.") from error
    if not isinstance(config, dict):
        raise InputError(f"{file} holds no object", "Give --model a folder that save_pretrained wrote.")
    return Shape.of(config)


def _fetched(model: str) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(model, "config.json"))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise InputError(
            f"{model!r} is no folder with a config.json, and the Hub did not give it ({type(error).__name__})",
            f"Log in for a gated model (hf auth login), or give --model a folder or one of {', '.join(BUILTIN)}.",
        ) from error


def _number(config: Mapping[str, object], key: str, default: int | None = None) -> int:
    value = config.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        fact = "has no" if value is None else f"says {value!r} for"
        raise InputError(f"config.json {fact} {key}", "A whole number is expected, as save_pretrained writes it.")
    return value
