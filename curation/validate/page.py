"""`--html`: what was found, on one page. Self-contained: no script, no font, no request."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from curation import report
from curation.text import visible
from curation.validate.disk import disk
from curation.validate.kinds import LEVELS
from curation.validate.result import Validation
from schemas.manifest import told

_TEMPLATES = (Path(__file__).parent, *map(Path, report.__path__))  # the style is that of the page of a build


def render(found: Validation) -> str:
    """The page. Every text in it is escaped, and what is hidden in it is shown."""
    jinja = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if type(value) is str else value,
    )
    jinja.filters["told"] = told
    return jinja.get_template("page.html.jinja").render(found=found, levels=LEVELS)


def write(found: Validation, page: Path) -> None:
    """Write the page; one that stands there is replaced."""
    with disk(page, "Give another --html."):
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(render(found), "utf8")
