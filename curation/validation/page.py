"""`--html`: what was found, on one page. Self-contained: no script, no font, no request."""

from __future__ import annotations

from pathlib import Path

from curation.base.files import ELSEWHERE, disk_errors, write_whole
from curation.base.pages import render as render_page
from curation.rules.catalogue import LEVELS
from curation.validation.result import Validation


def render(found: Validation) -> str:
    """The page. Every text in it is escaped, and invisible characters are shown."""
    return render_page(Path(__file__).parent, "validation.html.jinja", {"found": found, "levels": LEVELS})


def write(found: Validation, page: Path) -> None:
    """Write the page; an existing one is replaced."""
    with disk_errors(page, ELSEWHERE):
        page.parent.mkdir(parents=True, exist_ok=True)
    write_whole(page, render(found).encode())
