"""README.md of a build: the dataset card, with the metadata that the Hub reads."""

from __future__ import annotations

from curation.ledger import Build
from schemas.manifest import SPLITS, Manifest, told


def write(build: Build) -> None:
    """Metadata, what it is, how it was made, what was proved, what to know."""
    (build.folder / "README.md").write_text(
        "\n".join([*_metadata(build.manifest), *_body(build.manifest)]) + "\n", "utf8"
    )


def _metadata(manifest: Manifest) -> list[str]:
    about = manifest.about
    files = [f"      - split: {split}\n        path: {split}.jsonl" for split in SPLITS]
    return [
        "---",
        f"license: {about.licence}",
        f"pretty_name: {about.title}",
        "language:",
        *(f"  - {language}" for language in about.languages),
        "task_categories:",
        f"  - {about.task}",
        "configs:",
        "  - config_name: default",
        "    data_files:",
        *files,
        "---",
        "",
    ]


def _body(manifest: Manifest) -> list[str]:
    contract = manifest.contract
    sources = ", ".join(f"{source.name} (sha256 {source.sha256[:12]})" for source in manifest.sources)
    rejected = [
        f"| {p.level} | {p.name} | {p.entered:,} | {p.kept:,} | {_reasons(p.rejected)} |" for p in manifest.phases
    ]
    splits = [
        f"| {name} | {s.rows:,} | {s.groups:,} | {s.tokens:,} | {s.trained_tokens:,} |"
        for name, s in manifest.splits.items()
    ]
    return [
        f"# {manifest.about.title}",
        "",
        f"Made from {sources}. {manifest.about.attribution}.",
        "",
        "## Splits",
        "",
        "| split | rows | groups | tokens | trained tokens |",
        "|---|---|---|---|---|",
        *splits,
        "",
        f"Counted with {contract.tokenizer} ({contract.tokenizer_sha256[:12]}) and the chat template "
        f"{contract.template} ({contract.template_sha256[:12]}), which stands beside this file as chat_template.jinja.",
        "",
        "## How it was made",
        "",
        "| level | phase | entered | kept | rejected |",
        "|---|---|---|---|---|",
        *rejected,
        "",
        "Every rejected record and row stands in rejects.parquet with its reason and the value that decided.",
        "",
        "## What was proved",
        "",
        "| figure | value |",
        "|---|---|",
        *(f"| {name.replace('_', ' ')} | {told(value)} |" for name, value in manifest.figures.items()),
        "",
        *_leaks(manifest),
        f"{sum(check.passed for check in manifest.gate)} of {len(manifest.gate)} expectations are met.",
    ]


def _leaks(manifest: Manifest) -> list[str]:
    """The groups that a published split puts on two sides, by name."""
    if not manifest.straddling:
        return ["No group stands in two splits.", ""]
    named = [f"- {group}: {' and '.join(splits)}" for group, splits in manifest.straddling.items()]
    return ["The published split is kept, and it leaks. These families stand on two sides:", "", *named, ""]


def _reasons(rejected: dict[str, int]) -> str:
    return ", ".join(f"{reason} {n:,}" for reason, n in rejected.items()) or "none"
