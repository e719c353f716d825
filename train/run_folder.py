"""A run folder: what was asked for, checkpoints, adapter, figures, result. The same settings go on in it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from curation.base.errors import InputError, UsageError
from curation.schemas.template import TemplateContract
from curation.training.data import TrainingData
from curation.training.precision import Precision
from curation.training.preset import Preset

_FILE, _RESULT = "run.json", "result.json"
_LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "bitsandbytes", "datasets", "tokenizers")


class Settings(BaseModel):
    """What a run is made of, resolved: two runs with equal settings have the same weights."""

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


@dataclass(frozen=True)
class Run:
    """A run folder that is open."""

    folder: Path
    settings: Settings

    @property
    def preset(self) -> Preset:
        return self.settings.preset

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def adapter(self) -> Path:
        return self.folder / "adapter"

    @property
    def base(self) -> Path:
        """Where a tiny model stands; other bases are where their name says."""
        return self.folder / "base"

    @property
    def model(self) -> str:
        """What the adapter belongs on, as transformers loads it."""
        return str(self.base) if self.preset.model == "tiny" else self.preset.model

    def finish(self, comparison: dict[str, object], tokens: int) -> None:
        """Write the result: the run is done."""
        told = {"tokens_seen": tokens, **comparison}
        _put(self.folder / _RESULT, orjson.dumps(told, option=orjson.OPT_INDENT_2))

    def result(self) -> dict[str, Any] | None:
        """What `finish` wrote, or None."""
        file = self.folder / _RESULT
        return orjson.loads(file.read_bytes()) if file.is_file() else None


def open_run(name: str | Path) -> Run:
    """A run by folder, or by its name in runs/. UsageError, InputError."""
    folder = Path(name) if Path(name).is_dir() else Path("runs") / name
    file = folder / _FILE
    if not file.is_file():
        raise UsageError(f"There is no run {name}", "Make it with curate train BUILD --out RUN.")
    try:
        return Run(folder, Settings.model_validate_json(file.read_bytes()))
    except ValidationError as error:
        raise InputError(f"{file} is not a run of this version", "Train again with this version.") from error


def list_runs(runs: Path) -> list[Run]:
    """Every run in the folder `runs` that this version reads, by name."""
    found = []
    for file in sorted(runs.glob(f"*/{_FILE}")):
        try:
            found.append(open_run(file.parent))
        except InputError:
            continue  # of another version: it cannot be told what it is
    return found


def resolve(out: Path, data: TrainingData, preset: Preset, precision: Precision, fresh: bool) -> Run:
    """A new run in `out`, or the one that stands there if its settings are the same. UsageError where they differ."""
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
    run = Run(out, settings)
    if (out / _FILE).is_file() and not fresh:
        _same(open_run(out), run)
        return run
    if out.exists() and not (out / _FILE).is_file() and any(out.iterdir()):
        raise UsageError(f"{out} is not a run, so it is left alone", "Give another --out.")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    _put(out / _FILE, settings.model_dump_json(indent=2).encode())
    return run


def _same(stands: Run, asked: Run) -> None:
    before, now = _flat(stands.settings), _flat(asked.settings)
    differ = [f"{name} {before.get(name)} -> {now.get(name)}" for name in now if before.get(name) != now[name]]
    if differ:
        raise UsageError(
            f"{stands.folder} holds a run with other settings: {', '.join(differ[:4])}",
            "Give another --out, or --fresh to begin again.",
        )
    if stands.result():
        raise UsageError(f"{stands.folder} is finished", "Give another --out, or --fresh to begin again.")


def _put(file: Path, content: bytes) -> None:
    """Whole or not at all: a run that dies here leaves no half file that looks like a result."""
    partial = file.with_name(file.name + ".part")
    partial.write_bytes(content)
    partial.rename(file)


def _flat(settings: Settings) -> dict[str, object]:
    told = settings.model_dump(exclude={"preset", "reasons", "contract", "build_folder"})
    return {**told, **settings.preset.model_dump()}


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in _LIBRARIES}
