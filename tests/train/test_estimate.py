"""Facts about estimates: what fits where, how long an epoch takes, and what to change where nothing fits."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from curation.base.errors import BuildError, UsageError
from curation.base.files import hashed
from curation.ledger.build import Build
from curation.training.data import TrainingData, open_build
from curation.training.estimate.estimate import Plan, estimate, fastest, largest, plan
from curation.training.estimate.gpus import gpu_of, names
from curation.training.estimate.memory import CONTEXT, Memory, fits, memory
from curation.training.estimate.shapes import BUILTIN, Shape, shape_of
from curation.training.estimate.show import plan as show
from curation.training.estimate.show import report
from curation.training.estimate.speed import epoch, operations
from curation.training.estimate.step import Step
from curation.training.lengths import lengths
from curation.training.precision import decide
from curation.training.preset import load

GIB = 2**30


def rows(*counts: int) -> NDArray[np.int64]:
    return np.array(counts)


def planned(name: str, gpu: str, tokens: NDArray[np.int64], words: str = "", trained: float = 0.1) -> Plan:
    """The plan of a preset, with `words` laid over it, for rows of so many tokens."""
    preset = load(name, words.split())
    return plan(shape_of(preset.model), preset, gpu_of(gpu), tokens, trained)


def step(name: str, gpu: str, batch: int, length: int, **changes: object) -> Step:
    preset = load(name).model_copy(update=changes)
    return Step(shape_of(preset.model), preset, decide(gpu_of(gpu).device, preset), gpu_of(gpu), batch, length)


# What fits


@pytest.mark.parametrize(("name", "length"), [("legal", 2048), ("banking", 512), ("finetome", 2048), ("bengali", 4096)])
def test_every_preset_fits_a_t4_as_it_is_written(name: str, length: int) -> None:
    """The four presets train on 16 GB with rows of their full length; 8B of 4,096 tokens takes 8 to 10 of 14.5 GiB."""
    found = planned(name, "t4", np.full(100, length))
    assert found.length == length
    assert found.asked.fits
    assert found.asked in found.choices
    assert name != "bengali" or 8 * GIB < found.asked.memory.peak < 10 * GIB


def test_8b_in_16_bits_does_not_fit_16_gb() -> None:
    """The weights alone are more; the plan says so, and that 4 bits or the 3B would fit."""
    preset = load("bengali").model_copy(update={"bits": 16})
    found = plan(shape_of(preset.model), preset, gpu_of("t4"), np.full(10, 2048), 0.1)
    assert found.asked.memory.base > found.gpu.memory
    assert (found.best, found.limit, found.over) == (None, 0, 10)
    assert found.ways == ("--bits 4", "--model meta-llama/Llama-3.2-3B-Instruct")


def test_what_would_fit_is_told_with_the_rows_that_are_longer() -> None:
    """Without checkpointing a 6 GB card holds short rows; the limit fits, a token more does not."""
    tokens = np.arange(1, 2001)
    found = planned("legal", "6GB", tokens, "--no-checkpointing")
    assert found.best is None
    assert found.limit
    assert 100 < found.limit < 2000
    assert found.over == 2000 - found.limit
    assert "--checkpointing" in found.ways
    assert fits(step("legal", "6GB", 1, found.limit, checkpointing=False))
    assert not fits(step("legal", "6GB", 1, found.limit + 1, checkpointing=False))


@pytest.mark.parametrize(
    ("gpu", "words"),
    [
        ("5GB", "--no-checkpointing"),
        ("5GB", "--no-checkpointing --optimizer adamw_torch --rank 256"),
        ("4GB", "--rank 128"),
        ("6GB", "--packing --max-tokens 8192"),
    ],
)
def test_every_way_makes_it_fit(gpu: str, words: str) -> None:
    """A plan with the named options laid over the preset has a batch that fits; what is there already is not named."""
    found = planned("legal", gpu, rows(700, 800), words)
    assert not found.best
    assert found.ways
    for way in found.ways:
        assert planned("legal", gpu, rows(700, 800), f"{words} {way}").best, way
        assert not set(way.split(" --")) & set(words.split(" --"))


def test_rows_over_max_tokens_are_counted() -> None:
    """A run would refuse them, so the plan counts them and plans for the others."""
    found = planned("banking", "t4", rows(100, 512, 513, 2000), "--max-tokens 512")
    assert (found.longer, found.longest, found.length) == (2, 2000, 512)


def test_rows_without_a_limit_are_all_planned_for() -> None:
    """Where neither the run nor the build sets a limit no row is too long, whatever the preset."""
    found = planned("bengali", "h200", rows(100, 8000))
    assert (found.longer, found.longest, found.length) == (0, 8000, 8000)
    packed = planned("bengali", "h200", rows(100, 8000), "--packing")
    assert packed.asked.epoch.computed == packed.asked.epoch.tokens == 8100


def test_choices_keep_the_rows_to_a_step() -> None:
    """Every batch times its accumulation is what the preset has."""
    found = planned("legal", "l4", rows(*range(100, 1000)))
    assert {option.batch * option.accumulation for option in found.choices} == {16}
    assert [option.batch for option in found.choices] == [1, 2, 4, 8, 16]


def test_the_best_is_the_fastest_that_fits() -> None:
    """Of rows of unequal lengths small batches waste less; without a known speed the largest is taken."""
    tokens = np.array([2000] * 10 + [50] * 90)
    found = planned("legal", "a100-80", tokens)
    assert found.best is fastest(found.choices)
    assert found.best
    assert found.best.epoch.seconds == min(c.epoch.seconds or 1e9 for c in found.choices if c.fits)
    unknown = planned("legal", "24GB", tokens)
    assert unknown.best is largest(unknown.choices)
    assert unknown.best
    assert unknown.best.epoch.seconds is None


def test_a_run_uses_one_device() -> None:
    """A second T4 changes neither time nor memory of a run, and the plan says what it is good for."""
    tokens = np.full(4096, 1000)
    one, two = planned("legal", "t4", tokens), planned("legal", "2xt4", tokens)
    assert two.asked == one.asked
    assert "CUDA_VISIBLE_DEVICES=1" in " ".join(two.notes)
    assert "CUDA_VISIBLE_DEVICES" not in " ".join(one.notes)


# Memory


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(BUILTIN)),
    st.sampled_from(["t4", "l4", "cpu"]),
    st.integers(1, 8),
    st.integers(1, 3000),
    st.booleans(),
    st.booleans(),
)
def test_more_of_anything_takes_more(
    model: str, gpu: str, batch: int, length: int, checkpointing: bool, packing: bool
) -> None:
    """The peak never falls with batch, length or rank, and no part is negative."""
    first = step("legal", gpu, batch, length, model=model, checkpointing=checkpointing, packing=packing)
    base = memory(first)
    assert min(vars(base).values()) > 0
    for more in (
        replace(first, batch=batch + 1),
        replace(first, length=length + 1),
        replace(first, preset=first.preset.model_copy(update={"rank": 2 * first.preset.rank})),
    ):
        assert memory(more).peak >= base.peak
    assert memory(replace(first, length=length + 1)).activations > base.activations


def test_what_makes_memory_smaller() -> None:
    """A lower rank, fewer targets, checkpointing, 4 bits, 8-bit AdamW and no dropout each take less."""
    plain = {"checkpointing": False, "bits": 16, "optimizer": "adamw_torch", "rank": 64, "dropout": 0.1}
    whole = memory(step("legal", "l4", 4, 1000, **plain)).peak
    for change in (
        {"rank": 8},
        {"targets": "q_proj, v_proj"},
        {"checkpointing": True},
        {"bits": 4},
        {"optimizer": "adamw_8bit"},
        {"dropout": 0.0},
    ):
        assert memory(step("legal", "l4", 4, 1000, **plain | change)).peak < whole, change


def test_a_peak_is_what_stands_at_once() -> None:
    """What stays, the larger of layer and head beside the activations or the evaluation, context and holes."""
    found = Memory(1, 2, 3, 4, 100, 20, 30, 40)
    assert (found.resident, found.passing) == (10, 130)
    assert replace(found, evaluation=200).passing == 200
    assert found.peak == 10 + 130 + 13 + CONTEXT


def test_nf4_takes_what_the_paper_says() -> None:
    """0.127 bytes beyond 4 bits a weight before double quantization become 0.5 + 0.0159 bytes: QLoRA, section 3."""
    shape = BUILTIN["meta-llama/Llama-3.1-8B-Instruct"]
    one = step("bengali", "l4", 1, 10)
    plain = 2 * (shape.parameters() - one.projections)
    assert (memory(one).base - plain) / one.projections == pytest.approx(0.5 + 1 / 64 + 4 / (64 * 256), rel=1e-3)


def test_a_target_that_is_no_projection_is_refused() -> None:
    """The error names it and what the model has."""
    with pytest.raises(UsageError, match="qkv_proj") as raised:
        planned("legal", "t4", rows(10), "--targets q_proj,qkv_proj")
    assert "down_proj" in raised.value.hint


# Time


def qwen(length: int, shape: Shape, seconds: float, bits: int) -> tuple[float, float]:
    """Planned and published seconds of eight rows of a length, one by one, on an A100."""
    changes = {"bits": bits, "rank": 64, "targets": "all-linear"}
    one = step("bengali", "a100-80", 1, length, **changes)
    found = epoch(replace(one, shape=shape), 8, np.full(8, length), 1.0)
    assert found.seconds
    return found.seconds, seconds


@pytest.mark.parametrize(
    ("size", "bits", "table"),
    [
        ("1.8B", 4, {1024: 1.4, 2048: 2.0, 4096: 3.4, 8192: 6.5}),
        ("1.8B", 16, {256: 1.0, 512: 1.0, 1024: 1.1, 2048: 1.7, 4096: 3.3, 8192: 6.8}),
        ("7B", 4, {1024: 3.5, 2048: 7.0, 4096: 11.6, 8192: 22.3}),
        ("7B", 16, {256: 1.2, 512: 1.5, 1024: 2.8, 2048: 5.2, 4096: 10.1, 8192: 21.3}),
    ],
)
def test_times_are_those_of_a_published_table(size: str, bits: int, table: dict[int, float]) -> None:
    """Within a factor of 1.7 of what the README of QwenLM/Qwen times for LoRA and Q-LoRA on one A100."""
    shapes = {"1.8B": Shape(151936, 2048, 5504, 24, 16, 16, 128), "7B": Shape(151936, 4096, 11008, 32, 32, 32, 128)}
    for length, seconds in table.items():
        ours, theirs = qwen(length, shapes[size], seconds, bits)
        assert 1 / 1.7 < ours / theirs < 1.7, (length, ours, theirs)


def test_padding_is_what_the_batches_have() -> None:
    """Two rows of 10 and 90 tokens in a batch compute 180; alone or packed they compute 100."""
    tokens = rows(10, 90)
    together, alone = step("legal", "t4", 2, 90), step("legal", "t4", 1, 90)
    packed = step("legal", "t4", 1, 100, packing=True, max_tokens=100)
    assert [epoch(one, 1, tokens, 1.0).computed for one in (together, alone, packed)] == [180, 100, 100]
    assert [epoch(one, 1, tokens, 1.0).steps for one in (together, alone, packed)] == [1, 2, 1]
    assert epoch(together, 1, tokens, 1.0).padding == pytest.approx(80 / 180)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 500), min_size=1, max_size=60), st.integers(1, 9), st.booleans())
def test_no_token_is_lost(counts: list[int], batch: int, packing: bool) -> None:
    """The batches hold every row: their tokens are never fewer than the rows', and packed they are the same."""
    one = step("legal", "t4", batch, 500, packing=packing, max_tokens=500)
    found = epoch(one, 4, np.array(counts), 0.5)
    assert found.tokens == sum(counts)
    assert found.computed >= found.tokens
    assert found.computed <= batch * max(counts) * -(-len(counts) // batch)
    assert not packing or found.computed == found.tokens
    assert (found.seconds or 0) > 0


def test_a_trained_token_costs_more() -> None:
    """The fused head projects trained tokens alone, so a build that trains all of its tokens takes longer."""
    one = step("finetome", "t4", 1, 1000)
    tokens = np.full(64, 1000)
    assert (epoch(one, 8, tokens, 1.0).seconds or 0) > 1.2 * (epoch(one, 8, tokens, 0.0).seconds or 0)


def test_attention_costs_half_where_only_the_order_masks() -> None:
    """A row alone skips what comes after each token: half of attention's operations, and the rest is as with a mask."""
    tokens, length = rows(4096), rows(2048)
    alone, padded, nothing = (
        float(operations(step("legal", "l4", batch, 2048), tokens, longest, 0.1)[0])
        for batch, longest in ((1, length), (2, length), (1, rows(0)))
    )
    assert alone - nothing == pytest.approx((padded - nothing) / 2)
    assert padded > nothing


def test_a_4_bit_base_is_unpacked_in_every_pass() -> None:
    """0.5 byte is read, 2 are written and read again: three times with checkpointing, over the memory's bandwidth."""
    packed, plain = (step("legal", "l4", 4, 1000, bits=bits) for bits in (4, 16))
    seconds = [epoch(one, 1, np.full(4, 1000), 0.1).seconds or 0 for one in (packed, plain)]
    assert seconds[0] - seconds[1] == pytest.approx(3 * 4.5 * packed.projections / 300e9)


# Devices


def test_devices_by_name() -> None:
    """Every name gives a device; a number before it gives several; a size gives less than it says."""
    for name in names():
        assert gpu_of(name).name == name
        assert gpu_of(name.upper()) == gpu_of(name)
    assert (gpu_of("2xt4").count, gpu_of("2xt4").memory) == (2, gpu_of("t4").memory)
    assert gpu_of("24GB") == gpu_of("24 gb") == gpu_of("24GiB")
    assert 0.9 * 24 * GIB < gpu_of("24GB").memory < 24e9
    assert gpu_of("cpu").memory == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def test_a_t4_is_held_back_by_its_power() -> None:
    """Of the 65 TFLOP/s that are published, its 70 W hold 24; where other cards hold 0.8 of theirs, nothing is cut."""
    gpu = gpu_of("t4")
    assert (gpu.tflops or 0) * gpu.capped * 0.8 == pytest.approx(24)
    assert {name for name in names() if gpu_of(name).capped < 1} == {"t4"}


@pytest.mark.parametrize("name", ["", "t5", "0xt4", "2xcpu", "0GB", "GB", "-24GB", "x", "24"])
def test_no_such_device(name: str) -> None:
    """Another name is refused with those that there are."""
    with pytest.raises(UsageError, match="2xt4"):
        gpu_of(name)


def test_devices_get_the_formats_they_can_compute() -> None:
    """fp16 before Ampere, bf16 from there on, fp32 on a CPU: as a run would decide."""
    formats = {name: planned("legal", name, rows(100)).precision.format for name in ("t4", "p100", "l4", "24GB", "cpu")}
    assert formats == {"t4": "fp16", "p100": "fp16", "l4": "bf16", "24GB": "bf16", "cpu": "fp32"}


# A build


def test_lengths_are_the_same_from_either_file(demo_build: Build) -> None:
    """The tokens that train.jsonl tells in meta are those of the token ids."""
    data = open_build(demo_build.folder)
    lines = tuple(file for file in data.manifest.files if not file.name.startswith("tokenized/"))
    exact = lengths(data)
    assert len(exact) == demo_build.manifest.splits["train"].rows
    assert exact.sum() == demo_build.manifest.splits["train"].tokens
    assert np.array_equal(lengths(replace(data, manifest=data.manifest.changed(files=lines))), exact)


def test_lines_without_tokens_are_named(demo_build: Build, tmp_path: Path) -> None:
    """A line that does not tell its tokens is a BuildError with its number."""
    (tmp_path / "train.jsonl").write_text('{"meta": {"tokens": 3}}\n{"meta": {}}\n')
    lines = hashed(tmp_path / "train.jsonl", "train.jsonl")
    with pytest.raises(BuildError, match="Line 2"):
        lengths(TrainingData(tmp_path, demo_build.manifest.changed(files=(lines,)), tmp_path / "tokenized"))


@pytest.mark.parametrize("name", ["tokenized/train.parquet", "train.jsonl"])
def test_a_damaged_build_is_not_planned(demo_build: Build, tmp_path: Path, name: str) -> None:
    """The file that lengths are taken from is checked by its hash first, and named."""
    shutil.copytree(demo_build.folder, tmp_path / "build")
    data = open_build(tmp_path / "build")
    files = tuple(file for file in data.manifest.files if file.name == name)
    (tmp_path / "build" / name).write_bytes((tmp_path / "build" / name).read_bytes()[:-9])
    with pytest.raises(BuildError, match=f"{name} has changed since it was built"):
        lengths(replace(data, manifest=data.manifest.changed(files=files)))


def test_a_build_is_planned_without_torch(demo_build: Build) -> None:
    """The demo's build and a built-in model need no torch, no transformers and no client of the Hub."""
    code = f"""
import sys
for name in ("torch", "transformers", "datasets", "huggingface_hub", "peft", "trl", "bitsandbytes"):
    sys.modules[name] = None
from pathlib import Path
from curation.training.estimate.estimate import estimate
from curation.training.preset import load
from curation.training.estimate.show import plan
plan(estimate(Path({str(demo_build.folder)!r}), load("legal"), "t4"), json=True)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=Path(__file__).parents[2])
    found = orjson.loads(ran.stdout)
    assert found["rows"] == demo_build.manifest.splits["train"].rows
    assert found["best"]["fits"] is True


def test_a_build_that_is_none_is_refused(tmp_path: Path) -> None:
    """A folder without a manifest is a BuildError."""
    with pytest.raises(BuildError, match="is not a build"):
        estimate(tmp_path, load("legal"), "t4")


# What a person sees


def test_the_table_says_what_the_plan_says(capsys: pytest.CaptureFixture[str]) -> None:
    """Peak, every batch, the verdict and the options are printed; a plan that fits names its flags."""
    found = planned("legal", "t4", rows(*range(100, 1000)))
    show(found, json=False)
    out = capsys.readouterr().out
    assert found.best
    assert f"{found.best.memory.peak / GIB:.2f}" in out
    assert f"--batch {found.best.batch} --accumulation {found.best.accumulation}" in out
    assert all(f"{option.memory.peak / GIB:.2f}" in out for option in found.choices)
    failing = planned("legal", "6GB", np.arange(1, 4000), "--no-checkpointing --max-tokens 2048")
    show(failing, json=False)
    out = capsys.readouterr().out
    assert "does not fit" in out
    assert f"{failing.limit:,} tokens" in out
    assert f"{failing.longer:,} rows are longer than the limit" in out
    assert all(way in " ".join(out.split()) for way in failing.ways)


def test_json_has_the_sums() -> None:
    """As JSON a plan has its parts in bytes, and the peak that they make."""
    found = planned("legal", "t4", rows(*range(100, 1000)))
    written = orjson.loads(orjson.dumps(report(found)))
    for option, value in zip(found.choices, written["choices"], strict=True):
        parts = value["memory"]
        assert parts["peak"] == option.memory.peak
        assert parts["overhead"] == option.memory.overhead
    assert written["asked"]["epoch"]["seconds"] == found.asked.epoch.seconds
    assert written["precision"]["reasons"]
