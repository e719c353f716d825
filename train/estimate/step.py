"""One forward and backward pass on one device: what memory and time are counted for."""

from __future__ import annotations

from dataclasses import dataclass

from curation.base.errors import UsageError
from curation.training.estimate.gpus import Gpu
from curation.training.estimate.shapes import Linear, Shape
from curation.training.precision import Precision
from curation.training.preset import Preset


@dataclass(frozen=True)
class Step:
    """`batch` rows, or packed sequences, of `length` tokens each."""

    shape: Shape
    preset: Preset
    precision: Precision
    gpu: Gpu
    batch: int
    length: int

    @property
    def tokens(self) -> int:
        """Tokens of a step, padding included."""
        return self.batch * self.length

    @property
    def width(self) -> int:
        """Bytes of a number as the forward pass computes it."""
        return 4 if self.precision.format == "fp32" or self.precision.bits == 32 else 2

    @property
    def rows(self) -> tuple[int, int]:
        """Rows and their length as attention sees them: packed sequences of a batch become one."""
        return (1, self.tokens) if self.preset.packing else (self.batch, self.length)

    @property
    def masked(self) -> bool:
        """Attention gets a mask: for padding, or between packed rows. A row alone needs none."""
        return self.batch > 1 or self.preset.packing

    @property
    def targets(self) -> dict[str, Linear]:
        """The projections of a layer that LoRA sits on. UsageError where the model has none of such a name."""
        linears, wanted = self.shape.linears, self.preset.modules
        if wanted == "all-linear":
            return linears
        unknown = [name for name in wanted if name not in linears]
        if unknown or not wanted:
            raise UsageError(
                f"The model has no projection {', '.join(unknown)}" if unknown else "--targets names no projection",
                f"It has {', '.join(linears)}; or say all-linear.",
            )
        return {name: linears[name] for name in linears if name in wanted}

    @property
    def matrices(self) -> list[tuple[int, int]]:
        """Numbers of LoRA's A and B, of each of those projections in each layer."""
        rank = self.preset.rank
        return [(rank * on.inputs, rank * on.outputs) for on in self.targets.values()] * self.shape.layers

    @property
    def trainable(self) -> int:
        """Numbers of all of them."""
        return sum(map(sum, self.matrices))

    @property
    def projections(self) -> int:
        """Weights of the projections of all layers."""
        return self.shape.layers * sum(linear.numbers for linear in self.shape.linears.values())
