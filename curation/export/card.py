"""README.md of a build: the dataset card. What is between its two marks is generated; the rest is a person's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from curation.base.text import format_figure
from curation.export.card_howto import rebuild, use
from curation.export.card_metadata import front_matter, metadata
from curation.ledger.build import Build
from curation.schemas.manifest import SPLITS, Figure, File, Manifest

BEGIN = (
    "<!-- curate: what follows is generated, and written anew by a push; write above this line or below the last -->"
)
_ACROSS = ("groups_in_two_splits", "near_pairs_across_splits", "texts_in_two_splits")
END = "<!-- curate: end of what is generated -->"


def write(build: Build) -> None:
    """The card of a build where it was made."""
    data = {split: f"{split}.jsonl" for split in SPLITS}
    (build.folder / "README.md").write_text(text(build.manifest, "path/to/this/folder", data), "utf8")


def text(manifest: Manifest, place: str, data: Mapping[str, str]) -> str:
    """Metadata and the generated part. `place`: what `load_dataset` is given. `data`: the file of each split."""
    return f"{front_matter(metadata(manifest, data))}\n{generated(manifest, place)}\n"


def generated(manifest: Manifest, place: str) -> str:
    """The generated part with its marks: what it is, how it was made, checks, limits, how to use it."""
    about = manifest.about
    parts = {
        f"# {about.title}": _what(manifest),
        "## Splits": _splits(manifest),
        "## How it was made": _flow(manifest),
        "## Checks and figures": _checks(manifest),
        "## Leakage": _leaks(manifest),
        "## Known limits": _limits(manifest),
        "## Licence and citation": _licence(manifest),
        "## How to load it": use(manifest, place),
        "## How to build the same bytes": rebuild(manifest),
    }
    return "\n\n".join([BEGIN, *(f"{title}\n\n{body}" for title, body in parts.items()), END])


def _what(manifest: Manifest) -> str:
    rows = sum(split.rows for split in manifest.splits.values())
    made_up = (
        "\n\nThe texts are the generated corpus of the recipe's demo: made up, and good for trying things out alone."
        if manifest.demo
        else ""
    )
    return (
        f"{rows:,} conversations for fine-tuning, in the form `{manifest.form}`, "
        f"made from {_sources(manifest.sources)}. {_with_full_stop(manifest.about.attribution)}{made_up}"
    )


def _with_full_stop(sentence: str) -> str:
    """With one full stop at its end."""
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _sources(sources: tuple[File, ...]) -> str:
    return ", ".join(f"{source.name} (sha256 {source.sha256[:12]})" for source in sources) or "the recipe's own texts"


def _splits(manifest: Manifest) -> str:
    contract = manifest.contract
    rows = [(name, s.rows, s.groups, s.tokens, s.trained_tokens) for name, s in manifest.splits.items()]
    return (
        f"{_table(('split', 'rows', 'groups', 'tokens', 'loss tokens'), rows)}\n\n"
        f"Counted with {contract.tokenizer} ({contract.tokenizer_sha256[:12]}) and the chat template "
        f"{contract.template} ({contract.template_sha256[:12]}), which is beside this file as chat_template.jinja."
    )


def _flow(manifest: Manifest) -> str:
    phases = [(p.level, p.name, p.entered, p.kept, _reasons(p.rejected)) for p in manifest.phases]
    return (
        f"{_table(('level', 'phase', 'entered', 'kept', 'rejected'), phases)}\n\n"
        "Every rejected record and row is in rejects.parquet with its reason and the value that decided."
    )


def _checks(manifest: Manifest) -> str:
    figures = [(name.replace("_", " "), value) for name, value in manifest.figures.items()]
    checks = [
        (check.note or check.expectation, "passed" if check.passed else "failed", check.observed.replace("|", "\\|"))
        for check in manifest.gate
    ]
    return (
        f"{_table(('figure', 'value'), figures)}\n\n"
        f"{sum(check.passed for check in manifest.gate)} of {len(manifest.gate)} checks passed.\n\n"
        f"{_table(('check', 'result', 'found'), checks)}"
    )


def _leaks(manifest: Manifest) -> str:
    """The groups that a published split puts into two splits, by name."""
    if not manifest.straddling:
        sentence = "No group is in two splits: rows that the phases above group together go to one split."
        found = [
            f"- {name.replace('_', ' ')}: {format_figure(manifest.figures[name])}"
            for name in _ACROSS
            if name in manifest.figures
        ]
        return "\n\n".join([sentence, *(["\n".join(found)] if found else [])])
    named = "\n".join(f"- {group}: {' and '.join(splits)}" for group, splits in manifest.straddling.items())
    return f"The published split is kept, and it leaks. These families are in more than one split:\n\n{named}"


def _limits(manifest: Manifest) -> str:
    known = [
        *manifest.warnings,
        *manifest.about.limits,
        "Near-duplicates are found by the words they share: paraphrases are not found.",
        "Texts are unmodified and unreviewed; errors and personal data in the source remain.",
        "Token counts hold for the tokenizer and template above, and for no other.",
    ]
    return "\n".join(f"- {limit}" for limit in known)


def _licence(manifest: Manifest) -> str:
    about = manifest.about
    cited = f"\n\nCite: {_with_full_stop(about.citation)}" if about.citation else ""
    return f"Licence: `{about.licence}`. {_with_full_stop(about.attribution)}{cited}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[Figure, ...]]) -> str:
    lines = [head, ("---",) * len(head), *(tuple(map(format_figure, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _reasons(rejected: dict[str, int]) -> str:
    return ", ".join(f"{reason} {n:,}" for reason, n in rejected.items()) or "none"
