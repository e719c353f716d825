"""CUAD to chat rows the usual way: a chain of `datasets.map` steps over the 20,910 question examples.

    python legal_usual.py CUADv1.json TOKENIZER_FOLDER OUT_FOLDER

Every question carries its contract, so each contract is tokenized 41 times. As in the common
question-answering scripts, a window without a whole span is a negative, even where it holds part of one.
`counting_seconds` is the time spent on the coverage figures after the work: take it off the wall time.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import datasets
from datasets import Dataset, concatenate_datasets
from transformers import AutoTokenizer

SEED, WORKERS, BATCH = 42, 2, 100
WINDOW, STRIDE, LONGEST = 1024, 256, 2048
SYSTEM = "You are a contract analyst. Quote every part of the excerpt that belongs to the clause type."
NONE = "No such clause in this excerpt."


def examples(source: str) -> list[dict[str, Any]]:
    """One example per question, each with the whole contract."""
    return [
        {
            "title": contract["title"],
            "context": paragraph["context"],
            "clause": question["id"].split("__")[-1],
            "description": question["question"].split("Details: ")[-1].strip(),
            "answers": [answer["text"] for answer in question["answers"]],
            "answer_starts": [answer["answer_start"] for answer in question["answers"]],
        }
        for contract in json.loads(Path(source).read_text(encoding="utf-8"))["data"]
        for paragraph in contract["paragraphs"]
        for question in paragraph["qas"]
    ]


def cut_windows(batch: dict[str, list[Any]], tokenizer: Any) -> dict[str, list[Any]]:
    """Overlapping windows of each example, with the answers that lie whole inside."""
    encoded = tokenizer(
        batch["context"],
        truncation=True,
        max_length=WINDOW,
        stride=STRIDE,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        add_special_tokens=False,
    )
    rows = defaultdict(list)
    for i, offsets in zip(encoded["overflow_to_sample_mapping"], encoded["offset_mapping"], strict=True):
        start, end = offsets[0][0], offsets[-1][1]
        answers = zip(batch["answers"][i], batch["answer_starts"][i], strict=True)
        for column in ("title", "clause", "description"):
            rows[column].append(batch[column][i])
        rows["start"].append(start)
        rows["end"].append(end)
        rows["excerpt"].append(batch["context"][i][start:end])
        rows["spans"].append([text for text, at in answers if start <= at and at + len(text) <= end])
        rows["positive"].append(bool(rows["spans"][-1]))
    return dict(rows)


def render(row: dict[str, Any], tokenizer: Any) -> dict[str, Any]:
    """The chat messages of one window and the text they render to."""
    prompt = f"Clause type: {row['clause']}\n{row['description']}\n\n{row['excerpt']}"
    messages = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": prompt},
        {"role": "assistant", "content": "\n".join(row["spans"]) or NONE},
    ]
    return {"messages": messages, "text": tokenizer.apply_chat_template(messages, tokenize=False)}


def count_tokens(row: dict[str, Any], tokenizer: Any) -> dict[str, int]:
    """The length of the rendered text in tokens."""
    return {"tokens": len(tokenizer(row["text"], add_special_tokens=False)["input_ids"])}


def split_titles(titles: list[str]) -> dict[str, set[str]]:
    """80/10/10 over the contracts."""
    first = Dataset.from_dict({"title": titles}).train_test_split(test_size=0.2, seed=SEED)
    second = first["test"].train_test_split(test_size=0.5, seed=SEED)
    parts = {"train": first["train"], "validation": second["train"], "test": second["test"]}
    return {name: set(part["title"]) for name, part in parts.items()}


def build(source: str, folder: str, out: Path) -> None:
    """The whole chain, from the JSON file to three JSON Lines files."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    extra = {"tokenizer": tokenizer}
    questions = Dataset.from_list(examples(source))
    windows = questions.map(
        cut_windows,
        batched=True,
        batch_size=BATCH,
        num_proc=WORKERS,
        remove_columns=questions.column_names,
        fn_kwargs=extra,
    )
    positives = windows.filter(lambda positive: positive, input_columns="positive", num_proc=WORKERS)
    negatives = windows.filter(lambda positive: not positive, input_columns="positive", num_proc=WORKERS)
    sample = negatives.shuffle(seed=SEED).select(range(min(len(positives), len(negatives))))
    rows = concatenate_datasets([positives, sample])
    rows = rows.map(render, num_proc=WORKERS, fn_kwargs=extra, remove_columns=["excerpt", "spans", "description"])
    rows = rows.map(count_tokens, num_proc=WORKERS, fn_kwargs=extra, remove_columns=["text"])
    rows = rows.filter(lambda tokens: tokens <= LONGEST, input_columns="tokens")
    for name, titles in split_titles(sorted(set(questions["title"]))).items():
        part = rows.filter(lambda title, titles=titles: title in titles, input_columns="title")
        part.to_json(out / f"{name}.jsonl", force_ascii=False)


def coverage(source: str, out: Path) -> dict[str, int]:
    """Rows, whole gold spans and cut ones, read back from the files written."""
    gold = {
        (row["title"], row["clause"]): [
            (at, at + len(text)) for at, text in zip(row["answer_starts"], row["answers"], strict=True)
        ]
        for row in examples(source)
    }
    found, positives, negatives, cutting = set(), 0, 0, 0
    files = sorted(out.glob("*.jsonl"))
    for file in files:
        with file.open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if not row["positive"]:
                    negatives += 1
                    continue
                positives += 1
                key, start, end = (row["title"], row["clause"]), row["start"], row["end"]
                inside = {i for i, (a, b) in enumerate(gold[key]) if start <= a and b <= end}
                found |= {(key, i) for i in inside}
                cutting += any(a < end and start < b for i, (a, b) in enumerate(gold[key]) if i not in inside)
    return {
        "rows": positives + negatives,
        "positives": positives,
        "negatives": negatives,
        "spans_total": sum(map(len, gold.values())),
        "spans_whole": len(found),
        "positive_windows_cutting_another_span": cutting,
        "bytes": sum(file.stat().st_size for file in files),
    }


if __name__ == "__main__":
    datasets.disable_caching()
    datasets.disable_progress_bars()
    target = Path(sys.argv[3])
    target.mkdir(parents=True, exist_ok=True)
    build(sys.argv[1], sys.argv[2], target)
    built = time.perf_counter()
    figures = coverage(sys.argv[1], target)
    print(json.dumps({**figures, "counting_seconds": round(time.perf_counter() - built, 2)}))
