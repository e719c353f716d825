"""A run, top to bottom: build -> contract -> precision -> model -> train -> adapter -> base against adapter."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from curation.base.errors import DiskError, Unfinished, UsageError
from curation.base.files import disk_errors
from curation.base.folders import locked, recover, replacing
from curation.base.seals import fault, write_seal
from curation.base.tokenizer_files import tokenizer_folder
from curation.training import checkpoints
from curation.training.data import TrainingData, open_build
from curation.training.lengths import check_lengths, with_limit
from curation.training.libraries import libraries
from curation.training.precision import Precision, decide, here
from curation.training.preset import Preset
from curation.training.resolve import resolve
from curation.training.run_folder import Run
from curation.training.tokenizer import load as load_tokenizer

if TYPE_CHECKING:
    from datasets import Dataset
    from peft import PeftModel
    from transformers import PreTrainedTokenizerBase

    from curation.training.callbacks import Progress, Stop
    from curation.training.compare import Comparison

_REFUSED = re.compile(r"PytorchStreamWriter|\(os error \d+\)")


@dataclass(frozen=True)
class Reporter:
    """Called while a run works: `line` with facts for people, `progress` after every step."""

    line: Callable[[str], None]
    progress: Callable[[Progress], None]


def train(
    build: str | Path,
    preset: Preset,
    out: Path,
    reporter: Reporter,
    *,
    tokenizer_name: str | None = None,
    minutes: float | None = None,
    report_to: str = "none",
    fresh: bool = False,
) -> Comparison:
    """Train an adapter into `out`, or resume the run of the same settings there from its last checkpoint.

    A run there that trained for fewer epochs is lengthened. `minutes`: save and stop after that many. `report_to`:
    none, tensorboard or wandb. `fresh`: forget the run that is there. Every error a person can cause is one of
    curation.base.errors; Unfinished where the minutes are over or a signal came.
    """
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")  # with more in sight the trainer refuses to begin
    data = open_build(build)
    with libraries(), disk_errors(out, "Give another --out, or free some space."), locked(out, "run"):
        from curation.training.callbacks import Stop

        recover(out)
        stop = Stop(minutes)
        preset = with_limit(preset, data)
        precision = decide(here(), preset)
        for reason in precision.reasons:
            reporter.line(reason)
        tokenizer = _tokenizer(data, preset, tokenizer_name)
        run = resolve(out, data, preset, precision, fresh)
        if run.settings.earlier_epochs:
            reporter.line(_describe_lengthening(run))
        with _Disk(run):
            data = _tokenized(data, tokenizer, run, reporter)
            base = _base(run, preset, tokenizer)
        rows, validation = _rows(data, preset, reporter)
        with stop.on_signals():
            return _trained(run, data, base, tokenizer, rows, validation, precision, stop, report_to, reporter)


def _tokenizer(data: TrainingData, preset: Preset, name: str | None) -> PreTrainedTokenizerBase:
    """The model's own, unless another is named; a tiny model takes the build's."""
    contract = data.manifest.contract
    where = tokenizer_folder(name or (contract.tokenizer if preset.model == "tiny" else preset.model))
    return load_tokenizer(where, contract, data.template)


def _describe_lengthening(run: Run) -> str:
    before, now, schedule = run.settings.earlier_epochs[-1], run.preset.epochs, run.preset.schedule
    rate = "stays as it is" if schedule == "constant" else f"follows the {schedule} schedule of {now:g} epochs"
    return f"epochs changed from {before:g} to {now:g}: from the step it resumes at, the learning rate {rate}"


def _tokenized(data: TrainingData, tokenizer: PreTrainedTokenizerBase, run: Run, reporter: Reporter) -> TrainingData:
    if data.has_ids:
        return data
    own = TrainingData(data.folder, data.manifest, run.tokenized)
    if fault(run.tokenized):
        from curation.training.tokenize import tokenize

        reporter.line(f"{data.folder} was built without --tokenized: tokenizing its rows now, once")
        with replacing(run.tokenized) as made:
            tokenize(data, tokenizer, made)
            write_seal(made)
    return own


def _rows(data: TrainingData, preset: Preset, reporter: Reporter) -> tuple[Dataset, Dataset | None]:
    rows = data.rows("train")
    validation = data.rows("validation") if data.manifest.splits["validation"].rows else None
    limit = preset.max_tokens
    assert limit is not None  # with_limit gave it
    check_lengths(data, "train", rows, limit)
    if preset.packing:
        from curation.training.packing import pack

        packed = pack(rows, limit)
        reporter.line(
            f"packed: {len(rows):,} rows in {len(packed.rows):,} sequences of {limit:,} tokens, "
            f"{packed.efficiency:.1%} of them used; one row each would use {packed.plain:.1%}"
        )
        rows = packed.rows
    return rows, validation


def _base(run: Run, preset: Preset, tokenizer: PreTrainedTokenizerBase) -> str:
    """The model's name; a tiny one is made in the run folder first, the same again where it is damaged."""
    if preset.model != "tiny":
        return preset.model
    from curation.training.tiny_model import write

    if fault(run.base):
        with replacing(run.base) as made:
            write(made, tokenizer, preset.seed)
            write_seal(made)
    return str(run.base)


def _trained(
    run: Run,
    data: TrainingData,
    base: str,
    tokenizer: PreTrainedTokenizerBase,
    rows: Dataset,
    validation: Dataset | None,
    precision: Precision,
    stop: Stop,
    report_to: str,
    reporter: Reporter,
) -> Comparison:
    from curation.training import model, trainer
    from curation.training.callbacks import Watch
    from curation.training.card import write as write_card
    from curation.training.compare import compare
    from curation.training.run_page import write as write_page

    preset = run.preset
    loaded = model.base(base, precision)
    model.check_vocabulary(loaded, tokenizer)
    watch = Watch(run.folder, stop, reporter.progress, preset.keep)
    made = trainer.make(loaded, tokenizer, rows, validation, preset, precision, run.checkpoints, watch, report_to)
    begin = _resume(run, reporter)
    with _Disk(run):
        made.train(resume_from_checkpoint=str(begin) if begin else None)
        if validation is not None and not watch.evaluated(made.state.global_step):
            made.evaluate()  # a kill came between the last checkpoint and it
        write_page(run, None)
        if made.state.global_step < made.state.max_steps:
            raise Unfinished(
                f"Stopped at step {made.state.global_step:,} of {made.state.max_steps:,}, and saved: {stop.because}",
                "Run again to resume.",
            )
        _save_adapter(made.model, tokenizer, run)
        split, held = ("validation", validation) if validation is not None else ("train", data.rows("train"))
        found = compare(made.model, tokenizer, data.manifest.contract, split, held, preset)
        outcome = run.outcome(found.report(), int(made.state.num_input_tokens_seen))
        write_card(run, data, found)
        write_page(run, outcome)
        run.finish(outcome)
    return found


def _save_adapter(model: PeftModel, tokenizer: PreTrainedTokenizerBase, run: Run) -> None:
    """Whole or not at all, and before the comparison, which takes long and may fail."""
    with replacing(run.adapter) as made:
        model.save_pretrained(made)
        tokenizer.save_pretrained(made)
        (made / "README.md").unlink(missing_ok=True)  # the library's; ours comes with the figures
        write_seal(made)


def _resume(run: Run, reporter: Reporter) -> Path | None:
    newest, skipped = checkpoints.newest(run.checkpoints)
    for path, wrong in skipped:
        reporter.line(f"{path.name} is not used: {wrong}")
        shutil.rmtree(path)  # its number will be written again
    checkpoints.drop(run.checkpoints, run.preset.keep)
    if newest:
        reporter.line(f"resuming from {newest.name}")
    return newest


class _Disk:
    """`with _Disk(run):` a full disk names the last good checkpoint.

    PyTorch's writer raises a RuntimeError, safetensors and tokenizers by types of their own or by none.
    """

    def __init__(self, run: Run) -> None:
        self.run = run

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, OSError) and not _REFUSED.search(str(error)):
            return
        last, _ = checkpoints.newest(self.run.checkpoints)
        kept = f"the next run resumes from {last.name}" if last else "there is no whole checkpoint yet"
        reason = str(error).strip().splitlines()[0]
        raise DiskError(
            f"The system refused to write into {self.run.folder}: {reason}", f"Free some space; {kept}."
        ) from error


def data_of(run: Run) -> TrainingData:
    """The build a run was trained on, with its token ids. UsageError where it is gone or another one now."""
    build = Path(run.settings.build_folder)
    data = open_build(build if build.is_dir() else run.settings.build)
    if data.sha256 != run.settings.data_sha256:
        raise UsageError(
            f"{data.folder} is not the build that {run.folder} was trained on: its manifest has sha256 "
            f"{data.sha256[:12]}, the run's had {run.settings.data_sha256[:12]}",
            "Build it again from the same sources and options; curate diff shows what changed.",
        )
    return TrainingData(data.folder, data.manifest, run.tokenized) if run.tokenized.is_dir() else data


def default_out(build: str | Path, preset: Preset) -> Path:
    """runs/<build>-<model>."""
    stem = Path(preset.model).name.lower()
    if not stem:
        raise UsageError("--model is empty", "Give a Hub id, a folder or tiny.")
    return Path("runs") / f"{Path(build).name}-{stem}"
