"""An adapter merged into a freshly loaded base in full precision, and compared with base plus adapter."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from curation.base.errors import TrainingError, UsageError
from curation.training.data import TrainingData
from curation.training.inference.load import check_adapter, load_tokenizer, with_adapters
from curation.training.run_folder import Run

if TYPE_CHECKING:
    import torch
    from datasets import Dataset
    from transformers import PreTrainedModel

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

    Never into a 4-bit base: rounding to NF4 again would lose most of what was learned. TrainingError where the merged
    model and base plus adapter differ by more than rounding.
    """
    import torch

    from curation.training.model import whole

    if dtype not in _ROUNDING:
        raise UsageError(f"--dtype {dtype} is out of range", f"Expected {', '.join(_ROUNDING)}.")
    check_adapter(run)
    out = out or run.folder / "merged"
    if out.exists() and not (out / "config.json").is_file():
        raise UsageError(f"{out} is not a model folder, so it is left alone", "Give another --out.")
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
    _write(merged, run, out)
    return found


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


def _write(model: PreTrainedModel, run: Run, out: Path) -> None:
    """Beside the place, then renamed: a run that dies leaves no half model there."""
    from curation.training.inference.decoding import ends

    work = out.with_name(out.name + ".part")
    shutil.rmtree(work, ignore_errors=True)
    model.generation_config.eos_token_id = sorted(ends(run.settings.contract))
    model.save_pretrained(work)
    load_tokenizer(run).save_pretrained(work)
    shutil.rmtree(out, ignore_errors=True)
    work.rename(out)
