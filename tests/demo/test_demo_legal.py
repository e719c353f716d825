"""Facts about the demo contracts."""

import json
import random
import re
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest

from curation.demo import legal
from curation.demo.legal_draft import clause, facts_of, read_marks
from curation.demo.legal_text import CATEGORIES, CLAUSES

COPIES = {legal.ORIGINAL, legal.EXACT_COPY, legal.NEAR_COPY}
AMENDED = {legal.AMENDED, legal.AMENDMENT}


@cache
def contracts() -> dict[str, dict[str, Any]]:
    data: Any = legal.corpus()["data"]
    return {entry["title"]: entry["paragraphs"][0] for entry in data}


def context(title: str) -> str:
    return str(contracts()[title]["context"])


def trap(title: str) -> list[tuple[int, int, str]]:
    """(start, end, text) of the answers in the question that carries the title's trap."""
    wanted = f"{title}__{legal.TRAP_CATEGORY[title]}"
    (answers,) = (qa["answers"] for qa in contracts()[title]["qas"] if qa["id"] == wanted)
    return [(a["answer_start"], a["answer_start"] + len(a["text"]), a["text"]) for a in answers]


@cache
def shingles() -> dict[str, set[tuple[str, ...]]]:
    words = {title: re.findall(r"\w+", context(title).lower()) for title in contracts()}
    return {title: {tuple(w[i : i + 5]) for i in range(len(w) - 4)} for title, w in words.items()}


def likeness(one: str, two: str) -> tuple[float, float]:
    """Jaccard of two contracts' shingles, and how much of the smaller set is in the larger."""
    a, b = shingles()[one], shingles()[two]
    return len(a & b) / len(a | b), len(a & b) / min(len(a), len(b))


def test_same_bytes_each_time(tmp_path: Path) -> None:
    """Two runs write the same bytes, and they hold what corpus() returns."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, two = legal.write_legal(tmp_path / "one"), legal.write_legal(tmp_path / "two")
    assert one.name == "CUADv1.json"
    assert one.read_bytes() == two.read_bytes()
    assert json.loads(one.read_bytes()) == legal.corpus()
    assert b"\n" not in one.read_bytes()
    one, two = one.with_name("test_titles.json"), two.with_name("test_titles.json")
    assert one.read_bytes() == two.read_bytes()


def test_another_seed_gives_other_text() -> None:
    """The seed decides the text."""
    assert legal.corpus(8) != legal.corpus(7)


def test_size(tmp_path: Path) -> None:
    """36 contracts, 300 to 40,000 characters, half of them under about 8,000, in less than 1 MB."""
    lengths = sorted(len(context(title)) for title in contracts())
    assert len(lengths) == 36
    assert 250 <= lengths[0] <= 350
    assert 1_400 <= lengths[1] <= 2_000
    assert 7_000 <= lengths[18] <= 9_000
    assert 39_000 <= lengths[-1] <= 41_500
    assert len(context(legal.LARGEST)) == lengths[-1]
    assert len(context(legal.VERY_SHORT)) == lengths[0]
    assert 600_000 <= legal.write_legal(tmp_path).stat().st_size <= 1_000_000


def test_test_titles(tmp_path: Path) -> None:
    """A fifth of the titles is for testing, an exact copy of a training contract among them."""
    legal.write_legal(tmp_path)
    titles = json.loads((tmp_path / "test_titles.json").read_text(encoding="utf-8"))
    assert set(titles) < set(contracts())
    assert 6 <= len(titles) == len(set(titles)) <= 8
    assert legal.EXACT_COPY in titles
    assert legal.ORIGINAL not in titles


def test_form_of_questions() -> None:
    """Each contract has the 41 questions in one order, impossible exactly when unanswered."""
    assert len(CATEGORIES) == 41
    for title, paragraph in contracts().items():
        assert [qa["id"] for qa in paragraph["qas"]] == [f"{title}__{category}" for category in CATEGORIES]
        for qa, category in zip(paragraph["qas"], CATEGORIES, strict=True):
            assert f'related to "{category}" that should be reviewed by a lawyer. Details:' in qa["question"]
            assert qa["is_impossible"] == (not qa["answers"])
            assert set(qa) == {"answers", "id", "question", "is_impossible"}


def test_every_phrasing_grows() -> None:
    """Each phrasing fills its slots, and its marks name known categories."""
    facts, rng = facts_of(legal.ORIGINAL, 7), random.Random(7)
    for category, phrasings in CLAUSES.items():
        assert len(phrasings) >= 3
        for phrasing in phrasings:
            spans = read_marks("", [clause(category, phrasing, facts, rng)]).spans
            assert category in {name for name, _, _ in spans} <= set(CATEGORIES)


def test_no_slot_or_mark_is_left() -> None:
    """Every slot is filled and every mark is read."""
    assert not [title for title in contracts() if set("{}⟦⟧") & set(context(title))]


def test_offsets_are_exact_but_one() -> None:
    """Of all answers only the planted one is not at its offset, and its text is nearby."""
    wrong = []
    for title, paragraph in contracts().items():
        for qa in paragraph["qas"]:
            for answer in qa["answers"]:
                start, text = answer["answer_start"], answer["text"]
                assert text == text.strip() != ""
                if paragraph["context"][start : start + len(text)] != text:
                    wrong.append((title, qa["id"]))
                    assert paragraph["context"][start - legal.BROKEN_BY :].startswith(text)
    assert wrong == [(legal.BROKEN_SPAN, f"{legal.BROKEN_SPAN}__Governing Law")]


def test_categories_are_answered_and_unanswered() -> None:
    """Each category is answered in 5 families or more, unanswered in some; a third of pairs is answered."""
    families = set(contracts()) - {legal.EXACT_COPY, legal.NEAR_COPY, legal.AMENDMENT}
    questions = [qa for title in families for qa in contracts()[title]["qas"]]
    pairs = [(qa["id"].split("__")[1], len(qa["answers"])) for qa in questions]
    for category in CATEGORIES:
        counts = [count for name, count in pairs if name == category]
        assert sum(map(bool, counts)) >= 5, category
        assert 0 in counts, category
        if category not in ("Document Name", "Parties", "Agreement Date"):
            assert counts.count(0) >= 10, category
    assert 0.28 <= sum(bool(count) for _, count in pairs) / len(pairs) <= 0.4
    assert sum(2 <= count <= 5 for _, count in pairs) >= 30
    assert not any(qa["answers"] for qa in contracts()[legal.UNANSWERED]["qas"])


def test_unrelated_contracts_share_few_shingles() -> None:
    """Contracts of different families stay under 0.2 Jaccard and 0.35 containment."""
    for one, two in combinations(contracts(), 2):
        if not {one, two} <= COPIES and not {one, two} <= AMENDED:
            jaccard, containment = likeness(one, two)
            assert jaccard < 0.2, (one, two)
            assert containment < 0.35, (one, two)


def test_exact_copy_differs_in_whitespace_only() -> None:
    """The exact copy has the original's words and answers, other bytes and one no-break space."""
    original, copied = context(legal.ORIGINAL), context(legal.EXACT_COPY)
    assert legal.EXACT_COPY.endswith("(1)")
    assert original != copied
    assert original.split() == copied.split()
    assert (original.count("\u00a0"), copied.count("\u00a0")) == (0, 1)
    pairs = zip(contracts()[legal.ORIGINAL]["qas"], contracts()[legal.EXACT_COPY]["qas"], strict=True)
    for one, two in pairs:
        assert [a["text"].split() for a in one["answers"]] == [a["text"].split() for a in two["answers"]]


def test_near_copy() -> None:
    """The near-copy is like its original, but no copy; its parties are others."""
    assert 0.5 <= likeness(legal.ORIGINAL, legal.NEAR_COPY)[0] <= 0.9
    assert "Brindle Harbor" in context(legal.ORIGINAL)
    assert "Brindle Harbor" not in context(legal.NEAR_COPY)


def test_amendment() -> None:
    """The amendment holds most of the amended contract and as much of its own."""
    jaccard, containment = likeness(legal.AMENDED, legal.AMENDMENT)
    assert jaccard < 0.5
    assert containment >= 0.6


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (legal.CONTROL_TOKEN, "<|eot_id|>"),
        (legal.CHAT_TOKENS, "[INST]"),
        (legal.CHAT_TOKENS, "<|im_end|>"),
        (legal.CURLY_QUOTES, "“Keep Upright”"),
        (legal.CURLY_QUOTES, "—"),
        (legal.CURLY_QUOTES, "’"),
        (legal.ZERO_WIDTH, "\u200b"),
        (legal.REDACTED, "[ * ]"),
        (legal.REDACTED, "***"),
        (legal.LINE_SEPARATOR, "\u2028"),
        (legal.EMOJI, "🍺"),
    ],
)
def test_odd_text_is_in_its_contract(title: str, text: str) -> None:
    """A planted string is in the contract named for it."""
    assert text in context(title)


@pytest.mark.parametrize("token", ["<|eot_id|>", "[INST]", "<|im_end|>", "\u200b", "\u2028", "[ * ]", "🍺"])
def test_odd_text_is_in_one_contract_only(token: str) -> None:
    """No other contract has it."""
    assert sum(token in context(title) for title in contracts()) == 1


@pytest.mark.parametrize("token", ["<|eot_id|>", "[INST]", "<|im_end|>"])
def test_no_answer_holds_a_control_token(token: str) -> None:
    """Control tokens are in running text only."""
    questions = [qa for paragraph in contracts().values() for qa in paragraph["qas"]]
    assert not [qa["id"] for qa in questions for answer in qa["answers"] if token in answer["text"]]


def test_control_token_is_near_an_answer() -> None:
    """The token follows an answer in the same paragraph."""
    ((_, end, _),) = trap(legal.CONTROL_TOKEN)
    between = context(legal.CONTROL_TOKEN)[end:].partition("<|eot_id|>")[0]
    assert 0 < len(between) < 60
    assert "\n" not in between


def test_long_span() -> None:
    """One answer has about 9,000 printable characters."""
    ((start, end, text),) = trap(legal.LONG_SPAN)
    assert 9_000 <= end - start <= 9_300
    assert text.isprintable()


def test_chained_spans() -> None:
    """Each answer overlaps the next; the chain is far longer than any of them."""
    spans = trap(legal.CHAINED)
    assert len(spans) == 4
    assert all(one[0] < two[0] < one[1] < two[1] for one, two in pairwise(spans))
    assert all(2_000 <= end - start <= 2_700 for start, end, _ in spans)
    assert spans[-1][1] - spans[0][0] > 6_000


def test_overlapping_answers() -> None:
    """Two answers of one question share words, and neither holds the other."""
    one, two = trap(legal.OVERLAPPING)
    assert one[0] < two[0] < one[1] < two[1]


def test_repeated_answer() -> None:
    """One answer is listed twice, text and offset."""
    one, two = trap(legal.REPEATED)
    assert one == two


def test_answers_out_of_order() -> None:
    """The answers of one question run from last to first."""
    starts = [start for start, _, _ in trap(legal.UNORDERED)]
    assert len(starts) >= 2
    assert starts == sorted(starts, reverse=True)


def test_blank_line_within_an_answer() -> None:
    """One answer spans paragraphs."""
    assert [text.count("\n\n") for _, _, text in trap(legal.BLANK_LINE)] == [2]


def test_odd_text_within_answers() -> None:
    """A zero-width space and redactions are inside answers too, and an emoji precedes one."""
    assert "\u200b" in trap(legal.ZERO_WIDTH)[0][2]
    assert "[ * ]" in trap(legal.REDACTED)[0][2]
    assert "***" in trap(legal.REDACTED)[0][2]
    assert context(legal.EMOJI).index("🍺") < trap(legal.EMOJI)[0][0]


def test_odd_titles_and_questions() -> None:
    """One title ends in a space, and one question of the corpus has a no-break space."""
    assert [title for title in contracts() if title != title.strip()] == [legal.TRAILING_SPACE]
    odd = [qa["id"] for p in contracts().values() for qa in p["qas"] if "\u00a0" in qa["question"]]
    assert odd == [f"{legal.NBSP_QUESTION}__{legal.TRAP_CATEGORY[legal.NBSP_QUESTION]}"]
