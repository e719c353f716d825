"""What a build holds beside its phases: figures, lines, ledger, tables, card, page; the manifest last of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from curation.base import progress
from curation.base.files import hashed, write_whole
from curation.base.manifests import MANIFEST
from curation.base.rows import BESIDE, MESSAGE, PLAIN
from curation.gate.process import GateProcess
from curation.ledger import forms
from curation.ledger.build import Build
from curation.ledger.observation import Observation, observe
from curation.runner.phases import failing
from curation.runner.recipe import Recipe
from curation.schemas.manifest import SPLITS, File, Invocation, Manifest, Phase, Split

if TYPE_CHECKING:
    from curation.report.summary import Report

VERSIONS = ("polars", "polars-hash", "tokenizers", "transformers", "great-expectations")
"""Libraries whose versions decide the bytes."""
Output = tuple[str, Callable[[], None]]
"""What is written, and how."""


def write_outputs(recipe: Recipe, build: Build, tokenized: bool, gate: GateProcess) -> Build:
    """Figures, then the outputs while the gate judges, then card, page and manifest, all in the folder of `build`."""
    from curation.gate.facts import facts, figures_frame
    from curation.report import summary

    progress.start("figures")
    work, seen = build.folder, observe(build)
    seen = _with(seen, **_splits(seen), **_keys(build))
    with failing("The recipe's figures", "They are a function of what is seen of a build."):
        figures = recipe.figures(seen)
    warnings = tuple(text.format(f"{figures[name]:,}") for name, text in recipe.warnings.items() if figures.get(name))
    seen = _with(seen, figures=figures, warnings=warnings)
    gate.submit({"rows": facts(seen), "figures": figures_frame(figures)}, recipe.suites)
    progress.start("write", len(seen.rows))
    for _, write in _data(seen, recipe, tokenized):
        write()
    lines = {split: hashed(work / f"{split}.jsonl", f"{split}.jsonl") for split in SPLITS}
    report = summary.gather(seen, [section(seen) for section in recipe.sections])
    progress.start("gate")
    made = _with(seen, gate=gate.result()).build
    for _, write in _documents(made, recipe, report, lines):
        write()
    made = made.of(made.manifest.changed(files=_files(work, {file.name: file for file in lines.values()})))
    write_whole(work / MANIFEST, (made.manifest.model_dump_json(indent=1) + "\n").encode())
    return made


def _data(seen: Observation, recipe: Recipe, tokenized: bool) -> list[Output]:
    """What holds rows."""
    from curation.export import jsonl, parquet
    from curation.export import tokenized as token_files

    build, template = seen.build, recipe.tokenizer.template
    return [
        ("chat_template.jinja", lambda: write_whole(build.folder / "chat_template.jinja", template.jinja.encode())),
        ("rejects.parquet", lambda: parquet.write(seen.rejects.lazy(), build.folder / "rejects.parquet")),
        ("lines", lambda: jsonl.write(build, template)),
        *((f"tables/{name}.csv", partial(_table, seen, name, table)) for name, table in recipe.tables.items()),
        *([("tokenized", lambda: token_files.write(build))] if tokenized else []),
    ]


def _documents(made: Build, recipe: Recipe, report: Report, lines: Mapping[str, File]) -> list[Output]:
    """What says something about them, once the gate has judged."""
    from curation.export import card, croissant, jsonl
    from curation.report import page

    columns = jsonl.lines(made, recipe.tokenizer.template).drop("split").collect_schema()
    return [
        ("README.md", lambda: card.write(made)),
        ("croissant.json", lambda: croissant.write(made, columns, lines)),
        ("report", lambda: page.write(made, report, made.folder / "report")),
    ]


def _table(seen: Observation, name: str, table: Callable[[Observation], pl.DataFrame]) -> None:
    from curation.export import tables

    with failing(f"The table {name!r}", "It is a function of what is seen of a build."):
        found = seen.once(table)
    (seen.build.folder / "tables").mkdir(exist_ok=True)
    tables.write(found, seen.build.folder / "tables" / f"{name}.csv")


def manifest_of(
    recipe: Recipe, sources: tuple[File, ...], phases: tuple[Phase, ...], form: str, tokenized: bool
) -> Manifest:
    """What is known once the phases have run; splits, figures, checks and files come with the outputs."""
    asked = recipe.invocation
    return Manifest(
        name=recipe.name,
        about=recipe.about,
        invocation=asked and Invocation.model_validate({**dict(asked), "form": form, "tokenized": tokenized}),
        versions={name: version(name) for name in VERSIONS},
        sources=sources,
        contract=recipe.tokenizer.contract,
        meta=recipe.meta,
        form=form,
        suites={over: tuple(Path(name).name for name in names) for over, names in recipe.suites.items()},
        sentences=tuple(recipe.sentences),
        phases=phases,
        splits={},
        straddling={},
        figures={},
    )


def _splits(seen: Observation) -> dict[str, object]:
    """The sizes of the splits, the groups that straddle them, and the limit of a row."""
    rows = seen.rows
    sums = {name: pl.sum(name) for name in ("tokens", "trained_tokens")}
    per_split = rows.group_by("split").agg(rows=pl.len(), groups=pl.col("group").n_unique(), **sums)
    sizes = {row.pop("split"): Split(**row) for row in per_split.to_dicts()}
    empty = Split(rows=0, groups=0, tokens=0, trained_tokens=0)
    places = rows.filter(pl.col("splits_of_group") > 1).group_by("group").agg(pl.col("split").unique().sort())
    straddling = {group: tuple(splits) for group, splits in places.sort("group").iter_rows()}
    left = "spare_tokens" in rows.columns and len(rows)
    limit = rows.select(pl.col("tokens").cast(pl.Int64) + pl.col("spare_tokens")).max().item() if left else None
    return {
        "splits": {name: sizes.get(name, empty) for name in SPLITS},
        "straddling": straddling,
        "max_tokens": limit,
    }


def _keys(build: Build) -> dict[str, object]:
    """What rows have beside roles and contents; UsageError where the form of the lines has no place for it.

    `more` is in the meta of lines where a row has it.
    """
    kept, meta = build.kept(), build.manifest.meta
    fields = {
        name: pl.col("messages").list.eval(pl.element().struct.field(name).is_not_null().any()).list.any().any()
        for name in MESSAGE.to_schema()
        if name not in PLAIN
    }
    fields["tool"] = pl.col("messages").list.eval((pl.element().struct.field("role") == "tool").any()).list.any().any()
    rest = pl.col("messages").list.eval(pl.element().struct.field("rest").is_not_null().any()).list.any().any()
    schema = kept.collect_schema()
    fields |= {key: pl.col(key).is_not_null().any() for key in (*BESIDE, "rejected", "wanted") if key in schema}
    if "more" in meta:
        fields["more"] = pl.col("more").is_not_null().any() | rest
    found = kept.select(**fields).collect().row(0, named=True)
    keys = tuple(sorted(key for key, there in found.items() if there))
    forms.check(build.manifest.form, keys)
    return {"keys": keys, "meta": tuple(name for name in meta if name != "more" or "more" in keys)}


def _files(folder: Path, known: Mapping[str, File]) -> tuple[File, ...]:
    """What the build promises, in order; `known` are hashed already. Phases can be removed, the plan goes away."""
    inner = ("phases", "plan.sha256", MANIFEST)
    paths = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    names = [path.as_posix() for path in paths if path.parts[0] not in inner]
    return tuple(known.get(name) or hashed(folder / name, name) for name in names)


def _with(seen: Observation, **changes: object) -> Observation:
    return seen.of(seen.build.of(seen.build.manifest.changed(**changes)))
