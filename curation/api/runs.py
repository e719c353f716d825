"""Training from Python: an adapter on a build, and what a run is."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Literal, Self

from curation.hub.push import Pushed
from curation.ledger.build import Build
from curation.training import run_folder


class Run(run_folder.Run):
    """A run folder: its settings, `result()`, `adapter` (a folder); `Run.open(folder)` reads one."""

    @classmethod
    def open(cls, run: str | Path) -> Self:
        """A run by folder, or by its name in runs/. UsageError, InputError."""
        found = run_folder.open_run(run)
        return cls(found.folder, found.settings)

    def push(
        self,
        repo: str,
        *,
        private: bool = False,
        revision: str = "main",
        dataset: str | None = None,
        dry_run: bool = False,
    ) -> Pushed:
        """Send the adapter to the model repository `repo` of the Hub, in one commit. ShareError, InputError.

        `dataset`: where the build was pushed, found by its hash where it is not given. `dry_run` says what would be
        sent and sends nothing.
        """
        from curation.hub.adapter import push_adapter

        return push_adapter(self.folder, repo, dataset=dataset, private=private, revision=revision, dry_run=dry_run)

    def _repr_html_(self) -> str:
        """Build, model, losses and a link to the page, for notebooks."""
        result = self.result()
        state = f"finished, {self.preset.epochs:g} epochs" if result else "not finished"
        page = escape(str(self.folder / "index.html"), quote=True)
        head = (
            f"<p><b>{escape(self.folder.name)}</b>: {escape(self.preset.model)} on the build "
            f'{escape(self.settings.build)}, {state}. <a href="{page}">Curves</a></p>'
        )
        if not result:
            return head
        cells = "".join(
            f"<tr><td>{side}</td><td>{result[side]['loss']:.4f}</td><td>{result[side]['perplexity']:,.2f}</td></tr>"
            for side in ("base", "adapter")
        )
        names = "<tr><th></th><th>loss per trained token</th><th>perplexity</th></tr>"
        return f"{head}<table><thead>{names}</thead><tbody>{cells}</tbody></table>"


def train(
    build: Build | str | Path,
    *,
    preset: str | None = None,
    out: str | Path | None = None,
    tokenizer: str | None = None,
    minutes: float | None = None,
    report_to: str = "none",
    fresh: bool = False,
    quiet: bool = False,
    model: str | None = None,
    rank: int | None = None,
    alpha: int | None = None,
    dropout: float | None = None,
    targets: str | None = None,
    learning_rate: float | None = None,
    schedule: Literal["cosine", "linear", "constant"] | None = None,
    warmup: float | None = None,
    epochs: float | None = None,
    batch: int | None = None,
    accumulation: int | None = None,
    optimizer: Literal["adamw_8bit", "paged_adamw_8bit", "adamw_torch"] | None = None,
    max_tokens: int | None = None,
    weight_decay: float | None = None,
    clip: float | None = None,
    bits: Literal[4, 16, 32] | None = None,
    packing: bool | None = None,
    checkpointing: bool | None = None,
    save_steps: int | None = None,
    keep: int | None = None,
    log_steps: int | None = None,
    compare: int | None = None,
    new_tokens: int | None = None,
    seed: int | None = None,
) -> Run:
    """Fine-tune an adapter on a build, into the folder `out` (runs/<build>-<model> by default).

    `build`: a Build, its folder, or its name in datasets_out/. `preset`: a name or a .toml file; that of the build's
    name by default. Every keyword from `model` on overrides a field of it; `curate train --help` says what each means.
    `tokenizer`: a folder or Hub id, where the model's folder holds none. `minutes`: save and stop after that many
    (Unfinished). `report_to`: none, tensorboard or wandb. An interrupted run resumes, unless `fresh`; more `epochs`
    lengthen a run. Progress is printed unless `quiet`.
    """
    given = dict(locals())  # first of all, so that it holds the arguments alone
    from curation.training.libraries import check_report
    from curation.training.preset import Preset, load_for
    from curation.training.run import default_out
    from curation.training.run import train as run
    from curation.training.show import reporter

    fields = {name: given[name] for name in Preset.model_fields if given[name] is not None}
    folder = build.folder if isinstance(build, Build) else build
    check_report(report_to)
    chosen = load_for(folder, preset, fields=fields)
    target = default_out(folder, chosen) if out is None else Path(out)
    with reporter(quiet) as report:
        run(folder, chosen, target, report, tokenizer_name=tokenizer, minutes=minutes, report_to=report_to, fresh=fresh)
    return Run.open(target)
