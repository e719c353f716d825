"""Facts about what becomes of a preset on a device: number format, scaler, bits, optimizer, and a reason for each."""

from __future__ import annotations

from dataclasses import replace

import pytest
from runs import preset

from curation.training.precision import Device, Precision, decide, here
from curation.training.preset import load

CPU = Device("cpu", "CPU")


def on(capability: tuple[int, int], *words: str) -> Precision:
    return decide(Device("cuda", "a GPU", capability, memory=16 * 2**30), preset(*words))


@pytest.mark.parametrize(
    ("name", "capability", "format", "scaler", "bits", "optimizer"),
    [
        ("GTX 980", (5, 2), "fp16", True, 16, "adamw_torch"),
        ("P100", (6, 0), "fp16", True, 4, "paged_adamw_8bit"),
        ("V100", (7, 0), "fp16", True, 4, "paged_adamw_8bit"),
        ("T4", (7, 5), "fp16", True, 4, "paged_adamw_8bit"),
        ("A100", (8, 0), "bf16", False, 4, "paged_adamw_8bit"),
        ("L4", (8, 9), "bf16", False, 4, "paged_adamw_8bit"),
        ("H100", (9, 0), "bf16", False, 4, "paged_adamw_8bit"),
        ("B200", (10, 0), "bf16", False, 4, "paged_adamw_8bit"),
    ],
)
def test_a_gpu_gets_what_its_generation_computes(
    name: str, capability: tuple[int, int], format: str, scaler: bool, bits: int, optimizer: str
) -> None:
    """bf16 from capability 8.0, below it fp16 with a scaled loss; no 4-bit kernels below 6.0."""
    found = decide(Device("cuda", name, capability), load("legal"))
    assert (found.format, found.scaler, found.bits, found.optimizer) == (format, scaler, bits, optimizer)
    assert not found.compile


def test_a_cpu_computes_in_fp32_and_pages_nothing() -> None:
    """A CPU gets fp32 without a scaler, 4-bit weights as the preset says, and 8-bit AdamW in place of the paged one."""
    found = decide(CPU, load("legal"))
    assert (found.format, found.scaler, found.bits, found.optimizer) == ("fp32", False, 4, "adamw_8bit")
    assert any("not paged" in reason for reason in found.reasons)


@pytest.mark.parametrize("bits", [4, 16, 32])
@pytest.mark.parametrize("device", [CPU, Device("cuda", "T4", (7, 5)), Device("cuda", "A100", (8, 0))])
def test_the_presets_bits_and_optimizer_are_kept_where_they_run(device: Device, bits: int) -> None:
    """Where the kernels run, bits and optimizer are the preset's."""
    found = decide(device, preset("--bits", str(bits), "--optimizer", "adamw_torch"))
    assert (found.bits, found.optimizer) == (bits, "adamw_torch")
    assert any("NF4" in reason for reason in found.reasons) == (bits == 4)


@pytest.mark.parametrize("capability", [(5, 2), (6, 0), (7, 0), (7, 5), (8, 0), (9, 0)])
def test_every_choice_has_a_reason(capability: tuple[int, int]) -> None:
    """Format, compilation and memory are told, a line each, with the capability that decided."""
    reasons = on(capability).reasons
    assert len(reasons) == len(set(reasons)) >= 3
    assert all(reason.strip() and "\n" not in reason for reason in reasons)
    assert "{}.{}".format(*capability) in reasons[0]
    assert any("compile" in reason for reason in reasons)
    assert ("Triton" in " ".join(reasons)) == (capability < (7, 0))


def test_a_decision_depends_on_nothing_but_device_and_preset() -> None:
    """The name, the memory and the number of devices change nothing: two machines of one kind make the same run."""
    device = Device("cuda", "T4", (7, 5))
    assert decide(device, preset()) == decide(replace(device, name="other", count=2, memory=1), preset())


@pytest.mark.usefixtures("libraries")
def test_the_format_is_a_type_of_pytorch() -> None:
    """bf16, fp16 and fp32 are PyTorch's types of those names."""
    import torch

    found = [on((8, 0)).dtype, on((7, 5)).dtype, decide(CPU, preset()).dtype]
    assert found == [torch.bfloat16, torch.float16, torch.float32]


@pytest.mark.usefixtures("libraries")
def test_this_machine_is_a_device() -> None:
    """The device here is a CPU with its memory, or a GPU with a capability; what PyTorch says."""
    import torch

    found = here()
    assert found.kind == ("cuda" if torch.cuda.is_available() else "cpu")
    assert found.memory > 2**28
    assert (found.capability > (0, 0)) == (found.kind == "cuda")


@pytest.mark.parametrize(
    ("capability", "grouped", "triton"), [((9, 0), True, True), ((7, 5), False, True), ((6, 0), False, False)]
)
def test_old_devices_are_spared_what_they_cannot_do(
    monkeypatch: pytest.MonkeyPatch, libraries: None, capability: tuple[int, int], grouped: bool, triton: bool
) -> None:
    """Before 8.0 attention repeats keys instead of taking them grouped, before 7.0 TRL's loss does without Triton."""
    import torch
    from transformers.integrations import sdpa_attention
    from trl.kernels import chunked_logprob

    from curation.training import model

    monkeypatch.setattr(sdpa_attention, "use_gqa_in_sdpa", sdpa_attention.use_gqa_in_sdpa)
    monkeypatch.setattr(chunked_logprob, "_TRITON_AVAILABLE", True)
    model.suit(capability)
    key = torch.zeros(1, 2, 4, 8)
    assert sdpa_attention.use_gqa_in_sdpa(None, key, key) is grouped
    assert chunked_logprob._use_triton(torch.device("cuda")) is triton
