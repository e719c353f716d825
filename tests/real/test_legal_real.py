"""Facts about builds of CUAD v1, found again by brute force from the JSONL, rejects.parquet and the source alone."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import polars as pl
import pytest
from browser import opens

from curation.recipes.loading import load, make
from curation.runner.build import build

pytestmark = pytest.mark.real

SPLITS = ("train", "validation", "test")
MARK = "\n\nExcerpt of the contract:\n\n"
ABSENT = "No such clause in this excerpt."
MAX_TOKENS = 2048
BOS, EOT = "<|begin_of_text|>", "<|eot_id|>"

COPY = "ADUROBIOTECH,INC_06_02_2020-EX-10.7-CONSULTING AGREEMENT(1)"
TWIN = "ADUROBIOTECH,INC_06_02_2020-EX-10.7-CONSULTING AGREEMENT"
NETGEAR = {
    "NETGEAR,INC_04_21_2003-EX-10.16-DISTRIBUTOR AGREEMENT",
    "NETGEAR,INC_04_21_2003-EX-10.16-AMENDMENT TO THE DISTRIBUTOR AGREEMENT BETWEEN INGRAM MICRO AND NETGEAR",
    "NETGEAR,INC_04_21_2003-EX-10.16- AMENDMENT #2 TO THE DISTRIBUTION AGREEMENT",
}
IDEANOMICS = {
    "IdeanomicsInc_20151124_8-K_EX-10.2_9354744_EX-10.2_Content License Agreement",
    "IdeanomicsInc_20160330_10-K_EX-10.26_9512211_EX-10.26_Content License Agreement",
}
ARMSTRONG = {
    "ARMSTRONGFLOORING,INC_01_07_2019-EX-10.2-INTELLECTUAL PROPERTY AGREEMENT",
    "ArmstrongFlooringInc_20190107_8-K_EX-10.2_11471795_EX-10.2_Intellectual Property Agreement",
}

Place = tuple[int, int]
Spans = dict[tuple[str, str], list[Place]]


class Row(NamedTuple):
    split: str
    id: str
    user: str
    answer: str
    record: str
    label: str
    start: int
    end: int
    meta: dict[str, Any]
    messages: list[dict[str, str]]


class Near(NamedTuple):
    jaccard: float
    containment: float


# --- the source, in plain Python -------------------------------------------------------------------------------------


def folded(text: str) -> str:
    return " ".join(text.split())


@cache
def documents(path: Path) -> dict[str, dict[str, Any]]:
    """Title without outer whitespace: {"context", "qas"}."""
    return {entry["title"].strip(): entry["paragraphs"][0] for entry in json.loads(path.read_bytes())["data"]}


@cache
def answers_of(path: Path) -> Spans:
    """(title, category): spans without outer whitespace, as they stand in the source; parts `_<k>` put together."""
    spans: Spans = defaultdict(list)
    for title, document in documents(path).items():
        separate = all(re.search(r"_\d+$", asked["id"]) for asked in document["qas"])
        for asked in document["qas"]:
            id = re.sub(r"_\d+$", "", asked["id"]) if separate else asked["id"]
            label = id.rpartition("__")[2]
            spans[title, label] += [trimmed(document["context"], a) for a in asked["answers"]]
    return dict(spans)


def trimmed(context: str, answer: dict[str, Any]) -> Place:
    text, start = answer["text"], answer["answer_start"]
    assert context[start : start + len(text)] == text
    start += len(text) - len(text.lstrip())
    return start, start + len(text.strip())


def merged(spans: Iterable[Place]) -> Iterator[Place]:
    """Spans in order; those that share characters are one."""
    last: Place | None = None
    for start, end in sorted(spans):
        if last and start < last[1]:
            last = last[0], max(last[1], end)
        else:
            if last:
                yield last
            last = start, end
    if last:
        yield last


# --- the finished build, from its files ------------------------------------------------------------------------------


@cache
def rows_of(folder: Path) -> tuple[Row, ...]:
    rows = []
    for split in SPLITS:
        with (folder / f"{split}.jsonl").open(encoding="utf8", newline="\n") as lines:
            for line in lines:
                row = json.loads(line)
                assert [turn["role"] for turn in row["messages"]] == ["system", "user", "assistant"]
                _, user, answer = (turn["content"] for turn in row["messages"])
                meta = row["meta"]
                place = meta["record"], meta["label"], meta["start"], meta["end"]
                rows.append(Row(split, row["id"], user, answer, *place, meta, row["messages"]))
    return tuple(rows)


def manifest_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return found


def rejects_of(folder: Path) -> list[dict[str, Any]]:
    return pl.read_parquet(folder / "rejects.parquet").to_dicts()


def kept_titles(folder: Path, source: Path) -> list[str]:
    fallen = {reject["id"] for reject in rejects_of(folder) if reject["level"] == "records"}
    return [title for title in documents(source) if title not in fallen]


def by_question(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    held = defaultdict(list)
    for row in rows:
        held[row.record, row.label].append(row)
    return held


def splits_of(rows: Iterable[Row], key: str) -> dict[str, set[str]]:
    where = defaultdict(set)
    for row in rows:
        where[row.meta[key]].add(row.split)
    return where


def families_of(rows: Iterable[Row]) -> set[frozenset[str]]:
    groups = defaultdict(set)
    for row in rows:
        groups[row.meta["group"]].add(row.record)
    return {frozenset(group) for group in groups.values()}


def made(source: Path, out: Path, tokenized: bool = False, **options: object) -> Path:
    began = perf_counter()
    build(make(load("legal"), source, options), out, tokenized=tokenized)
    print(f"\n{out.name}: {perf_counter() - began:.1f} s, {manifest_of(out)['figures']}")
    return out


@pytest.fixture(scope="module")
def cuad(data: Path) -> Path:
    return data / "cuad" / "CUADv1.json"


@pytest.fixture(scope="module")
def llama(data: Path) -> Path:
    return data / "tokenizers" / "llama-3.1"


@pytest.fixture(scope="module")
def folder(cuad: Path, llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole of CUAD as by default, with Llama 3.1's tokenizer and token files."""
    return made(cuad, tmp_path_factory.mktemp("builds") / "legal", tokenized=True, tokenizer=str(llama))


@pytest.fixture(scope="module")
def official(data: Path, cuad: Path, llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    titles = str(data / "cuad" / "test_titles.json")
    return made(cuad, tmp_path_factory.mktemp("builds") / "official", tokenizer=str(llama), split=titles)


@pytest.fixture(scope="module")
def as_json(cuad: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Answers as JSON, and the tokenizer of the project: it knows no contracts, so some spans are too long for it."""
    return made(cuad, tmp_path_factory.mktemp("builds") / "json", answers="json")


@pytest.fixture(scope="module")
def near(folder: Path, cuad: Path) -> dict[frozenset[str], Near]:
    """Every pair of kept contracts with Jaccard >= 0.3 or containment >= 0.5 over lower-cased word 5-grams.

    All are compared with all. A set is a long integer, a bit for each gram that stands in several contracts.
    """
    began = perf_counter()
    grams: dict[str, set[int]] = {}
    for title in kept_titles(folder, cuad):
        words = re.findall(r"\w+", documents(cuad)[title]["context"].lower())
        grams[title] = {hash(tuple(words[i : i + 5])) for i in range(len(words) - 4)}
    texts = Counter(gram for own in grams.values() for gram in own)
    number = {gram: n for n, gram in enumerate(gram for gram, held in texts.items() if held > 1)}
    bits = {title: bitset((number[gram] for gram in own & number.keys()), len(number)) for title, own in grams.items()}
    pairs = {}
    for a, b in combinations(grams, 2):
        both = (bits[a] & bits[b]).bit_count()
        smaller, larger = sorted((len(grams[a]), len(grams[b])))
        alike = Near(both / (smaller + larger - both), both / smaller)
        if alike.jaccard >= 0.3 or alike.containment >= 0.5:
            pairs[frozenset((a, b))] = alike
    print(f"\n{len(pairs)} near pairs among {len(grams)} contracts, {perf_counter() - began:.1f} s")
    return pairs


def bitset(members: Iterable[int], size: int) -> int:
    held = bytearray(size // 8 + 1)
    for n in members:
        held[n >> 3] |= 1 << (n & 7)
    return int.from_bytes(held, "little")


# --- books -----------------------------------------------------------------------------------------------------------


def test_books_balance_from_510_contracts(folder: Path, cuad: Path) -> None:
    """510 contracts enter; each phase takes what the last one kept, and what it did not keep stands in the rejects."""
    assert len(documents(cuad)) == 510
    rows, phases, rejects = rows_of(folder), manifest_of(folder)["phases"], rejects_of(folder)
    fallen = Counter((reject["level"], reject["phase"], reject["reason"]) for reject in rejects)
    told = {(p["level"], p["name"], reason): n for p in phases for reason, n in p["rejected"].items()}
    assert told == fallen
    for level in ("records", "rows"):
        books = [phase for phase in phases if phase["level"] == level]
        assert len(books) == 5
        for phase in books:
            assert phase["entered"] == phase["kept"] + sum(phase["rejected"].values())
        for before, after in pairwise(books):
            assert after["entered"] == before["kept"], after["name"]
    assert phases[0]["entered"] == 510
    assert phases[-1]["kept"] == len(rows) == len({row.id for row in rows})
    gone = {reject["record"] for reject in rejects if reject["level"] == "records"}
    assert {row.record for row in rows} | gone == set(documents(cuad))
    assert not {row.record for row in rows} & gone
    for split, told_of in manifest_of(folder)["splits"].items():
        mine = [row for row in rows if row.split == split]
        print(f"{split}: {len(mine)} rows of {len({row.record for row in mine})} contracts")
        assert told_of["rows"] == len(mine)
        assert told_of["groups"] == len({row.meta["group"] for row in mine})
        assert told_of["tokens"] == sum(row.meta["tokens"] for row in mine)


def test_one_exact_duplicate_names_its_twin(folder: Path, cuad: Path) -> None:
    """One contract is filed twice, letter by letter up to whitespace; the longer name is rejected, naming the other."""
    texts = defaultdict(list)
    for title, document in documents(cuad).items():
        texts[folded(document["context"]).casefold()].append(title)
    assert [sorted(same) for same in texts.values() if len(same) > 1] == [sorted([COPY, TWIN])]
    (reject,) = [reject for reject in rejects_of(folder) if reject["level"] == "records"]
    assert (reject["id"], reject["phase"], reject["reason"]) == (COPY, "duplicates", "duplicate")
    assert TWIN in reject["detail"]
    assert COPY not in reject["detail"]
    assert reject["other"] == TWIN
    assert TWIN in {row.record for row in rows_of(folder)}


def test_rows_say_where_they_come_from(folder: Path, cuad: Path) -> None:
    """`source` leads to the question in the file; the user turn names its clause type and holds the excerpt last."""
    whole = json.loads(cuad.read_bytes())["data"]
    for row in rows_of(folder):
        found = re.fullmatch(r"data\[(\d+)\]\.paragraphs\[(\d+)\]\.qas\[(\d+)\]", row.meta["source"])
        assert found
        d, p, q = map(int, found.groups())
        paragraph = whole[d]["paragraphs"][p]
        asked = paragraph["qas"][q]
        assert whole[d]["title"].strip() == row.record
        assert asked["id"].endswith(f"__{row.label}")
        detail = folded(asked["question"].partition("Details:")[2])
        assert row.user.startswith(f"Clause type: {row.label}\nDescription: {detail}\n\n")
        excerpt = paragraph["context"][row.start : row.end]
        assert excerpt == excerpt.strip() != ""
        assert row.user.partition(MARK)[2] == excerpt
        assert row.id == f"{row.record}__{row.label}@{row.start}-{row.end}"


# --- families and splits ---------------------------------------------------------------------------------------------


def test_known_families_share_a_group(folder: Path) -> None:
    """An agreement and its amendments, two licences of one company, one agreement filed by both parties: one group."""
    families = families_of(rows_of(folder))
    assert {frozenset(NETGEAR), frozenset(IDEANOMICS), frozenset(ARMSTRONG)} <= families


def test_families_are_the_connected_near_pairs(folder: Path, cuad: Path, near: dict[frozenset[str], Near]) -> None:
    """The groups are the components of the pairs found by comparing all with all; no pair is missed, none made up."""
    component = {title: {title} for title in kept_titles(folder, cuad)}
    for pair in near:
        a, b = (component[title] for title in pair)
        if a is not b:
            a |= b
            component.update(dict.fromkeys(b, a))
    found = {frozenset(titles) for titles in component.values()}
    assert families_of(rows_of(folder)) == found
    figures = manifest_of(folder)["figures"]
    assert figures["near_pairs"] == len(near)
    assert figures["families"] == sum(len(titles) > 1 for titles in found)


def test_no_group_in_two_splits(folder: Path) -> None:
    """Every group, and so every contract, has all its rows in one split."""
    for key in ("group", "record"):
        assert [name for name, splits in splits_of(rows_of(folder), key).items() if len(splits) > 1] == []
    assert manifest_of(folder)["figures"]["groups_in_two_splits"] == 0


def test_no_near_duplicates_across_splits(folder: Path, near: dict[frozenset[str], Near]) -> None:
    """Of all pairs of contracts, none with Jaccard >= 0.5 or containment >= 0.7 stands in two splits."""
    split = {row.record: row.split for row in rows_of(folder)}
    close = [pair for pair, alike in near.items() if alike.jaccard >= 0.5 or alike.containment >= 0.7]
    print(f"{len(close)} pairs with Jaccard >= 0.5 or containment >= 0.7")
    assert len(close) == 9
    assert [sorted(pair) for pair in close if len({split[title] for title in pair}) > 1] == []


# --- spans, answers, negatives ---------------------------------------------------------------------------------------


def test_every_gold_span_is_whole_in_a_row_and_its_answer(folder: Path, cuad: Path) -> None:
    """Each span of each kept contract lies in a window of its category, and its folded text in a line of the answer."""
    rows, kept = by_question(row for row in rows_of(folder) if row.answer != ABSENT), set(kept_titles(folder, cuad))
    spans = [(key, span) for key, all_spans in answers_of(cuad).items() if key[0] in kept for span in all_spans]
    lost = []
    for (title, label), (start, end) in spans:
        text = documents(cuad)[title]["context"]
        quote = folded(text[start:end])
        holding = [row for row in rows[title, label] if row.start <= start and end <= row.end]
        excerpts = [row.user.endswith(MARK + text[row.start : row.end]) for row in holding]
        answers = [any(quote in line for line in row.answer.split("\n")) for row in holding]
        if not any(answers) or not all(excerpts):
            lost.append((title, label, start, end))
    print(f"{len(spans) - len(lost)} of {len(spans)} gold spans covered")
    assert lost == []
    figures = manifest_of(folder)["figures"]
    assert (figures["spans"], figures["spans_covered"], figures["span_coverage"]) == (
        len(spans),
        len(spans),
        1,
    )


def test_every_answer_line_stands_in_its_excerpt(folder: Path) -> None:
    """Every line of every answer is part of the whitespace-folded excerpt."""
    lines = misses = 0
    for row in rows_of(folder):
        if row.answer != ABSENT:
            excerpt = folded(row.user.partition(MARK)[2])
            for line in row.answer.split("\n"):
                lines += 1
                misses += not line or line not in excerpt
    print(f"{lines} answer lines, {misses} not in their excerpt")
    assert lines > 8_000
    assert misses == 0


def test_answers_are_the_gold_texts_in_order_once_each(folder: Path, cuad: Path) -> None:
    """The lines are the folded texts of the spans in the window, overlapping ones as one, in order, none twice."""
    overlapping = repeated = 0
    for row in rows_of(folder):
        if row.answer == ABSENT:
            continue
        inside = {(a, b) for a, b in answers_of(cuad)[row.record, row.label] if row.start <= a and b <= row.end}
        assert {(span["start"], span["end"]) for span in row.meta["spans"]} == inside
        units = list(merged(inside))
        quotes = [folded(documents(cuad)[row.record]["context"][a:b]) for a, b in units]
        assert row.answer.split("\n") == list(dict.fromkeys(quotes)), row.id
        overlapping += len(inside) > len(units)
        repeated += len(quotes) > len(set(quotes))
    print(f"{overlapping} answers merge overlapping spans, {repeated} say a repeated text once")


def test_no_positive_window_cuts_a_span(folder: Path, cuad: Path) -> None:
    """No window with an answer holds a part of another span of its category."""
    cut = [
        (row.id, a, b)
        for row in rows_of(folder)
        if row.answer != ABSENT
        for a, b in answers_of(cuad)[row.record, row.label]
        if a < row.end and row.start < b and not (row.start <= a and b <= row.end)
    ]
    assert cut == []
    assert manifest_of(folder)["figures"]["windows_cutting_a_span"] == 0


def test_no_negative_holds_part_of_a_span(folder: Path, cuad: Path) -> None:
    """Where the answer is that there is none, no character of a span of the category is in the window."""
    touched = [
        row.id
        for row in rows_of(folder)
        if row.answer == ABSENT
        and any(a < row.end and row.start < b for a, b in answers_of(cuad)[row.record, row.label])
    ]
    assert touched == []


def test_as_many_negatives_as_positives_in_each_category(folder: Path) -> None:
    """Each of the 41 categories has one window without an answer for each window with one."""
    positive, negative = Counter[str](), Counter[str]()
    for row in rows_of(folder):
        (negative if row.answer == ABSENT else positive)[row.label] += 1
        assert row.meta["found"] == (row.answer != ABSENT)
        assert bool(row.meta["spans"]) == row.meta["found"]
    print(f"{positive.total()} rows with an answer, {negative.total()} without; {positive.most_common()[:3]}")
    assert len(positive) == 41
    assert positive == negative


# --- tokens ----------------------------------------------------------------------------------------------------------


def test_no_row_is_over_its_tokens(folder: Path) -> None:
    """Every row has its token ids, as many as it says, 2,048 at most; labels are the ids where the mask is 1."""
    longest = 0
    for split in SPLITS:
        tokens = pl.read_parquet(folder / "tokenized" / f"{split}.parquet")
        mine = [row for row in rows_of(folder) if row.split == split]
        assert tokens["id"].to_list() == [row.id for row in mine]
        for ids in ("input_ids", "assistant_masks", "labels"):
            assert tokens[ids].list.len().to_list() == [row.meta["tokens"] for row in mine]
        flat = tokens.explode("input_ids", "assistant_masks", "labels")
        wanted = pl.when(pl.col("assistant_masks") == 1).then("input_ids").otherwise(-100)
        assert flat.select((pl.col("labels") == wanted).all()).item()
        longest = max(longest, *(row.meta["tokens"] for row in mine))
    print(f"longest row: {longest} tokens")
    assert longest <= MAX_TOKENS


def test_tokens_are_those_of_transformers(folder: Path, llama: Path) -> None:
    """500 rows: ids and mask are what `apply_chat_template` gives with the template of the build, token by token."""
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(llama / "tokenizer.json"), bos_token=BOS, eos_token=EOT)
    template = (folder / "chat_template.jinja").read_text("utf8")
    files = [pl.read_parquet(folder / "tokenized" / f"{split}.parquet") for split in SPLITS]
    stored = pl.concat(files).select("id", "input_ids", "assistant_masks")
    sample = random.Random(20_480).sample(rows_of(folder), 500)
    chosen = stored.filter(pl.col("id").is_in([row.id for row in sample]))
    tokens = {id: (ids, mask) for id, ids, mask in chosen.iter_rows()}
    for row in sample:
        given: Any = tokenizer.apply_chat_template(
            row.messages, chat_template=template, tokenize=True, return_dict=True, return_assistant_tokens_mask=True
        )
        ids, mask = tokens[row.id]
        assert ids == given["input_ids"], row.id
        assert mask == given["assistant_masks"], row.id
        assert len(ids) == row.meta["tokens"]
        trained = [id for id, on in zip(ids, mask, strict=True) if on]
        said = tokenizer.decode(trained, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        assert said == row.answer + EOT
        whole = tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        assert row.user + EOT in whole
        assert ids.count(tokenizer.bos_token_id) == 1


# --- other builds ----------------------------------------------------------------------------------------------------


def test_official_split_is_kept_and_its_leak_is_named(official: Path, data: Path, cuad: Path) -> None:
    """The test rows are the published test contracts, no more and no less; families on both sides are counted."""
    titles = {title.strip() for title in json.loads((data / "cuad" / "test_titles.json").read_bytes())}
    rows = rows_of(official)
    assert {row.record for row in rows if row.split == "test"} == titles & set(kept_titles(official, cuad))
    assert {row.record for row in rows if row.split != "test"} == set(kept_titles(official, cuad)) - titles
    assert {row.split for row in rows} == set(SPLITS)
    groups, records = splits_of(rows, "group"), splits_of(rows, "record")
    leaks = [name for name, splits in groups.items() if len(splits) > 1]
    print(f"groups in two splits: {leaks}")
    assert frozenset(IDEANOMICS) in families_of(rows)
    assert sorted(len(records[title]) for title in IDEANOMICS) == [1, 1]
    assert set.union(*(records[title] for title in IDEANOMICS)) > {"test"}
    assert any("Ideanomics" in name for name in leaks)
    figures = manifest_of(official)["figures"]
    assert figures["groups_in_two_splits"] == len(leaks) >= 1


def test_official_split_leaks_nothing_else(official: Path) -> None:
    """A published split leaks at its own border only: train and validation share no group."""
    for name, splits in splits_of(rows_of(official), "group").items():
        assert not {"train", "validation"} <= splits, name


def test_separate_questions_hold_the_same_spans(data: Path, cuad: Path, tmp_path: Path) -> None:
    """One answer a question, 11 contracts: each (contract, category) has the spans that CUADv1.json gives it."""
    source = data / "cuad" / "train_separate_questions.first11.json"
    folder = made(source, tmp_path / "separate")
    assert rejects_of(folder) == []
    read = manifest_of(folder)["phases"][0]
    assert (read["name"], read["entered"], read["kept"]) == ("read", 11, 11)
    titles = set(documents(source))
    assert len(titles) == 11
    assert {row.record for row in rows_of(folder)} == titles
    gold = {key: sorted(spans) for key, spans in answers_of(cuad).items() if key[0] in titles}
    assert {key: sorted(spans) for key, spans in answers_of(source).items()} == gold
    held: dict[tuple[str, str], set[Place]] = defaultdict(set)
    for row in rows_of(folder):
        text = documents(source)[row.record]["context"]
        assert row.user.endswith(MARK + text[row.start : row.end])
        inside = [(a, b) for a, b in gold[row.record, row.label] if row.start <= a and b <= row.end]
        quotes = dict.fromkeys(folded(text[a:b]) for a, b in merged(inside))
        assert row.answer == ("\n".join(quotes) or ABSENT)
        held[row.record, row.label] |= {(span["start"], span["end"]) for span in row.meta["spans"]}
    assert {key: sorted(spans) for key, spans in held.items() if spans} == {k: v for k, v in gold.items() if v}


def test_json_answers_are_exact(as_json: Path, cuad: Path) -> None:
    """An answer is a JSON array of exact substrings of the excerpt: the spans in order, once each; absent is []."""
    strings = 0
    for row in rows_of(as_json):
        quotes = json.loads(row.answer)
        context, gold = documents(cuad)[row.record]["context"], answers_of(cuad)[row.record, row.label]
        excerpt = row.user.partition(MARK)[2]
        assert excerpt == context[row.start : row.end]
        assert isinstance(quotes, list)
        assert all(isinstance(quote, str) and quote and quote in excerpt for quote in quotes), row.id
        inside = [(a, b) for a, b in gold if row.start <= a and b <= row.end]
        assert quotes == list(dict.fromkeys(context[a:b] for a, b in merged(inside))), row.id
        assert (row.answer == "[]") == (not row.meta["found"])
        if not row.meta["found"]:
            assert not any(a < row.end and row.start < b for a, b in gold), row.id
        assert row.meta["tokens"] <= MAX_TOKENS
        strings += len(quotes)
    print(f"{strings} exact strings in {len(rows_of(as_json))} answers")


def test_json_spans_are_held_or_rejected_by_name(as_json: Path, cuad: Path) -> None:
    """Spans that no row holds are those that the rejects name, one for one, or stand in a row that repeats another."""
    rows, kept = by_question(rows_of(as_json)), set(kept_titles(as_json, cuad))
    named = {r["id"]: r["reason"] for r in rejects_of(as_json) if r["phase"] == "shape"}
    copies = [re.fullmatch(r"(.*)@(\d+)-(\d+)", r["id"]) for r in rejects_of(as_json) if r["reason"] == "duplicate_row"]
    copied = [(found[1], int(found[2]), int(found[3])) for found in copies if found]
    lost = {
        f"{title}__{label}#span{n}"
        for (title, label), spans in answers_of(cuad).items()
        if title in kept
        for n, (start, end) in enumerate(spans)
        if not any(row.start <= start and end <= row.end for row in rows[title, label])
        and not any(id == f"{title}__{label}" and low <= start and end <= high for id, low, high in copied)
    }
    print(f"{len(lost)} spans too long for a window of the built-in tokenizer")
    assert lost == set(named)
    assert set(named.values()) == {"span_too_long"}
    for reject in rejects_of(as_json):
        if reject["phase"] == "shape":
            question, _, n = reject["id"].rpartition("#span")
            title, _, label = question.rpartition("__")
            start, end = answers_of(cuad)[title, label][int(n)]
            assert f" tokens at characters {start}-{end}; " in reject["detail"]


@pytest.mark.real
def test_one_thread_gives_the_same_bytes(folder: Path, data: Path, tmp_path: Path) -> None:
    """A build on a single Polars thread writes every file, tokens included, byte for byte as the build on all."""
    source, tokenizer = data / "cuad" / "CUADv1.json", data / "tokenizers" / "llama-3.1"
    words = ["build", "legal", "--source", source, "--tokenizer", tokenizer, "--tokenized", "--out", tmp_path / "one"]
    command = [sys.executable, "-m", "curation.cli.app", *map(str, words)]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "POLARS_MAX_THREADS": "1"})
    assert manifest_of(tmp_path / "one")["files"] == manifest_of(folder)["files"]


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_of_all_of_cuad_opens_in_a_browser(browser: Any, folder: Path, width: int) -> None:
    """Under 3 MB; no console message, no request but the page, every section seen and not empty, none too wide."""
    page = folder / "report" / "index.html"
    assert page.stat().st_size < 3_000_000
    sections = re.findall(r'<section id="([a-z]+)"', page.read_text("utf8"))
    assert len(sections) == 13
    opens(browser, page, width, sections)
