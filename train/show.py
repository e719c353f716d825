"""What training prints: reasons, a bar with loss, pace, memory and time left, base against adapter."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from curation.base.console import Table, note, print_json, say, show, steps_bar, styled
from curation.training.card import TITLES
from curation.training.run import Reporter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from curation.training.callbacks import Progress
    from curation.training.compare import Comparison
    from curation.training.doctor import Finding
    from curation.training.inference.ask import Answer
    from curation.training.inference.merge import Merged
    from curation.training.run_folder import Run

_EVERY = 30.0  # seconds between lines where there is no terminal to draw a bar in


@contextmanager
def reporter(quiet: bool) -> Iterator[Reporter]:
    """A bar on a terminal, a line now and then elsewhere (a notebook, a log), nothing where `quiet`."""
    if quiet:
        yield Reporter(lambda line: None, lambda progress: None)
        return
    with steps_bar("training") as bar:
        if bar is None:
            yield Reporter(_print_line, _Lines())
        else:
            yield Reporter(_print_line, lambda now: bar(now.steps, now.step, format_progress(now)))


def _print_line(line: str) -> None:
    note("{}", line)


class _Lines:
    """A line for the first step, the last one, and one every half minute."""

    def __init__(self) -> None:
        self.last = -_EVERY

    def __call__(self, now: Progress) -> None:
        if now.step == now.steps or time.monotonic() - self.last >= _EVERY:
            self.last = time.monotonic()
            _print_line(f"step {now.step:,} of {now.steps:,}: {format_progress(now)}")


def format_progress(now: Progress) -> str:
    """`loss 2.105, 9,120 tokens/s, 5.2 GB, 12:03 left`."""
    loss = "" if now.loss is None else f"loss {now.loss:.3f}, "
    minutes, seconds = divmod(round(now.left), 60)
    return f"{loss}{now.pace:,.0f} tokens/s, {now.memory / 1e9:.1f} GB, {minutes}:{seconds:02} left"


def compared(run: Run, found: Comparison, json: bool) -> None:
    """Base and adapter side by side, then where things are."""
    if json:
        print_json({"run": str(run.folder), **(run.result() or {})})
        return
    table = Table("", "base", "adapter", title=f"{found.rows:,} {found.split} rows, {found.answered} of them answered")
    table.row("loss per trained token", f"{found.base.loss:.4f}", f"{found.adapter.loss:.4f}")
    table.row("perplexity", f"{found.base.perplexity:,.2f}", f"{found.adapter.perplexity:,.2f}")
    if found.base.scores and found.adapter.scores:
        for name, title in TITLES.items():
            before, after = getattr(found.base.scores, name), getattr(found.adapter.scores, name)
            if before is not None:
                table.row(title, f"{before:.1%}", f"{after:.1%}")
    table.show()
    say(
        "{} of {} LoRA matrices moved; a token's log-probability changes by {} on average",
        found.moved,
        found.matrices,
        f"{found.difference:.3g}",
    )
    if run.settings.earlier_epochs:
        earlier = " to ".join(f"{epochs:g}" for epochs in run.settings.earlier_epochs)
        say("epochs changed from {} to {}", earlier, f"{run.preset.epochs:g}")
    say("adapter: {}, curves: {}/index.html", run.adapter, run.folder)
    say("next: curate generate {} '...', curate merge {}", run.folder, run.folder)


def merged(found: Merged, json: bool) -> None:
    """Print where the merged model is, and how far it is from base and adapter together."""
    if json:
        print_json({**vars(found), "folder": str(found.folder)})
        return
    say(
        "merged in {}: {}; on {} rows log-probabilities differ from base plus adapter by at most {}, from the base "
        "alone by up to {}",
        found.dtype,
        found.folder,
        found.rows,
        f"{found.difference:.2g}",
        f"{found.effect:.2g}",
    )


def answers(found: Sequence[Answer], json: bool) -> None:
    """Answers as text; control characters that a terminal would obey are shown, not obeyed."""
    if json:
        print_json([vars(answer) for answer in found])
        return
    for answer in found:
        if len(found) > 1 or answer.reference is not None:
            say("[bold]{}[/]", answer.name)
        show((answer.answer, ""))
    if found[0].reference is not None:
        say("[bold]reference[/]")
        show((found[0].reference, ""))


def presets(found: dict[str, dict[str, object]], meanings: dict[str, str], json: bool) -> None:
    """Every field, what it means, and what each preset gives."""
    if json:
        print_json(found)
        return
    for field, meaning in meanings.items():
        given = {name: format_value(values[field]) for name, values in found.items()}
        same = len(set(given.values())) == 1
        values = next(iter(given.values())) if same else ", ".join(f"{name} {value}" for name, value in given.items())
        say("[bold]--{}[/]  {}\n    {}", field.replace("_", "-"), values, meaning)


def format_value(value: object) -> str:
    """A field's value as text."""
    return "not set" if value is None else str(value)


def findings(found: Sequence[Finding], json: bool) -> None:
    """One line each, with the remedy where there is one."""
    if json:
        print_json([vars(finding) for finding in found])
        return
    table = Table("", "what", "found", "what to do", framed=False)
    colours = {"fine": "green", "note": "yellow", "wrong": "red"}
    for finding in found:
        table.row(styled((finding.health, colours[finding.health])), finding.what, finding.found, finding.remedy)
    table.show()
