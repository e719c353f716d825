"""Facts about the demo counselling rows."""

import csv
import random
import re
import unicodedata
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from curation.demo import bengali
from curation.demo.bengali import Row
from curation.demo.bengali_text import ASKS, CLOSINGS, EFFECTS, EMPATHY, FACTS, GENERAL, OPENINGS, PROFESSIONAL, TOPICS

KEPT_AS_IS = (*bengali.CODE_MIXED, bengali.DOTTED, bengali.VOWELS, bengali.HAIR, bengali.WALK)


@cache
def drawn() -> list[Row]:
    return list(bengali.rows(2_000, seed=1))


@cache
def file_rows() -> list[Row]:
    return bengali.table()


def words(text: str) -> frozenset[str]:
    """Words with their vowel signs, whatever form they are in."""
    kept = unicodedata.normalize("NFKC", text).replace("\u200d", "").replace("\u200c", "")
    return frozenset(re.findall(r"[\w\u0980-\u09ff]+", kept))


def likeness(one: str, two: str) -> float:
    a, b = words(one), words(two)
    return len(a & b) / len(a | b)


def near_pairs(texts: list[str], least: float) -> set[tuple[int, int]]:
    """Pairs of texts with a Jaccard of ``least`` or more: they share one of the rarest words of both."""
    sets = [words(text) for text in texts]
    holders: dict[str, list[int]] = defaultdict(list)
    for at, kept in enumerate(sets):
        for word in kept:
            holders[word].append(at)
    pairs = set()
    for at, kept in enumerate(sets):
        rare = sorted(kept, key=lambda word: len(holders[word]))[: int(len(kept) * (1 - least)) + 2]
        for other in {other for word in rare for other in holders[word] if other != at}:
            if len(kept & sets[other]) >= least * len(kept | sets[other]):
                pairs.add((min(at, other), max(at, other)))
    return pairs


def test_same_bytes_each_time(tmp_path: Path) -> None:
    """Two runs write the same bytes under the published name, and read back they are the table."""
    (tmp_path / "two").mkdir()
    one, two = bengali.write_bengali(tmp_path), bengali.write_bengali(tmp_path / "two")
    assert one.name == "BengaliEmpatheticConversationsCorpus .csv"
    assert one.read_bytes() == two.read_bytes()
    with one.open(encoding="utf-8", newline="") as file:
        header, *read = csv.reader(file)
    assert header == ["Topics", "Question-Title", "Questions", "Answers"]
    assert [Row(*cells) for cells in read] == file_rows()


def test_rows_are_a_stream() -> None:
    """Fewer rows are the first of more, and another seed gives others."""
    assert list(bengali.rows(50, seed=1)) == drawn()[:50]
    assert next(bengali.rows(1, seed=2)) != drawn()[0]


def test_counts() -> None:
    """200 clean rows and 36 traps, no two of all the same."""
    assert len(bengali.TRAPS) == 36
    assert len(file_rows()) == len(set(file_rows())) == 236
    assert [row for row in file_rows() if row not in bengali.TRAPS] == list(bengali.rows(200, seed=7))


def test_form_of_clean_rows() -> None:
    """Clean cells are trimmed NFC Bengali that begins with a letter; questions and answers have their lengths."""
    assert {row.topic for row in drawn()} == {topic.name for topic in TOPICS}
    for row in drawn():
        assert 100 <= len(row.question) <= 900
        assert 300 <= len(row.answer) <= 2_500
        assert row.question[-1] in "।?"
        assert row.answer[-1] in "।?"
        for cell in row:
            assert cell == cell.strip()
            assert cell == unicodedata.normalize("NFC", cell)
            assert "\u0985" <= cell[0] <= "\u09b9" or cell[0] in "০১২৩৪৫৬৭৮৯"
            assert not re.search(r"[{}|/A-Za-z]|  ", cell)


def test_sentences_of_clean_rows() -> None:
    """A question has 2 to 8 sentences, an answer 4 to 20."""
    for row in drawn():
        assert 2 <= len(re.findall(r"[।?](?= |$)", row.question)) <= 9  # one sentence of the tables is two
        assert 4 <= len(re.findall(r"[।?](?= |$)", row.answer)) <= 20


def test_every_template_is_well_formed() -> None:
    """Braces match, every slot is known, and no sentence stands twice in a table."""
    known = {*FACTS, *bengali.WORDS, "who", "age"}
    tables = [table for topic in TOPICS for table in topic if isinstance(table, tuple)]
    for table in [*tables, OPENINGS, EFFECTS, ASKS, EMPATHY, GENERAL, PROFESSIONAL, CLOSINGS]:
        assert len(set(table)) == len(table)
        for template in filter(lambda entry: isinstance(entry, str), table):
            assert set(re.sub(r"\{[^{}]*\}", "", template)) & set("{}|/") == set()
            for slot in re.findall(r"\{([^{}]*)\}", template):
                assert "|" in slot or slot.count("/") == 1 or slot.partition(":")[0] in known, template


def test_hardly_any_question_is_a_near_duplicate() -> None:
    """Of 2,000 questions at most 0.3 % have a near-duplicate, and none of the file's clean ones."""
    pairs = near_pairs([row.question for row in drawn()], 0.8)
    assert len({at for pair in pairs for at in pair}) <= 6
    assert near_pairs([row.question for row in bengali.rows(bengali.CLEAN, seed=7)], 0.8) == set()


def test_planted_pairs_are_all_near_duplicates_of_the_file() -> None:
    """Beside copies, the pairs of NEAR are the only questions with a Jaccard of 0.8 or more."""
    texts = [row.question for row in file_rows() if len(words(row.question)) > 5]
    found = {frozenset((texts[a], texts[b])) for a, b in near_pairs(texts, 0.8)}
    planted = [*bengali.NEAR, (bengali.DOTTED, bengali.DOTTED_COPY), (bengali.VOWELS, bengali.VOWELS_COPY)]
    assert found == {frozenset((one.question, two.question)) for one, two in planted}
    for one, two in bengali.NEAR:
        assert 0.8 <= likeness(one.question, two.question) < 1


@pytest.mark.parametrize("trap", bengali.TRAPS)
def test_traps_are_in_the_file_in_order(trap: Row) -> None:
    """Each trap is in the file once, behind those listed before it."""
    assert file_rows().count(trap) == 1
    assert file_rows().index(trap) == 3 + 6 * bengali.TRAPS.index(trap)


def test_cells_with_spaces_and_without_text() -> None:
    """Four rows have spaces around cells; two questions and two answers are empty or blank; two pairs are short."""
    for row in bengali.SPACED:
        assert any(cell != cell.strip() for cell in row)
        assert all(cell.strip() for cell in row)
    assert [row.question.strip() for row in bengali.NO_QUESTION] == ["", ""]
    assert [row.answer.strip() for row in bengali.NO_ANSWER] == ["", ""]
    assert all(len(row.question) < 8 and len(row.answer) < 12 for row in bengali.TOO_SHORT)
    assert 5_000 < len(bengali.OVERLONG.answer) < 12_000


def test_other_scripts() -> None:
    """English, Hindi, Assamese and digits are told by their letters; code-mixed rows stay mainly Bengali."""
    for row in bengali.ENGLISH:
        assert (row.question + row.answer).isascii()
    assert re.search("[\u0900-\u0963]", bengali.HINDI.question)
    assert not re.search("[\u0985-\u09fe]", bengali.HINDI.question + bengali.HINDI.answer)
    assamese = bengali.ASSAMESE.question + bengali.ASSAMESE.answer
    assert {"ৰ", "ৱ"} <= set(assamese)
    assert "র" not in assamese
    assert not any(letter.isalpha() for letter in bengali.DIGITS.question)
    for row in bengali.CODE_MIXED:
        text = row.question + row.answer
        assert 10 <= len(re.findall("[A-Za-z]", text)) <= 0.2 * len(re.findall("[\u0980-\u09ff]", text))


def test_assamese_letters_are_in_one_row_only() -> None:
    """No other row has ৰ or ৱ."""
    assert [row for row in file_rows() if re.search("[ৰৱ]", "".join(row))] == [bengali.ASSAMESE]


def test_odd_characters() -> None:
    """The control token, the joiners and the line breaks in answers are where their constants say."""
    with_token = [row for row in file_rows() if "<|eot_id|>" in "".join(row)]
    assert with_token == [bengali.CONTROL_TOKEN]
    assert "<|eot_id|>" in bengali.CONTROL_TOKEN.answer
    assert [row for row in file_rows() if "\u200d" in "".join(row)] == [bengali.JOINER]
    assert [row for row in file_rows() if "\u200c" in "".join(row)] == [bengali.NON_JOINER]
    assert tuple(row for row in file_rows() if "\n" in row.answer) == bengali.LINES
    assert "\n\n" in bengali.LINES[1].answer
    assert '"' in bengali.LINES[2].answer


@pytest.mark.parametrize(
    ("row", "copied", "marks"),
    [
        (bengali.DOTTED, bengali.DOTTED_COPY, "\u09dc\u09dd\u09df"),
        (bengali.VOWELS, bengali.VOWELS_COPY, "\u09c7\u09be"),
    ],
)
def test_copies_differ_in_form_only(row: Row, copied: Row, marks: str) -> None:
    """A copied question is other code points and other white space, and the same text in NFC."""
    assert set(marks) <= set(copied.question)
    assert unicodedata.normalize("NFC", row.question) == row.question
    assert copied.question.split() != row.question.split()
    assert unicodedata.normalize("NFC", copied.question).split() == row.question.split()


def test_each_dotted_letter_is_in_the_copied_question() -> None:
    """The precomposed forms are in the copy, the decomposed ones in the row."""
    assert not set("\u09dc\u09dd\u09df") & set(bengali.DOTTED.question)
    for letter in ("ড\u09bc", "ঢ\u09bc", "য\u09bc"):
        assert letter in bengali.DOTTED.question
        assert letter not in bengali.DOTTED_COPY.question


def test_hair_and_walk_differ_in_vowel_signs_only() -> None:
    """Without marks the two questions have the same words; with them they are far from near-duplicates."""

    def bare(text: str) -> list[str]:
        letters = "".join(c for c in text if unicodedata.category(c)[0] != "M")
        return re.findall(r"\w+", letters)

    assert bare(bengali.HAIR.question) == bare(bengali.WALK.question)
    assert likeness(bengali.HAIR.question, bengali.WALK.question) < 0.7
    assert "চুল" in bengali.HAIR.question
    assert "চলি" in bengali.WALK.question


def test_rows_to_keep_are_clean() -> None:
    """Traps that should be kept have trimmed cells of a fair length."""
    for row in KEPT_AS_IS:
        assert all(cell == cell.strip() for cell in row)
        assert len(row.question) >= 90
        assert len(row.answer) >= 150


@pytest.mark.parametrize(
    ("word", "ending", "whole"),
    [
        ("মা", "র", "মায়ের"),
        ("মামা", "র", "মামার"),
        ("বড় ভাই", "র", "বড় ভাইয়ের"),
        ("বোন", "র", "বোনের"),
        ("স্ত্রী", "র", "স্ত্রীর"),
        ("ঢাকা", "তে", "ঢাকায়"),
        ("রাজশাহী", "তে", "রাজশাহীতে"),
        ("সিলেট", "তে", "সিলেটে"),
        ("দাদি", "কে", "দাদিকে"),
        ("রুমা", "", "রুমা"),
    ],
)
def test_endings(word: str, ending: str, whole: str) -> None:
    """Genitive and locative depend on the last letter."""
    assert bengali.inflected(word, ending) == unicodedata.normalize("NFC", whole)


def test_a_pronoun_follows_a_noun() -> None:
    """Where the person was not named yet, the noun stands for the pronoun."""
    voice = bengali._Voice({"who": "মা"}, plain=False, whose="আমার")
    filled = [bengali._fill(t, voice, random.Random(1)) for t in ("{তাঁর/তার} কথা", "{তাঁর/তার} কথা")]
    assert filled == [unicodedata.normalize("NFC", "আমার মায়ের কথা"), "তাঁর কথা"]
