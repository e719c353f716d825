"""The base model in 4 bits (or 16, or 32) and LoRA on it, with the mends that these library versions need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from curation.base.errors import CurateError, InputError, one_line, reraise_as

if TYPE_CHECKING:
    import torch
    from peft import LoraConfig
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from curation.training.precision import Precision
    from curation.training.preset import Preset


def base(model: str, precision: Precision) -> PreTrainedModel:
    """The frozen base as training sees it. InputError where the model cannot be had or is no causal model."""
    import torch
    from transformers import BitsAndBytesConfig

    quantized = None
    if precision.bits == 4:
        quantized = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=precision.dtype,
        )
    loaded = _load(model, torch.float32 if precision.bits == 32 else precision.dtype, quantized)
    keep_packed(loaded)
    return loaded


def whole(model: str, dtype: torch.dtype) -> PreTrainedModel:
    """The base in full precision: what an adapter is merged into."""
    return _load(model, dtype, None)


def _load(model: str, dtype: torch.dtype, quantized: Any) -> PreTrainedModel:
    import torch
    from transformers import AutoModelForCausalLM

    where: dict[str, int | str] = {"": "cpu"}
    if torch.cuda.is_available():
        where = {"": 0}
        suit(torch.cuda.get_device_capability())

    def unloadable(error: Exception) -> CurateError:
        first = str(error).strip().splitlines()[:1] if isinstance(error, OSError | ValueError) else []
        return InputError(
            f"The model {model!r} cannot be loaded: {(first or [one_line(error)])[0]}",
            "Give --model a folder that save_pretrained wrote, a Hub id (gated ones need hf auth login), or tiny.",
        )

    with reraise_as(unloadable):  # safetensors has a type of its own, a damaged config.json raises any
        return AutoModelForCausalLM.from_pretrained(
            model,
            dtype=dtype,
            quantization_config=quantized,
            device_map=where,
            attn_implementation="sdpa",
            trust_remote_code=False,  # said, so that the library does not ask on the terminal
        )


def keep_packed(model: PreTrainedModel) -> None:
    """Forbid bitsandbytes to repack 4-bit weights for AVX512-BF16 CPUs in eval mode.

    The repacking is in place: gradients after the first evaluation are off by half, and a merge gives garbage, while
    the loss hardly shows it (bitsandbytes 0.50.2).
    """
    import bitsandbytes as bnb

    for module in model.modules():
        if isinstance(module, bnb.nn.Linear4bit):
            module.support_avx512bf16_for_cpu = False


def suit(capability: tuple[int, int]) -> None:
    """Turn off what the libraries do on every CUDA device and old ones cannot.

    Before 8.0 no fused attention takes grouped keys, and PyTorch falls back to length x length scores: keys and values
    are repeated instead. Before 7.0 there is no Triton, which TRL's loss would use.
    """
    from transformers.integrations import sdpa_attention
    from trl.kernels import chunked_logprob

    if capability < (8, 0):
        sdpa_attention.use_gqa_in_sdpa = lambda mask, key, value: False
    if capability < (7, 0):
        chunked_logprob._TRITON_AVAILABLE = False


def lora(preset: Preset) -> LoraConfig:
    """LoRA's configuration, as PEFT takes it, from a preset."""
    from peft import LoraConfig

    return LoraConfig(
        task_type="CAUSAL_LM",
        r=preset.rank,
        lora_alpha=preset.alpha,
        lora_dropout=preset.dropout,
        target_modules=preset.modules,
        bias="none",
    )


def keep_exact(model: PreTrainedModel) -> int:
    """LoRA's weights in float32; returns how many numbers they hold.

    TRL casts them to bf16 on a 4-bit base and a checkpoint reloads as float32, so that a resumed run would differ;
    and fp16 training cannot unscale bf16 gradients.
    """
    import torch

    count = 0
    for weight in model.parameters():
        if weight.requires_grad:
            weight.data = weight.data.to(torch.float32)
            count += weight.numel()
    return count


def check_vocabulary(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """InputError where the tokenizer has ids that the model has no embedding for."""
    held = model.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > held:
        raise InputError(
            f"The tokenizer has {len(tokenizer):,} tokens and the model embeds {held:,}",
            "They do not belong together; give --model the one that the tokenizer was made for.",
        )
