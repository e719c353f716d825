"""Facts about the report page: what it says is in the build, it opens in a browser, and hostile text is only text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from browser import opens

from curation.base.text import format_figure
from curation.gate import data_docs as docs
from curation.ledger.build import Build
from curation.ledger.observation import observe
from curation.recipes.loading import load, make
from curation.report import examples, page
from curation.report.summary import gather, sections_of
from curation.runner.build import build
from curation.schemas.manifest import SPLITS

SECTIONS = [
    "verdict",
    "flow",
    "lengths",
    "labels",
    "families",
    "leakage",
    "figures",
    "own-1",
    "tables",
    "samples",
    "rejects",
    "baselines",
    "gate",
    "provenance",
]
HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(2)> \x1b[31mred \u202egnp.exe & "quoted" {{ 7*7 }}'


class _Text(HTMLParser):
    """The text of each section, by id, and every attribute value that names a place."""

    def __init__(self) -> None:
        super().__init__()
        self.sections: dict[str, str] = {}
        self.places: list[str] = []
        self.tags: set[str] = set()
        self._in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.handle_data(" ")
        given = dict(attrs)
        self.places += [value or "" for name, value in attrs if name in ("src", "href", "action", "data")]
        if tag == "section":
            self._in = given["id"] or ""
            self.sections[self._in] = ""

    def handle_data(self, data: str) -> None:
        if self._in:
            self.sections[self._in] += data


def sections(build: Build) -> list[str]:
    """Those of every page; the recipe of contracts adds one of its own."""
    return [name for name in SECTIONS if name != "own-1" or build.manifest.name == "legal"]


def read(file: Path) -> _Text:
    parsed = _Text()
    parsed.feed(file.read_text("utf8"))
    return parsed


@pytest.fixture(scope="session")
def banking_build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("banking")
    module = load("banking")
    return build(make(module, module.demo(folder), {}, demo=True), folder / "out")


@pytest.fixture(scope="session")
def hostile_build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Twelve conversations that hold markup, escapes and marks of direction, and one of a million characters."""
    folder = tmp_path_factory.mktemp("hostile")
    said = [[("human", f"{HOSTILE} {i}"), ("gpt", f"answer {i} {HOSTILE}")] for i in range(12)]
    said.append([("human", "long " + "x" * 1_000_000), ("gpt", "no")])
    said.append([("human", HOSTILE)])
    lines = [
        orjson.dumps({"conversations": [{"from": f, "value": v} for f, v in turns], "source": HOSTILE})
        for turns in said
    ]
    (folder / "hostile.jsonl").write_bytes(b"\n".join(lines))
    return build(make(load("finetome"), folder / "hostile.jsonl", {"max_tokens": 1024}), folder / "out")


@pytest.fixture(params=["demo_build", "banking_build", "hostile_build"])
def any_build(request: pytest.FixtureRequest) -> Build:
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


def test_every_section_is_there_and_says_something(any_build: Build) -> None:
    """All sections stand on the page of each build, in order, none empty, and nothing is fetched from anywhere."""
    found = read(any_build.folder / "report" / "index.html")
    assert list(found.sections) == sections(any_build)
    assert all(len(text.split()) > 3 for text in found.sections.values())
    assert {place for place in found.places if not place.startswith("#")} <= {"data:,"}
    assert "script" not in found.tags


def test_the_page_says_what_the_build_holds(any_build: Build) -> None:
    """Books, splits, figures and gate on the page are those of the manifest, number by number."""
    said = {
        name: " ".join(text.split()) for name, text in read(any_build.folder / "report/index.html").sections.items()
    }
    manifest = any_build.manifest
    for phase in manifest.phases:
        assert f"{phase.level} {phase.name} {phase.entered:,} {phase.kept:,}" in said["flow"]
        for reason, n in phase.rejected.items():
            assert f"{reason} {n:,}" in said["flow"]
            assert f"{reason} ({n:,}, {phase.level}, {phase.name})" in said["rejects"]
    for name, split in manifest.splits.items():
        assert f"{name} {split.rows:,}" in said["flow"]
        assert f"{split.tokens:,} tokens, {split.trained_tokens:,} with loss" in said["verdict"]
    for name, value in manifest.figures.items():
        assert f"{name.replace('_', ' ')} {format_figure(value)}" in said["figures"]
    assert said["gate"].count("not met") == sum(not check.passed for check in manifest.gate)


def test_the_data_of_the_page_are_queries_over_the_build(any_build: Build) -> None:
    """Lengths, labels, families, leakage, rejects and baselines in report.json equal plain counts over the ledger."""
    report = orjson.loads((any_build.folder / "report" / "report.json").read_bytes())
    rows = any_build.kept().collect()
    for lengths in report["lengths"]:
        tokens = rows.filter(pl.col("split") == lengths["split"])["tokens"].to_list()
        edges = lengths["edges"]
        counts = [sum(a <= n < b for n in tokens) for a, b in pairwise(edges)]
        assert lengths["counts"] == counts
        assert lengths["longest"] == max(tokens)
    for label, counts in report["labels"]:
        own = rows.filter(pl.col("label") == label)["split"].to_list()
        assert counts == [own.count(split) for split in SPLITS]
    rejected = any_build.rejected().frame.collect()
    for one in report["rejects"]:
        same = rejected.filter((pl.col("phase") == one["phase"]) & (pl.col("reason") == one["reason"]))
        assert one["count"] == len(same.filter(pl.col("level") == one["level"]))
        assert one["detail"] == same.filter(pl.col("id") == one["id"])["detail"][0]
    last = [turns[-1]["content"] for turns in rows["messages"].to_list()]
    train = [answer for answer, split in zip(last, rows["split"], strict=True) if split == "train"]
    for one in report["baselines"]:
        own = [answer for answer, split in zip(last, rows["split"], strict=True) if split == one["split"]]
        if one["answer"]:
            assert train.count(one["answer"]) == max(map(train.count, set(train))) or len(one["answer"]) == 400
            assert (
                one["exact"] == pytest.approx(own.count(one["answer"]) / len(own), abs=1e-4)
                or len(one["answer"]) == 400
            )
        else:
            assert (one["exact"], one["f1"]) == (0, 0)
    groups = {split: set(rows.filter(pl.col("split") == split)["group"]) for split in SPLITS}
    for one in report["between"]:
        if one["a"] != one["b"]:
            assert one["groups"] == len(groups[one["a"]] & groups[one["b"]])


def test_a_section_of_the_recipe(demo_build: Build) -> None:
    """A recipe's own section stands on the page and in report.json, with the figures that it is about."""
    (told,) = orjson.loads((demo_build.folder / "report" / "report.json").read_bytes())["sections"]
    assert (told["title"], told["columns"]) == ("Gold spans and windows", ["what", "count"])
    figures = {name.replace("_", " "): value for name, value in demo_build.manifest.figures.items()}
    rows = dict(told["rows"])
    assert {"spans", "spans lost", "negatives with a span"} <= rows.keys()
    assert rows == {name: figures[name] for name in rows}
    said = " ".join(read(demo_build.folder / "report" / "index.html").sections["own-1"].split())
    assert said.startswith(f"{told['title']} {told['text']} what count ")
    assert all(f"{name} {format_figure(value)}" in said for name, value in rows.items())


def test_calls_and_thoughts_are_shown() -> None:
    """A turn of a sample or a reject is all its words: what was thought, said and called."""
    turn = {"role": "assistant", "content": "So.", "reasoning": "Hm.", "tool_calls": "[{}]"}
    plain = {**turn, "reasoning": None, "tool_calls": None}
    assert examples._turn(turn) == examples.Turn("assistant", "Hm.\nSo.\n[{}]", 0)
    assert examples._turn(plain) == examples.Turn("assistant", "So.", 0)
    assert examples._told({"messages": [plain, turn]}) == "assistant: So.\nassistant: Hm.\nSo.\n[{}]"


def test_samples_are_rows_of_the_build(any_build: Build) -> None:
    """Ten rows of each split, or all it has, with the words of the JSONL."""
    report = orjson.loads((any_build.folder / "report" / "report.json").read_bytes())
    for split in SPLITS:
        lines = (any_build.folder / f"{split}.jsonl").read_bytes().split(b"\n")
        said = {row["id"]: row["messages"] for row in map(orjson.loads, filter(None, lines))}
        shown = [sample for sample in report["samples"] if sample["split"] == split]
        assert len(shown) == min(10, len(said))
        for sample in shown:
            for turn, message in zip(sample["turns"], said[sample["id"]], strict=True):
                assert turn["text"] == message["content"][:4000]
                assert turn["cut"] == max(0, len(message["content"]) - 4000)


def test_hostile_text_is_text(hostile_build: Build) -> None:
    """Markup, template code, escapes and marks of direction stand on the page as words, and it stays small."""
    file = hostile_build.folder / "report" / "index.html"
    raw, found = file.read_text("utf8"), read(file)
    assert not {"script", "img"} & found.tags
    assert "<script>alert(1)</script>" in found.sections["samples"]
    assert "\\x1b[31mred" in found.sections["samples"]
    assert "\\u202egnp.exe" in found.sections["samples"]
    assert "{{ 7*7 }}" in found.sections["samples"]
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", raw)
    assert len(raw) < 1_000_000


def test_the_page_is_the_same_again(demo_build: Build, tmp_path: Path) -> None:
    """Written again from the folder, page and data have the same bytes: `curate report` changes nothing."""
    page.write(demo_build, gather(observe(demo_build), sections_of(demo_build)), tmp_path)
    for name in ("index.html", "report.json"):
        assert (tmp_path / name).read_bytes() == (demo_build.folder / "report" / name).read_bytes()


def test_data_docs_open_without_network(demo_build: Build, tmp_path: Path) -> None:
    """Data Docs name every suite, load nothing from elsewhere, and hold no text of the corpus."""
    index = docs.write(demo_build, tmp_path / "gx")
    pages = [index, *(tmp_path / "gx").rglob("*.html")]
    everything = "".join(file.read_text("utf8") for file in pages)
    styles = "".join(file.read_text("utf8") for file in (tmp_path / "gx").rglob("*.css"))
    assert not re.search(r"""(src=|<link[^>]+href=)["']https?:|url\(['"]?https?:""", everything + styles)
    for names in demo_build.manifest.suites.values():
        assert all(name in everything for name in names)
    contract = demo_build.kept("records").select("context").head(1).collect().item()
    assert contract[200:240] not in everything


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_opens_in_a_browser(browser: Any, any_build: Build, width: int) -> None:
    """At desktop and phone width: no console message, no request but the page, every section seen, nothing too wide."""
    opens(browser, any_build.folder / "report" / "index.html", width, sections(any_build))
