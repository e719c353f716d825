"""The mean loss per trained token: one number for training's evaluations and for base against adapter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from datasets import Dataset
    from transformers import PreTrainedModel

_LOGITS = 1024  # positions whose logits stand in memory at once; a vocabulary of 128,256 makes that 0.5 GB


@dataclass(frozen=True)
class Loss:
    """`mean` in nats per trained token, over `tokens` of them: every token weighs the same, whatever its row."""

    mean: float
    tokens: int

    @property
    def perplexity(self) -> float:
        """e to the mean loss per trained token."""
        return exp(min(self.mean, 700.0))


def mean_loss(model: PreTrainedModel, rows: Dataset, batch: int) -> Loss:
    """Over all of `rows` (input_ids, labels), `batch` of them at once, longest first. The model's mode is kept."""
    import torch

    training = model.training
    model.eval()
    total, tokens = 0.0, 0
    with torch.inference_mode():
        for ids, labels in _batches(rows, batch):
            log_probs = token_log_probs(model, ids.to(model.device), labels.to(model.device))
            total -= log_probs.double().sum().item()
            tokens += log_probs.numel()
    model.train(training)
    return Loss(total / max(tokens, 1), tokens)


def token_log_probs(model: PreTrainedModel, ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Float32 log-probability of every label that is not -100, row after row. Only their logits are computed.

    `ids` and `labels` (batch, length), padded on the right where labels are -100: with causal attention no token
    sees a pad, so there is no mask.
    """
    import torch

    core = model.get_base_model() if hasattr(model, "get_base_model") else model
    hidden = core.get_decoder()(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
    wanted = labels[:, 1:] != -100
    hidden, targets, head = hidden[wanted], labels[:, 1:][wanted], core.get_output_embeddings()
    log_probs = [
        -torch.nn.functional.cross_entropy(head(part.to(head.weight.dtype)).float(), answer, reduction="none")
        for part, answer in zip(hidden.split(_LOGITS), targets.split(_LOGITS), strict=True)
    ]
    return torch.cat(log_probs) if log_probs else hidden.new_zeros(0, dtype=torch.float32)


def _batches(rows: Dataset, batch: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    lengths = [len(ids) for ids in rows["input_ids"]]
    order = sorted(range(len(lengths)), key=lambda at: -lengths[at])
    for start in range(0, len(order), batch):
        chosen: dict[str, Any] = rows[order[start : start + batch]]
        yield _padded(chosen["input_ids"], 0), _padded(chosen["labels"], -100)


def _padded(lists: Sequence[Sequence[int]], fill: int) -> torch.Tensor:
    import torch

    return torch.nn.utils.rnn.pad_sequence([torch.tensor(x) for x in lists], batch_first=True, padding_value=fill)
