"""Facts about the gate: what fails is not put in place, and what errs has not passed."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from curation.base.errors import BuildError, GateError, InputError
from curation.gate import judge as gate
from curation.gate.process import GateProcess
from curation.gate.suites import read_suite
from curation.ledger.build import Build
from curation.recipes.loading import load, make
from curation.runner.build import build
from curation.runner.folder import verify
from curation.runner.recipe import Recipe
from curation.schemas.expectations import SUITES

TINY = Path(__file__).parents[1] / "golden" / "tiny.py"


def tiny(*suites: str) -> Recipe:
    """The tiny recipe, judged by these suites."""
    return replace(make(load(str(TINY)), TINY, {}), suites={"rows": suites})


def suite(folder: Path, type: str, **arguments: object) -> str:
    """A suite of one expectation, as a file."""
    file = folder / f"{type}.json"
    check = {"type": type, "kwargs": arguments, "meta": {"notes": "A note for people."}}
    file.write_text(json.dumps({"name": "own", "expectations": [check]}), "utf8")
    return str(file)


def everything(folder: Path) -> dict[str, str]:
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def test_a_suite_that_is_not_met(tmp_path: Path) -> None:
    """A failed expectation is a GateError with exit code 4; the earlier build stands, the new one is beside it."""
    out = tmp_path / "out"
    build(tiny("common"), out)
    was = everything(out)
    impossible = suite(tmp_path, "expect_column_values_to_be_between", column="tokens", max_value=1)
    with pytest.raises(GateError) as raised:
        build(tiny("common", impossible), out)
    assert raised.value.exit_code == 4
    text = str(raised.value)
    assert (
        "The gate failed: 1 of 11 checks did not pass, first expect_column_values_to_be_between of tokens (own)" in text
    )
    assert "6 of 6 rows do not meet it" in text
    assert "A note for people." in text
    assert f"{out}.failed" in text
    assert everything(out) == was
    failed = Build.open(tmp_path / "out.failed")
    verify(failed.folder, failed.manifest)
    assert [(check.suite, check.column) for check in failed.manifest.gate if not check.passed] == [("own", "tokens")]
    assert not (tmp_path / "out.building").exists()


def test_a_failed_gate_without_an_earlier_build(tmp_path: Path) -> None:
    """Where the first build fails, nothing stands in its place, and the next one that passes does."""
    out = tmp_path / "out"
    impossible = suite(tmp_path, "expect_column_values_to_be_between", column="tokens", max_value=1)
    for _ in range(2):
        with pytest.raises(GateError):
            build(tiny(impossible), out)
        assert not out.exists()
    assert all(check.passed for check in build(tiny("common"), out).manifest.gate)


@pytest.mark.parametrize(
    ("type", "arguments"),
    [
        ("expect_column_values_to_be_between", {"column": "no_such_column", "min_value": 0}),
        ("expect_column_values_to_match_regex", {"column": "tokens", "regex": "("}),
    ],
)
def test_an_expectation_that_errs(type: str, arguments: dict[str, object], tmp_path: Path) -> None:
    """An expectation that raises has not passed, and what was observed begins with `errored`."""
    with pytest.raises(GateError, match="errored: "):
        build(tiny(suite(tmp_path, type, **arguments)), tmp_path / "out")
    (check,) = Build.open(tmp_path / "out.failed").manifest.gate
    assert not check.passed
    assert check.observed.startswith("errored: ")


def test_an_expectation_that_is_none(tmp_path: Path) -> None:
    """A type that Great Expectations does not know is an InputError that names the suite, not a traceback."""
    with pytest.raises(InputError, match="expect_miracles"):
        build(tiny(suite(tmp_path, "expect_miracles", column="tokens")), tmp_path / "out")


def test_an_argument_that_is_none(tmp_path: Path) -> None:
    """An argument that the expectation does not take is an InputError that names the suite as well."""
    wrong = suite(tmp_path, "expect_column_values_to_be_between", column="tokens", minimum=1)
    with pytest.raises(InputError, match="minimum"):
        build(tiny(wrong), tmp_path / "out")


@pytest.mark.parametrize(
    ("text", "problem"),
    [("{", "is not JSON"), ("[]", "is no expectation suite"), ('{"name": "x"}', "is no expectation suite")],
)
def test_a_suite_that_cannot_be_read(text: str, problem: str, tmp_path: Path) -> None:
    """A file that holds no suite is an InputError that names it."""
    (tmp_path / "mine.json").write_text(text)
    with pytest.raises(InputError, match=rf"mine\.json {problem}"):
        read_suite(str(tmp_path / "mine.json"))


def test_a_suite_that_is_not_there() -> None:
    """An unknown suite is an InputError with the nearest name."""
    with pytest.raises(InputError, match=r"no expectation suite 'comon'\. Did you mean common\?"):
        read_suite("comon")


@pytest.mark.parametrize("file", sorted(SUITES.glob("*.json")), ids=lambda file: file.stem)
def test_every_expectation_has_a_note(file: Path) -> None:
    """The suites that come along are named after their files, and say of each expectation what it is for."""
    read = read_suite(file.stem)
    assert read["name"] == file.stem
    for check in read["expectations"]:
        assert check["meta"]["notes"].endswith(".")


def test_the_demo_passes(demo_build: Build) -> None:
    """Every expectation of every suite of the recipe was judged, and is met, with what was found."""
    names = ["common", "legal", "split", "legal.figures", "split.figures"]
    wanted = [(name, check["type"]) for name in names for check in read_suite(name)["expectations"]]
    judged = [(check.suite, check.expectation) for check in demo_build.manifest.gate]
    assert sorted(judged) == sorted(wanted)
    assert all(check.passed and check.note and check.observed for check in demo_build.manifest.gate)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", 1),
        ("split", "somewhere"),
        ("tokens", 0),
        ("spare_tokens", -1),
        ("trained_tokens", 0),
        ("one_bos", False),
        ("ends_in_turn", False),
        ("turns", 1),
        ("group", None),
    ],
)
def test_each_common_expectation_can_fail(column: str, value: object) -> None:
    """One row that is not as it should be fails the expectation about it, and no other."""
    good = pl.DataFrame(
        {
            "id": [1, 2, 3],
            "group": [4, 5, 6],
            "split": ["train", "validation", "test"],
            "tokens": [9, 9, 9],
            "spare_tokens": [0, 1, 2],
            "trained_tokens": [2, 2, 2],
            "one_bos": [True] * 3,
            "ends_in_turn": [True] * 3,
            "turns": [2, 2, 3],
        }
    )
    assert all(check.passed for check in gate.judge({"rows": good}, {"rows": ["common"]}))
    last = pl.int_range(pl.len()) == 2
    bad = good.with_columns(pl.when(last).then(pl.lit(value)).otherwise(pl.col(column)).alias(column))
    failed = [check.column for check in gate.judge({"rows": bad}, {"rows": ["common"]}) if not check.passed]
    assert failed == [column]


def test_the_process_finds_what_judge_finds() -> None:
    """Asked in a process of its own, the gate finds what it finds in this one, failed checks too."""
    frames = {"rows": pl.DataFrame({"turns": [2, 0], "id": [1, 1]})}
    with GateProcess() as judge:
        judge.submit(frames, {"rows": ["common"]})
        assert judge.result() == gate.judge(frames, {"rows": ["common"]})


def test_a_gate_that_dies_is_named() -> None:
    """A process that is gone before or after it is asked gives an error for people, and no answer."""
    for asked_first in (False, True):
        with GateProcess() as judge:
            process = judge.start()
            if asked_first:
                judge.submit({"rows": pl.DataFrame({"turns": [2]})}, {"rows": ["common"]})
            process.kill()
            process.wait()
            if not asked_first:
                judge.submit({"rows": pl.DataFrame({"turns": [2]})}, {"rows": ["common"]})
            with pytest.raises(BuildError, match="ended without an answer"):
                judge.result()


def test_a_gate_that_fails_says_why() -> None:
    """What Great Expectations raises over frames that no suite was written for is told in the error."""
    with GateProcess() as judge:
        judge.submit({"rows": pl.DataFrame({"turns": [2]})}, {"figures": ["common"]})
        with pytest.raises(BuildError, match="The gate failed: KeyError: 'figures'"):
            judge.result()


def test_what_is_loaded_when_used_works(tmp_path: Path) -> None:
    """In the gate's process SciPy's statistics are loaded late; an expectation that needs them is judged too."""
    partition = {"bins": [0.0, 0.5, 1.0], "weights": [0.5, 0.5]}
    expectation = {
        "type": "expect_column_kl_divergence_to_be_less_than",
        "kwargs": {"column": "share", "partition_object": partition, "threshold": 0.1},
        "meta": {"notes": "The shares are even."},
    }
    suite = tmp_path / "even.json"
    suite.write_text(json.dumps({"name": "even", "expectations": [expectation]}))
    even = pl.DataFrame({"share": [0.1, 0.2, 0.7, 0.8]})
    with GateProcess() as gate:
        gate.submit({"rows": even}, {"rows": [str(suite)]})
        (check,) = gate.result()
    assert check.passed, check.observed
    assert "errored" not in check.observed
