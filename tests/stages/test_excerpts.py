"""Facts about excerpts: what becomes of every trap in the demo contracts, which negatives are drawn, what is quoted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest

from curation.base.errors import UsageError
from curation.base.rows import VERDICT, no_verdict
from curation.base.text import squeeze
from curation.demo import legal
from curation.ledger.build import Build
from curation.recipes.builtin.legal import SYSTEM, ask
from curation.recipes.loading import load, make
from curation.stages.shapes.excerpts import Excerpts
from curation.stages.shapes.quoting import ABSENT
from curation.stages.shapes.windows import Span, merged
from curation.tokens import Tokenizer

Row = dict[str, Any]


def corpus() -> dict[str, Row]:
    """The demo's contracts: title without outer whitespace -> paragraph."""
    data: Any = legal.corpus()["data"]
    return {document["title"].strip(): document["paragraphs"][0] for document in data}


CONTRACTS = corpus()


def context(title: str) -> str:
    return str(CONTRACTS[title]["context"])


def gold(title: str, category: str) -> list[Span]:
    """The answers of a question, as the source lists them."""
    (answers,) = (q["answers"] for q in CONTRACTS[title]["qas"] if q["id"].rpartition("__")[2] == category)
    return [Span(a["answer_start"], a["answer_start"] + len(a["text"])) for a in answers]


def squeezed(texts: list[str]) -> list[str]:
    return pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)}).select(squeeze(pl.col("text")))["text"].to_list()


def content(row: Row, i: int) -> str:
    return str(row["messages"][i]["content"])


def rows_of(build: Build, **wanted: object) -> list[Row]:
    """The kept rows whose columns are as wanted."""
    return build.kept().filter(*(pl.col(name) == value for name, value in wanted.items())).collect().to_dicts()


def trapped(build: Build, title: str) -> list[Row]:
    """The kept rows of the question that carries the title's trap."""
    return rows_of(build, record=title, label=legal.TRAP_CATEGORY[title])


def shaped(source: Path, **options: object) -> pl.DataFrame:
    """All rows that the legal recipe's shape makes of a file, by running the phases of the records by hand."""
    recipe = make(load("legal"), source, options)
    records = recipe.read(recipe.sources).with_row_index("row")
    for stages in recipe.records.values():
        records = records.with_columns(no_verdict())
        for stage in stages:
            records = stage(records)
        records = records.filter(pl.col("reason").is_null()).drop(*VERDICT)
    return recipe.shape(records.collect().lazy()).collect()


def source_of(folder: Path, *paragraphs: tuple[str, list[tuple[str, int]]]) -> Path:
    """A file of one-paragraph documents, each asked one question with these answers."""
    documents = []
    for d, (text, answers) in enumerate(paragraphs):
        given = [{"text": answer, "answer_start": start} for answer, start in answers]
        asked = {"id": f"T{d}__X", "question": "Which?", "answers": given}
        documents.append({"title": f"T{d}", "paragraphs": [{"context": text, "qas": [asked]}]})
    path = folder / "source.json"
    path.write_bytes(orjson.dumps({"data": documents}))
    return path


@pytest.fixture(scope="session")
def rejects(demo_build: Build) -> list[Row]:
    return demo_build.rejected().frame.collect().to_dicts()


# Traps


def test_a_broken_span_is_one_rejection_that_names_both_texts(demo_build: Build, rejects: list[Row]) -> None:
    """An answer that is not where it says is rejected once, with what is there and what should."""
    (rejected,) = (row for row in rejects if row["reason"] == "span_mismatch")
    category = legal.TRAP_CATEGORY[legal.BROKEN_SPAN]
    (span,) = gold(legal.BROKEN_SPAN, category)
    there = context(legal.BROKEN_SPAN)[span.start : span.end]
    expected = context(legal.BROKEN_SPAN)[span.start - legal.BROKEN_BY : span.end - legal.BROKEN_BY]
    assert rejected["id"] == f"{legal.BROKEN_SPAN}__{category}#span0"
    assert rejected["record"] == legal.BROKEN_SPAN
    said = f"at {span.start} stands {there[:60]!r}, the span says {expected[:60]!r}"
    assert rejected["detail"] == f"{said}, which stands once, at {span.start - legal.BROKEN_BY}"
    assert rejected["other"] is None


def test_where_a_span_is_lost_there_is_no_negative(demo_build: Build) -> None:
    """Nobody knows where the broken answer is, so no window of the contract says that there is none."""
    assert trapped(demo_build, legal.BROKEN_SPAN) == []
    assert len(rows_of(demo_build, record=legal.BROKEN_SPAN)) > 10


def test_a_span_too_long_is_one_rejection_that_names_its_tokens(
    demo_build: Build, rejects: list[Row], builtin: Tokenizer
) -> None:
    """An answer of more tokens than a window holds is rejected once, with that number; no window holds part of it."""
    (rejected,) = (row for row in rejects if row["reason"] == "span_too_long")
    category = legal.TRAP_CATEGORY[legal.LONG_SPAN]
    (span,) = gold(legal.LONG_SPAN, category)
    (ids,) = builtin.ids([context(legal.LONG_SPAN)[span.start : span.end]])
    assert rejected["id"] == f"{legal.LONG_SPAN}__{category}#span0"
    tokens = int(rejected["detail"].split()[0])
    assert abs(tokens - len(ids)) <= 2
    assert tokens > 1024
    assert f" tokens at characters {span.start}-{span.end}; a window holds 1024, and " in rejected["detail"]
    for row in trapped(demo_build, legal.LONG_SPAN):
        assert not row["found"]
        assert row["end"] <= span.start or span.end <= row["start"]


def test_overlapping_answers_are_one_line(demo_build: Build) -> None:
    """Two answers that share words are quoted as the one passage they make, and both are named in `spans`."""
    spans = gold(legal.OVERLAPPING, legal.TRAP_CATEGORY[legal.OVERLAPPING])
    (passage,) = merged(spans)
    rows = [row for row in trapped(demo_build, legal.OVERLAPPING) if row["found"]]
    assert rows
    for row in rows:
        assert content(row, -1) == squeezed([context(legal.OVERLAPPING)[slice(*passage)]])[0]
        assert [Span(**span) for span in row["spans"]] == sorted(spans)
        assert row["cut"] == 0


def test_a_repeated_answer_is_quoted_once(demo_build: Build) -> None:
    """An answer that the source lists twice is one span and one line."""
    one, two = sorted(gold(legal.REPEATED, legal.TRAP_CATEGORY[legal.REPEATED]))
    assert one == two
    rows = [row for row in trapped(demo_build, legal.REPEATED) if row["found"]]
    assert rows
    for row in rows:
        assert row["spans"] == [one._asdict()]
        assert content(row, -1) == squeezed([context(legal.REPEATED)[slice(*one)]])[0]


def test_answers_come_in_the_order_of_the_document(demo_build: Build) -> None:
    """Answers that the source lists last to first are quoted first to last."""
    listed = gold(legal.UNORDERED, legal.TRAP_CATEGORY[legal.UNORDERED])
    assert listed == sorted(listed, reverse=True)
    rows = [row for row in trapped(demo_build, legal.UNORDERED) if len(row["spans"]) > 1]
    assert rows
    for row in rows:
        lines = squeezed([context(legal.UNORDERED)[slice(*span)] for span in sorted(listed)])
        assert content(row, -1).split("\n") == list(dict.fromkeys(lines))


def test_an_answer_over_paragraphs_is_one_line(demo_build: Build) -> None:
    """Blank lines inside a quoted passage become spaces."""
    (span,) = gold(legal.BLANK_LINE, legal.TRAP_CATEGORY[legal.BLANK_LINE])
    exact = context(legal.BLANK_LINE)[slice(*span)]
    assert "\n\n" in exact
    (row,) = (row for row in trapped(demo_build, legal.BLANK_LINE) if row["found"])
    assert content(row, -1) == " ".join(exact.split())
    assert exact in content(row, 1)


def test_chained_answers_are_each_whole_somewhere(demo_build: Build) -> None:
    """Of overlapping answers too long for one window each is whole in a row, and cuts of the others are counted."""
    spans = gold(legal.CHAINED, legal.TRAP_CATEGORY[legal.CHAINED])
    rows = [row for row in trapped(demo_build, legal.CHAINED) if row["found"]]
    assert {Span(**span) for row in rows for span in row["spans"]} == set(spans)
    for row in rows:
        half = [s for s in spans if s.start < row["end"] and row["start"] < s.end and s._asdict() not in row["spans"]]
        assert row["cut"] == len(half)
    assert sum(row["cut"] for row in rows) > 0


def test_only_the_chain_is_cut(demo_build: Build) -> None:
    """No other contract of the demo has an answer that any window cuts."""
    assert {row["record"] for row in demo_build.kept().filter(pl.col("cut") > 0).collect().to_dicts()} == {
        legal.CHAINED
    }


def test_of_copies_the_one_with_the_longer_name_falls(demo_build: Build, rejects: list[Row]) -> None:
    """The exact copy is rejected as a duplicate that names its original, and no row is made of it."""
    (rejected,) = (row for row in rejects if row["reason"] == "duplicate")
    assert (rejected["id"], rejected["detail"]) == (legal.EXACT_COPY, f"repeats {legal.ORIGINAL}")
    assert rejected["other"] == legal.ORIGINAL
    assert len(legal.EXACT_COPY) > len(legal.ORIGINAL)
    assert rows_of(demo_build, record=legal.EXACT_COPY) == []
    assert rows_of(demo_build, record=legal.ORIGINAL)


@pytest.mark.parametrize("kin", [(legal.ORIGINAL, legal.NEAR_COPY), (legal.AMENDED, legal.AMENDMENT)])
def test_kin_are_in_one_split(demo_build: Build, kin: tuple[str, str]) -> None:
    """Contracts near each other share a group, all their rows, and so the split."""
    rows = demo_build.kept().filter(pl.col("record").is_in(kin)).select("record", "group", "split").unique().collect()
    assert set(rows["record"]) == set(kin)
    assert rows["group"].n_unique() == rows["split"].n_unique() == 1


def test_a_contract_without_answers_gives_negatives_only(demo_build: Build) -> None:
    """Where every question is unanswered, the rows say that there is none."""
    rows = rows_of(demo_build, record=legal.UNANSWERED)
    assert rows
    assert not any(row["found"] for row in rows)
    assert {content(row, -1) for row in rows} == {ABSENT["lines"]}


def test_a_control_token_rejects_the_rows_that_show_it(demo_build: Build, rejects: list[Row]) -> None:
    """Rows whose excerpt holds the tokenizer's control token are rejected with it, and no others of the contract."""
    rejected = [row for row in rejects if row["reason"] == "control_token"]
    assert {row["record"] for row in rejected} == {legal.CONTROL_TOKEN}
    assert {row["detail"] for row in rejected} == {"<|eot_id|> in turn 2 (user)"}
    kept = rows_of(demo_build, record=legal.CONTROL_TOKEN)
    assert kept
    assert not any("<|eot_id|>" in content(row, 1) for row in kept)


def test_other_templates_tokens_are_text(demo_build: Build) -> None:
    """Tokens of templates that are not in use stay in the excerpt."""
    rows = rows_of(demo_build, record=legal.CHAT_TOKENS)
    assert any("[INST]" in content(row, 1) for row in rows)
    assert any("<|im_end|>" in content(row, 1) for row in rows)


@pytest.mark.parametrize("title", [legal.ZERO_WIDTH, legal.REDACTED, legal.EMOJI])
def test_odd_answers_are_quoted_character_by_character(demo_build: Build, title: str) -> None:
    """Zero-width spaces and redactions stay in the quote, and a character beyond the BMP shifts no offset."""
    (span,) = gold(title, legal.TRAP_CATEGORY[title])
    rows = [row for row in trapped(demo_build, title) if row["found"]]
    assert rows
    assert all(content(row, -1) == context(title)[slice(*span)] for row in rows)


def test_white_space_of_prompts_is_squeezed(demo_build: Build) -> None:
    """A no-break space in a question becomes a space; one in a contract, and a line separator, stay."""
    question = trapped(demo_build, legal.NBSP_QUESTION)[0]
    assert "\u00a0" not in content(question, 1)
    assert any("\u2028" in content(row, 1) for row in rows_of(demo_build, record=legal.LINE_SEPARATOR))


def test_a_title_with_a_space_is_a_record(demo_build: Build) -> None:
    """A title that ends in a space names rows without it."""
    assert rows_of(demo_build, record=legal.TRAILING_SPACE.strip())


def test_a_very_short_contract_is_one_window(demo_build: Build) -> None:
    """All rows of a contract shorter than a window show all of it."""
    rows = rows_of(demo_build, record=legal.VERY_SHORT)
    assert {(row["start"], row["end"]) for row in rows} == {(0, len(context(legal.VERY_SHORT)))}


# Every row


def test_every_record_and_span_is_accounted_for(demo_build: Build) -> None:
    """Each answer of a kept contract is whole in a kept row, or a rejection names it or a row that held it."""
    shape = pl.read_parquet(demo_build.folder / "phases" / "rows.parquet").to_dicts()
    quoted = {(row["record"], row["label"], s["start"], s["end"]) for row in shape for s in row["spans"] or []}
    rejected = {row["id"].rpartition("#")[0] for row in shape if row["reason"] is not None}
    for title in CONTRACTS:
        if title == legal.EXACT_COPY:
            continue
        for question in CONTRACTS[title]["qas"]:
            category = question["id"].rpartition("__")[2]
            if f"{title}__{category}" in rejected:
                continue
            assert {(title, category, *span) for span in gold(title, category)} <= quoted


def test_the_excerpt_is_the_contract_from_start_to_end(demo_build: Build) -> None:
    """What the user shows is the contract's own text between the row's offsets, after the prompt."""
    for row in demo_build.kept().collect().to_dicts():
        excerpt = context(row["record"])[row["start"] : row["end"]]
        assert content(row, 1).endswith(f"\n\nExcerpt of the contract:\n\n{excerpt}")
        assert excerpt == excerpt.strip() != ""
        assert f"Clause type: {row['label']}\n" in content(row, 1)
        assert content(row, 0) == SYSTEM


def test_the_answer_is_what_the_spans_say(demo_build: Build) -> None:
    """Each answer is the passages of the row's spans, squeezed, in order, each once; without spans the set phrase."""
    for row in demo_build.kept().collect().to_dicts():
        passages = [context(row["record"])[slice(*span)] for span in merged(Span(**s) for s in row["spans"])]
        expected = "\n".join(dict.fromkeys(squeezed(passages))) if passages else ABSENT["lines"]
        assert content(row, -1) == expected
        assert row["found"] == bool(passages)


def test_no_negative_holds_a_part_of_an_answer(demo_build: Build, json_build: Build) -> None:
    """No row that says there is none shows a character of any answer to its question."""
    for build in (demo_build, json_build):
        bare = rows_of(build, found=False)
        assert len(bare) > 300
        for row in bare:
            spans = gold(row["record"], row["label"])
            assert not [s for s in spans if s.start < row["end"] and row["start"] < s.end]


def test_ids_name_question_and_place(demo_build: Build) -> None:
    """A row's id is its question's and its offsets, and its source the question in the file."""
    for row in demo_build.kept().collect().to_dicts():
        assert row["id"] == f"{row['record']}__{row['label']}@{row['start']}-{row['end']}"
        assert row["source"].startswith("data[")


# Lines and JSON


def test_json_answers_quote_exactly(json_build: Build) -> None:
    """Every answer is a JSON array of strings that are in the excerpt character by character; none is `[]`."""
    rows = json_build.kept().collect().to_dicts()
    assert {content(row, -1) for row in rows if not row["found"]} == {"[]"}
    for row in rows:
        quotes = orjson.loads(content(row, -1))
        assert isinstance(quotes, list)
        assert bool(quotes) == row["found"]
        excerpt = content(row, 1).partition("Excerpt of the contract:\n\n")[2]
        assert all(isinstance(quote, str) and quote in excerpt for quote in quotes)
        assert len(quotes) == len(set(quotes))


def test_lines_and_json_read_back_the_same(demo_build: Build, json_build: Build) -> None:
    """In the rows that both kinds have, nearly all, the lines and the array are the same passages up to whitespace."""
    lines = {row["id"]: content(row, -1) for row in rows_of(demo_build, found=True)}
    arrays = {row["id"]: orjson.loads(content(row, -1)) for row in rows_of(json_build, found=True)}
    both = set(lines) & set(arrays)
    assert len(both) >= 0.98 * max(len(lines), len(arrays))
    for id in both:
        assert lines[id].split("\n") == list(dict.fromkeys(squeezed(arrays[id])))
    assert any("\n" in quote for id in both for quote in arrays[id])


# Negatives


def positives(rows: pl.DataFrame) -> Counter[str]:
    return Counter(rows.filter(pl.col("found"), pl.col("reason").is_null())["label"].to_list())


def negatives(rows: pl.DataFrame) -> Counter[str]:
    return Counter(rows.filter(~pl.col("found"), pl.col("reason").is_null())["label"].to_list())


@pytest.fixture(scope="module")
def plain(demo_source: Path) -> pl.DataFrame:
    return shaped(demo_source)


@pytest.fixture(scope="module")
def all_free(demo_source: Path) -> pl.DataFrame:
    """With a ratio that no category can meet, every free window is drawn."""
    return shaped(demo_source, negatives=10_000.0)


def test_a_build_shapes_the_same_rows(demo_build: Build, plain: pl.DataFrame) -> None:
    """Run by hand, the stages give what the build wrote."""
    written = pl.read_parquet(demo_build.folder / "phases" / "rows.parquet")
    assert plain.equals(written.select(plain.columns))


@pytest.mark.parametrize("ratio", [0.0, 1.0, 3.0])
def test_negatives_are_as_many_as_asked(demo_source: Path, all_free: pl.DataFrame, ratio: float) -> None:
    """Each category has `ratio` negatives for each window with an answer, or all free windows where they are fewer."""
    rows = shaped(demo_source, negatives=ratio)
    available, drawn = negatives(all_free), negatives(rows)
    assert positives(rows) == positives(all_free)
    for label, n in positives(rows).items():
        assert drawn[label] == min(ratio * n, available[label])
    assert set(drawn) <= set(positives(rows))


def test_a_broken_ratio_is_rounded(demo_source: Path, all_free: pl.DataFrame) -> None:
    """With a ratio that gives no whole number the nearest one is drawn."""
    rows = shaped(demo_source, negatives=0.35)
    for label, n in positives(rows).items():
        assert abs(negatives(rows)[label] - min(0.35 * n, negatives(all_free)[label])) <= 0.5


def test_free_windows_are_counted(all_free: pl.DataFrame, plain: pl.DataFrame) -> None:
    """A negative says how many windows without an answer its category has."""
    available = negatives(all_free)
    for row in plain.filter(~pl.col("found"), pl.col("reason").is_null()).to_dicts():
        assert row["free_windows"] == available[row["label"]]


def test_the_seed_draws_the_negatives_and_nothing_else(demo_source: Path, plain: pl.DataFrame) -> None:
    """The same seed draws the same rows, another seed others, as many; windows with answers stay as they are."""
    again, other = shaped(demo_source), shaped(demo_source, seed=8)
    assert again.equals(plain)
    assert other.filter("found").equals(plain.filter("found"))
    drawn = [set(rows.filter(~pl.col("found"), pl.col("reason").is_null())["id"]) for rows in (plain, other)]
    assert drawn[0] != drawn[1]
    assert negatives(plain) == negatives(other)


def test_fewer_negatives_are_some_of_more(demo_source: Path, plain: pl.DataFrame, all_free: pl.DataFrame) -> None:
    """A smaller ratio draws a part of what a larger one draws."""
    fewer = shaped(demo_source, negatives=0.5)
    drawn = [
        set(rows.filter(~pl.col("found"), pl.col("start").is_not_null())["id"]) for rows in (fewer, plain, all_free)
    ]
    assert drawn[0] < drawn[1] < drawn[2]


def test_where_a_span_is_lost_no_negative_is_to_be_had(all_free: pl.DataFrame) -> None:
    """Not even where every free window is drawn."""
    category = legal.TRAP_CATEGORY[legal.BROKEN_SPAN]
    made = all_free.filter(pl.col("record") == legal.BROKEN_SPAN, pl.col("label") == category)
    assert made["reason"].to_list() == ["span_mismatch"]


def test_every_record_has_a_row(demo_source: Path) -> None:
    """A contract of which nothing is drawn is one row that says so."""
    rows = shaped(demo_source, negatives=0.0)
    assert set(rows["record"]) == set(CONTRACTS) - {legal.EXACT_COPY}
    rejected = rows.filter(pl.col("reason") == "not_drawn").to_dicts()
    assert [row["record"] for row in rejected] == [legal.UNANSWERED]
    assert rejected[0]["id"] == f"{legal.UNANSWERED}#not_drawn"
    assert rejected[0]["messages"] is None


# Sizes


@pytest.mark.parametrize(("window", "limit"), [(128, 512), (512, 768)])
def test_rows_keep_to_the_limit(demo_source: Path, window: int, limit: int) -> None:
    """With small windows and little room, too, no row is longer than `max_tokens`, and every answer that is not
    rejected as too long is whole in a row."""
    options = {"window": window, "overlap": window // 4, "max_tokens": limit, "negatives": 0.1}
    rows = shaped(demo_source, **options)
    counted = rows.filter(pl.col("reason").is_null()).with_row_index("row").lazy().with_columns(no_verdict())
    for stage in make(load("legal"), demo_source, options).rows["tokens"]:
        counted = stage(counted)
    verdicts = counted.select("tokens", "reason").collect()
    assert verdicts["reason"].null_count() == len(verdicts) > 500
    assert (verdicts["tokens"] <= limit).all()
    quoted = {(r["record"], r["label"], s["start"], s["end"]) for r in rows.to_dicts() for s in r["spans"] or []}
    rejected = set(rows.filter(pl.col("reason").is_in(["span_too_long", "span_mismatch"]))["id"])
    assert len(rejected) > 4
    for title in set(CONTRACTS) - {legal.EXACT_COPY}:
        for question in CONTRACTS[title]["qas"]:
            category = question["id"].rpartition("__")[2]
            for n, span in enumerate(gold(title, category)):
                assert ((title, category, *span) in quoted) != (f"{title}__{category}#span{n}" in rejected)


@pytest.mark.parametrize(
    "sizes", [{"max_tokens": 10}, {"max_tokens": 150}, {"window": 63}, {"window": 0}, {"window": -1}, {"overlap": 513}]
)
def test_sizes_that_cannot_work(builtin: Tokenizer, sizes: dict[str, int]) -> None:
    """A row with no room for an excerpt, a tiny window and a too large overlap are errors with the number."""
    given = {"window": 1024, "overlap": 256, "max_tokens": 2048} | sizes
    with pytest.raises(UsageError, match=str(next(iter(sizes.values())))):
        Excerpts(builtin, SYSTEM, ask("lines"), "lines", negatives=1.0, seed=7, **given)


# Odd records


def test_odd_offsets_are_mismatches(tmp_path: Path) -> None:
    """Negative offsets, offsets past the end, empty and white answers are rejected one by one; a right one is kept."""
    text = "one two three four five. " * 8
    answers = [("one", -1), ("five", 10_000), ("", 0), (" ", 3), ("e", -25), ("two", 4)]
    rows = shaped(source_of(tmp_path, (text, answers)))
    assert rows.filter(pl.col("reason") == "span_mismatch")["id"].to_list() == [f"T0__X#span{n}" for n in range(5)]
    (kept,) = rows.filter(pl.col("reason").is_null()).to_dicts()
    assert kept["spans"] == [{"start": 4, "end": 7}]


def test_outer_whitespace_is_no_part_of_an_answer(tmp_path: Path) -> None:
    """An answer listed with white space around it is quoted without."""
    (row,) = shaped(source_of(tmp_path, ("one two three. " * 8, [(" two ", 3)]))).to_dicts()
    assert row["spans"] == [{"start": 4, "end": 7}]
    assert content(row, -1) == "two"


def test_equal_passages_are_quoted_once(tmp_path: Path) -> None:
    """Two answers of the same words in one window are two spans and one line."""
    (row,) = shaped(
        source_of(tmp_path, ("one two. one  two. three four.", [("one two", 0), ("one  two", 9)]))
    ).to_dicts()
    assert len(row["spans"]) == 2
    assert content(row, -1) == "one two"


def test_json_answers_keep_passages_that_differ_in_white_space(tmp_path: Path) -> None:
    """As exact strings they are two; quotes, line ends and backslashes are escaped."""
    text = 'one "two". one\n"two". three \\ four.'
    answers = [('one "two"', 0), ('one\n"two"', 11), ("three \\", 22)]
    (row,) = shaped(source_of(tmp_path, (text, answers)), answers="json").to_dicts()
    assert orjson.loads(content(row, -1)) == ['one "two"', 'one\n"two"', "three \\"]


def test_rows_have_ids_of_their_own(tmp_path: Path) -> None:
    """Texts of little but line ends give no window twice, wherever in them the one word is."""
    blank = "\n\u2028" * 4_000
    texts = [f"{blank[: 6_000 + 60 * i]}word{i}{blank}" for i in range(8)]
    answered = "one two three four. " * 20
    source = source_of(tmp_path, *((text, []) for text in texts), (answered, [("one", 0)]))
    rows = shaped(source, negatives=100.0)
    assert rows["record"].n_unique() == 9
    assert rows["id"].n_unique() == len(rows)


def test_no_records_are_no_trouble(tmp_path: Path) -> None:
    """A file without documents gives no rows, with the columns of any other."""
    assert shaped(source_of(tmp_path)).height == 0
