"""Facts about the stage that detects languages: by script, by langdetect, apart from other texts and in any process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.base import progress
from curation.base.errors import BuildError, UsageError
from curation.base.rows import no_verdict
from curation.stages import langdetect_pool as detect_module
from curation.stages.langdetect_pool import LANGUAGES, detect
from curation.stages.language import READ_CHARACTERS, Language
from curation.stages.scripts import ONE_LANGUAGE, letters

TEXT = pl.col("text")
ENGLISH = "The people of this country have always been able to speak about their own history."
FRENCH = "Les habitants de ce pays ont toujours pu parler de leur propre histoire et de leur langue."
RUSSIAN = "Люди этой страны всегда говорили о своей истории и о своём языке."
HINDI = "इस देश के लोग हमेशा अपने इतिहास और भाषा के बारे में बात करते हैं।"
BENGALI = "এই দেশের মানুষ সবসময় নিজেদের ইতিহাস ও ভাষা নিয়ে কথা বলে।"
ASSAMESE = "এই দেশৰ মানুহে সদায় নিজৰ ইতিহাস আৰু ভাষাৰ বিষয়ে কথা পাতে।"
JAPANESE = "この国の人々はいつも自分たちの歴史と言葉について話してきました。"
CHINESE = "这个国家的人民一直在谈论自己的历史和语言。"
EACH = {
    ENGLISH: "en",
    FRENCH: "fr",
    RUSSIAN: "ru",
    HINDI: "hi",
    BENGALI: "bn",
    ASSAMESE: "as",
    JAPANESE: "ja",
    CHINESE: "zh-cn",
    "123 🍺": "unknown",
}


def frame(*texts: str | None) -> pl.LazyFrame:
    rows = pl.LazyFrame({"text": pl.Series(texts, dtype=pl.String)}).with_row_index("row")
    return rows.with_columns(no_verdict())


def languages(*texts: str | None) -> list[str]:
    rows = Language(TEXT)(frame(*texts)).collect()
    assert rows["row"].to_list() == list(range(len(texts)))
    return rows["language"].to_list()


def verdicts(stage: Language, *texts: str | None) -> list[tuple[str | None, str | None]]:
    return stage(frame(*texts)).select("reason", "detail").collect().rows()


def test_every_language_is_detected() -> None:
    """Sentences in languages of eight scripts, those that share a script included, come out as what they are."""
    assert languages(*EACH) == list(EACH.values())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ভাষা", "bn"),
        ("ক", "bn"),
        ("ভাষাৰ", "as"),
        ("γλώσσα", "el"),
        ("שפה", "he"),
        ("ภาษา", "th"),
        ("மொழி", "ta"),
        ("భాష", "te"),
        ("ಭಾಷೆ", "kn"),
        ("ഭാഷ", "ml"),
        ("ભાષા", "gu"),
        ("ਭਾਸ਼ਾ", "pa"),
        ("ଭାଷା", "or"),
        ("භාෂාව", "si"),
        ("ភាសា", "km"),
        ("ພາສາ", "lo"),
        ("ဘာသာ", "my"),
        ("ენა", "ka"),
        ("լեզու", "hy"),
        ("ቋንቋ", "am"),
        ("སྐད་ཡིག", "bo"),
        ("ބަސް", "dv"),
        ("언어", "ko"),
        ("ことば", "ja"),
        ("スーパー", "ja"),
    ],
)
def test_one_word_is_enough_where_the_script_decides(text: str, code: str) -> None:
    """A script of one language settles it however short the text, digits and signs beside it or not."""
    assert languages(text, f"১. {text}! 😀 42") == [code, code]


def test_langdetect_is_not_imported_where_scripts_settle() -> None:
    """A corpus in Bengali script never loads langdetect, and starts no process."""
    code = (
        "import sys, polars as pl\n"
        "from curation.base.rows import no_verdict\n"
        "from curation.stages.language import Language\n"
        "rows = pl.LazyFrame({'text': ['ভাষা'] * 999}).with_row_index('row').with_columns(no_verdict())\n"
        "assert Language(pl.col('text'))(rows).collect()['language'].to_list() == ['bn'] * 999\n"
        "assert 'langdetect' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_assamese_and_bengali() -> None:
    """More ৰ and ৱ than র is Assamese, as many or fewer is Bengali, also where langdetect would decide a mixture."""
    assert languages("ৰৰ র", "ৰৱর", "ৰর", "ৱ", "র", "ক") == ["as", "as", "bn", "as", "bn", "bn"]
    mixed = " and the people of this land"
    assert languages(ASSAMESE + mixed * 2, BENGALI + mixed * 2) == ["as", "bn"]


def test_han_with_and_without_kana() -> None:
    """One の in a Chinese text makes it no Japanese one; without Hangul no text is Korean, short as it be."""
    assert languages(CHINESE + "优の良品" + CHINESE) == ["zh-cn"]
    assert "ko" not in languages("水 房子 问题 山 因为每个孩子", "问题 山 水 问题 房子 河流 回答 山 水")


@pytest.mark.parametrize(
    "text", [None, "", " \n", "12345 67 890 1234", "১২৩ ৪৫৬ ৭৮৯ ০১২ ৩৪", "😀😀❤\ufe0f", "।॥ --- \u0301"]
)
def test_nothing_to_tell_by(text: str | None) -> None:
    """Without a letter a text is unknown: digits of any script, signs, emoji, a danda, a mark alone."""
    assert languages(text) == ["unknown"]


def test_a_word_in_a_shared_script_is_too_little() -> None:
    """Eleven Latin letters are unknown, twelve are detected; so are `least` and one fewer."""
    assert languages("Hello world 1", "Hello worlds 1")[0] == "unknown"
    assert languages("Hello, this is")[0] == "unknown"
    few = Language(TEXT, least=5)(frame("This", "These")).collect()["language"].to_list()
    assert few[0] == "unknown"
    assert few[1] != "unknown"


def test_letters_unknown_to_langdetect() -> None:
    """A script of no known language is unknown, however long the text."""
    assert languages("ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ᎠᏂᏣᎳᎩ ᎤᏂᏬᏂᎯᏍᏗ") == ["unknown"]


def test_mixed_texts() -> None:
    """Bengali with English terms is Bengali, English with a Bengali word is English."""
    assert languages("আমি Python দিয়ে API লিখতে শিখছি এবং কোড চালাই", f"{ENGLISH} ভাষা") == ["bn", "en"]


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@pytest.mark.parametrize("form", [str.upper, wide])
def test_the_form_of_letters_does_not_count(form: Callable[[str], str]) -> None:
    """Capitals, which langdetect passes over, and full-width letters give the language as others do."""
    assert languages(form(ENGLISH), form(FRENCH)) == ["en", "fr"]


def test_the_start_decides() -> None:
    """What is beyond the first 2,000 characters changes nothing."""
    start = "ভাষা " * (READ_CHARACTERS // 5)
    assert languages(start + ENGLISH * 100) == ["bn"]
    assert languages(" " * (READ_CHARACTERS - 1) + "ক", " " * READ_CHARACTERS + "ক") == ["bn", "unknown"]


def test_only_what_is_allowed_stays() -> None:
    """Other languages are rejected with the code found and those expected; unknown ones stay by default."""
    texts = (BENGALI, ASSAMESE, ENGLISH, "42 ok")
    wrong = ("wrong_language", "en, expected bn or as")
    assert verdicts(Language(TEXT), *texts) == [(None, None)] * 4
    assert verdicts(Language(TEXT, ("bn", "as")), *texts) == [(None, None), (None, None), wrong, (None, None)]
    few = ("unknown_language", "2 letters")
    assert verdicts(Language(TEXT, ("bn", "as"), "reject"), *texts) == [(None, None), (None, None), wrong, few]
    assert verdicts(Language(TEXT, unknown="reject"), *texts) == [(None, None)] * 3 + [few]


def test_two_texts_of_a_row() -> None:
    """With a column of its own each, two texts of a row are detected, and the first to fall gives the reason."""
    rows = frame(BENGALI, ENGLISH).with_columns(answer=pl.lit(ENGLISH))
    rows = Language(TEXT, ("bn",), column="first")(rows)
    rows = Language(pl.col("answer"), ("bn", "fr"), column="second")(rows)
    assert rows.select("first", "second", "detail").collect().rows() == [
        ("bn", "en", "en, expected bn or fr"),
        ("en", "en", "en, expected bn"),
    ]
    with pytest.raises(UsageError, match="have a column 'first' already"):
        Language(TEXT, column="first")(rows)


def test_the_stage_only_adds() -> None:
    """Columns, rows and order stay, an earlier verdict too; an empty frame is no trouble."""
    verdict = {"reason": pl.lit("earlier"), "detail": pl.lit("value"), "other": pl.lit("id7")}
    rejected = frame(ENGLISH, BENGALI).with_columns(**verdict)
    out = Language(TEXT, ("bn",))(rejected.reverse()).collect()
    assert out.drop("language").equals(rejected.reverse().collect())
    assert out["language"].to_list() == ["bn", "en"]
    assert Language(TEXT, ("bn",))(frame()).collect().schema["language"] == pl.String


@pytest.mark.parametrize(
    ("code", "hint"), [("zh", "zh-cn"), ("ben", "bn"), ("BN", "Expected one of: af, am"), ("xx", "")]
)
def test_a_code_that_never_comes_out(code: str, hint: str) -> None:
    """A misspelled language is an error before anything is read, not a build without rows."""
    with pytest.raises(UsageError, match=f"'{code}' is not a known language code.*{hint}"):
        Language(TEXT, ("bn", code))


def test_the_manifest_line() -> None:
    """Two stages of the same options have the same line, which names them all."""
    line = "Language(col(\"text\"), allowed=('bn',), unknown='keep', least=12, column='language')"
    assert repr(Language(TEXT, ("bn",))) == repr(Language(pl.col("text"), ("bn",))) == line


@settings(deadline=None, max_examples=20)
@given(st.lists(st.sampled_from(sorted(EACH)), min_size=1, max_size=30))
def test_a_language_depends_on_its_text_alone(texts: list[str]) -> None:
    """Order, repetition and the other texts of a frame change nothing."""
    assert languages(*texts) == [EACH[text] for text in texts]


def many() -> list[str]:
    """Sentences of three to six letters a word that langdetect is not sure about."""
    pieces = [*ENGLISH.split(), *FRENCH.split(), *RUSSIAN.split()]
    return [" ".join(pieces[(n * k) % len(pieces)] for k in range(1, 6)) for n in range(320)]


def test_processes_change_nothing() -> None:
    """One process, two, or another order give every text the same code, and progress counts each text once."""
    texts, counted = many(), Counter()
    with progress.watch(counted):
        here, apart = detect(texts, 1), detect(texts, 2)
    assert len(set(here)) > 5
    assert apart == here
    assert detect(texts[::-1], 2) == here[::-1]
    assert counted.items == 2 * len(texts)


class Counter:
    """A listener that adds up."""

    items = 0

    def start(self, task: str, total: int | None) -> None: ...

    def advance(self, items: int) -> None:
        self.items += items


def test_the_seed_of_others_stays() -> None:
    """langdetect's own functions are left as they were: the seed is set for our detectors alone."""
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    detect([ENGLISH], 1)
    assert DetectorFactory.seed is None
    assert sorted(name for name in os.listdir(PROFILES_DIRECTORY) if name[0] not in "._") == list(LANGUAGES)


@pytest.mark.parametrize("code", ["pass", "print('[', end='')", "input(); import os; os.kill(os.getpid(), 9)"])
def test_a_process_that_dies(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ends without a whole answer is one error of the build, with how it ended."""

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    monkeypatch.setattr(detect_module, "_start", start)
    with pytest.raises(
        BuildError,
        match=r"A language detection process ended with exit status (0|-9)\. It may have run out of memory\.",
    ):
        detect([text * 40 for text in many()], 2)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.one_of(st.none(), st.text(max_size=9), st.text("কৰ্ঁ।১aéЖ语のー한\u0301", max_size=9)), max_size=9))
def test_letters_are_counted_as_the_standard_has_them(texts: list[str | None]) -> None:
    """Every count is that of the letters and marks with the script property, whatever is beside them."""
    text = pl.Series(texts, dtype=pl.String)
    counted = letters(text)
    patterns = {code: ONE_LANGUAGE[code] for code in ("bn", "el", "ko")} | {"han": r"\p{Han}"}
    for code, script in patterns.items():
        assert (
            counted[code].to_list() == text.fill_null("").str.count_matches(f"[{script}&&[\\p{{L}}\\p{{M}}]]").to_list()
        )
    every = text.fill_null("").str.count_matches(r"[[\p{L}\p{M}]--\p{Inherited}]")
    assert counted.sum_horizontal().to_list() == every.to_list()


def test_letters_of_many_texts() -> None:
    """Texts are counted in parts, and no count moves to a neighbour."""
    text = pl.Series(["ক" * (n % 7) + "a" * (n % 3) for n in range(2500)])
    counted = letters(text)
    assert counted["bn"].to_list() == [n % 7 for n in range(2500)]
    assert counted["other"].to_list() == [n % 3 for n in range(2500)]
