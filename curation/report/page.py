"""report/index.html: the build on one page, for people. Self-contained: no script, no font, no request."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from curation.ledger import Build
from curation.report.data import Lengths, Report
from curation.text import visible
from schemas.manifest import SPLITS, told

_HERE = Path(__file__).parent
_WIDTH, _HEIGHT = 640, 120


def write(build: Build, report: Report, folder: Path) -> Path:
    """Write index.html and report.json (what it says, for machines) into `folder`; the path of the former.

    `report`: what curation.report.data.gather found in the build.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_bytes(orjson.dumps(report.json(), option=orjson.OPT_INDENT_2) + b"\n")
    page = folder / "index.html"
    page.write_text(render("report.html.jinja", {"manifest": build.manifest, "report": report}), "utf8")
    return page


def render(template: str, values: dict[str, Any]) -> str:
    """One of the pages beside this file, with `values`. Every text in them is escaped, and shown as it is."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    jinja = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if isinstance(value, str) and type(value) is str else value,
    )
    jinja.filters["told"] = told
    jinja.filters["words"] = lambda name: name.replace("_", " ")
    jinja.globals |= {"histogram": histogram, "SPLITS": SPLITS}
    return jinja


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
