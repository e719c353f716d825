"""The commands of the training stage: parse, call, print. All that is heavy is imported where a command needs it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curation.base.arguments import OPEN, BuildName, Json, more_options
from curation.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from curation.base.flags import Flag

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run folder, or its name in runs/.")]
PresetName = Annotated[
    str | None,
    typer.Option(
        metavar="P", help="A preset (curate presets) or a .toml file; that of the build's name where there is one."
    ),
]


def _preset_flags(words: Sequence[str]) -> list[Flag]:
    from curation.training.preset import flags_of

    return flags_of(words)


PRESET_OPTIONS = more_options("Fields of the preset", _preset_flags)


@app.command("train", cls=PRESET_OPTIONS, context_settings=OPEN)
def train_command(
    context: typer.Context,
    build: BuildName,
    preset: PresetName = None,
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="The run folder; runs/<build>-<model> by default.")
    ] = None,
    tokenizer: Annotated[
        str | None, typer.Option(help="Folder or Hub id of the tokenizer, where the model's folder holds none.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="Save and stop after that many minutes.")] = None,
    report_to: Annotated[str, typer.Option("--report-to", help="none, tensorboard or wandb.")] = "none",
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the run that is in RUN.")] = False,
    json: Json = False,
) -> None:
    """Fine-tune an adapter on a build. Run again to resume; with more --epochs a run is lengthened."""
    from curation.training.libraries import check_report
    from curation.training.preset import load_for
    from curation.training.run import default_out, train
    from curation.training.run_folder import open_run
    from curation.training.show import compared, reporter

    check_report(report_to)
    chosen = load_for(build, preset, context.args)
    target = out or default_out(build, chosen)
    with reporter(quiet=json) as report:
        found = train(
            build, chosen, target, report, tokenizer_name=tokenizer, minutes=minutes, report_to=report_to, fresh=fresh
        )
    compared(open_run(target), found, json)


@app.command("presets")
def presets_command(json: Json = False) -> None:
    """What each preset gives, and what every field means."""
    from curation.training.preset import flags, load, names
    from curation.training.show import presets

    meanings = {flag.parameter: flag.meaning for flag in flags()}
    presets({name: load(name).model_dump() for name in names()}, meanings, json)


@app.command("estimate", cls=PRESET_OPTIONS, context_settings=OPEN)
def estimate_command(
    context: typer.Context,
    build: BuildName,
    gpu: Annotated[str, typer.Option(help="t4, p100, 2xt4, l4, a100-80, h200, cpu or a size: 24GB.")],
    preset: PresetName = None,
    json: Json = False,
) -> None:
    """The memory and time that a run would take on a device, and which batch fits; nothing is loaded."""
    from curation.training.estimate.estimate import estimate
    from curation.training.estimate.show import plan
    from curation.training.preset import load_for

    plan(estimate(build, load_for(build, preset, context.args), gpu), json)


@app.command("merge")
def merge_command(
    run: RunName,
    out: Annotated[Path | None, typer.Option(help="The model folder; RUN/merged by default.")] = None,
    dtype: Annotated[str, typer.Option(help="float32, bfloat16 or float16.")] = "float32",
    json: Json = False,
) -> None:
    """Merge a run's adapter into its base in full precision, and compare the two on rows of the build."""
    from curation.training.inference.merge import merge
    from curation.training.libraries import libraries
    from curation.training.run import data_of
    from curation.training.run_folder import open_run
    from curation.training.show import merged

    with libraries():
        opened = open_run(run)
        found = merge(opened, data_of(opened), out, dtype)
    merged(found, json)


@app.command("generate")
def generate_command(
    run: RunName,
    prompt: Annotated[str | None, typer.Argument(help="The user's message.")] = None,
    row: Annotated[str | None, typer.Option(metavar="ID", help="Ask a row of the build instead.")] = None,
    system: Annotated[str | None, typer.Option(help="A system prompt.")] = None,
    also: Annotated[list[str] | None, typer.Option("--with", metavar="RUN", help="Another run on this base.")] = None,
    base: Annotated[bool, typer.Option("--base", help="Show the base's answer, too.")] = False,
    new_tokens: Annotated[int, typer.Option("--new-tokens", min=1, help="The longest answer, in tokens.")] = 256,
    temperature: Annotated[float, typer.Option(min=0.0, help="0 is greedy.")] = 0.0,
    json: Json = False,
) -> None:
    """Ask a run's adapter, by the template it was trained with."""
    from curation.training.inference.ask import ask, from_prompt, from_row
    from curation.training.inference.load import load
    from curation.training.libraries import libraries
    from curation.training.run import data_of
    from curation.training.run_folder import open_run
    from curation.training.show import answers

    if (prompt is None) == (row is None):
        raise UsageError("generate takes a prompt or --row ID, one of them", "curate generate RUN 'What is ...?'")
    with libraries():
        runs = [open_run(name) for name in (run, *(also or ()))]
        question = None if row is None else from_row(data_of(runs[0]), row)
        loaded = load(runs)
        question = question or from_prompt(loaded.tokenizer, str(prompt), system)
        found = ask(loaded, question, base=base, new_tokens=new_tokens, temperature=temperature)
    answers(found, json)


@app.command("doctor")
def doctor_command(json: Json = False) -> None:
    """What this machine has and lacks for a run, with a remedy for each lack. 1 where something is wrong."""
    from curation.training.doctor import examine
    from curation.training.libraries import libraries
    from curation.training.show import findings

    with libraries(()):  # those that are missing are what it finds
        found = examine(Path("runs"))
    findings(found, json)
    raise typer.Exit(1 if any(finding.health == "wrong" for finding in found) else 0)
