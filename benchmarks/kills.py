"""Every command that writes, killed before and in the middle of every one of its steps in the file system.

    python benchmarks/kills.py [--training] [--share 1] [NAME ...]

`--training`: the commands of training, which need the extra `train` and take about an hour. `--share 10`: every tenth
point.
Prints, for each: its steps, the points tried, and those after which neither the old nor the new stood whole, the same
command did not end right, or something was left beside.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "train"))

import kill_scenarios
import train_kills
from hub_server import running
from kills import Scenario, Zygote, fault, points, undisturbed, zygote


def main() -> None:
    """All scenarios, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--training", action="store_true")
    parser.add_argument("--share", type=int, default=1)
    given = parser.parse_args()

    def asked(found: Iterable[Scenario]) -> Iterable[Scenario]:
        return (one for one in found if not given.names or one.name in given.names)

    with TemporaryDirectory() as folder:
        material = Path(folder) / "material"
        material.mkdir()
        if given.training:
            with zygote(train_kills.ENVIRONMENT, train_kills.MODULES) as run:
                train_kills.material(material, run)
                return _table(asked(train_kills.scenarios(material)), run, folder, given.share)
        with running() as hub, zygote({"HF_ENDPOINT": hub.url}) as run:
            kill_scenarios.material(material, run, hub)
            _table(asked(kill_scenarios.scenarios(material, hub)), run, folder, given.share)


def _table(tried: Iterable[Scenario], run: Zygote, folder: str, share: int) -> None:
    print(f"{'command':32} {'steps':>6} {'points':>6} {'right':>6} {'wrong':>6} {'seconds':>8}")
    for scenario in tried:
        start, work = perf_counter(), Path(folder) / "work"
        known = undisturbed(scenario, run, work)
        every = points(known)[::share]
        faults = [(at, wrong) for at in every if (wrong := fault(scenario, run, work, known, *at))]
        counts = (known.steps, len(every), len(every) - len(faults), len(faults))
        print(
            f"{scenario.name:32} " + " ".join(f"{n:6,}" for n in counts) + f" {perf_counter() - start:8.0f}", flush=True
        )
        for (step, torn), wrong in faults[:5]:
            print(f"    step {step}{', torn' if torn else ''}: {wrong[:800]}")


if __name__ == "__main__":
    main()
