"""The lines of a finished build, whatever their form: what each row says, read back from the JSONL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl
from polars.exceptions import PanicException, PolarsError

from curation.base.errors import BuildError
from curation.base.rows import BESIDE, MESSAGES, SIDES, message
from curation.ledger.build import Build
from curation.readers.forms import messages_of
from curation.readers.turns import messages_column
from curation.schemas.manifest import SPLITS

_TURN = pl.element().struct
_NAMES = {"human": "user", "gpt": "assistant"}
_PLAIN = pl.List(pl.Struct({"role": pl.String(), "content": pl.String()}))
_FIELDS: dict[str, dict[str, pl.DataType]] = {
    "messages": {"messages": _PLAIN},
    "sharegpt": {"conversations": pl.List(pl.Struct({"from": pl.String(), "value": pl.String()}))},
    "prompt-completion": {"prompt": _PLAIN, "completion": _PLAIN},
    "alpaca": {
        "system": pl.String(),
        "history": pl.List(pl.List(pl.String())),
        "instruction": pl.String(),
        "output": pl.String(),
    },
    "text": {"text": pl.String()},
}


def lines(build: Build) -> pl.LazyFrame:
    """Every row in the order of the files: split, line (as it is), id, and messages; text in the form `text`.

    Where some rows have more keys (the manifest's `keys`), also tools and chat_template_kwargs, as JSON.
    BuildError where a file is missing or was changed. Read it with `collect` below: a line may be damaged.
    """
    form = build.manifest.form
    whole = pl.concat([_file(build, split) for split in SPLITS])
    if build.manifest.keys and form != "text":
        read = pl.col("line").map_batches(_whole, pl.Struct(_WHOLE)).alias("read")
        return whole.with_columns(read).unnest("read").select("split", "line", *_WHOLE)
    fields = {"id": pl.String(), **_FIELDS[form]}
    read = pl.col("line").str.json_decode(pl.Struct(fields)).alias("read")
    content = pl.col("text") if form == "text" else _messages(form).cast(MESSAGES).alias("messages")
    return whole.with_columns(read).unnest("read").select("split", "line", "id", content)


def collect(rows: pl.LazyFrame, build: Build) -> pl.DataFrame:
    """`rows`, a query over `lines(build)`, in batches that bound the memory. BuildError where a line is damaged."""
    with looking_at(build):
        return rows.collect(engine="streaming")


@contextmanager
def looking_at(*builds: Build) -> Iterator[None]:
    """What Polars cannot read of finished builds becomes a BuildError: their files are not what was written."""
    try:
        yield
    except (PolarsError, PanicException) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise BuildError(
            f"{' or '.join(str(build.folder) for build in builds)} holds a file that cannot be read: {reason}",
            "curate verify says which one has changed since it was built.",
        ) from error


def _file(build: Build, split: str) -> pl.LazyFrame:
    return pl.scan_lines(build.file(f"{split}.jsonl"), name="line").select(pl.lit(split).alias("split"), "line")


_WHOLE = {"id": pl.String(), "messages": MESSAGES, **BESIDE, **SIDES}


def _whole(lines: pl.Series) -> pl.Series:
    """Lines whose turns differ in their keys, read as any file is."""
    values = [json.loads(line) for line in lines]
    read = [messages_of(value) for value in values]
    columns = {
        "id": [value["id"] for value in values],
        "messages": messages_column([chat.conversation for chat in read]),
        "prompt_turns": [len(chat.sides.prompt) if chat.sides else None for chat in read],
        "rejected": messages_column([chat.sides and chat.sides.other for chat in read]),
        "wanted": [chat.sides and chat.sides.wanted for chat in read],
        "tools": [chat.tools for chat in read],
        "chat_template_kwargs": [chat.options for chat in read],
    }
    return pl.DataFrame(columns, schema=_WHOLE).to_struct("read")


def _messages(form: str) -> pl.Expr:
    """What curation.ledger.forms wrote, as messages again."""
    if form == "sharegpt":
        role = _TURN.field("from").replace(_NAMES)
        turn = pl.struct(role.alias("role"), _TURN.field("value").alias("content"))
        return pl.col("conversations").list.eval(turn)
    if form == "prompt-completion":
        return pl.concat_list("prompt", "completion")
    return _alpaca() if form == "alpaca" else pl.col("messages")


def _alpaca() -> pl.Expr:
    asked, answered = (pl.element().list.get(i) for i in (0, 1))
    pairs = pl.col("history").list.eval(pl.concat_list(message("user", asked), message("assistant", answered)))
    earlier = pairs.list.eval(pl.element().explode(empty_as_null=False))
    last = (message("user", pl.col("instruction")), message("assistant", pl.col("output")))
    turns = pl.concat_list(earlier, *last)
    with_system = pl.concat_list(message("system", pl.col("system")), turns)
    return pl.when(pl.col("system") != "").then(with_system).otherwise(turns)
