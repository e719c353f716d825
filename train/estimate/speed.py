"""How long an epoch takes: operations over what the device computes, from the lengths that the rows really have.

Every figure is an estimate, right within a factor of two where rows are long; the tests hold it against a published
table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.training.estimate.step import Step

UTILISATION = 0.35
"""Share of the published TFLOP/s that training reaches, an estimate: the README of QwenLM/Qwen times Q-LoRA of 1.8B
and 7B models on an A100, and its rows of 2,048 to 8,192 tokens make 0.25 to 0.48 of 312."""
LAUNCH = 0.002
"""Seconds in which Python launches the kernels of one layer, forward or backward; short rows wait for it. An estimate
by the same table: LoRA on rows of 256 tokens takes 5 ms a layer in three passes."""
_DEQUANTIZED = 4.5  # bytes read and written to make a 16-bit number of a 4-bit one, and to read that


@dataclass(frozen=True)
class Epoch:
    """`tokens` of the rows, `computed` with what pads them; `seconds` is None where the device's speed is unknown."""

    tokens: int
    computed: int
    steps: int
    seconds: float | None

    @property
    def padding(self) -> float:
        """Share of the computed tokens."""
        return 1 - self.tokens / self.computed

    @property
    def pace(self) -> float | None:
        """Tokens of the rows a second, over all devices."""
        return self.tokens / self.seconds if self.seconds else None


def epoch(step: Step, accumulation: int, lengths: NDArray[np.int64], trained: float) -> Epoch:
    """One epoch of rows of `lengths` tokens, drawn in batches as `step` has them; `trained` of the tokens have a loss.

    Evaluations, checkpoints and the start are not in it.
    """
    rows, longest = _batches(step, lengths)
    spent = _seconds(step, rows * longest, longest, trained)
    return Epoch(
        tokens=int(lengths.sum()),
        computed=int((rows * longest).sum()),
        steps=-(-len(rows) // accumulation),
        seconds=None if spent is None else float(spent.sum()),
    )


def _batches(step: Step, lengths: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(rows, tokens each) of the batches as attention sees them: padded to the longest, or packed into one row."""
    size = step.batch
    if step.preset.packing:
        each = step.batch * step.length
        total = int(lengths.sum())
        packed = np.full(-(-total // each), each)
        packed[-1] -= len(packed) * each - total
        return np.ones_like(packed), packed
    drawn = np.random.default_rng(step.preset.seed).permutation(lengths)
    starts = np.arange(0, len(drawn), size)
    return np.diff(np.append(starts, len(drawn))), np.maximum.reduceat(drawn, starts)


def _seconds(
    step: Step, tokens: NDArray[np.int64], length: NDArray[np.int64], trained: float
) -> NDArray[np.float64] | None:
    gpu, passes = step.gpu, 3 if step.preset.checkpointing else 2
    if gpu.tflops is None or gpu.bandwidth is None:
        return None
    weights = passes * _DEQUANTIZED * step.projections if step.precision.bits == 4 else 0.0
    computing = operations(step, tokens, length, trained) / (gpu.tflops * gpu.capped * UTILISATION * 1e12)
    return np.maximum(computing + weights / (gpu.bandwidth * 1e9), passes * LAUNCH * step.shape.layers)


def operations(step: Step, tokens: NDArray[np.int64], length: NDArray[np.int64], trained: float) -> NDArray[np.float64]:
    """Floating-point operations of a forward and a backward pass over `tokens` in rows of `length`.

    2 to a weight and token forward and 2 for the gradient of its input; none for the gradient of the weight, as the
    base is frozen; 2 again with checkpointing (Kaplan et al. 2020, "Scaling Laws", table 1, without that third).
    Attention: 4 x length x width forward, 2.5 times that backward (Dao 2023, "FlashAttention-2", section 4.1), half
    where nothing masks but the order.
    """
    shape, again = step.shape, int(step.preset.checkpointing)
    linear = (4 + 2 * again) * step.projections + (6 + 2 * again) * step.trainable
    head = 6 * trained * shape.vocabulary * shape.hidden  # the fused head makes its logits twice
    attention = (1.0 if step.masked else 0.5) * (3.5 + again) * 4 * shape.layers * shape.queries * length
    return tokens * (linear + head + attention)
