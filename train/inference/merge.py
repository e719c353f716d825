"""An adapter merged into a freshly loaded base in full precision, and compared with base plus adapter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from curation.base.errors import TrainingError, UsageError
from curation.base.files import hashed
from curation.base.folders import new_folder, recover_unless_busy
from curation.base.seals import Seal, names, read_seal, write_seal
from curation.training.data import TrainingData
from curation.training.inference.load import check_adapter, load_tokenizer, with_adapters
from curation.training.run_folder import Run

if TYPE_CHECKING:
    import torch
    from datasets import Dataset
    from transformers import PreTrainedModel

MARK = "curate-merge.json"
"""The seal of a merged model, which says what it was made of: only a folder with one is ever replaced."""
_ROWS = 8
_ROUNDING = {"float32": 1e-3, "bfloat16": 0.25, "float16": 0.05}
"""The largest difference of a log-probability, in nats, that adding the matrices in that format explains."""


@dataclass(frozen=True)
class Merged:
    """`difference`: the largest change of a trained token's log-probability on `rows` rows; `effect`: the adapter's."""

    folder: Path
    dtype: str
    rows: int
    difference: float
    effect: float


def merge(run: Run, data: TrainingData, out: Path | None, dtype: str = "float32") -> Merged:
    """Write the merged model, its tokenizer and stop tokens into `out` (RUN/merged).

    Never into a 4-bit base: rounding to NF4 again would lose most of what was learned. An earlier merge there is
    replaced, UsageError where something else is. TrainingError where the merged model and base plus adapter differ by
    more than rounding, InputError where the run is not whole.
    """
    import torch

    from curation.training.model import whole

    if dtype not in _ROUNDING:
        raise UsageError(f"--dtype {dtype} is out of range", f"Expected {', '.join(_ROUNDING)}.")
    check_adapter(run)
    out = out or run.folder / "merged"
    _check_place(out)
    rows = data.rows("validation" if data.manifest.splits["validation"].rows else "train")
    rows = rows.select(range(min(_ROWS, len(rows))))
    base = whole(run.model, getattr(torch, dtype))
    before = _log_probs(base, rows)
    adapted = with_adapters(base, [run])
    ours = _log_probs(adapted, rows)
    merged = adapted.merge_and_unload(safe_merge=True)
    theirs = _log_probs(merged, rows)
    found = Merged(out, dtype, len(rows), _most(ours, theirs), _most(ours, before))
    if not found.difference <= _ROUNDING[dtype]:
        raise TrainingError(
            f"The merged model is not base plus adapter: log-probabilities differ by up to {found.difference:.3g}, "
            f"{dtype} explains {_ROUNDING[dtype]:g}",
            "Merge with --dtype float32, or use the adapter as it is.",
        )
    _write(merged, run, found)
    return found


def _check_place(out: Path) -> None:
    """UsageError where `out` holds anything but an earlier merge, whole or damaged."""
    recover_unless_busy(out)
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not out.is_dir() or not (out / MARK).is_file():
        wrong = f"has no {MARK}, so merge did not write it" if out.is_dir() else "is not a folder"
        raise UsageError(f"{out} {wrong}, and it is left alone", "Give another --out.")
    mark = read_seal(out, Seal, MARK)
    if isinstance(mark, str):
        raise UsageError(
            f"{out} is left alone: {mark}", "Remove the folder if it is a merged model, or give another --out."
        )
    others = [name for name in names(out) if name != MARK and name not in mark.files]
    if others:
        raise UsageError(
            f"{out} holds {others[0]}, which merge did not write, and is left alone",
            "Move it away, or give another --out.",
        )


def _log_probs(model: PreTrainedModel, rows: Dataset) -> torch.Tensor:
    """Log-probabilities of the trained tokens of `rows`."""
    import torch

    from curation.training.loss import token_log_probs

    model.eval()
    with torch.inference_mode():
        return torch.cat(
            [
                token_log_probs(model, *(torch.tensor([row[name]], device=model.device) for name in row)).cpu()
                for row in rows
            ]
        )


def _most(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).abs().max())


def _write(model: PreTrainedModel, run: Run, merged: Merged) -> None:
    """Beside the place, which it takes in one step: a process that dies leaves no half model there."""
    from curation.training.inference.decoding import ends

    adapter = hashed(run.adapter / "adapter_model.safetensors", "adapter_model.safetensors")
    facts = {"run": run.folder.name, "base": run.preset.model, "adapter": adapter.sha256, "dtype": merged.dtype}
    with new_folder(merged.folder, "merge") as made:
        model.generation_config.eos_token_id = sorted(ends(run.settings.contract))
        model.save_pretrained(made)
        load_tokenizer(run).save_pretrained(made)
        write_seal(made, facts, MARK)
