"""The bytes of one device while it trains, part by part; tests hold each against measured allocations."""

from __future__ import annotations

from dataclasses import dataclass

from curation.training.estimate import activations
from curation.training.estimate.step import Step

CONTEXT = 512 * 2**20
"""Bytes that a process takes before it trains: CUDA's context and loaded kernels, cuBLAS workspaces. PyTorch's own
out-of-memory messages tell 0.13 GiB on a T4 and up to 0.5 GiB on newer cards; a CPU process holds the libraries."""
FRAGMENTS = 0.10
"""Of what comes and goes: blocks of 2 MiB and batches of unequal lengths leave holes. An estimate, on the safe side."""
_NF4 = (64, 256, 1092)  # numbers to an 8-bit absmax, absmax to an fp32 one, bytes of a weight's two code tables


@dataclass(frozen=True)
class Memory:
    """Bytes of one device. The first four stay; `passing` is what the others hold at once."""

    base: int
    """The frozen weights."""
    adapters: int
    gradients: int
    optimizer: int
    activations: int
    """Kept from the forward pass to the backward pass."""
    layer: int
    """One layer's backward pass: its activations again where they are checkpointed, gradients, a dequantized weight."""
    head: int
    """The fused head: a tile of logits, gradients of the hidden states."""
    evaluation: int
    """Logits of the mean loss over validation rows."""

    @property
    def resident(self) -> int:
        """Bytes that stay allocated through a step."""
        return self.base + self.adapters + self.gradients + self.optimizer

    @property
    def passing(self) -> int:
        """Bytes that are allocated during a step alone."""
        return max(self.activations + max(self.layer, self.head), self.evaluation)

    @property
    def overhead(self) -> int:
        """The context and the holes between blocks: the two estimates."""
        return CONTEXT + int(FRAGMENTS * self.passing)

    @property
    def peak(self) -> int:
        """The most bytes that are allocated at once."""
        return self.resident + self.passing + self.overhead


def memory(step: Step) -> Memory:
    """Every part, of one device. LoRA's weights are fp32, as curation.training.model.keep_exact makes them."""
    adapters = 4 * step.trainable
    return Memory(
        base=_base(step),
        adapters=adapters,
        gradients=adapters,
        optimizer=sum(_moments(numbers, step.precision.optimizer) for pair in step.matrices for numbers in pair),
        activations=activations.kept(step),
        layer=activations.layer(step),
        head=activations.head(step),
        evaluation=activations.evaluation(step),
    )


def fits(step: Step) -> bool:
    """Whether the peak fits into the device's memory."""
    return memory(step).peak <= step.gpu.memory


def _base(step: Step) -> int:
    """bitsandbytes quantizes the projections; embeddings, head, biases and norms stay 16 or 32 bits wide."""
    numbers = step.shape.parameters()
    if step.precision.bits != 4:
        return numbers * step.width
    packed = step.shape.layers * sum(_nf4(linear.numbers) for linear in step.shape.linears.values())
    return packed + (numbers - step.projections) * step.width


def _nf4(numbers: int) -> int:
    """Bytes of a weight in NF4 with double quantization: Dettmers et al. 2023, "QLoRA", section 3."""
    block, blocks, tables = _NF4
    absmax = -(-numbers // block)
    return -(-numbers // 2) + absmax + 4 * -(-absmax // blocks) + tables


def _moments(numbers: int, optimizer: str) -> int:
    """Bytes of AdamW's state of one matrix; bitsandbytes keeps those under 4,096 numbers in fp32."""
    if optimizer == "adamw_torch" or numbers < 4096:
        return 8 * numbers
    return 2 * (numbers + 4 * -(-numbers // 256))
