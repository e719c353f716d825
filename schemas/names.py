"""Names inside a build: what a manifest, or another file of a stranger, may name as a file below its own folder."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

_PART, _WHOLE = 255, 1024  # bytes in UTF-8: what file systems take, and what stays below the limit of a path
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)
_SHOWN = 80  # characters of a name in an error
_JOINERS = "\u200c\u200d"  # scripts need them


def name_fault(name: str) -> str | None:
    """Why `name` could lead out of a folder, or be no file on some system; None for a name that is safe anywhere.

    Safe: parts separated by /, none of them empty, `.` or `..`, and nothing that Windows or a terminal reads as a
    command.
    """
    if len(name.encode("utf8", "surrogatepass")) > _WHOLE:
        return f"it is longer than {_WHOLE:,} bytes"
    if name.startswith("/"):
        return "it begins with /"
    return next((fault for part in name.split("/") if (fault := part_fault(part))), None)


def part_fault(part: str) -> str | None:
    """Why `part` is no name of a single file, or could be none on some system; None for one that is safe anywhere."""
    unseen = (
        one for one in part if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") and one not in _JOINERS
    )
    odd = next(unseen, None)
    faults = {
        "it has a part without a name": not part,
        f"it has the part {part!r}": part in (".", ".."),
        f"it holds the character {odd!r}": odd is not None,
        "it holds /": "/" in part,
        "it holds \\": "\\" in part,
        "it holds :": ":" in part,
        "a part of it ends in a dot or a space": part.endswith((".", " ")),
        f"{part!r} is a device on Windows": _DEVICES.fullmatch(part.split(".")[0].rstrip(" ")) is not None,
        f"a part of it is longer than {_PART} bytes": len(part.encode("utf8", "surrogatepass")) > _PART,
    }
    return next((fault for fault, found in faults.items() if found), None)


def check_name(name: str) -> str:
    """`name`, if it is safe; else what a model says of the field that holds it."""
    return _or_refuse(name, name_fault(name))


def _check_part(name: str) -> str:
    return _or_refuse(name, part_fault(name))


def _or_refuse(name: str, fault: str | None) -> str:
    if fault:
        shown = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}..."
        raise PydanticCustomError("name", "{fact}", {"fact": f"{shown!r} is no name inside a build: {fault}"})
    return name


Part = Annotated[str, AfterValidator(_check_part)]
"""A name of one part, without a folder."""
