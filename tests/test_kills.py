"""Facts about commands that are killed anywhere: the old or the new stands whole, and the same command ends right.

A seeded sample of the points; benchmarks/kills.py goes through all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from hub_server import Hub, running
from kill_scenarios import NAMES, material, scenarios
from kills import Scenario, Zygote, fault, points, undisturbed, zygote

_SHARE = 10


class Harness(NamedTuple):
    """What every scenario needs, made once."""

    run: Zygote
    hub: Hub
    material: Path


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    folder = tmp_path_factory.mktemp("material")
    with running() as hub, zygote({"HF_ENDPOINT": hub.url}) as run:
        material(folder, run, hub)
        yield Harness(run, hub, folder)


@pytest.mark.parametrize("name", NAMES)
def test_killed_anywhere(name: str, harness: Harness, tmp_path: Path) -> None:
    """A tenth of the steps of a command, before and in the middle of them."""
    scenario = _named(name, harness)
    known = undisturbed(scenario, harness.run, tmp_path / "work")
    every = points(known)
    some = Random(name).sample(every, -(-len(every) // _SHARE))
    faults = {at: fault(scenario, harness.run, tmp_path / "work", known, *at) for at in sorted(some)}
    assert {at: wrong for at, wrong in faults.items() if wrong} == {}


def _named(name: str, harness: Harness) -> Scenario:
    return next(one for one in scenarios(harness.material, harness.hub) if one.name == name)
