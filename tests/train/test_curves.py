"""Facts about the page of a run: its charts are the figures of metrics.jsonl, and it opens in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import opens

from curation.training.run_page import EDGE, HEIGHT, WIDTH, chart, write

LINES: list[dict[str, float]] = [
    {"step": 1, "loss": 9.0, "learning_rate": 0.0},
    {"step": 5, "loss": 8.0, "learning_rate": 2e-4},
    {"step": 10, "loss": 7.0, "learning_rate": 1e-4},
    {"step": 10, "eval_loss": 7.5},
    {"step": 15, "loss": float("nan"), "learning_rate": 0.0},
]


def points(line: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (point.split(",") for point in line.split())]


def test_a_chart_is_the_figures() -> None:
    """One point for each figure that is a number, the highest at the top, the latest on the right, all inside."""
    drawn = chart("Loss", LINES, {"loss": "training", "eval_loss": "validation"})
    assert drawn is not None
    training, validation = (points(line.points) for line in drawn.lines)
    assert len(training) == 3
    assert len(validation) == 1
    assert [y for _, y in training] == sorted(y for _, y in training)  # a falling loss goes down the page
    assert training[-1][0] == WIDTH - 8
    assert all(EDGE <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in training + validation)
    assert [line.last for line in drawn.lines] == ["7", "7.5"]


def test_nothing_to_draw() -> None:
    """Without figures there is no chart."""
    assert chart("Norm", LINES, {"grad_norm": "gradient"}) is None


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_of_a_run_opens_in_a_browser(browser: Any, finished: Any, width: int) -> None:
    """At desktop and phone width: no console message, no request but the page, nothing too wide; a curve of loss."""
    page = write(finished.run, finished.run.result())
    opens(browser, page, width)
    assert browser.find_elements("css selector", "polyline.loss")
    assert browser.find_elements("css selector", "circle.eval_loss")
    assert Path(page).stat().st_size < 200_000
