"""What a run folder becomes when `curate train` begins: a new run, the one there resumed, or that one lengthened."""

from __future__ import annotations

from pathlib import Path

from curation.base.errors import UsageError
from curation.base.folders import discard, replacing
from curation.training.data import TrainingData
from curation.training.precision import Precision
from curation.training.preset import Preset
from curation.training.run_folder import RUN, Run, Settings, open_run

_LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "bitsandbytes", "datasets", "tokenizers")


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
    if (out / RUN).is_file() and not fresh:
        return _resumed(open_run(out), settings)
    if out.exists() and not (out / RUN).is_file() and any(out.iterdir()):
        raise UsageError(f"{out} is not a run, so it is left alone", "Give another --out.")
    discard(out, out)
    with replacing(out) as made:
        Run(made, settings).write()
    return Run(out, settings)


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
            _reopen(earlier)
        run = Run(earlier.folder, settings.model_copy(update={"earlier_epochs": history}))
        run.write()
        return run
    _check_budget(earlier, asked)
    run = Run(earlier.folder, settings.model_copy(update={"earlier_epochs": (*history, epochs)}))
    run.unfinish()
    run.write()
    return run


def _reopen(run: Run) -> None:
    """A finished `run` that is not whole any more is unfinished. UsageError where it is, or nothing is left of it."""
    wrong, epochs = run.fault(), run.preset.epochs
    if wrong is None:
        raise UsageError(
            f"{run.folder} is finished with its {epochs:g} epochs",
            f"Give more --epochs than {epochs:g} to train it on, another --out, or --fresh to begin again.",
        )
    if not run.epochs_trained():
        raise UsageError(
            f"{wrong}; and {run.folder} has no whole checkpoint left to write it from",
            "Give another --out, or --fresh to begin again.",
        )
    run.unfinish()


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


def _identity(settings: Settings) -> dict[str, object]:
    """What two runs must have in common to be one; the budget is not part of it."""
    facts = settings.model_dump(exclude={"preset", "reasons", "contract", "build_folder", "earlier_epochs"})
    return {**facts, **settings.preset.model_dump(exclude={"epochs"})}


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in _LIBRARIES}
