"""Facts about `curate init`: the recipe that it writes loads and builds as it stands, whatever the file is called."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import xlsxwriter
from books import check_books, fates, lines, said

from curation.base.errors import UsageError
from curation.cli.app import main
from curation.ledger.build import Build
from curation.recipes.loading import load, make
from curation.runner.recipe import Recipe
from curation.scaffold.sniff import profile
from curation.scaffold.write import draft, name_for

Pair = tuple[str, str]
PAIRS: tuple[Pair, ...] = tuple(
    (f"How does one get to {town}?", f"Take line {n} to {town}, it leaves at the {town} gate.")
    for n, town in enumerate(
        f"{first}{last}" for first in ("Ar", "Brug", "Chu", "Dav") for last in ("on", "is", "e", "ag")
    )
)


class Refused(Exception):
    """The command line ended with another code than 0."""


Curate = Callable[..., str]


@pytest.fixture
def curate(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Curate:
    """curate("init", file): the command line in this process, in an empty folder; what it prints, or Refused."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> str:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        if ended.value.code:
            raise Refused(f"{ended.value.code}: {err.strip()}")
        return out

    return run


def table(path: Path, header: Pair = ("question", "answer"), rows: Sequence[Pair] = PAIRS) -> Path:
    with path.open("w", encoding="utf8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def objects(path: Path, values: Sequence[object]) -> Path:
    path.write_text("".join(f"{json.dumps(value, ensure_ascii=False)}\n" for value in values), "utf8")
    return path


def sheet(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for number, cells in enumerate((("question", "answer"), *PAIRS)):
            page.write_row(number, 0, cells)
    return path


def squad(path: Path) -> Path:
    entries = []
    for asked, answer in PAIRS:
        answers = [{"text": "Take line", "answer_start": 0}]
        asking = {"id": f"{asked}__line", "question": asked, "answers": answers}
        entries.append({"title": asked, "paragraphs": [{"context": f"{answer} Nothing else does.", "qas": [asking]}]})
    path.write_text(json.dumps({"version": "1", "data": entries}), "utf8")
    return path


WRITERS: dict[str, Callable[[Path], Path]] = {
    "table.csv": table,
    "sheet.xlsx": sheet,
    "flat.jsonl": lambda path: objects(path, [{"question": q, "answer": a, "seen": 3} for q, a in PAIRS]),
    "sharegpt.jsonl": lambda path: objects(
        path, [{"conversations": [{"from": "human", "value": q}, {"from": "gpt", "value": a}]} for q, a in PAIRS[:4]]
    ),
    "messages.jsonl": lambda path: objects(
        path,
        [{"messages": [{"role": "user", "content": q}, {"role": "assistant", "content": a}]} for q, a in PAIRS[4:8]],
    ),
    "prompts.jsonl": lambda path: objects(path, [{"prompt": q, "completion": a} for q, a in PAIRS[8:12]]),
    "alpaca.jsonl": lambda path: objects(path, [{"instruction": q, "output": a} for q, a in PAIRS[12:]]),
    "squad.json": squad,
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_draft_loads(name: str, tmp_path: Path) -> None:
    """For every form that can be built the draft is Python that loads, formatted, and makes a recipe of its file."""
    file = WRITERS[name](tmp_path / name)
    target = tmp_path / "mine.py"
    text = draft([profile(file)], target)
    target.write_text(text, "utf8")
    made = make(load(str(target)), None, {"seed": 3, "max_tokens": 1_500})
    assert isinstance(made, Recipe)
    assert [path.resolve() for path in made.sources] == [file.resolve()]
    assert made.name == "mine"


def test_drafts_are_tidy(tmp_path: Path) -> None:
    """A draft is formatted, without an unused import or a long line, as a person would leave it."""
    for name, write in WRITERS.items():
        target = tmp_path / f"{name.replace('.', '_')}.py"
        target.write_text(draft([profile(write(tmp_path / name))], target), "utf8")
    ruff = Path(sys.executable).with_name("ruff")
    rules = ["check", "--isolated", "--no-cache", "--line-length=120", "--select=E,F,I,UP,B,W"]
    for words in (rules, ["format", "--isolated", "--no-cache", "--line-length=120", "--check"]):
        done = subprocess.run([ruff, *words, tmp_path], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr


def conversations(made: Build) -> set[Pair]:
    """What is asked and answered in the rows of one question."""
    return {(said(row, "user")[0], said(row, "assistant")[0]) for row in lines(made)}


def test_conversations_of_every_form_build_together(curate: Curate, tmp_path: Path) -> None:
    """Chat files of four forms make one recipe, which builds from its own folder and keeps every conversation."""
    names = [name for name in WRITERS if name not in ("table.csv", "sheet.xlsx", "flat.jsonl", "squad.json")]
    for name in names:
        WRITERS[name](tmp_path / name)
    out = curate("init", *names)
    assert "Wrote sharegpt.py. Read it, change it, then build it: " in out
    assert "curate build ./sharegpt.py" in out
    assert not curate("build", "./sharegpt.py", "--json").startswith("error")
    made = Build.open(Path("datasets_out/sharegpt"))
    check_books(made)
    assert conversations(made) == set(PAIRS)
    assert [file.name for file in made.manifest.sources] == names


def test_a_squad_file_builds(curate: Curate, tmp_path: Path) -> None:
    """A SQuAD file makes a copy of the legal recipe that reads this file, not the published one."""
    squad(tmp_path / "squad.json")
    curate("init", "squad.json", "--json")
    curate("build", "./squad.py", "--negatives", "0")
    made = Build.open(Path("datasets_out/squad"))
    check_books(made)
    assert [file.name for file in made.manifest.sources] == ["squad.json"]
    assert {row["meta"]["record"] for row in lines(made)} == {asked for asked, _ in PAIRS}
    assert {said(row, "assistant")[0] for row in lines(made)} == {"Take line"}


AWKWARD = 'qu"e\'s\ntion\\N"""{x}', "উত্তর\t{}"
FILE = "my \"faq\" v1.2 {y} \\N'''[b].csv"


def test_awkward_names(curate: Curate, tmp_path: Path) -> None:
    """Columns with quotes, newlines, braces, backslashes and Bengali, a file with spaces and dots: the draft builds."""
    (tmp_path / "below [" / "b]").mkdir(parents=True)
    table(tmp_path / "below [/b]" / FILE, AWKWARD, [*PAIRS, ("", "An answer to nothing."), ("Nothing?", " ")])
    out = curate("init", Path("below [/b]") / FILE)
    assert "Wrote my_faq_v1_2_y_n_b.py." in out
    assert f"below [/b]/{FILE}: table, 18 records" in " ".join(out.split())
    curate("build", "./my_faq_v1_2_y_n_b.py")
    made = Build.open(Path("datasets_out/my_faq_v1_2_y_n_b"))
    check_books(made)
    assert conversations(made) == set(PAIRS)
    assert made.counts() == {"no_answer": 1, "no_question": 1}
    assert len(fates(made)) == 18


def test_columns_with_our_names(curate: Curate, tmp_path: Path) -> None:
    """A table whose columns are called as those of a record are (source, id) builds as any other."""
    table(tmp_path / "pairs.csv", ("source", "id"))
    curate("init", "pairs.csv")
    curate("build", "./pairs.py")
    assert conversations(Build.open(Path("datasets_out/pairs"))) == set(PAIRS)


def test_a_draft_elsewhere(tmp_path: Path) -> None:
    """A draft finds its files from the folder that it stands in, wherever it is loaded from."""
    for folder in ("data", "recipes/mine"):
        (tmp_path / folder).mkdir(parents=True)
    files = [table(tmp_path / "data" / f"{name}.csv") for name in ("one", "two")]
    target = tmp_path / "recipes" / "mine" / "both.py"
    target.write_text(draft([profile(file) for file in files], target), "utf8")
    assert str(tmp_path) not in target.read_text("utf8")
    (tmp_path / "recipes").rename(tmp_path / "renamed")
    made = make(load(str(tmp_path / "renamed" / "mine" / "both.py")), None, {})
    assert [path.resolve() for path in made.sources] == [file.resolve() for file in files]
    other = table(tmp_path / "data" / "other.csv")
    assert make(load(str(tmp_path / "renamed" / "mine" / "both.py")), other, {}).sources == (other,)


def test_what_stands_there_is_left_alone(curate: Curate, tmp_path: Path) -> None:
    """A target that exists, or is no .py file, is refused with exit code 2, and is as it was."""
    table(tmp_path / "faq.csv")
    (tmp_path / "faq.py").write_text("mine")
    with pytest.raises(Refused, match=r"2: error: faq\.py exists"):
        curate("init", "faq.csv", "--json")
    with pytest.raises(Refused, match=r"2: error: mine\.txt exists, or does not end in \.py"):
        curate("init", "faq.csv", "--out", "mine.txt")
    with pytest.raises(Refused, match=r"6: error: nowhere/mine\.py cannot be written"):
        curate("init", "faq.csv", "--out", "nowhere/mine.py")
    assert (tmp_path / "faq.py").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["faq.csv", "faq.py"]
    assert "Wrote other.py." in curate("init", "faq.csv", "--out", "other.py")


def test_files_that_make_no_recipe(tmp_path: Path) -> None:
    """One column, texts, or files that do not belong together are refused, with what was found."""
    (tmp_path / "one.csv").write_text("question\nWhy?\n")
    objects(tmp_path / "pairs.jsonl", [{"prompt": "a", "chosen": "b", "rejected": "c"}])
    objects(tmp_path / "texts.jsonl", [{"text": "<s>Hello</s>"}])
    for name in ("table.csv", "flat.jsonl", "messages.jsonl", "squad.json"):
        WRITERS[name](tmp_path / name)
    table(tmp_path / "other.csv", ("prompt", "answer"))
    for names, words in (
        (["one.csv"], "one.csv: no column is left that could be the answer"),
        (["texts.jsonl"], "texts.jsonl holds text records"),
        (["table.csv", "messages.jsonl"], "hold table and messages"),
        (["messages.jsonl", "squad.json"], "hold messages and squad"),
        (["pairs.jsonl", "messages.jsonl"], "hold preference and messages"),
        (["squad.json", "squad.json"], "One SQuAD file makes a recipe"),
        (["table.csv", "other.csv"], "have other columns"),
    ):
        with pytest.raises(UsageError) as raised:
            draft([profile(tmp_path / name) for name in names], tmp_path / "mine.py")
        assert words in str(raised.value)
    for names in (["table.csv", "flat.jsonl"], ["pairs.jsonl"]):
        assert draft([profile(tmp_path / name) for name in names], tmp_path / "mine.py")


def test_a_mistake_in_a_draft_is_told_by_its_line(curate: Curate, tmp_path: Path) -> None:
    """What a person breaks in their recipe is told with its file and line, when it is loaded and when it runs."""
    table(tmp_path / "faq.csv")
    curate("init", "faq.csv")
    mine = tmp_path / "faq.py"
    text = mine.read_text("utf8")
    for old, new, words in (
        ('pl.col("question")', 'pl.column("question")', "AttributeError"),
        ('name="faq"', "name=faq", "NameError"),
        ("tokens, files = load_tokenizer(", "tokens, files = 1 / 0, load_tokenizer(", "ZeroDivisionError"),
        ("    return Recipe(", "    return Recipe((", "SyntaxError"),
    ):
        assert old in text
        mine.write_text(text.replace(old, new, 1), "utf8")
        line = 1 + text[: text.index(old)].count("\n")
        with pytest.raises(Refused, match=rf"^3: error: faq\.py, line {line}: {words}"):
            curate("build", "./faq.py")
    mine.write_text(text.replace('pl.col("answer")', 'pl.col("anwser")'), "utf8")
    with pytest.raises(Refused, match=r"^5: error: The phase 'checks' of the records failed: .*anwser"):
        curate("build", "./faq.py")
    assert not (tmp_path / "datasets_out" / "faq").exists()


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("faq.csv", "faq"),
        ("My FAQ (v1.2).jsonl.gz", "my_faq_v1_2"),
        ("2024-05.csv", "2024_05"),
        (".hidden.csv", "hidden"),
        ("a.en.json", "a_en"),
        ("a.zh.json", "a_zh"),
        ("mine.py", "mine"),
        ("???.csv", "mine"),
        ("প্রশ্ন.csv", "প_রশ_ন"),
    ],
)
def test_names(file: str, name: str) -> None:
    """A recipe is called as its file is without known suffixes, in letters, digits and underscores."""
    assert name_for(Path(file)) == name


def test_show_tells_a_draft(curate: Curate, tmp_path: Path) -> None:
    """`curate show` tells the recipe that was drafted, though it has no demo."""
    table(tmp_path / "faq.csv")
    curate("init", "faq.csv")
    out = curate("show", "./faq.py")
    lines = out.splitlines()
    assert lines[0] == "faq: faq: chat rows from faq.csv."
    assert any(line.startswith("Seen: 16 records of faq.csv (table): question (") for line in lines)
    assert "Records: read_table" in lines
    assert "    rejects no_answer: The answer is empty." in lines
    assert "partial(func" not in out
