"""Every command that writes, killed before and in the middle of every one of its steps in the file system.

    python benchmarks/kills.py [NAME ...]

Prints, for each: its steps, the points tried, and those after which neither the old nor the new stood whole, the same
command did not end right, or something was left beside.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from hub_server import running
from kill_scenarios import material, scenarios
from kills import Scenario, Zygote, fault, points, undisturbed, zygote


def main(names: list[str]) -> None:
    """All scenarios, or those of `names`."""
    with TemporaryDirectory() as folder, running() as hub, zygote({"HF_ENDPOINT": hub.url}) as run:
        (Path(folder) / "material").mkdir()
        material(Path(folder) / "material", run)
        _table(
            (one for one in scenarios(Path(folder) / "material", hub) if not names or one.name in names), run, folder
        )


def _table(tried: Iterable[Scenario], run: Zygote, folder: str) -> None:
    print(f"{'command':32} {'steps':>6} {'points':>6} {'right':>6} {'wrong':>6} {'seconds':>8}")
    for scenario in tried:
        start, work = perf_counter(), Path(folder) / "work"
        known = undisturbed(scenario, run, work)
        every = points(known)
        faults = [(at, wrong) for at in every if (wrong := fault(scenario, run, work, known, *at))]
        counts = (known.steps, len(every), len(every) - len(faults), len(faults))
        print(
            f"{scenario.name:32} " + " ".join(f"{n:6,}" for n in counts) + f" {perf_counter() - start:8.0f}", flush=True
        )
        for (step, torn), wrong in faults[:5]:
            print(f"    step {step}{', torn' if torn else ''}: {wrong[:800]}")


if __name__ == "__main__":
    main(sys.argv[1:])
