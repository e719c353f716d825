"""Chat files for the tests of `curate validate`: clean rows, and files with a defect planted among them."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from curation.demo.finetome import MESSAGES, PARTS, SYSTEM, plain
from curation.validation import Finding, Validation

Row = dict[str, Any]
CLEAN = 200
FEW = 60
AT = 37  # where a defect is planted


def chat(*texts: str, system: str | None = None) -> Row:
    """A conversation of texts in turn of user and assistant."""
    turns = [
        {"role": role, "content": text} for role, text in zip(("user", "assistant") * len(texts), texts, strict=False)
    ]
    return {"messages": [{"role": "system", "content": system}, *turns] if system is not None else turns}


@cache
def clean(rows: int = CLEAN) -> tuple[Row, ...]:
    """Rows of two forms without a defect: the chats of the demo (less one that is near another), then drawn words."""
    chats = [row for n, row in enumerate((*plain(), *SYSTEM, *MESSAGES, *PARTS)) if n != 157]
    words = sorted(set(re.findall("[a-z]{3,}", json.dumps(chats).lower())))
    drawn = random.Random(5)
    while len(chats) < rows:
        chats.append(chat(" ".join(drawn.sample(words, 12)) + "?", " ".join(drawn.sample(words, 40)) + "."))
    return tuple(chats[:rows])


def write(path: Path, rows: Sequence[Row | str]) -> Path:
    """One row a line; a text is a line as it is. Packed where the name ends in .gz."""
    lines = "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)
    path.write_bytes(gzip.compress(lines.encode()) if path.suffix == ".gz" else lines.encode())
    return path


def planted(*defects: Row | str, at: int = AT) -> list[Row | str]:
    """A few clean rows with `defects` from line `at` + 1 on."""
    return [*clean()[:at], *defects, *clean()[at:FEW]]


def lines(count: int, at: int = AT) -> list[str]:
    """The lines of so many planted defects, as far as they are named."""
    return [str(at + n) for n in range(1, min(count, 10) + 1)]


def places(found: Validation) -> dict[str, list[str]]:
    """Where each kind was found, without the names of files."""
    return {one.id: [place.at.partition("#line ")[2] for place in one.places] for one in found.findings}


def only(found: Validation, id: str) -> Finding:
    """The one finding that there is."""
    assert [one.id for one in found.findings] == [id]
    return found.findings[0]
