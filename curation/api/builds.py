"""Builds from Python: make one, look into it, push it; and validate files of any maker."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Literal

from curation.base.manifests import BUILDS
from curation.base.text import format_figure
from curation.hub.push import Pushed
from curation.ledger import build as ledger
from curation.runner.build import build as run
from curation.runner.recipe import Recipe
from curation.validation import ValidateOptions, Validation
from curation.validation import validate as look


class Build(ledger.Build):
    """A finished build folder: its splits, what was rejected, each row's life; `Build.open(folder)` reads one."""

    def push(
        self,
        repo: str,
        *,
        form: Literal["parquet", "jsonl"] = "parquet",
        private: bool = False,
        revision: str = "main",
        yes: bool = False,
        dry_run: bool = False,
    ) -> Pushed:
        """Send it to the dataset repository `repo` of the Hub, in one commit. ShareError, GateError, BuildError.

        `form`: parquet or jsonl. `yes`: the person may share it, though its licence does not say so. `dry_run` says
        what would be sent and sends nothing.
        """
        from curation.hub.push import push

        return push(self, repo, form=form, private=private, revision=revision, yes=yes, dry_run=dry_run)

    def verify(self) -> None:
        """Hash every file again. BuildError with the first that is missing, changed, or not the build's own."""
        from curation.runner.folder import verify

        verify(self.folder, self.manifest)

    def _repr_html_(self) -> str:
        """Splits, checks and a link to the page, for notebooks."""
        met = sum(check.passed for check in self.manifest.gate)
        head = "".join(f"<th>{name}</th>" for name in ("split", "rows", "groups", "tokens", "loss tokens"))
        rows = "".join(
            f"<tr><td>{escape(name)}</td>"
            + "".join(f"<td>{format_figure(n)}</td>" for n in (s.rows, s.groups, s.tokens, s.trained_tokens))
            + "</tr>"
            for name, s in self.splits.items()
        )
        page = escape(str(self.folder / "report" / "index.html"), quote=True)
        return (
            f"<p><b>{escape(self.manifest.about.title)}</b> in {escape(str(self.folder))}: {met} of "
            f'{len(self.manifest.gate)} checks passed. <a href="{page}">Report</a></p>'
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )


def build(
    recipe: Recipe,
    out: str | Path | None = None,
    *,
    form: str = "messages",
    tokenized: bool = False,
    fresh: bool = False,
) -> Build:
    """Run `recipe` into the folder `out` (datasets_out/<its name> by default), and return the finished build.

    An interrupted run resumes at its last whole phase, unless `fresh`. `form`: of the lines (messages, sharegpt,
    prompt-completion, alpaca or text). `tokenized` also writes token ids, masks and labels, which training reads.
    GateError where a check fails: the earlier build stays, the new one is in `<out>.failed`.
    """
    made = run(recipe, BUILDS / recipe.name if out is None else out, form=form, tokenized=tokenized, fresh=fresh)
    return Build(made.folder, made.manifest)


def validate(
    files: str | Path | Sequence[str | Path],
    *,
    tokenizer: str | None = None,
    template: str = "auto",
    max_tokens: int | None = None,
    near: float = 0.8,
    languages: Sequence[str] = (),
    suite: str | None = None,
    fix: str | Path | None = None,
    against: Sequence[str | Path] = (),
    overlap: float = 0.5,
) -> Validation:
    """What is wrong in chat files of any maker, and where; several files are splits. Nothing is changed.

    `tokenizer`: a folder, a Hub id or builtin, to count tokens with. `max_tokens`: of a row. `near`: the Jaccard
    similarity of the user's words from which rows are near. `languages`: those that rows may be in. `suite`: a Great
    Expectations suite. `fix`: a new folder for the rows without errors. `against`: benchmarks whose items must not be
    trained on; `overlap`: the share of an item's 13-grams from which a row holds it.
    """
    paths = [files] if isinstance(files, str | Path) else files
    folder, benchmarks = None if fix is None else Path(fix), tuple(map(Path, against))
    options = ValidateOptions(
        tokenizer, template, max_tokens, near, tuple(languages), suite, folder, benchmarks, overlap
    )
    return look([Path(path) for path in paths], options)
