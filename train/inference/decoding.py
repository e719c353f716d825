"""Generation: the prompt rendered by the build's template, greedy by default, to the contract's end of turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from curation.schemas.template import TemplateContract


@dataclass(frozen=True)
class Turn:
    """The last answer of a row: the ids before it, and those that were trained, its end of turn left out."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]


def last_turn(ids: Sequence[int], labels: Sequence[int], ends: frozenset[int]) -> Turn:
    """Where the last run of trained tokens begins, the prompt ends."""
    end = len(labels)
    while end and labels[end - 1] == -100:
        end -= 1
    start = end
    while start and labels[start - 1] != -100:
        start -= 1
    while end > start and ids[end - 1] in ends:
        end -= 1
    return Turn(tuple(ids[:start]), tuple(ids[start:end]))


def ends(contract: TemplateContract) -> frozenset[int]:
    """The tokens at which an answer is over."""
    return frozenset(end for end in (*contract.end_of_turn_ids, contract.eos_id) if end is not None)


def prompt_ids(tokenizer: PreTrainedTokenizerBase, messages: Sequence[dict[str, str]]) -> tuple[int, ...]:
    """`messages` as the model got them in training, up to where its answer begins."""
    made = tokenizer.apply_chat_template(list(messages), add_generation_prompt=True, return_dict=True)
    return tuple(made["input_ids"])


def generate(
    model: PreTrainedModel,
    prompts: Sequence[Sequence[int]],
    stops: frozenset[int],
    pad: int,
    new_tokens: int,
    temperature: float = 0.0,
    batch: int = 8,
) -> list[tuple[int, ...]]:
    """Token ids of each answer without its end of turn, at most `new_tokens`; greedy at temperature 0."""
    order = sorted(range(len(prompts)), key=lambda at: -len(prompts[at]))
    found: dict[int, tuple[int, ...]] = {}
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        made = _batch(model, [prompts[at] for at in chosen], stops, pad, new_tokens, temperature)
        found |= dict(zip(chosen, made, strict=True))
    return [found[at] for at in range(len(prompts))]


def _batch(
    model: PreTrainedModel,
    prompts: Sequence[Sequence[int]],
    stops: frozenset[int],
    pad: int,
    new_tokens: int,
    temperature: float,
) -> list[tuple[int, ...]]:
    import torch
    from transformers import GenerationConfig

    longest = max(map(len, prompts))
    ids = torch.tensor([[pad] * (longest - len(p)) + list(p) for p in prompts], device=model.device)
    mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts], device=model.device)
    config = GenerationConfig(
        max_new_tokens=new_tokens,
        do_sample=temperature > 0,
        temperature=temperature if temperature > 0 else None,
        eos_token_id=sorted(stops),
        pad_token_id=pad,
        use_cache=True,
    )
    training = model.training
    model.eval()
    with torch.inference_mode():
        made = model.generate(input_ids=ids, attention_mask=mask, generation_config=config)[:, longest:].tolist()
    model.train(training)
    return [_until(row, stops) for row in made]


def _until(ids: Sequence[int], stops: frozenset[int]) -> tuple[int, ...]:
    at = next((i for i, token in enumerate(ids) if token in stops), len(ids))
    return tuple(ids[:at])
