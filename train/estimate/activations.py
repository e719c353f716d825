"""The bytes that come and go in a step: kept activations, a layer's backward pass, the head's, an evaluation's.

What a layer keeps for its backward pass follows Korthikanti et al. 2022, "Reducing Activation Recomputation in Large
Transformer Models" (section 4), counted anew for what these libraries do: a gated MLP, grouped keys, attention that
keeps no length x length scores, and frozen projections, which need their input only where LoRA sits on them.
"""

from __future__ import annotations

from curation.training.estimate.step import Step

_TILE = (4096, 32768)  # tokens and vocabulary whose logits TRL's fused head holds at once: trl.kernels.chunked_logprob
_LOGITS = 1024  # positions whose logits an evaluation holds at once: curation.training.loss


def kept(step: Step) -> int:
    """Kept by autograd when the forward pass is over; checkpointing keeps the inputs of the layers alone."""
    shape, width, (rows, length) = step.shape, step.width, step.rows
    inputs = width * shape.hidden * step.tokens
    layers = shape.layers * (inputs if step.preset.checkpointing else _layer(step) + _mask(step))
    end = step.tokens * (4 * shape.hidden + 4 + width * shape.hidden)  # the last norm's, and what the head reads
    rotary = 2 * width * shape.head_dim * length
    return layers + end + rotary + rows * length**2 * step.masked  # the mask itself, one byte each


def layer(step: Step) -> int:
    """The MLP's backward pass is its peak: three gradients of its width beside what was kept, and one weight."""
    shape, width = step.shape, step.width
    again = _layer(step) + _mask(step) if step.preset.checkpointing else 0
    gradients = width * (3 * shape.intermediate + shape.hidden)
    if _recast(step) and "down_proj" in step.targets:
        gradients += (8 if step.preset.dropout else 4) * shape.intermediate
    largest = max(linear.numbers for linear in shape.linears.values())
    weight = width * largest if step.precision.bits == 4 else 0
    return again + step.tokens * gradients + weight


def head(step: Step) -> int:
    """A tile of logits instead of all of them, and the hidden states' gradients in fp32 and as they were."""
    tokens, columns = min(step.tokens, _TILE[0]), min(step.shape.vocabulary, _TILE[1])
    tile = tokens * _TILE[1] * step.width
    copies = 0 if step.gpu.cuda else (7 * 4 + 1) * tokens * columns  # without Triton: seven in fp32, and a mask
    return tile + copies + step.tokens * step.shape.hidden * (4 + step.width)


def evaluation(step: Step) -> int:
    """Hidden states of a batch, logits of some positions in fp32, and their log-softmax."""
    return 8 * _LOGITS * step.shape.vocabulary + step.tokens * step.width * step.shape.hidden


def _layer(step: Step) -> int:
    """What autograd keeps of one layer, the mask left out."""
    shape, width, on = step.shape, step.width, step.targets
    norms = 2 * (4 * shape.hidden + 4)  # computed in fp32
    attention = width * 4 * shape.queries + 4 * shape.heads  # q, k and v for every head, output; log-sum-exp
    mlp = width * 3 * shape.intermediate  # what silu reads, and both factors of its product
    inputs = (
        _read(step, shape.hidden, on.keys() & {"q_proj", "k_proj", "v_proj", "qkv_proj"})
        + _read(step, shape.queries, on.keys() & {"o_proj"}, kept=True)
        + _read(step, shape.hidden, on.keys() & {"gate_proj", "up_proj", "gate_up_proj"})
        + _read(step, shape.intermediate, on.keys() & {"down_proj"})
    )
    lora = width * step.preset.rank * len(on)
    copies = 0 if width == 4 else 2 * step.trainable // shape.layers  # LoRA's weights as autocast makes them
    return step.tokens * (norms + attention + mlp + inputs + lora) + copies


def _read(step: Step, numbers: int, readers: set[str], kept: bool = False) -> int:
    """Of a token's input to these LoRA matrices A; `kept` where attention keeps it anyway.

    Dropout gives each its own copy and a mask, of bytes on CUDA.
    """
    if step.preset.dropout:
        return len(readers) * numbers * (step.width + (1 if step.gpu.cuda else step.width))
    if _recast(step):
        return len(readers) * numbers * step.width
    return 0 if kept or not readers else numbers * step.width


def _recast(step: Step) -> bool:
    """Over a base that is not quantized PEFT takes LoRA's input to fp32, and autocast back, for each of them anew."""
    return step.precision.bits != 4 and step.width == 2


def _mask(step: Step) -> int:
    """Attention's mask as numbers, which every layer makes anew."""
    rows, length = step.rows
    return step.width * rows * length**2 * step.masked
