"""CUAD to chat rows by a careful user of `datasets`: contracts tokenized once, then joined with questions.

    python legal_careful.py CUADv1.json TOKENIZER_FOLDER OUT_FOLDER

Negatives come from windows that no span of the clause type touches; answers stand in document order,
once each, whitespace folded.
`counting_seconds` is the time spent on the coverage figures after the work: take it off the wall time.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import datasets
from datasets import Dataset
from transformers import AutoTokenizer

SEED, WORKERS, BATCH = 42, 2, 16
WINDOW, STRIDE, LONGEST = 1024, 256, 2048
SYSTEM = "You are a contract analyst. Quote every part of the excerpt that belongs to the clause type."
NONE = "No such clause in this excerpt."
Question = dict[str, Any]


def read(source: str) -> tuple[list[dict[str, str]], dict[str, list[Question]]]:
    """The contracts, and the questions of each title with their spans in document order."""
    contracts, questions = [], {}
    for contract in json.loads(Path(source).read_text(encoding="utf-8"))["data"]:
        (paragraph,) = contract["paragraphs"]
        contracts.append({"title": contract["title"], "context": paragraph["context"]})
        questions[contract["title"]] = [
            {
                "clause": question["id"].split("__")[-1],
                "description": question["question"].split("Details: ")[-1].strip(),
                "spans": sorted((a["answer_start"], a["answer_start"] + len(a["text"])) for a in question["answers"]),
            }
            for question in paragraph["qas"]
        ]
    return contracts, questions


def cut_windows(batch: dict[str, list[Any]], tokenizer: Any) -> dict[str, list[Any]]:
    """Overlapping windows of each contract."""
    encoded = tokenizer(
        batch["context"],
        truncation=True,
        max_length=WINDOW,
        stride=STRIDE,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        return_attention_mask=False,
        add_special_tokens=False,
    )
    rows = defaultdict(list)
    for i, offsets in zip(encoded["overflow_to_sample_mapping"], encoded["offset_mapping"], strict=True):
        start, end = offsets[0][0], offsets[-1][1]
        rows["title"].append(batch["title"][i])
        rows["start"].append(start)
        rows["end"].append(end)
        rows["excerpt"].append(batch["context"][i][start:end])
    return dict(rows)


def chat_row(window: dict[str, Any], question: Question) -> dict[str, Any]:
    """One window joined with one question; a span stands on one line, its whitespace folded."""
    start, end, excerpt = window["start"], window["end"], window["excerpt"]
    spans = [excerpt[a - start : b - start] for a, b in question["spans"] if start <= a and b <= end]
    lines = list(dict.fromkeys(" ".join(span.split()) for span in spans))
    prompt = f"Clause type: {question['clause']}\n{question['description']}\n\n{excerpt}"
    messages = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": prompt},
        {"role": "assistant", "content": "\n".join(lines) or NONE},
    ]
    row = {key: window[key] for key in ("title", "start", "end")}
    return {**row, "clause": question["clause"], "positive": bool(lines), "messages": messages}


def join(windows: list[dict[str, Any]], questions: dict[str, list[Question]]) -> list[dict[str, Any]]:
    """Every window with a whole span of a clause type, and as many that no span of that type touches."""
    positives, free = [], []
    for window in windows:
        start, end = window["start"], window["end"]
        for question in questions[window["title"]]:
            if any(start <= a and b <= end for a, b in question["spans"]):
                positives.append((window, question))
            elif not any(a < end and start < b for a, b in question["spans"]):
                free.append((window, question))
    negatives = random.Random(SEED).sample(free, min(len(positives), len(free)))
    return [chat_row(window, question) for window, question in positives + negatives]


def count_tokens(batch: dict[str, list[Any]], tokenizer: Any) -> dict[str, list[int]]:
    """The length in tokens of each row once rendered."""
    texts = tokenizer.apply_chat_template(batch["messages"], tokenize=False)
    encoded = tokenizer(texts, add_special_tokens=False, return_attention_mask=False)
    return {"tokens": [len(ids) for ids in encoded["input_ids"]]}


def split_titles(titles: list[str]) -> dict[str, set[str]]:
    """80/10/10 over the contracts."""
    first = Dataset.from_dict({"title": titles}).train_test_split(test_size=0.2, seed=SEED)
    second = first["test"].train_test_split(test_size=0.5, seed=SEED)
    parts = {"train": first["train"], "validation": second["train"], "test": second["test"]}
    return {name: set(part["title"]) for name, part in parts.items()}


def build(source: str, folder: str, out: Path) -> None:
    """From the JSON file to three JSON Lines files."""
    extra = {"tokenizer": AutoTokenizer.from_pretrained(folder)}
    texts, questions = read(source)
    contracts = Dataset.from_list(texts)
    windows = contracts.map(
        cut_windows,
        batched=True,
        batch_size=BATCH,
        num_proc=WORKERS,
        remove_columns=contracts.column_names,
        fn_kwargs=extra,
    )
    rows = Dataset.from_list(join(windows.to_list(), questions))
    rows = rows.map(count_tokens, batched=True, batch_size=200, num_proc=WORKERS, fn_kwargs=extra)
    rows = rows.filter(lambda tokens: tokens <= LONGEST, input_columns="tokens")
    for name, titles in split_titles(sorted(questions)).items():
        part = rows.filter(lambda title, titles=titles: title in titles, input_columns="title")
        part.to_json(out / f"{name}.jsonl", force_ascii=False)


def coverage(source: str, out: Path) -> dict[str, int]:
    """Rows, whole gold spans and cut ones, read back from the files written."""
    _, questions = read(source)
    gold = {(title, q["clause"]): q["spans"] for title, asked in questions.items() for q in asked}
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
