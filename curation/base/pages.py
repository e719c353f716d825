"""Pages for people, from Jinja templates: every text escaped, and what is hidden in it shown."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from curation.base.text import format_figure
from curation.base.visible import visible
from curation.schemas.manifest import SPLITS

_HERE = Path(__file__).parent


def render(folder: Path, template: str, values: dict[str, Any]) -> str:
    """The template of that name in `folder`, with `values`; the pages' common style stands beside this file."""
    return _environment(folder).get_template(template).render(values)


@cache
def _environment(folder: Path) -> Environment:
    jinja = Environment(
        loader=FileSystemLoader([folder, _HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if type(value) is str else value,
    )
    jinja.filters["figure"] = format_figure
    jinja.filters["words"] = lambda name: name.replace("_", " ")
    jinja.globals |= {"SPLITS": SPLITS}
    return jinja
