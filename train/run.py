"""A run, top to bottom: build -> contract -> precision -> model -> train -> adapter -> base against adapter."""

from __future__ import annotations

import logging
import os
import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from curation.base.errors import BusyError, DiskError, Unfinished, UsageError
from curation.training import checkpoints, tokenizer
from curation.training.data import TrainingData, check_lengths, open_build
from curation.training.precision import Precision, decide, here
from curation.training.preset import Preset
from curation.training.run_folder import Run, resolve

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase

    from curation.training.callbacks import Moment, Stop
    from curation.training.compare import Comparison

_REFUSED = re.compile(r"PytorchStreamWriter|\(os error \d+\)")


@dataclass(frozen=True)
class Told:
    """What a run says while it works: facts as lines, and how far it is."""

    line: Callable[[str], None]
    moment: Callable[[Moment], None]


def train(
    build: str | Path,
    preset: Preset,
    out: Path,
    told: Told,
    *,
    tokenizer_name: str | None = None,
    minutes: float | None = None,
    report_to: str = "none",
    fresh: bool = False,
) -> Comparison:
    """Train an adapter into `out`, or go on where an interrupted run of the same settings stopped.

    Every error a person can cause is one of curation.base.errors. Unfinished where `minutes` are over or a signal came.
    """
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")  # with more in sight the trainer refuses to begin
    data = open_build(build)
    with _claimed(out), quiet():
        from curation.training.callbacks import Stop

        stop = Stop(minutes)
        precision = decide(here(), preset)
        for reason in precision.reasons:
            told.line(reason)
        words = _tokenizer(data, preset, tokenizer_name)
        run = resolve(out, data, preset, precision, fresh)
        with _Disk(run):
            data = _tokenized(data, words, run, told)
            base = _base(run, preset, words)
        rows, validation = _rows(data, preset, told)
        with stop.on_signals():
            return _trained(run, data, base, words, rows, validation, precision, stop, report_to, told)


def _tokenizer(data: TrainingData, preset: Preset, name: str | None) -> PreTrainedTokenizerBase:
    """The model's own, unless another is named; a tiny model takes the build's."""
    contract = data.manifest.contract
    where = tokenizer.folder(name or (contract.tokenizer if preset.model == "tiny" else preset.model))
    return tokenizer.load(where, contract, data.template)


def _tokenized(data: TrainingData, words: PreTrainedTokenizerBase, run: Run, told: Told) -> TrainingData:
    if (data.tokenized / "train.parquet").is_file():
        return data
    from curation.training.tokenize import tokenize

    told.line(f"{data.folder} was built without --tokenized: tokenizing its rows now, once")
    return tokenize(data, words, run.folder / "tokenized")


def _rows(data: TrainingData, preset: Preset, told: Told) -> tuple[Dataset, Dataset | None]:
    rows = data.rows("train")
    validation = data.rows("validation") if data.manifest.splits["validation"].rows else None
    check_lengths(data, "train", rows, preset.max_tokens)
    if preset.packing:
        from curation.training.packing import pack

        packed = pack(rows, preset.max_tokens)
        told.line(
            f"packed: {len(rows):,} rows in {len(packed.rows):,} sequences of {preset.max_tokens:,} tokens, "
            f"{packed.efficiency:.1%} of them used; one row each would use {packed.plain:.1%}"
        )
        rows = packed.rows
    return rows, validation


def _base(run: Run, preset: Preset, words: PreTrainedTokenizerBase) -> str:
    """The model's name; a tiny one is made in the run folder first."""
    if preset.model != "tiny":
        return preset.model
    from curation.training.tiny_model import write

    if not run.base.is_dir():
        work = run.folder / "base.part"  # renamed when it is whole
        write(work, words, preset.seed)
        work.rename(run.base)
    return str(run.base)


def _trained(
    run: Run,
    data: TrainingData,
    base: str,
    words: PreTrainedTokenizerBase,
    rows: Dataset,
    validation: Dataset | None,
    precision: Precision,
    stop: Stop,
    report_to: str,
    told: Told,
) -> Comparison:
    from curation.training import model, trainer
    from curation.training.callbacks import Watch
    from curation.training.card import write as write_card
    from curation.training.compare import compare
    from curation.training.run_page import write as write_page

    preset = run.preset
    loaded = model.base(base, precision)
    model.check_vocabulary(loaded, words)
    watch = Watch(run.folder, stop, told.moment)
    made = trainer.make(loaded, words, rows, validation, preset, precision, run.checkpoints, watch, report_to)
    begin = _resume(run, told)
    with _Disk(run):
        made.train(resume_from_checkpoint=str(begin) if begin else None)
        write_page(run)
        if made.state.global_step < made.state.max_steps:
            raise Unfinished(
                f"Stopped at step {made.state.global_step:,} of {made.state.max_steps:,}, and saved: {stop.because}",
                "The same command goes on from there.",
            )
        made.model.save_pretrained(run.adapter)
        words.save_pretrained(run.adapter)
        split, held = ("validation", validation) if validation is not None else ("train", data.rows("train"))
        found = compare(made.model, words, data.manifest.contract, split, held, preset)
        run.finish(found.told(), int(made.state.num_input_tokens_seen))
        write_card(run, data, found)
        write_page(run)
    return found


def _resume(run: Run, told: Told) -> Path | None:
    newest, skipped = checkpoints.newest(run.checkpoints)
    for path, wrong in skipped:
        told.line(f"{path.name} is passed over: {wrong}")
        shutil.rmtree(path)  # its number will be written again
    if newest:
        told.line(f"going on from {newest.name}")
    return newest


@contextmanager
def _claimed(out: Path) -> Iterator[None]:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(out.parent / f".{out.name}.lock", timeout=0):
            yield
    except Timeout as error:
        raise BusyError(f"Another run is writing to {out}", "Wait for it, or give another --out.") from error
    except OSError as error:
        raise DiskError(f"The system refused to work in {out}: {error}", "Give another --out, or make room.") from error


class _Disk:
    """`with _Disk(run):` a full disk names the last good checkpoint.

    PyTorch's writer tells of it by a RuntimeError, safetensors and tokenizers by types of their own or by none.
    """

    def __init__(self, run: Run) -> None:
        self.run = run

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, OSError) and not _REFUSED.search(str(error)):
            return
        last, _ = checkpoints.newest(self.run.checkpoints)
        kept = f"{last.name} is whole and will be gone on from" if last else "no checkpoint was whole yet"
        said = str(error).strip().splitlines()[0]
        raise DiskError(
            f"The system refused to write into {self.run.folder}: {said}", f"Free some space; {kept}."
        ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """The libraries' advice is for their callers: what matters of it is decided here, and tested."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from transformers.utils import logging as theirs

    before = theirs.get_verbosity()
    theirs.set_verbosity_error()
    theirs.disable_progress_bar()
    for name in ("trl", "accelerate", "bitsandbytes", "peft", "datasets"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            theirs.set_verbosity(before)


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
    own = run.folder / "tokenized"
    return TrainingData(data.folder, data.manifest, own) if own.is_dir() else data


def default_out(build: str | Path, preset: Preset) -> Path:
    """runs/<build>-<model>."""
    stem = Path(preset.model).name.lower()
    if not stem:
        raise UsageError("--model is empty", "Give a Hub id, a folder or tiny.")
    return Path("runs") / f"{Path(build).name}-{stem}"
