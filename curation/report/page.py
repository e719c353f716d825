"""report/index.html: the build on one page, for people. Self-contained: no script, no font, no request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from curation.base.files import ELSEWHERE, disk_errors, inside, write_whole
from curation.base.pages import render
from curation.ledger.build import Build
from curation.report.summary import Lengths, Report

_WIDTH, _HEIGHT = 640, 120


def write(build: Build, report: Report, folder: Path) -> None:
    """Write index.html and report.json (what it says, for machines) into `folder`.

    `report`: what curation.report.summary.gather found in the build. BuildError where a link stands in their place.
    """
    with disk_errors(folder, ELSEWHERE):
        folder.mkdir(parents=True, exist_ok=True)
    write_whole(inside(folder, "report.json"), orjson.dumps(report.json(), option=orjson.OPT_INDENT_2) + b"\n")
    write_whole(inside(folder, "index.html"), _page(build, report).encode())


def _page(build: Build, report: Report) -> str:
    values = {"manifest": build.manifest, "report": report, "histogram": histogram}
    return render(Path(__file__).parent, "report.html.jinja", values)


def histogram(lengths: Lengths, limit: int) -> dict[str, Any]:
    """Bars and the line of the limit, in a box of 640 x 120, for the template to draw."""
    shown = limit <= 2 * lengths.longest  # a limit far away would press the bars into a corner
    widest = max(lengths.edges[-1], limit if shown else 0)
    tallest = max(lengths.counts) or 1
    bars = [
        {
            "x": round(_WIDTH * left / widest, 1),
            "width": round(max(1.0, _WIDTH * (right - left) / widest - 1), 1),
            "height": round(_HEIGHT * count / tallest, 1),
            "title": f"{left:,} to {right - 1:,} tokens: {count:,} rows",
        }
        for left, right, count in zip(lengths.edges[:-1], lengths.edges[1:], lengths.counts, strict=True)
        if count
    ]
    mark = round(_WIDTH * limit / widest, 1) if shown else None
    return {"width": _WIDTH, "height": _HEIGHT, "bars": bars, "limit": mark, "widest": widest}
