"""A recipe file for files that were looked at (curation.scaffold.sniff): short, complete, and meant to be changed."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

from curation.base.columns import is_pattern
from curation.base.errors import UsageError
from curation.base.files import write_whole
from curation.base.visible import visible
from curation.readers.files import CHATS, TABLES
from curation.readers.table import Layout
from curation.recipes.loading import path_of
from curation.scaffold.page import IMPORTS, PAGE
from curation.scaffold.sniff import FileProfile

_SUFFIXES = {*TABLES, *CHATS, "gz", "zst", "py"}
_SPLITS = "splits=tuple(file.split for file in files)"
_ASKED = "--columns question=NAME,answer=NAME, and context=, label=, group=, system= where there are such columns."
_FORMS = (
    "table",
    "cells",
    "turns",
    "sharegpt",
    "messages",
    "prompt-completion",
    "alpaca",
    "question-answer",
    "tree",
    "preference",
    "squad",
)


class _Job(NamedTuple):
    """What was seen of each file, the recipe's file, and what a person named: files, or folders of them."""

    seen: Sequence[FileProfile]
    target: Path
    paths: Sequence[Path]


def draft(seen: Sequence[FileProfile], target: Path, paths: Sequence[Path] = ()) -> str:
    """The text of a recipe for `seen`, to stand in `target`. UsageError for forms that cannot be built, or together.

    `paths`: the folders and patterns that the files were found by, where these are not the files themselves.
    """
    form, job = seen[0].form, _Job(seen, target, paths or [one.path for one in seen])
    for one in seen:
        _check(one)
        if one.form not in _FORMS:
            raise UsageError(
                f"{one.path} holds {one.form} records, which are no conversations",
                "curate builds conversations: tables, messages, ShareGPT, prompt/completion, Alpaca and SQuAD files.",
            )
        if one.form != form and {one.form, form} & {"table", "cells", "turns", "squad", "preference"}:
            raise UsageError(
                f"{seen[0].path} and {one.path} hold {form} and {one.form}", "Give each a recipe of its own."
            )
    if form == "squad":
        return _like_legal(seen, target)
    if form == "preference":
        text = _preferences(job)
    else:
        text = _table(job) if form in ("table", "cells", "turns") else _chat(job)
    return text.replace("\n\n\n\n", "\n\n\n")


def _check(one: FileProfile) -> None:
    """UsageError where a person must be asked, or nothing in the file could be built."""
    if one.question:
        raise UsageError(f"{one.path}: {one.question}", "" if "--" in one.question else f"Say which: {_ASKED}")
    if one.form in _FORMS and one.records and sum(one.unread.values()) >= one.records:
        counts = ", ".join(f"{n:,} {reason}" for reason, n in one.unread.items())
        raise UsageError(
            f"{one.path}: none of its {one.records:,} records can be read ({counts}); for example {one.lost}",
            "Mend the file, or write a recipe by hand: curate cp finetome mine.py.",
        )


def write(seen: Sequence[FileProfile], target: Path, paths: Sequence[Path] = ()) -> None:
    """Write the draft. UsageError where `target` exists, DiskError where the system refuses."""
    if target.exists() or target.suffix != ".py":
        raise UsageError(f"{target} exists, or does not end in .py", "Give --out with the name of a new file.")
    write_whole(target, draft(seen, target, paths).encode())


def _table(job: _Job) -> str:
    seen, roles = job.seen, job.seen[0].roles
    for one in seen[1:]:
        if one.roles != roles or one.layout != seen[0].layout:
            raise UsageError(f"{seen[0].path} and {one.path} have other columns", "Give each a recipe of its own.")
    if seen[0].form != "table":
        return _dialogues(job)
    asked, answered = roles["question"], roles["answer"]
    columns = ", ".join(f"{_col(column)}.str.strip_chars()" for column in (asked, answered))
    checks = [
        f'                Keep("no_{what.lower()}", when={what}.str.len_chars() > 0, detail=pl.lit("it is empty")),'
        for what in ("QUESTION", "ANSWER")
    ]
    wanted = ", ".join(_quoted(roles[role]) for role in ("question", "answer", "context", "system") if role in roles)
    user = "ASKED" if "context" in roles else "QUESTION"
    return _page(
        job,
        imports=("Keep", "turns", *(["column"] if any(map(is_pattern, roles.values())) else [])),
        constants=f"QUESTION, ANSWER = {columns}\n{_context(roles)}{_system(roles)}",
        read=_partial("read_table", f"columns=({wanted})", *_options(seen[0].layout)),
        checks="\n".join(checks),
        whole=f'pl.concat_str({user}, ANSWER, separator="\\n")',
        near="QUESTION",
        shape=f'Turns({{"answer": turns({user}, ANSWER, SYSTEM)}}, label={_label(roles)})',
        together=_together(roles),
    )


def _context(roles: Mapping[str, str]) -> str:
    """What is asked, where a column gives the text that it is asked about."""
    if "context" not in roles:
        return ""
    return (
        f'CONTEXT = {_col(roles["context"])}.fill_null("").str.strip_chars()\n'
        "# The context, a blank line, the question; where there is no context the question alone:\n"
        'BOTH = pl.concat_str(CONTEXT, QUESTION, separator="\\n\\n")\n'
        'ASKED = pl.when(CONTEXT != "").then(BOTH).otherwise(QUESTION)\n'
    )


def _system(roles: Mapping[str, str]) -> str:
    if "system" not in roles:
        return 'SYSTEM = "You are a helpful assistant."\n'
    given = f'{_col(roles["system"])}.fill_null("").str.strip_chars()'
    return (
        f"GIVEN = {given}\n"
        'SYSTEM = pl.when(GIVEN != "").then(GIVEN).otherwise(pl.lit("You are a helpful assistant."))\n'
    )


def _label(roles: Mapping[str, str]) -> str:
    return _col(roles["label"]) if "label" in roles else 'pl.lit("all")'


def _together(roles: Mapping[str, str]) -> str:
    return f", together={_quoted(roles['group'])}" if "group" in roles else ""


def _options(layout: Layout) -> list[str]:
    """What a reader must be told of the file, as arguments."""
    given = [
        f"{name}={_quoted(value)}"
        for name, value in (("delimiter", layout.delimiter), ("sheet", layout.sheet))
        if value is not None
    ]
    encoding = [] if layout.encoding == "utf-8" else [f"encoding={_quoted(layout.encoding)}"]
    return [*encoding, *given, *([] if layout.header else ["header=False"]), _SPLITS]


def _partial(reader: str, *arguments: str) -> str:
    """The reader with its arguments, broken into lines as formatters do."""
    parts = (f"readers.{reader}", *arguments)
    one, inner = f"partial({', '.join(parts)})", ", ".join(parts)
    if len(one) <= 106:
        return one
    if len(inner) <= 108:
        return f"partial(\n            {inner}\n        )"
    return "partial(\n" + "".join(f"            {part},\n" for part in parts) + "        )"


def _dialogues(job: _Job) -> str:
    """A table whose cells, or whose runs of records, are conversations."""
    roles, options = job.seen[0].roles, _options(job.seen[0].layout)
    if "messages" in roles:
        read = _partial("read_cells", f"cells={_quoted(roles['messages'])}", *options)
    else:
        order = ("conversation", "role", "content", "turn")
        read = _partial("read_turns", *(f"{role}={_quoted(roles[role])}" for role in order if role in roles), *options)
    also = ("column",) if is_pattern(roles.get("label", "")) else ()
    return _conversations(job, read, _label(roles), _together(roles), also)


def _chat(job: _Job) -> str:
    label = 'pl.col("origin").fill_null("unknown")'
    return _conversations(job, _partial("read_chat", _SPLITS), label, more=("more",))


def _preferences(job: _Job) -> str:
    """Preferences keep both sides, unless a person asks for the chosen ones."""
    return _page(
        job,
        imports=("both_sides", "conversation_rules", "spoken"),
        constants="",
        read=_partial("read_preferences", _SPLITS, 'chosen=as_ == "sft"'),
        checks="                conversation_rules(),",
        whole='spoken() if as_ == "sft" else both_sides()',
        near='spoken("user")',
        shape='Turns({"preference": pl.col("messages")}, label=pl.col("origin").fill_null("unknown"))',
        more=("more",),
        preferences=True,
    )


def _conversations(
    job: _Job,
    read: str,
    label: str,
    together: str = "",
    also: Sequence[str] = (),
    more: Sequence[str] = (),
) -> str:
    return _page(
        job,
        imports=("conversation_rules", "spoken", *also),
        constants="",
        read=read,
        checks="                conversation_rules(),",
        whole="spoken()",
        near='spoken("user")',
        shape=f'Turns({{"chat": pl.col("messages")}}, label={label})',
        together=together,
        more=more,
    )


def _page(
    job: _Job,
    *,
    imports: Sequence[str],
    constants: str,
    read: str,
    checks: str,
    whole: str,
    near: str,
    shape: str,
    together: str = "",
    more: Sequence[str] = (),
    preferences: bool = False,
) -> str:
    return PAGE.format(
        name=name_for(job.target),
        files=_plain(", ".join(path.name for path in job.paths)),
        seen=_profile_line(job.seen),
        paths=", ".join(_path(path, job.target) for path in job.paths),
        imports="".join(f"    {name},\n" for name in sorted([*IMPORTS, *imports], key=_isort)),
        constants=constants,
        read=read,
        checks=checks,
        whole=whole,
        near=near,
        shape=shape,
        together=together,
        options='    as_: str = "",\n' if preferences else "",
        explained="    as_: sft takes the answers that were chosen, as conversations\n" if preferences else "",
        sides=', sides=as_ != "sft"' if preferences else "",
        meta=", ".join(map(_quoted, ("record", "label", "group", "source", "tokens", *more))),
    )


def _isort(name: str) -> tuple[bool, str]:
    """Classes before functions, as formatters order them."""
    return name[0].islower(), name


def _profile_line(seen: Sequence[FileProfile]) -> str:
    found = [
        f"{one.records:,}{'' if one.whole else ' and more'} records of {one.path.name} ({one.form}): "
        + ", ".join(f"{c.name} ({c.lengths[1]:,} characters in the middle, {c.empty:,} empty)" for c in one.columns)
        for one in seen
    ]
    return textwrap.fill(f"Seen: {_plain('; '.join(found))}.", 116)


def _plain(text: str) -> str:
    """On one line and safe in a docstring."""
    return " ".join(visible(text).replace('"', "'").replace("\\", "/").split())


def _path(file: Path, target: Path) -> str:
    """The file as the recipe finds it: from the recipe's own folder."""
    return f"HERE / {_quoted(os.path.relpath(file.resolve(), target.resolve().parent))}"


def _quoted(text: str) -> str:
    """A Python literal in double quotes: a JSON string is one. Nothing in it is hidden from who reads the recipe."""
    return visible(orjson.dumps(text).decode())


def _col(name: str) -> str:
    """A column, as a recipe writes it."""
    return f"{'column' if is_pattern(name) else 'pl.col'}({_quoted(name)})"


def name_for(file: Path) -> str:
    """A name for a recipe, from that of a file without its known suffixes: `a.en.json` and `a.zh.json` differ."""
    parts = file.name.split(".")
    while len(parts) > 1 and parts[-1].strip().lower() in _SUFFIXES:
        parts.pop()
    return re.sub(r"\W+", "_", ".".join(parts)).strip("_").lower() or "mine"


def _like_legal(seen: Sequence[FileProfile], target: Path) -> str:
    """The legal recipe, which builds any SQuAD JSON, with its source filled in."""
    if len(seen) > 1:
        raise UsageError("One SQuAD file makes a recipe", "Give one file.")
    text = path_of("legal").read_text("utf8")
    where = f"Path(__file__).parent / {_quoted(os.path.relpath(seen[0].path.resolve(), target.resolve().parent))}"
    return text.replace("    source: Path,\n", f"    source: Path = {where},\n").replace(
        'name="legal"', f'name="{name_for(target)}"'
    )
