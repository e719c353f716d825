"""A random Llama of about two million parameters, so that the whole path runs on a laptop and in tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

HIDDEN, INTERMEDIATE, LAYERS, HEADS, KEY_HEADS = 128, 384, 4, 4, 2


def write(folder: Path, tokenizer: PreTrainedTokenizerBase, seed: int = 0) -> None:
    """Config, weights and tokenizer into `folder`, as any model folder; the same weights for the same seed."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=HIDDEN,
        intermediate_size=INTERMEDIATE,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=KEY_HEADS,
        max_position_embeddings=8192,
        tie_word_embeddings=True,
        initializer_range=HIDDEN**-0.5,  # at Llama's 0.02 the frozen head could not tell tokens apart
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
