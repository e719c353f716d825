"""A run folder: settings, checkpoints, adapter, figures, result. A run of the same settings resumes in it.

How long it trains (epochs) is not part of what a run is: a run may be given more, whether it is finished or not.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from os.path import isdir, isfile
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from curation.base.errors import InputError, UsageError
from curation.base.files import content, write_whole
from curation.schemas.template import TemplateContract
from curation.training import checkpoints
from curation.training.data import TrainingData
from curation.training.precision import Precision
from curation.training.preset import Preset

_FILE, _RESULT = "run.json", "result.json"
_LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "bitsandbytes", "datasets", "tokenizers")


class Settings(BaseModel):
    """What a run is made of, resolved: equal settings give the same weights, if the epochs were never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: Preset
    build: str
    build_folder: str
    data_sha256: str
    """Of the build's manifest, which holds the hash of every file."""
    contract: TemplateContract
    format: str
    bits: int
    optimizer: str
    reasons: tuple[str, ...]
    versions: dict[str, str]
    earlier_epochs: tuple[float, ...] = ()
    """What preset.epochs was before it was changed, in order; empty for most runs."""


@dataclass(frozen=True)
class Run:
    """A run folder and its settings. `open_run(folder)` reads one."""

    folder: Path
    settings: Settings

    @property
    def preset(self) -> Preset:
        """The preset as it was resolved."""
        return self.settings.preset

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints."""
        return self.folder / "checkpoints"

    @property
    def adapter(self) -> Path:
        """The folder of the trained adapter."""
        return self.folder / "adapter"

    @property
    def base(self) -> Path:
        """The folder of a tiny base; other bases are a folder or Hub id of their own."""
        return self.folder / "base"

    @property
    def model(self) -> str:
        """The base model of the adapter, as transformers loads it."""
        return str(self.base) if self.preset.model == "tiny" else self.preset.model

    def finish(self, comparison: dict[str, object], tokens: int) -> None:
        """Write the result: the run is finished."""
        budget = {"epochs": self.preset.epochs, "earlier_epochs": self.settings.earlier_epochs}
        found = {"tokens_seen": tokens, **budget, **comparison}
        write_whole(self.folder / _RESULT, orjson.dumps(found, option=orjson.OPT_INDENT_2))

    def epochs_trained(self) -> float:
        """By the newest whole checkpoint; 0 without one."""
        newest, _ = checkpoints.newest(self.checkpoints)
        return float(checkpoints.read_state(newest)["epoch"]) if newest else 0.0

    def result(self) -> dict[str, Any] | None:
        """What `finish` wrote, or None."""
        file = self.folder / _RESULT
        return orjson.loads(file.read_bytes()) if file.is_file() else None


def open_run(name: str | Path) -> Run:
    """A run by folder, or by its name in runs/. UsageError, InputError."""
    folder = Path(name) if isdir(name) else Path("runs") / name
    file = folder / _FILE
    if not isfile(file):
        raise UsageError(f"There is no run {name}", "Make one with curate train BUILD --out RUN.")
    try:
        return Run(folder, Settings.model_validate_json(content(file)))
    except ValidationError as error:
        raise InputError(f"{file} is not a run of this version", "Train again with this version.") from error


def list_runs(runs: Path) -> list[Run]:
    """Every run in the folder `runs` that this version reads, by name."""
    found = []
    for file in sorted(runs.glob(f"*/{_FILE}")):
        try:
            found.append(open_run(file.parent))
        except InputError:
            continue  # of another version
    return found


def resolve(out: Path, data: TrainingData, preset: Preset, precision: Precision, fresh: bool) -> Run:
    """A new run in `out`, or the one there if its settings are the same but for the epochs, which then are changed.

    UsageError where other settings differ, or the run there has trained for these epochs already.
    """
    settings = Settings(
        preset=preset,
        build=data.manifest.name,
        build_folder=str(data.folder),
        data_sha256=data.sha256,
        contract=data.manifest.contract,
        format=precision.format,
        bits=precision.bits,
        optimizer=precision.optimizer,
        reasons=precision.reasons,
        versions=_versions(),
    )
    if (out / _FILE).is_file() and not fresh:
        return _resumed(open_run(out), settings)
    if out.exists() and not (out / _FILE).is_file() and any(out.iterdir()):
        raise UsageError(f"{out} is not a run, so it is left alone", "Give another --out.")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    return _written(Run(out, settings))


def _resumed(earlier: Run, settings: Settings) -> Run:
    """`earlier` with `settings`: the same ones, or with other epochs. The result of fewer epochs is removed."""
    before, now = _identity(earlier.settings), _identity(settings)
    differ = [f"{name} {before.get(name)} -> {now[name]}" for name in now if before.get(name) != now[name]]
    if differ:
        raise UsageError(
            f"{earlier.folder} holds a run with other settings: {', '.join(differ[:4])}",
            "Give another --out, or --fresh to begin again.",
        )
    epochs, asked, history = earlier.preset.epochs, settings.preset.epochs, earlier.settings.earlier_epochs
    if epochs == asked:
        if earlier.result():
            raise UsageError(
                f"{earlier.folder} is finished with its {epochs:g} epochs",
                f"Give more --epochs than {epochs:g} to train it on, another --out, or --fresh to begin again.",
            )
        return _written(Run(earlier.folder, settings.model_copy(update={"earlier_epochs": history})))
    _check_budget(earlier, asked)
    run = Run(earlier.folder, settings.model_copy(update={"earlier_epochs": (*history, epochs)}))
    (run.folder / _RESULT).unlink(missing_ok=True)
    return _written(run)


def _check_budget(run: Run, epochs: float) -> None:
    """UsageError where `run` has trained for longer than `epochs`, or nothing is left to resume it from."""
    finished, trained = run.result() is not None, run.epochs_trained()
    done = max(trained, run.preset.epochs) if finished else trained
    if epochs < done:
        raise UsageError(
            f"{run.folder} has trained for {done:g} epochs, more than --epochs {epochs:g}",
            "Give more --epochs, another --out, or --fresh to begin again.",
        )
    if finished and not trained:
        raise UsageError(
            f"{run.folder} is finished and has no whole checkpoint left to resume from",
            "Give another --out, or --fresh to begin again.",
        )


def _written(run: Run) -> Run:
    write_whole(run.folder / _FILE, run.settings.model_dump_json(indent=2).encode())
    return run


def _identity(settings: Settings) -> dict[str, object]:
    """What two runs must have in common to be one; the budget is not part of it."""
    facts = settings.model_dump(exclude={"preset", "reasons", "contract", "build_folder", "earlier_epochs"})
    return {**facts, **settings.preset.model_dump(exclude={"epochs"})}


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in _LIBRARIES}
