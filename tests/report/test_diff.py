"""Facts about the comparison of builds: nothing differs from itself, and each change is found, named and counted."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from books import resealed

from curation.cli.app import main
from curation.export import jsonl
from curation.ledger.build import Build
from curation.ledger.forms import FORMS
from curation.recipes.loading import load, make
from curation.report.diff import Difference, Rows, compare
from curation.report.row_view import template
from curation.runner.build import build
from curation.runner.folder import clean
from curation.schemas.template import BUILTIN

Demos = Callable[[str], Any]
TINY = Path(__file__).parents[1] / "golden" / "tiny.py"
NONE = Rows(0, ())


@pytest.fixture(scope="session")
def variant(demos: Demos, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Build]:
    """The banking demo with other options."""

    def made(options: dict[str, Any]) -> Build:
        recipe = make(load("banking"), demos("banking").source, options, demo=True)
        return build(recipe, tmp_path_factory.mktemp("variant") / "banking")

    return made


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Build:
    return build(make(load(str(TINY)), TINY, {}), tmp_path_factory.mktemp("tiny") / "tiny")


def copy(made: Build, folder: Path, form: str | None = None) -> Build:
    """A copy without phases, its lines in `form` if one is given."""
    shutil.copytree(made.folder, folder)
    if form:
        asked = made.manifest.invocation
        assert asked is not None
        changed = {"form": form, "invocation": asked.model_copy(update={"form": form})}
        there = Build(folder, made.manifest.model_copy(update=changed))
        jsonl.write(there, template(there))
        resealed(folder, there.manifest)
    clean(folder)
    return Build.open(folder)


def rows(made: Build) -> dict[str, tuple[str, Any]]:
    """Split and messages of each row, read line by line."""
    return {
        row["id"]: (split, row["messages"])
        for split in made.manifest.splits
        for row in map(orjson.loads, (made.folder / f"{split}.jsonl").read_bytes().splitlines())
    }


def check_rows(found: Difference, a: Build, b: Build) -> None:
    """The counts are those that a comparison line by line gives."""
    old, new = rows(a), rows(b)
    both = old.keys() & new.keys()
    assert found.rows == (len(old), len(new))
    assert found.added.count == len(new.keys() - old.keys())
    assert found.removed.count == len(old.keys() - new.keys())
    assert found.changed.count == sum(old[id][1] != new[id][1] for id in both)
    assert found.moved.count == sum(old[id][0] != new[id][0] for id in both) == sum(n for *_, n in found.moves)


def test_a_build_does_not_differ_from_itself(demo_build: Build, tmp_path: Path) -> None:
    """A build, and a cleaned copy of it, differ in nothing."""
    for other in (demo_build, copy(demo_build, tmp_path / "legal")):
        found = compare(demo_build, other)
        assert found.same
        assert (found.added, found.removed, found.changed, found.relabelled, found.moved) == (NONE,) * 5
        assert found.moves == ()
        told = found.json()
        assert [name for name, value in told.items() if value == {}] == [
            "contract", "splits", "reasons", "sources", "options", "stages", "versions", "figures"
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "forms"), [("bengali", FORMS), ("finetome", [form for form in FORMS if form != "alpaca"])]
)
def test_every_form_is_the_same_data(name: str, forms: list[str], demos: Demos, tmp_path: Path) -> None:
    """The same rows in any two forms are the same data, many turns, system turns and tools too; the form is told."""
    made = demos(name).build
    copies = {form: copy(made, tmp_path / form, form) for form in forms}
    for a in forms:
        for b in forms:
            found = compare(copies[a], copies[b])
            assert found.same, (a, b)
            assert found.options == ({} if a == b else {"form": (a, b)})
    assert compare(copies["text"], demos("banking").build).added.count > 0


def test_another_seed(demos: Demos, variant: Callable[..., Build]) -> None:
    """Another seed moves rows between train and validation; none comes, goes or changes; the option is named."""
    a, b = demos("banking").build, variant({"seed": 8})
    found = compare(a, b)
    check_rows(found, a, b)
    assert not found.same
    assert found.moved.count > 10
    assert {(x, y) for x, y, _ in found.moves} == {("train", "validation"), ("validation", "train")}
    assert (found.added, found.removed, found.changed) == (NONE, NONE, NONE)
    assert len(found.moved.first) == 10
    old, new = rows(a), rows(b)
    assert all((old[one.id][0], new[one.id][0]) == (one.a, one.b) and one.a != one.b for one in found.moved.first)
    assert found.options == {"seed": (7, 8)}
    assert found.contract == found.reasons == found.sources == {}
    assert set(found.stages) == {"rows: split"}


def test_a_lower_limit(tiny: Build, tmp_path: Path) -> None:
    """A lower --max-tokens removes the rows that are too long, and the count of that reason says how many."""
    counts = tiny.kept().select("id", "tokens").collect()
    limit = int(counts["tokens"].median() or 0)
    other = build(make(load(str(TINY)), TINY, {"max_tokens": limit}), tmp_path / "tiny")
    found = compare(tiny, other, limit=2)
    check_rows(found, tiny, other)
    too_long = counts.filter(pl.col("tokens") > limit)["id"].to_list()
    assert found.removed.count == len(too_long) > 2
    assert found.reasons == {"too_long": (0, len(too_long))}
    assert [one.id for one in found.removed.first] == [id for id in rows(tiny) if id in too_long][:2]
    assert all(one.b is None and one.a for one in found.removed.first)
    assert found.options == {"max_tokens": (256, limit)}
    assert set(found.stages) == {"rows: tokens"}
    assert found.stages["rows: tokens"][1] == found.stages["rows: tokens"][0].replace("256", str(limit))
    sizes = [made.manifest.splits["train"].tokens for made in (tiny, other)]
    assert found.splits["train: tokens"] == tuple(sizes)


def test_another_tokenizer(tiny: Build, tmp_path: Path) -> None:
    """The same rows counted with another tokenizer or template are other data; a tokenizer's name alone is not."""
    shutil.copytree(BUILTIN, tmp_path / "other")
    with (tmp_path / "other" / "tokenizer.json").open("a") as file:
        file.write("\n")
    text = TINY.read_text("utf8").replace('load_tokenizer("builtin")', f"load_tokenizer({str(tmp_path / 'other')!r})")
    (tmp_path / "tiny.py").write_text(text, "utf8")
    other = build(make(load(str(tmp_path / "tiny.py")), TINY, {}), tmp_path / "out")
    found = compare(tiny, other)
    assert not found.same
    assert set(found.contract) == {"tokenizer", "tokenizer_sha256"}
    assert found.contract["tokenizer"] == ("builtin", "other")
    assert (found.added, found.removed, found.changed, found.moved) == (NONE,) * 4
    named = tiny.manifest.contract.model_copy(update={"tokenizer": "elsewhere"})
    renamed = Build(tiny.folder, tiny.manifest.model_copy(update={"contract": named}))
    assert compare(tiny, renamed).same
    assert compare(tiny, renamed).contract == {"tokenizer": ("builtin", "elsewhere")}


@pytest.mark.real
def test_a_real_tokenizer(demos: Demos, variant: Callable[..., Build], data: Path) -> None:
    """With another model's tokenizer the rows are the same, their token counts in the meta are not."""
    b = variant({"tokenizer": str(data / "tokenizers" / "qwen2.5")})
    found = compare(demos("banking").build, b)
    check_rows(found, demos("banking").build, b)
    assert not found.same
    assert {"tokenizer", "tokenizer_sha256", "template", "template_sha256", "eos_id"} <= set(found.contract)
    assert found.relabelled.count == len(rows(demos("banking").build).keys() & rows(b).keys()) > 700
    assert re.search(r'"tokens":\d+', found.relabelled.first[0].text_b)


def test_a_changed_word(tiny: Build, tmp_path: Path) -> None:
    """A row with other messages is named with what stands where the two begin to differ; other meta is told apart."""
    other = copy(tiny, tmp_path / "tiny")
    line = next(file for file in tmp_path.glob("tiny/*.jsonl") if b"Tin melts" in file.read_bytes())
    line.write_bytes(line.read_bytes().replace(b"Tin melts at 232", b"Tin melts at 233"))
    other = resealed(other.folder, other.manifest)
    found = compare(tiny, other)
    check_rows(found, tiny, other)
    assert (found.changed.count, found.relabelled) == (1, NONE)
    (one,) = found.changed.first
    assert (one.id, one.a, one.b) == ("fact 0: told", line.stem, line.stem)
    assert one.text_a.endswith("Tin melts at 232 degrees.")
    assert one.text_b.endswith("Tin melts at 233 degrees.")
    line.write_bytes(line.read_bytes().replace(b"at 233", b"at 232").replace(b'"label":"fact"', b'"label":"lore"', 1))
    other = resealed(other.folder, other.manifest)
    found = compare(tiny, other)
    assert (found.changed, found.relabelled.count, found.same) == (NONE, 1, False)
    assert '"label":"fact"' in found.relabelled.first[0].text_a
    assert '"label":"lore"' in found.relabelled.first[0].text_b


def test_what_is_only_told(tiny: Build, tmp_path: Path) -> None:
    """Other versions, options, sources or figures are in the table, and do not make other data."""
    asked = tiny.manifest.invocation
    assert asked is not None
    manifest = tiny.manifest.model_copy(
        update={
            "versions": {**tiny.manifest.versions, "polars": "0.0.1"},
            "invocation": asked.model_copy(update={"options": {**asked.options, "seed": 9}}),
            "figures": {**tiny.manifest.figures, "rows": 0},
        }
    )
    found = compare(tiny, Build(tiny.folder, manifest))
    assert found.same
    assert found.versions == {"polars": (tiny.manifest.versions["polars"], "0.0.1")}
    assert found.options == {"seed": (None, 9)}
    assert set(found.figures) == {"rows"}


def test_diff_on_the_command_line(
    tiny: Build, demo_build: Build, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0 for the same data, 1 for others, 5 for no build; JSON parses; hostile ids are shown by name."""

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["diff", *map(str, arguments)])
        return (int(ended.value.code or 0), *capsys.readouterr())

    code, out, err = run(tiny.folder, tiny.folder)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "The data are the same."
    code, out, err = run(tiny.folder, demo_build.folder, "--limit", 2)
    assert (code, err) == (1, "")
    n = sum(split.rows for split in demo_build.manifest.splits.values())
    assert f"{n:,} added (only in B)" in out
    assert out.splitlines()[-1] == "The data differ."
    code, out, err = run(tiny.folder, demo_build.folder, "--json", "--limit", 2)
    assert (code, err) == (1, "")
    told = json.loads(out)
    assert (told["same"], told["added"]["count"], len(told["added"]["first"])) == (False, n, 2)
    assert told == json.loads(json.dumps(compare(tiny, demo_build, limit=2).json()))
    code, out, err = run(tiny.folder, tmp_path / "none")
    assert (code, out) == (5, "")
    assert "There is no build" in err
    other = copy(tiny, tmp_path / "tiny")
    for file in other.folder.glob("*.jsonl"):
        file.write_bytes(file.read_bytes().replace(b'"id":"fact', b'"id":"\\u001b[31m\xe2\x80\xae[b]'))
    resealed(other.folder, other.manifest)
    for more in ((), ("--json",)):
        code, out, err = run(other.folder, tiny.folder, *more)
        assert code == 1
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out)
        assert "[b]" in out
