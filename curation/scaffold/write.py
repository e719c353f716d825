"""A recipe file for files that were looked at (curation.scaffold.sniff): short, complete, and meant to be changed."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path

import orjson

from curation.base.columns import is_pattern
from curation.base.errors import UsageError
from curation.base.files import write_whole
from curation.base.visible import visible
from curation.readers.files import CHATS, TABLES
from curation.recipes.loading import path_of
from curation.scaffold.sniff import FileProfile

_SUFFIXES = {*TABLES, *CHATS, "gz", "zst", "py"}
_FORMS = ("table", "sharegpt", "messages", "prompt-completion", "alpaca", "squad")
_PAGE = '''"""{name}: chat rows from {files}.

Written by `curate init`, yours to change.
{seen}
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import polars as pl

from curation import (
{imports})

HERE = Path(__file__).parent
FILES = ({paths},)
ABOUT = About(
    title="{name}",
    licence="unknown",  # as the Hub writes it: cc-by-4.0, apache-2.0, ...
    attribution="say here whose data these are",
    languages=("en",),
    task="text-generation",
)
{constants}

def recipe(
    source: Path | None = None,
    *,
    tokenizer: str = "builtin",
    template: str = "auto",
    max_tokens: int = 2048,
    split: str = "80/10/10",
    seed: int = 7,
) -> Recipe:
    """The files above, or `source`, to rows.

    tokenizer: that of your model: a folder with tokenizer.json, a Hub id, or builtin for a small one
    template: the chat template: auto, own (the tokenizer's), llama3, llama2, zephyr, chatml, or a .jinja file
    max_tokens: the longest row, in tokens, once rendered
    split: shares of train, validation and test, in percent
    seed: of how groups are dealt
    """
    tokens, shares = load_tokenizer(tokenizer, template), stages.shares_from(split)
    return Recipe(
        name="{name}",
        about=ABOUT,
        sources=(source,) if source else FILES,
        read={read},
        records={{
            "checks": [
{checks}
            ],
            "duplicates": [ExactDuplicates(fold({whole}))],
            "families": [Families(WordSets({near}, jaccard=0.8))],  # near-duplicates share a split
        }},
        shape={shape},
        rows=row_phases(tokens, max_tokens, Split(("label",), seed, shares)),
        tokenizer=tokens,
        meta=("record", "label", "group", "source", "tokens"),
        suites={{"rows": ["common", "split"], "figures": ["chat.figures", "split.figures"]}},
        figures=partial(figures.chat.figures, shares=shares),
    )
'''
_IMPORTS = (
    *("About", "ExactDuplicates", "Families", "Recipe", "Split", "Turns", "WordSets", "figures", "fold"),
    *("load_tokenizer", "readers", "row_phases", "stages"),
)


def draft(seen: Sequence[FileProfile], target: Path) -> str:
    """The text of a recipe for `seen`, to stand in `target`. UsageError for forms that cannot be built, or together."""
    form = seen[0].form
    for one in seen:
        if one.form not in _FORMS:
            raise UsageError(
                f"{one.path} holds {one.form} records, which are no conversations",
                "curate builds conversations: tables, messages, ShareGPT, prompt/completion, Alpaca and SQuAD files.",
            )
        if (one.form == "table") != (form == "table") or (one.form == "squad") != (form == "squad"):
            raise UsageError(
                f"{seen[0].path} and {one.path} hold {form} and {one.form}", "Give each a recipe of its own."
            )
    if form == "squad":
        return _like_legal(seen, target)
    return (_table(seen, target) if form == "table" else _chat(seen, target)).replace("\n\n\n\n", "\n\n\n")


def write(seen: Sequence[FileProfile], target: Path) -> None:
    """Write the draft. UsageError where `target` exists, DiskError where the system refuses."""
    if target.exists() or target.suffix != ".py":
        raise UsageError(f"{target} exists, or does not end in .py", "Give --out with the name of a new file.")
    write_whole(target, draft(seen, target).encode())


def _table(seen: Sequence[FileProfile], target: Path) -> str:
    roles = seen[0].roles
    if not {"question", "answer"} <= set(roles):
        names = ", ".join(column.name for column in seen[0].columns)
        raise UsageError(
            f"{seen[0].path} has the columns {names}: nothing to ask and answer", "Two columns are needed."
        )
    for one in seen[1:]:
        if one.roles != roles:
            raise UsageError(f"{seen[0].path} and {one.path} have other columns", "Give each a recipe of its own.")
    asked, answered = roles["question"], roles["answer"]
    columns = ", ".join(f"{_col(column)}.str.strip_chars()" for column in (asked, answered))
    label = _col(roles["label"]) if "label" in roles else 'pl.lit("all")'
    checks = [
        f'                Keep("no_{what.lower()}", when={what}.str.len_chars() > 0, detail=pl.lit("it is empty")),'
        for what in ("QUESTION", "ANSWER")
    ]
    return _page(
        seen,
        target,
        imports=("Keep", "turns", *(["column"] if any(map(is_pattern, roles.values())) else [])),
        constants=f"QUESTION, ANSWER = {columns}\n" + 'SYSTEM = "You are a helpful assistant."\n',
        read=f"partial(readers.read_table, columns=({_quoted(asked)}, {_quoted(answered)}))",
        checks="\n".join(checks),
        whole='pl.concat_str(QUESTION, ANSWER, separator="\\n")',
        near="QUESTION",
        shape=f'Turns({{"answer": turns(QUESTION, ANSWER, SYSTEM)}}, label={label})',
    )


def _chat(seen: Sequence[FileProfile], target: Path) -> str:
    return _page(
        seen,
        target,
        imports=("conversation_rules", "spoken"),
        constants="",
        read="readers.read_chat",
        checks="                conversation_rules(),",
        whole="spoken()",
        near='spoken("user")',
        shape='Turns({"chat": pl.col("messages")}, label=pl.col("origin").fill_null("unknown"))',
    )


def _page(
    seen: Sequence[FileProfile],
    target: Path,
    *,
    imports: Sequence[str],
    constants: str,
    read: str,
    checks: str,
    whole: str,
    near: str,
    shape: str,
) -> str:
    return _PAGE.format(
        name=name_for(target),
        files=_plain(", ".join(one.path.name for one in seen)),
        seen=_profile_line(seen),
        paths=", ".join(_path(one.path, target) for one in seen),
        imports="".join(f"    {name},\n" for name in sorted([*_IMPORTS, *imports], key=_isort)),
        constants=constants,
        read=read,
        checks=checks,
        whole=whole,
        near=near,
        shape=shape,
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
