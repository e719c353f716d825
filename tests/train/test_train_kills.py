"""Facts about training that is killed anywhere: the old or the new stands whole, and the same command ends right.

A seeded sample of the points; `benchmarks/kills.py --training` goes through all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from kills import Zygote, fault, points, undisturbed, zygote
from train_kills import ENVIRONMENT, MODULES, NAMES, material, scenarios

_POINTS = 3


class Harness(NamedTuple):
    """What every scenario needs, made once."""

    run: Zygote
    material: Path


@pytest.fixture(scope="module")
def harness(libraries: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    folder = tmp_path_factory.mktemp("material")
    with zygote(ENVIRONMENT, MODULES) as run:
        material(folder, run)
        yield Harness(run, folder)


@pytest.mark.parametrize("name", NAMES)
def test_training_killed_anywhere(name: str, harness: Harness, tmp_path: Path) -> None:
    """A few of the steps of a command, before or in the middle of them."""
    scenario = next(one for one in scenarios(harness.material) if one.name == name)
    known = undisturbed(scenario, harness.run, tmp_path / "work")
    some = Random(name).sample(points(known), _POINTS)
    faults = {at: fault(scenario, harness.run, tmp_path / "work", known, *at) for at in sorted(some)}
    assert {at: wrong for at, wrong in faults.items() if wrong} == {}
