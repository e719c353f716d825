"""A run folder: settings, checkpoints, adapter, figures, result. A run of the same settings resumes in it.

How long it trains (epochs) is not part of what a run is: a run may be given more, whether it is finished or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os.path import isdir, isfile
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from curation.base.errors import InputError, UsageError
from curation.base.files import content, write_whole
from curation.base.folders import recover_unless_busy
from curation.base.seals import fault
from curation.schemas.template import TemplateContract
from curation.training import checkpoints
from curation.training.preset import Preset

RUN, _RESULT = "run.json", "result.json"
REPAIRED = "The same curate train writes it again, from the last checkpoint."
"""What to do where something in a finished run is not whole."""


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


class _Side(BaseModel):
    loss: float
    perplexity: float


class _Result(BaseModel):
    """What pages, tables and cards take from a result, at least."""

    tokens_seen: int
    epochs: float
    split: str
    rows: int
    base: _Side
    adapter: _Side


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

    @property
    def tokenized(self) -> Path:
        """The folder of its token ids, where the build has none."""
        return self.folder / "tokenized"

    def fault(self) -> str | None:
        """What of adapter, tiny base and token ids of a finished run is not as it was written; None where all is."""
        ids = (self.tokenized,) if self.tokenized.is_dir() else ()
        faults = ((folder, fault(folder)) for folder in (self.adapter, *self._own_base, *ids))
        return next((f"{folder} is not whole: {wrong}" for folder, wrong in faults if wrong), None)

    @property
    def _own_base(self) -> tuple[Path, ...]:
        return (self.base,) if self.preset.model == "tiny" else ()

    def write(self) -> None:
        """The settings, as run.json."""
        write_whole(self.folder / RUN, self.settings.model_dump_json(indent=2).encode())

    def unfinish(self) -> None:
        """Remove the result, if there is one."""
        (self.folder / _RESULT).unlink(missing_ok=True)

    def outcome(self, comparison: dict[str, object], tokens: int) -> dict[str, Any]:
        """The result: what was compared, tokens seen, epochs."""
        budget = {"epochs": self.preset.epochs, "earlier_epochs": self.settings.earlier_epochs}
        return {"tokens_seen": tokens, **budget, **comparison}

    def finish(self, outcome: dict[str, Any]) -> None:
        """Write the result, last of all: the run is finished."""
        write_whole(self.folder / _RESULT, orjson.dumps(outcome, option=orjson.OPT_INDENT_2))

    def epochs_trained(self) -> float:
        """By the newest whole checkpoint; 0 without one."""
        newest, _ = checkpoints.newest(self.checkpoints)
        return checkpoints.read_state(newest).epoch if newest else 0.0

    def result(self) -> dict[str, Any] | None:
        """What `finish` wrote, or None. InputError where it is damaged."""
        file = self.folder / _RESULT
        if not file.is_file():
            return None
        written = content(file)
        with _damaged(file, "Remove it: the same curate train writes it again, from the last checkpoint."):
            _Result.model_validate_json(written)
        found: dict[str, Any] = orjson.loads(written)
        return found


@contextmanager
def _damaged(file: Path, hint: str) -> Iterator[None]:
    """A ValidationError inside becomes an InputError that names `file` and the place in it."""
    try:
        yield
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole file"
        raise InputError(
            f"{file} cannot be read at {where}: {first['msg']}", f"It is damaged, or of another version. {hint}"
        ) from error


def open_run(name: str | Path) -> Run:
    """A run by folder, or by its name in runs/. UsageError, InputError."""
    for place in (Path(name), Path("runs") / name):
        recover_unless_busy(place)
    folder = Path(name) if isdir(name) else Path("runs") / name
    file = folder / RUN
    if not isfile(file):
        raise UsageError(f"There is no run {name}", "Make one with curate train BUILD --out RUN.")
    with _damaged(file, "Begin again with curate train --fresh, or give another --out."):
        return Run(folder, Settings.model_validate_json(content(file)))


def list_runs(runs: Path) -> tuple[list[Run], list[InputError]]:
    """Every run in the folder `runs`, by name; and what is wrong with those that cannot be read."""
    found, faults = list[Run](), list[InputError]()
    for file in sorted(runs.glob(f"*/{RUN}")):
        try:
            run = open_run(file.parent)
            run.result()
        except InputError as error:
            faults.append(error)
        else:
            found.append(run)
    return found, faults
