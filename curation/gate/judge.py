"""The gate: Great Expectations judges the facts of a build. The one place where great_expectations is imported."""

from __future__ import annotations

import gc
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from curation.base.errors import BuildError, CurateError, InputError, nearest, one_line, reraise_as
from curation.base.scratch import scratch
from curation.base.text import format_figure
from curation.gate.suites import read_suite
from curation.schemas.manifest import Check


def _serve() -> None:
    """The process of curation.gate.process: import, wait for a job on standard input, leave the answer beside it."""
    gc.disable()  # a fifth of the import
    for name in ("scipy.stats", "altair"):  # two fifths of it, for expectations that hardly a suite has
        _load_when_used(name)
    ephemeral(library())  # what the first one loads is loaded while nobody waits
    job = orjson.loads(sys.stdin.buffer.read() or b"null")
    if job is None:
        return
    folder = Path(job["folder"])
    frames = {name: pl.read_parquet(folder / f"{name}.parquet") for name in job["frames"]}
    try:
        with reraise_as(
            lambda error: BuildError(f"The gate failed: {one_line(error)}", "Look at the suites it judges by.")
        ):
            answer: object = [check.model_dump() for check in judge(frames, job["suites"])]
    except CurateError as error:
        answer = {"kind": type(error).__name__, "fact": error.fact, "hint": error.hint}
    (folder / "answer.json").write_bytes(orjson.dumps(answer))
    os._exit(0)  # taking the library down in order takes longer than judging


def _load_when_used(name: str) -> None:
    """A module that is executed when something of it is first used.

    Unlike importlib's LazyLoader it stays unexecuted through an `import` of it.
    """
    spec = find_spec(name)
    if spec is None or spec.loader is None:
        return
    loader, module = spec.loader, module_from_spec(spec)

    def load(attribute: str) -> Any:
        if "__getattr__" in module.__dict__:
            del module.__dict__["__getattr__"]
            loader.exec_module(module)
        return getattr(module, attribute)

    module.__dict__["__getattr__"] = load
    sys.modules[name] = module
    parent, _, leaf = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], leaf, module)


def ephemeral(gx: Any) -> Any:
    """A context of the library in memory alone. The temporary folder that it makes for a moment lies in ours."""
    outer = tempfile.tempdir
    with scratch("gate") as folder:
        tempfile.tempdir = str(folder)
        try:
            return gx.get_context(mode="ephemeral")
        finally:
            tempfile.tempdir = outer


def judge(frames: Mapping[str, pl.DataFrame], suites: Mapping[str, Sequence[str]]) -> tuple[Check, ...]:
    """Every expectation of the suites over the frames ("rows": the facts, "figures": one row), and what was found."""
    gx = library()
    context = ephemeral(gx)
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("facts")
    checks: list[Check] = []
    for over, names in suites.items():
        whole = source.add_dataframe_asset(over).add_batch_definition_whole_dataframe("all")
        batch = whole.get_batch({"dataframe": frames[over].to_pandas()})
        for name in names:
            checks += _checks(batch, gx, read_suite(name), frames[over] if over == "figures" else None)
    return tuple(checks)


def _checks(batch: Any, gx: Any, suite: dict[str, Any], figures: pl.DataFrame | None) -> Iterator[Check]:
    """What was found, expectation by expectation; over `figures` it is the figure itself."""
    found = batch.validate(suite_of(gx, suite))
    for result in found.results:
        config = result.expectation_config
        columns = [config.kwargs[k] for k in ("column", "column_A") if k in config.kwargs]
        yield Check(
            suite=suite["name"],
            expectation=config.type,
            column=columns[0] if columns else None,
            passed=bool(result.success),
            observed=_observed(result, columns[0] if columns else "", figures),
            note=str((config.meta or {}).get("notes") or config.notes or ""),
        )


def suite_of(gx: Any, suite: dict[str, Any]) -> Any:
    """The suite as an object. InputError for an expectation or an argument that does not exist: GX only logs it."""
    from great_expectations.expectations.registry import list_registered_expectation_implementations

    known = list_registered_expectation_implementations()
    for expectation in suite["expectations"]:
        if expectation.get("type") not in known:
            raise InputError(
                f"The suite {suite['name']!r} has an expectation {expectation.get('type')!r}."
                f"{nearest(str(expectation.get('type')), known)}",
                "Expected an expectation of Great Expectations, like expect_column_values_to_be_between.",
            )
    hint = "Correct it: the arguments of an expectation are checked by Great Expectations."
    with reraise_as(lambda error: InputError(f"The suite {suite['name']!r} is not one: {one_line(error)}", hint)):
        return gx.ExpectationSuite(name=suite["name"], expectations=suite["expectations"])


def _observed(result: Any, column: str, figures: pl.DataFrame | None) -> str:
    """What was found, as short words; an exception inside an expectation is named as such."""
    raised = result.exception_info or {}
    for info in [raised, *(value for value in raised.values() if isinstance(value, dict))]:
        if info.get("raised_exception"):
            return f"errored: {info.get('exception_message')}"
    if figures is not None and column in figures:
        return f"{column.replace('_', ' ')}: {format_figure(figures[column][0])}"
    outcome = result.result
    if "observed_value" in outcome:
        return f"found {outcome['observed_value']}"
    count, of = outcome.get("unexpected_count", 0), outcome.get("element_count", 0)
    return f"{count} of {of} rows do not meet it" if count else f"all of {of} rows"


def library() -> Any:
    """Great Expectations, imported without its noise."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return great_expectations


if __name__ == "__main__":
    _serve()
