"""The commands of the training stage: parse, call, print. All that is heavy is imported where a command needs it."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curation.base.errors import UsageError

if TYPE_CHECKING:
    from curation.training.preset import Preset

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run folder, or its name in runs/.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines, nothing else.")]
PresetName = Annotated[
    str | None,
    typer.Option(metavar="P", help="A preset (curate presets) or a .toml file."),
]
_LIBRARIES = ("torch", "transformers", "trl", "peft", "bitsandbytes", "datasets", "rapidfuzz", "sklearn")
_REPORTS: dict[str, tuple[str, ...]] = {"none": (), "tensorboard": ("tensorboard",), "wandb": ("wandb",)}
_OPEN = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command("train", context_settings=_OPEN)
def train_command(
    context: typer.Context,
    build: Annotated[str, typer.Argument(metavar="BUILD", help="A build folder, or its name in datasets_out/.")],
    preset: PresetName = None,
    out: Annotated[Path | None, typer.Option(metavar="RUN", help="The run folder; runs/<build>-<model>.")] = None,
    tokenizer: Annotated[
        str | None, typer.Option(help="Folder or Hub id of the tokenizer, where the model's folder holds none.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="Save and stop after that many minutes.")] = None,
    report_to: Annotated[str, typer.Option("--report-to", help="none, tensorboard, wandb.")] = "none",
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget a run that stands in RUN.")] = False,
    json: Json = False,
) -> None:
    """Fine-tune an adapter on a build. Again: it goes on. Any field of the preset: --epochs 1 (curate presets)."""
    _check_libraries()
    if report_to not in _REPORTS:
        raise UsageError(f"--report-to {report_to} cannot be meant", f"Expected {', '.join(_REPORTS)}.")
    _check_libraries(_REPORTS[report_to])
    from curation.training.run import default_out, train
    from curation.training.run_folder import open_run
    from curation.training.show import compared, told

    chosen = _preset(preset, build, context.args)
    target = out or default_out(build, chosen)
    with told(quiet=json) as say:
        found = train(
            build, chosen, target, say, tokenizer_name=tokenizer, minutes=minutes, report_to=report_to, fresh=fresh
        )
    compared(open_run(target), found, json)


@app.command("presets")
def presets_command(json: Json = False) -> None:
    """What each preset says, and what every field means."""
    from curation.training.preset import load, meanings, names
    from curation.training.show import presets

    presets({name: load(name).model_dump() for name in names()}, meanings(), json)


@app.command("fit", context_settings=_OPEN)
def fit_command(
    context: typer.Context,
    build: Annotated[str, typer.Argument(metavar="BUILD", help="A build folder, or its name in datasets_out/.")],
    gpu: Annotated[str, typer.Option(help="t4, p100, 2xt4, l4, a100-80, h200, cpu or a size: 24GB.")],
    preset: PresetName = None,
    json: Json = False,
) -> None:
    """Whether a run would fit a device, and how long it would take; --rank 8 and the like as for train."""
    from curation.training.estimate.estimate import fit
    from curation.training.estimate.show import plan

    plan(fit(Path(build), _preset(preset, build, context.args), gpu), json)


@app.command("merge")
def merge_command(
    run: RunName,
    out: Annotated[Path | None, typer.Option(help="The model folder; RUN/merged.")] = None,
    dtype: Annotated[str, typer.Option(help="float32, bfloat16 or float16.")] = "float32",
    json: Json = False,
) -> None:
    """Merge a run's adapter into its base in full precision, and compare the two on rows of the build."""
    _check_libraries()
    from curation.training.inference.merge import merge
    from curation.training.run import data_of, quiet
    from curation.training.run_folder import open_run
    from curation.training.show import merged

    opened = open_run(run)
    with quiet():
        found = merge(opened, data_of(opened), out, dtype)
    merged(found, json)


@app.command("generate")
def generate_command(
    run: RunName,
    prompt: Annotated[str | None, typer.Argument(help="What the user says.")] = None,
    row: Annotated[str | None, typer.Option(metavar="ID", help="Ask a row of the build instead.")] = None,
    system: Annotated[str | None, typer.Option(help="A system prompt.")] = None,
    also: Annotated[list[str] | None, typer.Option("--with", metavar="RUN", help="Another run on this base.")] = None,
    base: Annotated[bool, typer.Option("--base", help="Show what the base says, too.")] = False,
    new_tokens: Annotated[int, typer.Option("--new-tokens", min=1, help="The longest answer.")] = 256,
    temperature: Annotated[float, typer.Option(min=0.0, help="0 is greedy.")] = 0.0,
    json: Json = False,
) -> None:
    """Ask a run's adapter, by the template it was trained with."""
    _check_libraries()
    from curation.training.inference.ask import row as row_of, speak
    from curation.training.run import data_of, quiet
    from curation.training.run_folder import open_run
    from curation.training.show import said

    if (prompt is None) == (row is None):
        raise UsageError("generate takes a prompt or --row ID, one of them", "curate generate RUN 'What is ...?'")
    runs = [open_run(name) for name in (run, *(also or ()))]
    question = row_of(data_of(runs[0]), row) if row is not None else str(prompt)
    with quiet():
        found = speak(runs, question, system=system, base=base, new_tokens=new_tokens, temperature=temperature)
    said(found, json)


@app.command("doctor")
def doctor_command(json: Json = False) -> None:
    """What this machine has and lacks for a run, with a remedy for each lack. 1 where something is wrong."""
    from curation.training.doctor import examine
    from curation.training.run import quiet
    from curation.training.show import findings

    with quiet():
        found = examine(Path("runs"))
    findings(found, json)
    raise typer.Exit(1 if any(finding.health == "wrong" for finding in found) else 0)


def _check_libraries(names: tuple[str, ...] = _LIBRARIES) -> None:
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        what = "'curate[train]'" if names is _LIBRARIES else " ".join(missing)
        raise UsageError(f"This needs {', '.join(missing)}, which is not installed", f"pip install {what}")


def _preset(name: str | None, build: str, words: list[str]) -> Preset:
    """The preset of that name, else tiny for a tiny model, else the one named like the build."""
    from curation.training.data import open_build
    from curation.training.preset import load, names

    if name is None:
        called = open_build(build).manifest.name
        tiny = "--model=tiny" in words or ("--model", "tiny") in pairwise(words)
        name = "tiny" if tiny else called
        if name not in names():
            raise UsageError(f"No preset is named {called}, like the build", f"Give --preset: {', '.join(names())}.")
    return load(name, words)
