"""Facts about the planner's bytes, held against what PyTorch, PEFT and bitsandbytes allocate for small models."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pytest

from curation.training.estimate import activations
from curation.training.estimate.gpus import Gpu, gpu_of
from curation.training.estimate.memory import memory
from curation.training.estimate.shapes import Shape
from curation.training.estimate.speed import operations
from curation.training.estimate.step import Step
from curation.training.precision import Precision
from curation.training.preset import load

if TYPE_CHECKING:
    import bitsandbytes as bnb
    import torch
    import torch.profiler
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode
else:
    torch, bnb = pytest.importorskip("torch"), pytest.importorskip("bitsandbytes")
    pytest.importorskip("torch.profiler")
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

pytestmark = pytest.mark.skipif(find_spec("trl") is None, reason="the extra `train` is not installed: no trl")

SHAPES = {
    "gqa": Shape(1000, 128, 384, 4, 4, 2, 32, tied=True),
    "deep": Shape(1000, 128, 384, 8, 4, 2, 32, tied=True),
    "wide": Shape(1000, 256, 896, 3, 8, 2, 32),
    "mha": Shape(500, 192, 512, 4, 6, 6, 32),
    "head": Shape(16384, 64, 128, 1, 2, 1, 32, tied=True),
}
CUDA, CPU = gpu_of("24GB"), gpu_of("cpu")


def step(name: str, words: str, gpu: Gpu = CPU, batch: int = 1, length: int = 64, bits: int = 4) -> Step:
    """A step of the legal preset with `words` laid over it, as `gpu` would compute it."""
    preset = load("legal", words.split()).model_copy(update={"bits": bits})
    precision = Precision("bf16" if gpu.cuda else "fp32", False, preset.bits, "adamw_8bit", ())
    return Step(SHAPES[name], preset, precision, gpu, batch, length)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small tensors take longer to share out than to compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def as_on_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """PEFT asks whether CUDA autocasts, and CUDA's dropout keeps a mask of bytes: here the CPU does both."""
    enabled = torch.is_autocast_enabled

    def forward(self: torch.nn.Dropout, x: torch.Tensor) -> torch.Tensor:
        return torch.native_dropout(x, self.p, self.training)[0] if self.p else x

    monkeypatch.setattr(torch, "is_autocast_enabled", lambda *device: enabled(*device or ("cpu",)))
    monkeypatch.setattr(torch.nn.Dropout, "forward", forward)


@cache
def folder(name: str) -> str:
    """A model of that shape with random weights, on disk as any model."""
    from transformers import LlamaConfig, LlamaForCausalLM

    shape, made = SHAPES[name], TemporaryDirectory()
    folders.append(made)
    config = LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.intermediate,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.key_heads,
        tie_word_embeddings=shape.tied,
    )
    LlamaForCausalLM(config).save_pretrained(made.name)
    return made.name


folders: list[TemporaryDirectory[str]] = []


def model(of: Step) -> torch.nn.Module:
    """The base and LoRA on it, made as a run makes them."""
    from peft import get_peft_model
    from trl.trainer.utils import add_fused_lm_head

    from curation.training.model import base, keep_exact, lora

    made = get_peft_model(
        base(folder(next(n for n, s in SHAPES.items() if s is of.shape)), of.precision), lora(of.preset)
    )
    keep_exact(made)
    if of.preset.checkpointing:
        made.gradient_checkpointing_enable()
        made.enable_input_require_grads()
    add_fused_lm_head(made.get_base_model(), outputs=("log_probs", "entropy", "is_top1"))
    return made.train()


def standing(tensors: Iterable[torch.Tensor]) -> int:
    """Bytes of the storages behind them, each once."""
    return sum({t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors}.values())


def frozen(made: torch.nn.Module) -> list[torch.Tensor]:
    """The base's weights with what bitsandbytes keeps beside them."""
    found = [p.data for p in made.parameters() if not p.requires_grad]
    for module in made.modules():
        if isinstance(module, bnb.nn.Linear4bit):
            state = module.weight.quant_state
            found += [state.absmax, state.code, state.offset, state.state2.absmax, state.state2.code]
    return found


def trained(made: torch.nn.Module) -> list[torch.Tensor]:
    return [p for p in made.parameters() if p.requires_grad]


def run(made: torch.nn.Module, of: Step, head: bool = True) -> None:
    """One forward and backward pass. The last of several rows is shorter, so there is padding; packed rows restart."""
    ids = torch.arange(of.tokens).reshape(of.batch, of.length) % of.shape.vocabulary
    rows = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if of.preset.packing:
        rows = {"input_ids": ids.reshape(1, -1), "position_ids": (torch.arange(of.tokens) % (of.length // 2))[None]}
    elif of.batch > 1:
        rows["attention_mask"][-1, -of.length // 4 :] = 0
    with torch.autocast("cpu", torch.bfloat16, enabled=of.width == 2):
        if head:
            loss = made(**rows, labels=rows["input_ids"], fused_lm_head=True, use_cache=False).loss
        else:
            loss = made.get_base_model().get_decoder()(**rows, use_cache=False).last_hidden_state.sum()
    loss.backward()


def saved(made: torch.nn.Module, of: Step) -> int:
    """Bytes that autograd keeps from the forward pass for the backward pass, weights left out."""
    weights = {t.untyped_storage().data_ptr() for t in [*made.parameters(), *made.buffers(), *frozen(made)]}
    kept: dict[int, torch.Tensor] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.untyped_storage().data_ptr() not in weights:
            kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        run(made, of)
    return standing(kept.values())


def most(work: Callable[[], None]) -> int:
    """Bytes that `work` allocates at its peak beside what stands already."""
    gc.collect()
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as seen:
        work()
    events = [e for e in seen.profiler.kineto_results.events() if e.name() == "[memory]"]
    now = top = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        now += event.nbytes()
        top = max(top, now)
    return top


CASES = [
    ("gqa", 1, 256, "--dropout 0.05"),
    ("gqa", 3, 64, "--dropout 0"),
    ("deep", 3, 128, "--dropout 0"),
    ("deep", 1, 192, "--targets q_proj,v_proj"),
    ("wide", 2, 192, "--targets q_proj,v_proj"),
    ("wide", 1, 256, "--targets q_proj,down_proj --rank 32"),
    ("mha", 4, 64, "--targets q_proj,down_proj --rank 32"),
    ("mha", 2, 128, "--dropout 0.05"),
]
cases = pytest.mark.parametrize(("name", "batch", "length", "words"), CASES)
with_and_without = pytest.mark.parametrize("checkpointing", ["true", "false"])


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("gpu", [CPU, CUDA], ids=["fp32", "bf16"])
@pytest.mark.parametrize("bits", [4, 16])
def test_the_base_takes_what_is_planned(name: str, gpu: Gpu, bits: int) -> None:
    """Weights, absmax, code tables of NF4, or plain weights: within 1 % of the tensors that were loaded."""
    of = step(name, "", gpu, bits=bits)
    assert standing(frozen(model(of))) == pytest.approx(memory(of).base, rel=0.01)


@pytest.mark.parametrize("words", ["--rank 16", "--rank 64", "--targets q_proj,v_proj"])
@pytest.mark.parametrize("optimizer", ["adamw_8bit", "adamw_torch"])
def test_what_is_trained_takes_what_is_planned(words: str, optimizer: str) -> None:
    """LoRA's weights and gradients to the byte, the optimizer's state after a step within 1 %.

    A rank of 16 has matrices on both sides of the 4,096 numbers under which bitsandbytes does not quantize.
    """
    of = step("gqa", words)
    of = replace(of, precision=replace(of.precision, optimizer=optimizer))
    made = model(of)
    run(made, of)
    chosen = {"adamw_8bit": bnb.optim.AdamW8bit, "adamw_torch": torch.optim.AdamW}[optimizer](trained(made), lr=1e-4)
    chosen.step()
    planned = memory(of)
    assert standing(trained(made)) == planned.adapters
    assert standing(weight.grad for weight in trained(made)) == planned.gradients
    states = [
        value for state in chosen.state.values() for key, value in state.items() if key[:4] in ("stat", "absm", "exp_")
    ]
    assert standing(states) == pytest.approx(planned.optimizer, rel=0.01)


@with_and_without
@cases
def test_activations_in_fp32(name: str, batch: int, length: int, words: str, checkpointing: str) -> None:
    """What autograd keeps of a forward pass on a CPU: never more than planned, and at least 1 / 1.12 of it."""
    of = step(name, f"{words} --checkpointing={checkpointing}", CPU, batch, length)
    assert 1 < memory(of).activations / saved(model(of), of) < 1.12


@pytest.mark.usefixtures("as_on_cuda")
@with_and_without
@pytest.mark.parametrize("bits", [4, 16])
@cases
def test_activations_in_bf16(name: str, batch: int, length: int, words: str, bits: int, checkpointing: str) -> None:
    """The same where a GPU's autocast is at work, over a 4-bit and over a plain base."""
    of = step(name, f"{words} --checkpointing={checkpointing}", CUDA, batch, length, bits)
    assert 1 < memory(of).activations / saved(model(of), of) < 1.12


def test_what_attention_keeps_is_not_counted_twice() -> None:
    """LoRA on o_proj reads what attention keeps anyway: without dropout it costs what is planned, to 1 %."""
    few, more = (
        step("wide", f"--no-checkpointing --dropout 0 --targets {on}", CPU, 1, 256)
        for on in ("q_proj", "q_proj,o_proj")
    )
    found = saved(model(more), more) - saved(model(few), few)
    assert memory(more).activations - memory(few).activations == pytest.approx(found, rel=0.01)


@pytest.mark.usefixtures("as_on_cuda")
@with_and_without
def test_packed_rows_take_a_mask(checkpointing: str) -> None:
    """Of their whole length squared, a byte each, and as numbers in every layer: within 5 % at the peak."""
    of = step("deep", f"--packing --checkpointing={checkpointing}", CUDA, 2, 1024)
    made, planned = model(of), memory(of)
    run(made, of)
    made.zero_grad(set_to_none=False)
    assert 1 < (planned.activations + planned.layer) / most(lambda: run(made, of, head=False)) < 1.05


@pytest.mark.usefixtures("as_on_cuda")
@with_and_without
@pytest.mark.parametrize("bits", [4, 16])
@cases
def test_the_peak_of_the_backward_pass(
    name: str, batch: int, length: int, words: str, bits: int, checkpointing: str
) -> None:
    """What stands at once in the layers' backward pass: never more than planned, and at least 1 / 1.25 of it."""
    of = step(name, f"{words} --checkpointing={checkpointing}", CUDA, batch, length, bits)
    made = model(of)
    run(made, of)  # gradients stand
    made.zero_grad(set_to_none=False)
    planned = memory(of)
    assert 1 < (planned.activations + planned.layer) / most(lambda: run(made, of, head=False)) < 1.25


@with_and_without
@pytest.mark.parametrize(("name", "batch", "length"), [("deep", 3, 128), ("wide", 2, 192), ("head", 2, 96)])
def test_the_peak_of_a_whole_step(name: str, batch: int, length: int, checkpointing: str) -> None:
    """With the fused head, on a CPU: never more than planned, and at least 1 / 1.08 of it."""
    of = step(name, f"--checkpointing={checkpointing}", CPU, batch, length)
    made = model(of)
    run(made, of)
    made.zero_grad(set_to_none=False)
    planned = memory(of)
    assert 1 < (planned.activations + max(planned.layer, planned.head)) / most(lambda: run(made, of)) < 1.08


@pytest.mark.parametrize("gpu", [CPU, CUDA], ids=["fp32", "bf16"])
def test_the_logits_of_an_evaluation(gpu: Gpu) -> None:
    """Those of 1,024 positions stand at once, whatever the batch: within 10 %."""
    from curation.training.loss import token_log_probs

    of = step("head", "", gpu, 2, 1024)
    made = model(of).eval()
    ids = torch.zeros(2, 1024, dtype=torch.long)
    with torch.inference_mode():
        assert memory(of).evaluation == pytest.approx(most(lambda: token_log_probs(made, ids, ids)), rel=0.1)


def test_the_head_has_the_libraries_tiles() -> None:
    """The tile of the fused head is TRL's, and the positions of an evaluation are those of curation.training.loss."""
    from trl.kernels import chunked_logprob
    from trl.trainer import utils

    from curation.training import loss

    assert activations._TILE == (chunked_logprob.TOKEN_CHUNK_SIZE, utils._CHUNKED_LOGPROB_CHUNK_SIZE)
    assert activations._LOGITS == loss._LOGITS


@with_and_without
@pytest.mark.parametrize("name", ["deep", "wide"])
def test_operations_are_those_that_are_run(name: str, checkpointing: str) -> None:
    """PyTorch's own count of a step's matrix products: attention to the last, the others never more than planned.

    The first layer's input needs no gradient, and a layer made again stops before its last product: under 7 %, the more
    the fewer layers. Attention as plain products multiplies twice as much backward as forward, fused kernels 2.5 times.
    """
    of = step(name, f"--checkpointing={checkpointing}", CPU, 2, 128, bits=16)
    made, again = model(of), int(of.preset.checkpointing)
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counted:
        run(made, of)
    found = {str(name): count for name, count in counted.get_flop_counts()["Global"].items()}
    without = operations(of, np.array([of.tokens]), np.array([0]), 1.0)
    attention = operations(of, np.array([of.tokens]), np.array([of.length]), 1.0) - without
    assert 0.93 < found["aten.mm"] / float(without[0]) <= 1
    assert found["aten.bmm"] == pytest.approx(float(attention[0]) * (3 + again) / (3.5 + again))
