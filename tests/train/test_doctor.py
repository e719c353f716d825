"""Facts about `curate doctor`: what it finds on this machine and on machines that it is told of."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.training import doctor
from curation.training.doctor import Finding, examine, hardware, has_kernels
from curation.training.precision import Device

DEFAULT_BUILD = ("sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120")
CU126 = ("sm_50", "sm_60", "sm_70", "sm_75", "sm_80", "sm_86", "sm_90")
GIB = 2**30


def gpu(name: str, capability: tuple[int, int], count: int = 1, kernels: tuple[str, ...] = DEFAULT_BUILD) -> Device:
    return Device("cuda", name, capability, count, 16 * GIB, kernels)


def test_this_machine_is_examined(tmp_path: Path) -> None:
    """Every library is named with its version, NF4 is tried for real, and what is not fine has a remedy."""
    found = {finding.what: finding for finding in examine(tmp_path / "not" / "there")}
    assert set(doctor.TESTED) <= set(found)
    assert found["4 bits"].found.startswith("NF4 works on")
    assert all(finding.remedy for finding in found.values() if finding.health != "fine")
    assert found["disk"].found.endswith(str(tmp_path))


@pytest.mark.parametrize(
    ("device", "runs"),
    [
        (gpu("T4", (7, 5)), True),
        (gpu("A10G", (8, 6)), True),
        (gpu("L4", (8, 9)), True),  # code for 8.6 runs on 8.9
        (gpu("P100", (6, 0)), False),
        (gpu("V100", (7, 0)), False),
        (gpu("P100", (6, 0), kernels=CU126), True),
        (gpu("V100", (7, 0), kernels=CU126), True),
        (gpu("B200", (10, 0), kernels=CU126), False),
        (gpu("B200", (10, 0), kernels=(*CU126, "compute_90")), True),  # made from PTX when it is loaded
        (gpu("H100", (9, 0), kernels=("sm_90a",)), True),
    ],
)
def test_kernels_for_the_device(device: Device, runs: bool) -> None:
    """A PyTorch without code for the device is wrong, and the remedy names the build that has it."""
    assert has_kernels(device) is runs
    wrong = [finding for finding in hardware(device) if finding.health == "wrong"]
    assert [finding.what for finding in wrong] == ([] if runs else ["kernels"])
    assert all("cu126" in finding.remedy for finding in wrong)


def test_two_devices_are_told_of() -> None:
    """A run uses one device: the way to use the other one is said."""
    (note,) = [finding for finding in hardware(gpu("T4", (7, 5), count=2)) if finding.what == "GPUs"]
    assert "CUDA_VISIBLE_DEVICES" in note.remedy


@pytest.mark.parametrize(
    ("found", "health", "remedy"),
    [
        ("2.1.0", "fine", ""),
        ("2.1.0+cpu", "fine", ""),
        ("2.4.7", "note", "Expected to work."),
        ("3.0.0", "note", "pip install 'polars==2.1.0'"),
        (None, "wrong", "pip install 'curate[train]'"),
    ],
)
def test_versions(monkeypatch: pytest.MonkeyPatch, found: str | None, health: str, remedy: str) -> None:
    """Another version than the tested one is told of in a sentence and is no error; a missing library is wrong."""
    monkeypatch.setattr(doctor, "TESTED", {"polars": "2.1.0"})
    monkeypatch.setattr(doctor, "_installed", lambda name: found)
    (finding,) = doctor._versions()
    assert (finding.health, finding.remedy) == (health, remedy)
    if finding.health == "note":
        assert finding.found == f"{found} is installed; curate was tested with 2.1.0"


@pytest.mark.parametrize(
    ("variable", "said"), [("KAGGLE_KERNEL_RUN_TYPE", "/kaggle/working"), ("COLAB_RELEASE_TAG", "/content")]
)
def test_places(variable: str, said: str) -> None:
    """Kaggle and Colab are known by their variables, and the paths that keep files are named."""
    finding = doctor._place({variable: "1"})
    assert said in finding.found
    assert doctor._place({}) == Finding("place", "an own machine")


def test_no_token_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A token in the environment is told of, and never shown."""
    monkeypatch.setenv("HF_TOKEN", "hf_secretsecretsecret")
    told = [finding for finding in examine(tmp_path) if finding.what == "Hub"]
    assert "not logged in" not in told[0].found
    assert "hf_secret" not in repr(told)
