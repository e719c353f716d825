"""What `curate estimate` prints: the parts of the memory, the batches and their time, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from curation.base.console import Table, print_json, say, styled

if TYPE_CHECKING:
    from curation.training.estimate.estimate import Choice, Plan

_PARTS = {
    "base": "the frozen weights",
    "adapters": "LoRA's weights, fp32",
    "gradients": "of the adapters, fp32",
    "optimizer": "AdamW's two moments",
    "activations": "kept for the backward pass",
    "layer": "one layer's backward pass, or",
    "head": "logits and their gradients, whichever is more",
    "evaluation": "logits of validation rows, if more than the three above",
    "overhead": "CUDA's context, holes between blocks: estimated",
}


def plan(plan: Plan, json: bool) -> None:
    """As tables and sentences, or as one JSON object: bytes, tokens and seconds."""
    if json:
        print_json(report(plan))
        return
    _memory(plan).show()
    _batches(plan).show()
    for words, *data in _lines(plan):
        say(words, *data)


def report(plan: Plan) -> dict[str, object]:
    """The plan as JSON has it, with the sums that its values compute."""
    return {
        **vars(plan),
        "precision": vars(plan.precision),
        "asked": _choice(plan.asked),
        "choices": [_choice(option) for option in plan.choices],
        "best": plan.best and _choice(plan.best),
    }


def _choice(option: Choice) -> dict[str, object]:
    sums = {"overhead": option.memory.overhead, "peak": option.memory.peak}
    return {**vars(option), "memory": vars(option.memory) | sums, "epoch": vars(option.epoch)}


def _memory(plan: Plan) -> Table:
    chosen = plan.best or plan.asked
    title = f"{plan.model} on {plan.gpu.name}, {plan.precision.format}, batch {chosen.batch}, {plan.length:,} tokens"
    table = Table("part", "GiB", "what", title=title)
    table.right(1)
    for name, what in _PARTS.items():
        table.row(name, _gib(getattr(chosen.memory, name)), what)
    table.add_section()
    peak = styled((_gib(chosen.memory.peak), "bold"))
    table.row(styled(("peak", "bold")), peak, f"of {_gib(plan.gpu.memory)}")
    return table


def _batches(plan: Plan) -> Table:
    note = "* as the preset says; bold: the best that fits. Times are estimates, right within a factor of two."
    table = Table("batch", "accumulation", "GiB", "fits", "padding", "steps", "epoch", "tokens/s", caption=note)
    table.right(*range(8))
    options = plan.choices if plan.asked in plan.choices else (plan.asked, *plan.choices)
    for option in options:
        epoch, marks = option.epoch, "*" * (option == plan.asked)
        table.row(
            f"{option.batch:,}{marks}",
            f"{option.accumulation:,}",
            _gib(option.memory.peak),
            styled(("yes", "green") if option.fits else ("no", "red")),
            f"{epoch.padding:.0%}",
            f"{epoch.steps:,}",
            "-" if epoch.seconds is None else _time(epoch.seconds),
            "-" if epoch.pace is None else f"{epoch.pace:,.0f}",
            style="bold" if option == plan.best else None,
        )
    return table


def _lines(plan: Plan) -> Iterator[tuple[str, ...]]:
    share = f"{plan.trainable:,} of {plan.parameters + plan.trainable:,} parameters are trained"
    yield "{} train rows, the longest of {} tokens; {}.", f"{plan.rows:,}", f"{plan.longest:,}", share
    if plan.longer:
        yield (
            "[yellow]{} rows are longer than the limit, and a run would refuse them:[/] train with --max-tokens {}, or "
            "build with a smaller --max-tokens.",
            f"{plan.longer:,}",
            f"{plan.longest}",
        )
    if plan.best:
        yield "[green]It fits:[/] --batch {} --accumulation {}", f"{plan.best.batch}", f"{plan.best.accumulation}"
    elif plan.limit:
        yield (
            "[red]It does not fit.[/] One row of {} tokens would; {} rows are longer. Build with --max-tokens {}.",
            f"{plan.limit:,}",
            f"{plan.over:,}",
            f"{plan.limit}",
        )
    else:
        yield ("[red]It does not fit,[/] not even with rows of one token.",)
    if plan.ways:
        yield "Any of these makes it fit: {}", "; ".join(plan.ways)
    yield from (("{}", note) for note in plan.notes)


def _time(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{max(minutes, 1)} min"


def _gib(count: int) -> str:
    return f"{count / 2**30:.2f}"
