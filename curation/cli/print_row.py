"""Rows, shown as the model sees them: coloured on the terminal, or as a page that needs nothing beside itself."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from curation.base.console import note, print_json, say, show
from curation.base.files import write_whole
from curation.base.visible import visible

if TYPE_CHECKING:
    from curation.report.row_view import RowView

_LONG, _HEAD, _TAIL = 2_400, 1_200, 800  # characters of a piece that is shown in part, and of the parts
_STYLES = {"template": "dim", "special": "bold reverse", "content": "", "left out": "italic yellow"}
_LETTERS = {"template": "color(240) on", "special": "bold white on", "content": "black on"}
_GROUNDS = {  # of trained and odd: one's own colours are left aside, so that two tokens differ on any terminal
    "plain": {False: ("color(255)", "color(250)"), True: ("color(157)", "color(114)")},
    "special": {False: ("color(236)", "color(243)"), True: ("color(22)", "color(28)")},
}


@dataclass(frozen=True)
class Part:
    """A run of one look. `odd`: whether it lies in every second token; null where the tokens are not known."""

    text: str
    look: str
    """template, special (a control token in the template), content, or left out (a remark, no part of the row)."""
    trained: bool
    odd: bool | None


def rows(views: Sequence[RowView], control: re.Pattern[str], whole: bool) -> None:
    """Print `views`. `control`: what is marked as a control token in the template. `whole`: all of a long text."""
    for seen in views:
        say("[bold]{}[/]", said_of(seen))
        show(*((part.text, _style(part)) for piece in parts(seen, control, whole) for part in piece))
        say("[cyan]{}[/]\n[dim]{}[/]\n", counts(seen), meta(seen))


def page(views: Sequence[RowView], control: re.Pattern[str], whole: bool, file: Path) -> None:
    """The same as a page in `file`. DiskError where it cannot be written."""
    from curation.base.pages import render
    from curation.report import row_view

    shown = [(said_of(seen), counts(seen), meta(seen), parts(seen, control, whole)) for seen in views]
    text = render(Path(row_view.__file__).parent, "row.html.jinja", {"rows": shown})
    write_whole(file, text.encode())
    note("{} shows {} of the rows", file, len(views))


def json(views: Sequence[RowView], one: bool) -> None:
    """Print them as curation.report.row_view.RowView says: one object, or a list of them."""
    objects = [asdict(seen) for seen in views]
    print_json(objects[0] if one else objects)


def said_of(seen: RowView) -> str:
    """The title line of a row: its id, and what was asked for where that is a part of it."""
    return seen.id if seen.id == seen.asked else f"{seen.id}   (the only row that {seen.asked!r} fits)"


def counts(seen: RowView) -> str:
    """The line under a row: tokens, trained ones, limit, split or rejection, label, source."""
    if seen.tokens is None:
        tokens = "its tokens were not counted" if seen.rejected else "its tokens are not in the meta of the lines"
    else:
        limit = "" if seen.limit is None else f" of at most {seen.limit:,}"
        share = "" if not seen.trained_tokens else f", {seen.trained_tokens:,} of them with loss"
        tokens = f"{seen.tokens:,}{limit} tokens{share}"
    where = f"rejected as {seen.rejected}" if seen.rejected else f"in {seen.split}"
    known = (tokens, where, seen.label and f"label {seen.label}", seen.source and f"from {seen.source}")
    return "; ".join(filter(None, known))


def meta(seen: RowView) -> str:
    """The meta of a row in a line, but for what the line above says."""
    return ", ".join(f"{name}: {value}" for name, value in seen.meta.items() if name not in ("label", "source"))


def parts(seen: RowView, control: re.Pattern[str], whole: bool) -> list[list[Part]]:
    """The pieces of a row, each in parts of one look; of a long one, unless it is to be `whole`, head and tail."""
    edges = sorted(set(seen.edges or ()))
    made, at = [], 0
    for piece in seen.pieces:
        marks = [found.span() for found in control.finditer(piece.text)] if piece.kind == "template" else []
        size = len(piece.text)
        shown = [(0, size)] if whole or size <= _LONG else [(0, _HEAD), (size - _TAIL, size)]
        parts: list[Part] = []
        for start, end in shown:
            if start:
                left = start - _HEAD
                remark = f"\n[... {left:,} characters left out; --all shows them ...]\n"
                parts.append(Part(remark, "left out", False, None))
            inner = edges[bisect_right(edges, at + start) : bisect_right(edges, at + end)]
            cuts = {start, end, *(e - at for e in inner), *(e for mark in marks for e in mark if start < e < end)}
            for a, b in pairwise(sorted(cuts)):
                look = "special" if any(x <= a and b <= y for x, y in marks) else piece.kind
                odd = bool(bisect_right(edges, at + a) % 2) if edges else None
                parts.append(Part(visible(piece.text[a:b]), look, piece.trained, odd))
        made.append(parts)
        at += size
    return made


def _style(part: Part) -> str:
    if part.odd is None:
        return f"{_STYLES[part.look]} {'green' if part.trained else ''}".strip()
    ground = _GROUNDS["special" if part.look == "special" else "plain"][part.trained][part.odd]
    return f"{_LETTERS[part.look]} {ground}"
