"""What the manifests of two builds say otherwise, by section and name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from curation.ledger.build import Build

Values = dict[str, Any]
Pairs = dict[str, tuple[Any, Any]]
"""What differs, by name: as it is in A and in B, null where it is not there."""


def differing(a: Build, b: Build) -> dict[str, Pairs]:
    """contract, splits, reasons, sources, options, stages, versions and figures."""
    none = dict.fromkeys([*a.counts(), *b.counts()], 0)
    reasons = _pairs({**none, **a.counts()}, {**none, **b.counts()})
    return {"reasons": reasons, **{name: _pairs(tell(a), tell(b)) for name, tell in _SECTIONS.items()}}


def _splits(build: Build) -> Values:
    held = build.manifest.splits.items()
    return {f"{split}: {name}": n for split, sizes in held for name, n in sizes.model_dump().items()}


def _asked(build: Build) -> Values:
    asked = build.manifest.invocation
    if asked is None:
        return {"form": build.manifest.form}
    options = asked.model_dump()
    return {**options.pop("options"), **options}


_SECTIONS: dict[str, Callable[[Build], Values]] = {
    "contract": lambda build: build.manifest.contract.model_dump(mode="json"),
    "splits": _splits,
    "sources": lambda build: {file.name: file.sha256 for file in build.manifest.sources},
    "options": lambda build: {
        **_asked(build),
        "meta": list(build.manifest.meta),
    },
    "stages": lambda build: {f"{p.level}: {p.name}": "; ".join(p.stages) for p in build.manifest.phases},
    "versions": lambda build: dict(build.manifest.versions),
    "figures": lambda build: dict(build.manifest.figures),
}


def _pairs(a: Mapping[str, Any], b: Mapping[str, Any]) -> Pairs:
    return {name: (a.get(name), b.get(name)) for name in {**a, **b} if a.get(name) != b.get(name)}
