"""The comparison of two builds, printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from curation.base.console import Table, print_json, say

if TYPE_CHECKING:
    from curation.report.diff import Difference, Example

_KINDS = {
    "added": "only in B",
    "removed": "only in A",
    "changed": "other messages",
    "relabelled": "other meta",
    "moved": "another split",
}
_SECTIONS = ("contract", "splits", "reasons", "sources", "options", "stages", "versions", "figures")
_WIDEST, _BEFORE = 160, 40  # characters of a value, and of them before the place where two differ


def difference(found: Difference, json: bool) -> None:
    """The verdict, rows by kind with the first of each, the moves, and a table of all else that differs."""
    if json:
        print_json(found.json())
        return
    say("A {}: {} rows", found.a, f"{found.rows[0]:,}")
    say("B {}: {} rows", found.b, f"{found.rows[1]:,}")
    for kind, words in _KINDS.items():
        rows = getattr(found, kind)
        if rows.count:
            say("\n[bold]{} {}[/] ({})", f"{rows.count:,}", kind, words)
            for a, b, n in found.moves if kind == "moved" else ():
                say("  {} -> {}: {}", a, b, f"{n:,}")
            for example in rows.first:
                _example(example)
    _rest(found)
    if found.same:
        say("[green]The data are the same.[/]")
    else:
        say("[yellow]The data differ.[/]")


def _example(one: Example) -> None:
    where = one.a if one.a == one.b else " -> ".join(filter(None, (one.a, one.b)))
    say("  {} [dim]{}[/]", one.id, where)
    for side, text in (("A", one.text_a), ("B", one.text_b)):
        if text:
            say("    [dim]{}[/] {}", side, text.replace("\n", " "))


def _rest(found: Difference) -> None:
    table = Table("what", "name", "A", "B", title="What else differs")
    for section in _SECTIONS:
        for name, (a, b) in getattr(found, section).items():
            table.row(section, name, *_values(a, b))
    if table.row_count:
        say("")
        table.show()


def _values(a: Any, b: Any) -> tuple[str, str]:
    """Both as texts; of long ones the part where they begin to differ."""
    from curation.report.diff import first_difference

    one, two = _text(a), _text(b)
    start = max(0, first_difference(one, two) - _BEFORE) if max(len(one), len(two)) > _WIDEST else 0
    return _cut(one, start), _cut(two, start)


def _cut(text: str, start: int) -> str:
    end = "..." if len(text) > start + _WIDEST else ""
    return f"{'...' if start and text != '-' else ''}{text[start : start + _WIDEST]}{end}" if text != "-" else text


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
