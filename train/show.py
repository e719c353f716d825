"""What training prints: reasons, a bar with loss, pace, memory and time left, base against adapter."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from curation.training.card import TITLES
from curation.training.run import Told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from curation.training.callbacks import Moment
    from curation.training.compare import Comparison
    from curation.training.doctor import Finding
    from curation.training.inference.ask import Said
    from curation.training.inference.merge import Merged
    from curation.training.run_folder import Run

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)
_EVERY = 30.0  # seconds between lines where there is no terminal to draw a bar in


@contextmanager
def told(quiet: bool) -> Iterator[Told]:
    """A bar on a terminal, a line now and then elsewhere (a notebook, a log), nothing where `quiet`."""
    if quiet:
        yield Told(lambda line: None, lambda moment: None)
        return
    if not errors.is_terminal:
        yield Told(lambda line: errors.print(escape(line)), _Lines())
        return
    columns = (TextColumn("training"), BarColumn(24), MofNCompleteColumn(), TextColumn("{task.fields[said]}"))
    with Progress(*columns, console=errors) as bars:
        task = bars.add_task("training", total=None, said="", visible=False)

        def moment(now: Moment) -> None:
            bars.update(task, total=now.steps, completed=now.step, said=_said(now), visible=True)

        yield Told(lambda line: errors.print(escape(line)), moment)


class _Lines:
    """A line for the first step, the last one, and one every half minute."""

    def __init__(self) -> None:
        self.last = -_EVERY

    def __call__(self, now: Moment) -> None:
        if now.step == now.steps or time.monotonic() - self.last >= _EVERY:
            self.last = time.monotonic()
            errors.print(f"step {now.step:,} of {now.steps:,}: {_said(now)}")


def _said(now: Moment) -> str:
    loss = "" if now.loss is None else f"loss {now.loss:.3f}, "
    minutes, seconds = divmod(round(now.left), 60)
    return f"{loss}{now.pace:,.0f} tokens/s, {now.memory / 1e9:.1f} GB, {minutes}:{seconds:02} left"


def compared(run: Run, found: Comparison, json: bool) -> None:
    """Base and adapter side by side, then where things are."""
    if json:
        _json({"run": str(run.folder), **found.told()})
        return
    table = Table("", "base", "adapter", title=f"{found.rows:,} {found.split} rows, {found.answered} of them answered")
    table.add_row("loss per trained token", f"{found.base.loss:.4f}", f"{found.adapter.loss:.4f}")
    table.add_row("perplexity", f"{found.base.perplexity:,.2f}", f"{found.adapter.perplexity:,.2f}")
    if found.base.scores and found.adapter.scores:
        for name, title in TITLES.items():
            before, after = getattr(found.base.scores, name), getattr(found.adapter.scores, name)
            if before is not None:
                table.add_row(title, f"{before:.1%}", f"{after:.1%}")
    console.print(table)
    console.print(
        f"{found.moved} of {found.matrices} LoRA matrices moved; a token's log-probability changes by "
        f"{found.difference:.3g} on average"
    )
    console.print(f"adapter: {escape(str(run.adapter))}, curves: {escape(str(run.folder / 'index.html'))}")
    console.print(f"next: curate generate {escape(str(run.folder))} '...', curate merge {escape(str(run.folder))}")


def merged(found: Merged, json: bool) -> None:
    if json:
        _json({**vars(found), "folder": str(found.folder)})
        return
    console.print(
        f"merged in {found.dtype}: {escape(str(found.folder))}; on {found.rows} rows log-probabilities differ from "
        f"base plus adapter by at most {found.difference:.2g}, from the base alone by up to {found.effect:.2g}"
    )


def said(found: Sequence[Said], json: bool) -> None:
    """Answers as text; control characters that a terminal would obey are shown, not obeyed."""
    if json:
        _json([vars(answer) for answer in found])
        return
    for answer in found:
        if len(found) > 1 or answer.reference is not None:
            console.print(f"[bold]{escape(answer.name)}[/bold]")
        console.print(escape(_plain(answer.answer)))
    if found[0].reference is not None:
        console.print("[bold]reference[/bold]")
        console.print(escape(_plain(found[0].reference)))


def presets(found: dict[str, dict[str, object]], meanings: dict[str, str], json: bool) -> None:
    """Every field, what it means, and what each preset says."""
    if json:
        _json(found)
        return
    for field, meaning in meanings.items():
        said = {name: told[field] for name, told in found.items()}
        same = len(set(said.values())) == 1
        values = (
            str(next(iter(said.values()))) if same else ", ".join(f"{name} {value}" for name, value in said.items())
        )
        console.print(f"[bold]--{field.replace('_', '-')}[/bold]  {escape(values)}\n    {escape(meaning)}")


def findings(found: Sequence[Finding], json: bool) -> None:
    """One line each, with the remedy where there is one."""
    if json:
        _json([vars(finding) for finding in found])
        return
    table = Table("", "what", "found", "what to do", box=None)
    marks = {"fine": "[green]fine[/green]", "note": "[yellow]note[/yellow]", "wrong": "[red]wrong[/red]"}
    for finding in found:
        table.add_row(marks[finding.health], finding.what, escape(finding.found), escape(finding.remedy))
    console.print(table)


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)


def _json(value: object) -> None:
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")
