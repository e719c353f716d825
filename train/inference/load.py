"""A base with the adapters of one or several runs on it, loaded for asking or for merging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from curation.base.errors import InputError, UsageError, one_line, reraise_as
from curation.training.run_folder import REPAIRED, Run

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from curation.schemas.template import TemplateContract

BASE = "base"
"""The base's own name among adapters."""


@dataclass(frozen=True)
class Loaded:
    """One base and the adapters on it, each by the name of its run's folder, the first one active."""

    model: PeftModel
    tokenizer: PreTrainedTokenizerBase
    contract: TemplateContract
    names: tuple[str, ...]


def load(runs: Sequence[Run]) -> Loaded:
    """The adapters of `runs` on their base, in the number format that training has here.

    UsageError where a run has no adapter, or the runs do not share a base and a template.
    """
    from curation.training import model
    from curation.training.precision import decide, here

    _check(runs)
    base = model.base(runs[0].model, decide(here(), runs[0].preset))
    names = tuple(run.folder.name for run in runs)
    return Loaded(with_adapters(base, runs), load_tokenizer(runs[0]), runs[0].settings.contract, names)


def with_adapters(base: PreTrainedModel, runs: Sequence[Run]) -> PeftModel:
    """`base` with the adapter of each run by the name of its folder, the first one active."""
    from peft import PeftModel

    first, *others = runs
    with reraise_as(partial(_unfit, first)):
        model = PeftModel.from_pretrained(base, first.adapter, adapter_name=first.folder.name)
    for run in others:
        with reraise_as(partial(_unfit, run)):
            model.load_adapter(run.adapter, adapter_name=run.folder.name)
    return model


def _unfit(run: Run, error: Exception) -> InputError:
    return InputError(
        f"{run.adapter} does not fit {run.model}: {one_line(error)}", "Has the model changed since? Train again."
    )


def load_tokenizer(run: Run) -> PreTrainedTokenizerBase:
    """The tokenizer beside the adapter, with the chat template of the build."""
    from transformers import AutoTokenizer

    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(run.adapter, trust_remote_code=False)
    return tokenizer


def check_adapter(run: Run) -> None:
    """UsageError where `run` has no adapter yet, InputError where what it wrote is not whole."""
    if not run.adapter.is_dir():
        raise UsageError(f"{run.folder} has no adapter yet", "Train it to its end first.")
    if wrong := run.fault():
        raise InputError(wrong, REPAIRED)


def _check(runs: Sequence[Run]) -> None:
    first = runs[0]
    for run in runs:
        check_adapter(run)
        if run.settings.contract != first.settings.contract or not _same_base(run, first):
            raise UsageError(
                f"{run.folder} has another base than {first.folder}: {run.model} and {first.model}",
                "Adapters are swapped on one base only; ask them one at a time.",
            )
    if len({run.folder.name for run in runs}) < len(runs) or BASE in {run.folder.name for run in runs}:
        raise UsageError("Two of the runs have the same name", f"Rename their folders; {BASE!r} is the base's own.")


def _same_base(one: Run, other: Run) -> bool:
    """The same name; tiny bases are equal by their weights."""
    if one.model == other.model:
        return True
    files = [run.base / "model.safetensors" for run in (one, other)]
    return all(file.is_file() for file in files) and files[0].read_bytes() == files[1].read_bytes()
