"""Facts about training on rows with tools, calls, thoughts and weights: one set of labels, whoever makes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from runs import go

from curation.recipes.loading import load, make
from curation.runner.build import build

FEW = ("--epochs", "0.05", "--compare", "0")
TOOL = {"type": "function", "function": {"name": "sum_of", "description": "Adds.", "parameters": {"type": "object"}}}
TEMPLATE = """{{ bos_token }}{% for tool in tools or [] %}[{{ tool | tojson }}]{% endfor %}{% for m in messages %}
{{ '<|start_header_id|>' + m.role + '<|end_header_id|>' }}{% if m.role == 'assistant' %}{% generation %}
{{ '(' + m.thinking + ') ' if m.thinking and thoughts else '' }}{{ m.content }}{% for c in m.tool_calls or [] %}
{{ c.function | tojson }}{% endfor %}{{ '<|eot_id|>' }}{% endgeneration %}{% else %}
{{ m.content + '<|eot_id|>' }}{% endif %}{% endfor %}{% if add_generation_prompt %}
{{ '<|start_header_id|>assistant<|end_header_id|>' }}{% endif %}""".replace("\n", "")


def rows() -> list[dict[str, Any]]:
    """Sums: asked, called, answered, some of it shown and not learned."""
    made = []
    for n in range(40):
        ask = {"role": "user", "content": f"What is {n} and {n * 7} together?"}
        called = {"type": "function", "id": f"c{n}", "function": {"name": "sum_of", "arguments": {"of": [n, n * 7]}}}
        call = {"role": "assistant", "content": "", "tool_calls": [called], "weight": n % 2}
        result = {"role": "tool", "tool_call_id": f"c{n}", "content": str(n * 8)}
        answer = {"role": "assistant", "content": f"It is {n * 8}.", "reasoning_content": f"It says {n * 8}."}
        more = [{"role": "user", "content": "Sure?"}, {"role": "assistant", "content": "Yes.", "train": n % 3 > 0}]
        options = {"thoughts": n % 4 > 0, "add_generation_prompt": True}
        made.append({"messages": [ask, call, result, answer, *more], "tools": [TOOL], "chat_template_kwargs": options})
    return made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], Path]:
    """made(tokenized): a build of the rows, with a template that asks for `thinking`."""
    folder = tmp_path_factory.mktemp("rich")
    source, template = folder / "sums.jsonl", folder / "thinking.jinja"
    source.write_text("".join(f"{json.dumps(row)}\n" for row in rows()), "utf8")
    template.write_text(TEMPLATE, "utf8")
    options = {"template": str(template), "near": 1.0}
    return cache(
        lambda tokenized: (
            build(make(load("finetome"), source, options), folder / f"{tokenized}", tokenized=tokenized).folder
        )
    )


def test_both_ways_have_the_same_labels(made: Callable[[bool], Path], libraries: None, tmp_path: Path) -> None:
    """A run on a build without token ids makes those that the build would have made; both are trained on."""
    import pyarrow.parquet as pq

    go(made(False), tmp_path / "bare", *FEW)
    go(made(True), tmp_path / "tokenized", *FEW)
    for split in ("train", "validation", "test"):
        columns = ["id", "input_ids", "labels"]
        theirs = pq.read_table(tmp_path / "bare" / "tokenized" / f"{split}.parquet", columns=columns)
        ours = pq.read_table(made(True) / "tokenized" / f"{split}.parquet", columns=columns)
        assert ours.num_rows > 0
        assert ours.to_pylist() == theirs.to_pylist()


def test_what_is_learned(made: Callable[[bool], Path]) -> None:
    """Of each row: the answers whose weight is not 0, with thoughts where its options ask for them, and its calls."""
    import pyarrow.parquet as pq

    from curation.tokens import load_tokenizer

    decode = load_tokenizer("builtin").backend.decode
    learnt = {}
    for split in ("train", "validation", "test"):
        table = pq.read_table(made(True) / "tokenized" / f"{split}.parquet")
        lines = (made(True) / f"{split}.jsonl").read_text("utf8").split("\n")[:-1]
        for line, labels in zip(map(json.loads, lines), table["labels"].to_pylist(), strict=True):
            text = decode([one for one in labels if one != -100], skip_special_tokens=False)
            learnt[line["messages"][0]["content"]] = text.split("<|eot_id|>")[:-1]
    for n, row in enumerate(rows()):
        turns = row["messages"]
        call = json.dumps(turns[1]["tool_calls"][0]["function"])
        thought = f"({turns[3]['reasoning_content']}) " if n % 4 else ""
        expected = [call] * (n % 2) + [f"{thought}It is {n * 8}."] + ["Yes."] * (n % 3 > 0)
        assert learnt[turns[0]["content"]] == expected


def test_another_form_without_token_ids(tmp_path: Path) -> None:
    """Lines that are not messages are refused in a sentence where there are no token ids beside them."""
    from curation.base.errors import BuildError
    from curation.training.data import open_build
    from curation.training.tokenize import tokenize

    source = tmp_path / "sums.jsonl"
    source.write_text("".join(f"{json.dumps(row)}\n" for row in rows()), "utf8")
    folder = build(make(load("finetome"), source, {"near": 1.0}), tmp_path / "made", form="sharegpt").folder
    with pytest.raises(BuildError, match="in the form 'sharegpt', and no token ids"):
        tokenize(open_build(folder), None, tmp_path)  # type: ignore[arg-type]
