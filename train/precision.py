"""What the hardware can do, decided in one place: number format, scaler, 4-bit kernels, optimizer, compilation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import torch

    from curation.training.preset import Preset

Format = Literal["bf16", "fp16", "fp32"]


@dataclass(frozen=True)
class Device:
    """What training runs on. `memory` in bytes of one device; `capability` as CUDA counts it, (0, 0) for a CPU."""

    kind: Literal["cuda", "cpu"]
    name: str
    capability: tuple[int, int] = (0, 0)
    count: int = 1
    memory: int = 0
    kernels: tuple[str, ...] = ()
    """The architectures this PyTorch was built for, as torch.cuda.get_arch_list() gives them."""


@dataclass(frozen=True)
class Precision:
    """The choices, and a reason for each."""

    format: Format
    """Of the forward pass; LoRA's own weights are always fp32."""
    compile: bool
    bits: Literal[4, 16, 32]
    optimizer: str
    reasons: tuple[str, ...]

    @property
    def scaler(self) -> bool:
        """Gradients of fp16 underflow unless the loss is scaled."""
        return self.format == "fp16"

    @property
    def dtype(self) -> torch.dtype:
        """The data type of computations, as PyTorch names it."""
        import torch

        return {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}[self.format]


def here() -> Device:
    """This machine's device, the first one where there are several."""
    import os

    import torch

    if not torch.cuda.is_available():
        pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return Device("cpu", "CPU", count=1, memory=pages)
    found = torch.cuda.get_device_properties(0)
    return Device(
        "cuda",
        found.name,
        (found.major, found.minor),
        torch.cuda.device_count(),
        found.total_memory,
        tuple(torch.cuda.get_arch_list()),
    )


def decide(device: Device, preset: Preset) -> Precision:
    """What `preset` becomes on `device`."""
    chosen = Precision("fp32", False, preset.bits, preset.optimizer, ())
    return _memory(_speed(_format(chosen, device), device), device)


def _format(chosen: Precision, device: Device) -> Precision:
    at = ".".join(map(str, device.capability))
    if device.kind == "cpu":
        return _because(chosen, "fp32: a CPU computes it exactly, and this is for small models")
    if device.capability >= (8, 0):
        return _because(
            replace(chosen, format="bf16"), f"bf16: compute capability {at} has it in hardware, so no scaler"
        )
    reason = f"fp16 with a scaled loss: compute capability {at} only emulates bf16, which needs 8.0"
    return _because(replace(chosen, format="fp16"), reason)


def _speed(chosen: Precision, device: Device) -> Precision:
    if device.kind == "cuda" and device.capability < (7, 0):
        return _because(chosen, "no torch.compile: Triton needs compute capability 7.0")
    return _because(chosen, "no torch.compile: rows differ in length, and 4-bit weights break its graphs")


def _memory(chosen: Precision, device: Device) -> Precision:
    if device.kind == "cuda" and device.capability < (6, 0):
        reason = "LoRA on 16-bit weights and the plain optimizer: bitsandbytes needs compute capability 6.0"
        return _because(replace(chosen, bits=16, optimizer="adamw_torch"), reason)
    if chosen.bits == 4:
        chosen = _because(chosen, "NF4 weights, double quantization: bitsandbytes runs here")
    if device.kind == "cpu" and chosen.optimizer == "paged_adamw_8bit":
        return _because(replace(chosen, optimizer="adamw_8bit"), "8-bit AdamW, not paged: a CPU has nothing to page to")
    return _because(chosen, f"{chosen.optimizer}: as the preset says")


def _because(chosen: Precision, reason: str) -> Precision:
    return replace(chosen, reasons=(*chosen.reasons, reason))
