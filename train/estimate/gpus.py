"""Devices by name: what one holds, how fast it multiplies and reads, as its maker publishes it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from curation.base.errors import UsageError
from curation.training.precision import Device

GIB = 2**30
_SEEN = 0.91  # of a card's nominal GiB, what PyTorch sees where its memory corrects errors: 14.56 of 16, 22.0 of 24


@dataclass(frozen=True)
class Gpu:
    """A device, `count` of them in one machine. A run uses one of them."""

    name: str
    memory: int
    """Bytes of one device, as torch.cuda.get_device_properties tells them: less than the box says."""
    capability: tuple[int, int]
    """(0, 0) for a CPU."""
    tflops: float | None = None
    """Dense 16-bit tensor TFLOP/s with fp32 sums; without sparsity, which doubles the figure on some data sheets."""
    bandwidth: float | None = None
    """Of its memory, GB/s."""
    capped: float = 1.0
    """What its power limit leaves of `tflops` where matrices are multiplied for minutes, against other cards."""
    count: int = 1

    @property
    def cuda(self) -> bool:
        """Whether it is a CUDA device."""
        return self.capability > (0, 0)

    @property
    def device(self) -> Device:
        """As `precision.decide` takes it."""
        return Device("cuda" if self.cuda else "cpu", self.name, self.capability, self.count, self.memory)


# A T4 of 70 W holds 24 TFLOP/s: forums.developer.nvidia.com/t/about-gpu-peak-performance/264462. Cards of more power
# hold about 0.8 of what is published.
_T4_CAPPED = 24 / (0.8 * 65)
# NVIDIA's data sheets: T4, P100 (PCIe; no tensor cores, so fp16), V100 (SXM2), L4, A10G, A100 (SXM), H100 (SXM), H200;
# RTX 3090 and 4090 from the GA102 and Ada white papers. Memory as PyTorch's out-of-memory messages name it.
_KNOWN = {
    gpu.name: gpu
    for gpu in (
        Gpu("t4", int(14.56 * GIB), (7, 5), 65, 300, _T4_CAPPED),
        Gpu("p100", int(15.89 * GIB), (6, 0), 18.7, 732),
        Gpu("v100", int(15.77 * GIB), (7, 0), 125, 900),
        Gpu("l4", int(22.03 * GIB), (8, 9), 121, 300),
        Gpu("a10g", int(21.98 * GIB), (8, 6), 70, 600),
        Gpu("rtx-3090", int(23.57 * GIB), (8, 6), 71, 936),
        Gpu("rtx-4090", int(23.52 * GIB), (8, 9), 165, 1008),
        Gpu("a100-40", int(39.39 * GIB), (8, 0), 312, 1555),
        Gpu("a100-80", int(79.14 * GIB), (8, 0), 312, 2039),
        Gpu("h100", int(79.10 * GIB), (9, 0), 989, 3350),
        Gpu("h200", int(139.7 * GIB), (9, 0), 989, 4800),
    )
}


def names() -> list[str]:
    """The devices that are known by name."""
    return [*_KNOWN, "cpu"]


def gpu_of(name: str) -> Gpu:
    """t4, 2xt4, cpu, or a size such as 24GB (bf16 is taken for granted, speed is not known). UsageError."""
    found = re.fullmatch(r"(?:([1-9]\d?)x)?(.+)", name.strip().lower())
    many, one = (int(found[1] or 1), found[2]) if found else (1, "")
    size = re.fullmatch(r"(\d+(?:\.\d+)?) ?gi?b", one)
    if one == "cpu" and many == 1:
        return _cpu()
    if one in _KNOWN:
        gpu = _KNOWN[one]
    elif size and float(size[1]) > 0:
        gpu = Gpu(f"{size[1]}GB", int(float(size[1]) * _SEEN * GIB), (8, 0))
    else:
        raise UsageError(f"There is no GPU {name!r} here", f"Expected {', '.join(names())}, 2xt4, or a size like 24GB.")
    return replace(gpu, name=gpu.name if many == 1 else f"{many}x{gpu.name}", count=many)


def _cpu() -> Gpu:
    """This machine's whole memory: what else runs on it is not known."""
    import os

    return Gpu("cpu", os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), (0, 0))
