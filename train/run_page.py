"""index.html of a run: its settings, and loss, evaluation and learning rate over the steps, drawn as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from curation.base.files import write_whole
from curation.base.pages import render
from curation.training.run_folder import Run

WIDTH, HEIGHT, EDGE = 720, 220, 76


@dataclass(frozen=True)
class Tick:
    """A mark on an axis, and what is written beside it."""

    at: float
    label: str


@dataclass(frozen=True)
class Line:
    """`points`: as SVG takes them; `css`: its class."""

    name: str
    css: str
    points: str
    last: str


@dataclass(frozen=True)
class Chart:
    """Lines with their axes, as the template draws them."""

    title: str
    lines: tuple[Line, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


def write(run: Run, result: dict[str, Any] | None) -> Path:
    """One self-contained file that opens without network; written anew whenever the run stops, with its `result`."""
    from curation.training.callbacks import read

    lines = read(run.folder / "metrics.jsonl")
    charts = [
        chart("Loss per trained token", lines, {"loss": "training", "eval_loss": "validation"}),
        chart("Learning rate", lines, {"learning_rate": "learning rate"}),
        chart("Norm of the gradient", lines, {"grad_norm": "gradient"}),
    ]
    values = {
        "run": run,
        "charts": [chart for chart in charts if chart],
        "settings": run.preset.model_dump(),
        "evaluations": [line for line in lines if "eval_loss" in line],
        "result": result,
        "size": {"width": WIDTH, "height": HEIGHT, "edge": EDGE},
    }
    file = run.folder / "index.html"
    write_whole(file, render(Path(__file__).parent, "run.html.jinja", values).encode())
    return file


def chart(title: str, lines: list[dict[str, float]], named: dict[str, str]) -> Chart | None:
    """The figures under the keys of `named` over their steps; None where there are none."""
    series = {
        key: [(line["step"], line[key]) for line in lines if isfinite(line.get(key, float("nan")))] for key in named
    }
    points = [point for found in series.values() for point in found]
    if not points:
        return None
    right = max(step for step, _ in points) or 1
    top = max(value for _, value in points) or 1.0
    low = min(value for _, value in points)
    low = low if low > top / 2 else 0.0  # a loss from 9 to 8 is a slope, not a flat line far above zero
    span = (top - low) or 1.0

    def place(step: float, value: float) -> tuple[float, float]:
        return EDGE + step / right * (WIDTH - EDGE - 8), HEIGHT - 24 - (value - low) / span * (HEIGHT - 40)

    drawn = tuple(
        Line(
            named[key], key, " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*p) for p in found)), f"{found[-1][1]:.4g}"
        )
        for key, found in series.items()
        if found
    )
    across = tuple(Tick(place(step, low)[0], f"{step:,.0f}") for step in (0, right / 2, right))
    up = tuple(Tick(place(0, value)[1], f"{value:.3g}") for value in (low, low + span / 2, low + span))
    return Chart(title, drawn, across, up)
