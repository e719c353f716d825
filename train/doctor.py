"""What this machine has and lacks for a run: each finding with what is there, and a remedy where one is needed."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Literal

from curation.training.precision import Device, decide, here
from curation.training.preset import load

_NAMED = (
    "polars",
    "great-expectations",
    "huggingface-hub",
    "tokenizers",
    "transformers",
    "datasets",
    "torch",
    "trl",
    "peft",
    "accelerate",
    "bitsandbytes",
)
_LOCKED = json.loads((files("curation.schemas") / "tested.json").read_text())
TESTED: dict[str, str] = {name: _LOCKED[name] for name in _NAMED}
"""The versions that the tests of this project run with: `make lock` writes them."""
_STAGE = ("torch", "trl", "peft", "accelerate", "bitsandbytes", "datasets")
_ROOM = 20e9  # bytes: weights of an 8B model in 16 bits, and checkpoints
Health = Literal["fine", "note", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: its name, how it is, and what to do."""

    what: str
    found: str
    health: Health = "fine"
    remedy: str = ""


def examine(folder: Path) -> list[Finding]:
    """Everything, for runs in `folder`. Nothing is changed, no token is shown."""
    findings = [_place(os.environ), _python(), *_versions()]
    if all(_installed(name) for name in _STAGE):
        device = here()
        findings += [*hardware(device), _four_bits(), *_numbers(device)]
    return [*findings, _disk(folder), _hub()]


def _place(environment: Mapping[str, str]) -> Finding:
    if "KAGGLE_KERNEL_RUN_TYPE" in environment:
        return Finding("place", "Kaggle: outputs belong in /kaggle/working, which keeps 20 GB; inputs in /kaggle/input")
    if "COLAB_RELEASE_TAG" in environment:
        remedy = "What is outside a mounted Drive goes with the session: --out /content/drive/MyDrive/runs/..."
        return Finding("place", "Colab: files in /content", "note", remedy)
    return Finding("place", "an own machine")


def _python() -> Finding:
    return Finding("Python", ".".join(map(str, sys.version_info[:3])))


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _versions() -> Iterator[Finding]:
    for name, tested in TESTED.items():
        found = _installed(name)
        if found is None:
            yield Finding(name, "not installed", "wrong", "pip install 'curate[train]'")
        elif found.split("+")[0] == tested:
            yield Finding(name, found)
        else:
            told = "Expected to work." if _series(found) == _series(tested) else f"pip install '{name}=={tested}'"
            yield Finding(name, f"{found} is installed; curate was tested with {tested}", "note", told)


def _series(found: str) -> str:
    """The part that stays the same where names and meanings do: 2.x, but 0.50.x."""
    parts = found.split(".")
    return ".".join(parts[:2]) if parts[0] == "0" else parts[0]


def hardware(device: Device) -> Iterator[Finding]:
    """The device, whether this PyTorch has kernels for it, and how many there are."""
    if device.kind == "cpu":
        yield Finding("GPU", "none", "note", "Tiny models train here; curate estimate says what a real one needs.")
        return
    at = ".".join(map(str, device.capability))
    yield Finding("GPU", f"{device.name}, {device.memory / 2**30:.0f} GiB, compute capability {at}")
    if device.kernels and not has_kernels(device):
        yield Finding(
            "kernels",
            f"this PyTorch was built for {', '.join(device.kernels)}",
            "wrong",
            "Pascal and Volta (P100, V100) need the CUDA 12.6 build of PyTorch: choose cu126 when installing torch.",
        )
    if device.count > 1:
        remedy = "A run uses one, the first unless CUDA_VISIBLE_DEVICES names another; two runs use two."
        yield Finding("GPUs", str(device.count), "note", remedy)


def has_kernels(device: Device) -> bool:
    """Whether code for this device's major version, at most its minor one, or PTX to make it from, is there."""
    major, minor = device.capability
    for name in device.kernels:
        kind, _, number = name.partition("_")
        digits = number.rstrip("af")
        built = (int(digits[:-1]), int(digits[-1]))
        own = kind == "sm" and built[0] == major and built[1] <= minor
        if own or (kind == "compute" and built <= (major, minor)):
            return True
    return False


def _four_bits() -> Finding:
    """A real product with a real NF4 matrix, on the device that a run would use."""
    import torch
    from bitsandbytes.nn import Linear4bit

    where = "cuda" if torch.cuda.is_available() else "cpu"
    weight = Linear4bit(64, 64, bias=False, quant_type="nf4", compute_dtype=torch.float32).to(where)
    weight.support_avx512bf16_for_cpu = False
    try:
        product = weight(torch.ones(1, 64, device=where))
    except RuntimeError as error:
        return Finding("4 bits", str(error).splitlines()[0], "wrong", "Train with --bits 16, or update bitsandbytes.")
    return Finding("4 bits", f"NF4 works on {where}" if product.isfinite().all() else "NF4 gives no numbers")


def _numbers(device: Device) -> Iterator[Finding]:
    for reason in decide(device, load("legal")).reasons:
        yield Finding("choice", reason)


def _disk(folder: Path) -> Finding:
    there = next(parent for parent in (folder.resolve(), *folder.resolve().parents) if parent.exists())
    free = shutil.disk_usage(there).free
    found = f"{free / 1e9:.0f} GB free in {there}"
    if free < _ROOM:
        return Finding("disk", found, "note", "An 8B model and its checkpoints need 20.")
    return Finding("disk", found)


def _hub() -> Finding:
    """Whether the Hub answers, and whether a token is there; never the token."""
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    from huggingface_hub import constants, get_token

    logged = "logged in" if get_token() else "not logged in: gated models (Llama) need hf auth login"
    if constants.HF_HUB_OFFLINE:
        remedy = "Models and tokenizers come from folders."
        return Finding("Hub", f"offline, as HF_HUB_OFFLINE says; {logged}", "note", remedy)
    try:
        with urlopen(Request(constants.ENDPOINT, method="HEAD"), timeout=5) as answer:
            status = answer.status
    except HTTPError as error:
        status = error.code
    except (URLError, TimeoutError) as error:
        remedy = "Give models and tokenizers as folders, or set HF_ENDPOINT to a mirror."
        return Finding(
            "Hub", f"{constants.ENDPOINT} does not answer ({type(error).__name__}); {logged}", "note", remedy
        )
    return Finding("Hub", f"{constants.ENDPOINT} answers ({status}); {logged}")
