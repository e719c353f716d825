"""What `curate validate` found for the machines that show it beside the lines: GitHub's annotations, and SARIF."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from itertools import chain, zip_longest
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from curation.rules.catalogue import LEVELS, RULES

if TYPE_CHECKING:
    from curation.validation import Finding, Place, Validation

MOST = 50  # annotations of a level: more of them GitHub drops from a job
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_UNMET = "expectation"
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def github(found: Validation) -> Iterator[str]:
    """Workflow commands, a line each: at most MOST of a level, of each finding its first place before any second.

    The last line says how many places are left out, where some are.
    """
    unmet = [_command("error", {"title": _UNMET}, message) for message in _unmet(found)]
    left = 0
    for level in LEVELS:
        every = unmet if level == "error" else []
        every = [*every, *(_annotation(one, place) for one, place in _in_turns(found.findings, level))]
        left += max(0, len(every) - MOST)
        yield from every[:MOST]
    if left:
        yield f"{left:,} more places are in curate validate --format json."


def sarif(found: Validation) -> dict[str, Any]:
    """A SARIF 2.1.0 log of one run: a rule for every finding that there can be, a result for each place."""
    rules = [*({"id": rule.id, "level": rule.level, "what": rule.sentence()} for rule in RULES)]
    rules.append({"id": _UNMET, "level": "error", "what": "An expectation of the suite is not met."})
    index = {rule["id"]: n for n, rule in enumerate(rules)}
    results = [_result(one, place, index[one.id]) for one in found.findings for place in one.places]
    results += [
        {"ruleId": _UNMET, "ruleIndex": index[_UNMET], "level": "error", "message": {"text": message}}
        for message in _unmet(found)
    ]
    notes = [{"level": "note", "message": {"text": note}} for note in found.notes]
    driver = {"name": "curate", "version": version("curate"), "rules": [*map(_rule, rules)]}
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _in_turns(findings: Sequence[Finding], level: str) -> Iterator[tuple[Finding, Place]]:
    """The first place of each, then the second ones: GitHub shows ten of a step."""
    some = [[(one, place) for place in one.places] for one in findings if one.level == level]
    return (two for two in chain.from_iterable(zip_longest(*some)) if two is not None)


def _annotation(one: Finding, place: Place) -> str:
    line = {} if place.line is None else {"line": str(place.line)}
    return _command(_COMMANDS[one.level], {"file": place.path, **line, "title": one.id}, _message(one, place))


def _command(name: str, where: Mapping[str, str], message: str) -> str:
    properties = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in where.items())
    return f"::{name} {properties}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    return text.translate({ord(one): f"%{ord(one):02X}" for one in f"%\r\n{more}"})


def _message(one: Finding, place: Place) -> str:
    rows = "1 row" if one.count == 1 else f"{one.count:,} rows"
    marked = f", of which {len(one.places)} are marked" if one.count > len(one.places) else ""
    return f"{place.at}: {place.detail}\n{one.meaning} {one.remedy} (In {rows}{marked}.)"


def _unmet(found: Validation) -> list[str]:
    return [
        f"Not met: {check.note or check.expectation}; found {check.observed}"
        for check in found.checks
        if not check.passed
    ]


def _rule(rule: Mapping[str, str]) -> dict[str, Any]:
    name = {"id": rule["id"], "shortDescription": {"text": rule["what"]}}
    return name | {"defaultConfiguration": {"level": rule["level"]}}


def _result(one: Finding, place: Place, index: int) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(place.path)}}
    if place.line is not None:
        physical["region"] = {"startLine": place.line}
    location = {"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": place.at}]}
    return {
        "ruleId": one.id,
        "ruleIndex": index,
        "level": one.level,
        "message": {"text": _message(one, place)},
        "locations": [location],
        "properties": {"rows": one.count},
    }


def _uri(path: str) -> str:
    """The path as it was given: relative to the folder of the command, or whole."""
    given = PurePath(path)
    return ("file://" if given.is_absolute() else "") + quote(os.fsencode(given.as_posix()))
