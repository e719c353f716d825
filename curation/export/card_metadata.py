"""The metadata of a dataset card: what the Hub reads at the top of README.md."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from curation.schemas.manifest import Manifest

_SIZES = {1_000: "n<1K", 10_000: "1K<n<10K", 100_000: "10K<n<100K", 1_000_000: "100K<n<1M", 10_000_000: "1M<n<10M"}
TAGS = ("curate", "conversational", "supervised-fine-tuning")


def metadata(manifest: Manifest, data: Mapping[str, str]) -> dict[str, object]:
    """Under the Hub's own keys. `data`: the file of each split, where `load_dataset` finds it.

    A split without rows is not named: `datasets` refuses to load a dataset that has one.
    """
    about = manifest.about
    filled = [(split, path) for split, path in data.items() if manifest.splits[split].rows]
    known = sorted({about.published[file.sha256] for file in manifest.sources if file.sha256 in about.published})
    return {
        "license": about.licence,
        "pretty_name": about.title,
        "language": list(about.languages),
        "task_categories": [about.task],
        "size_categories": [size(sum(split.rows for split in manifest.splits.values()))],
        **({"source_datasets": known} if known else {}),
        "tags": [*TAGS, *(("synthetic",) if manifest.demo else ())],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": split, "path": path} for split, path in filled],
            }
        ],
    }


def front_matter(metadata: Mapping[str, object]) -> str:
    """Metadata as YAML between `---` lines, for the top of a card."""
    return f"---\n{yaml.safe_dump(dict(metadata), sort_keys=False, allow_unicode=True, width=10_000)}---\n"


def size(rows: int) -> str:
    """The Hub's size category for this many rows."""
    return next((word for bound, word in _SIZES.items() if rows < bound), "10M<n<100M")
