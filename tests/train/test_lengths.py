"""Facts about the limit of a row: the build's, unless a run is given one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from curation.training.lengths import lengths, with_limit
from curation.training.preset import load, names


def test_no_preset_sets_a_limit() -> None:
    """One place decides how long a row may be: the build."""
    assert {load(name).max_tokens for name in names()} == {None}


def test_the_build_decides_the_limit(opened: Any) -> None:
    """The limit that a build was counted with is the run's; a build that names none gives its longest row."""
    limited = replace(opened, manifest=opened.manifest.changed(max_tokens=8192))
    assert with_limit(load("bengali"), limited).max_tokens == 8192
    unlimited = replace(opened, manifest=opened.manifest.changed(max_tokens=None))
    assert with_limit(load("bengali"), unlimited).max_tokens == lengths(opened).max()


def test_a_limit_of_the_runs_own_is_kept(opened: Any) -> None:
    """--max-tokens overrides the build's limit, and nothing else changes."""
    limited = replace(opened, manifest=opened.manifest.changed(max_tokens=8192))
    own = load("legal", ["--max-tokens", "512"])
    assert with_limit(own, limited) == own
    assert with_limit(load("legal"), limited) == load("legal", ["--max-tokens", "8192"])
