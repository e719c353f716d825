"""Facts about the dataset card and croissant.json: what the validators of their makers say, and what they hold."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from huggingface_hub import DatasetCard, DatasetCardData

from curation.export import card, croissant
from curation.export.card_metadata import size
from curation.ledger.build import Build
from curation.schemas.manifest import SPLITS, File, Invocation, Manifest

DEMOS = ("legal", "banking", "bengali", "finetome", "mix")
Demos = Callable[[str], Any]


@pytest.fixture(params=DEMOS)
def made(request: pytest.FixtureRequest) -> Build:
    """The build of each demo."""
    if request.param == "legal":
        return request.getfixturevalue("demo_build")  # type: ignore[no-any-return]
    return request.getfixturevalue("demos")(request.param).build  # type: ignore[no-any-return]


def card_text(build: Build) -> str:
    return (build.folder / "README.md").read_text("utf8")


def invoked(build: Build, **changes: object) -> Invocation:
    """How the build was asked for, with some changes."""
    assert build.manifest.invocation is not None
    return build.manifest.invocation.model_copy(update=changes)


def test_the_metadata_are_what_the_hub_reads(made: Build) -> None:
    """The client's own parser reads every field of the card back, and writes the same metadata again."""
    data = DatasetCard(card_text(made)).data
    about = made.manifest.about
    assert isinstance(data, DatasetCardData)
    assert (data.license, data.language, data.pretty_name) == (about.licence, list(about.languages), about.title)
    assert data.task_categories == [about.task]
    assert data.size_categories == ["1K<n<10K" if made.manifest.name == "legal" else "n<1K"]
    front = card_text(made).split("---\n")[1]
    assert yaml.safe_load(data.to_yaml()) == yaml.safe_load(front)
    (config,) = yaml.safe_load(front)["configs"]
    assert [(file["split"], file["path"]) for file in config["data_files"]] == [(s, f"{s}.jsonl") for s in SPLITS]
    assert all((made.folder / file["path"]).is_file() for file in config["data_files"])


def test_a_demo_says_that_it_is_made_up(made: Build) -> None:
    """The card of a demo names no published dataset as its source and says that the texts are made up."""
    front = yaml.safe_load(card_text(made).split("---\n")[1])
    assert "source_datasets" not in front
    assert "synthetic" in front["tags"]
    assert "made up" in card_text(made)


def test_the_published_file_is_named_as_the_source(demo_build: Build) -> None:
    """A build of the very file that was published names the dataset; the hash decides, not the name."""
    manifest = demo_build.manifest
    cuad = manifest.sources[0].model_copy(update={"sha256": next(iter(manifest.about.published))})
    real = manifest.changed(sources=(cuad,), invocation=invoked(demo_build, demo=False))
    assert (manifest.demo, real.demo) == (True, False)
    front = yaml.safe_load(card.text(real, "me/legal", {"train": "train.jsonl"}).split("---\n")[1])
    assert front["source_datasets"] == ["theatticusproject/cuad"]
    assert "synthetic" not in front["tags"]


def test_the_card_has_phases_and_checks(made: Build) -> None:
    """Splits, phases, figures and checks of the manifest are in the card, each with its number."""
    text, manifest = card_text(made), made.manifest
    for name, split in manifest.splits.items():
        assert f"| {name} | {split.rows:,} | {split.groups:,} | {split.tokens:,} | {split.trained_tokens:,} |" in text
    for phase in manifest.phases:
        assert f"| {phase.level} | {phase.name} | {phase.entered:,} | {phase.kept:,} |" in text
    assert all(f"| {name.replace('_', ' ')} | " in text for name in manifest.figures)
    assert manifest.gate
    assert all(f"| {check.note or check.expectation} | passed | " in text for check in manifest.gate)
    assert "## Checks and figures\n" in text
    assert f"\n{len(manifest.gate)} of {len(manifest.gate)} checks passed.\n" in text
    for file in manifest.sources:
        assert file.sha256 in text
    assert manifest.about.attribution in text
    assert manifest.about.citation in text
    assert all(limit in text for limit in manifest.about.limits)
    assert f"curate build {manifest.name} --demo --" in text
    assert f"| recipe {manifest.name} | sha256 {invoked(made).recipe_sha256} |" in text
    assert text.count(card.BEGIN) == text.count(card.END) == 1


def test_a_published_split_that_leaks_is_named(demo_build: Build) -> None:
    """Families on two sides are in the card by name."""
    leaking = demo_build.manifest.changed(straddling={"Acme deal": ("train", "test")})
    expected = "it leaks. These families are in more than one split:\n\n- Acme deal: train and test"
    assert expected in card.generated(leaking, "x")


@pytest.mark.parametrize(
    ("form", "options", "note"),
    [
        ("messages", "assistant_only_loss=True", ""),
        ("text", 'dataset_text_field="text"', ""),
        ("prompt-completion", "max_length=None", "--format prompt-completion"),
        ("sharegpt", None, "The form `sharegpt` is for trainers that read it"),
    ],
)
def test_how_to_train_on_each_form(form: str, options: str | None, note: str, demo_build: Build) -> None:
    """The card says how TRL reads the form, or that it does not; the examples are Python."""
    text = card.generated(demo_build.manifest.changed(form=form, invocation=invoked(demo_build, form=form)), "me/legal")
    assert ("SFTTrainer" in text) == (options is not None)
    assert (options or "") in text
    assert note in text
    for block in text.split("```python\n")[1:]:
        compile(block.split("```")[0], "card", "exec")


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        ({}, "curate build legal --source CUADv1.json"),
        ({"demo": True, "options": {"window": 512}}, "curate build legal --demo --window 512"),
        (
            {"recipe": "mine.py", "options": {"from_": "a=1"}},
            "curate build ./mine.py --source CUADv1.json --from a=1",
        ),
        (
            {"source": "two words's.json", "options": {"max_tokens": 512, "window": None, "limit": ""}},
            """curate build legal --source 'two words'"'"'s.json' --max-tokens 512 --limit ''""",
        ),
        ({"source": None, "options": {"fast": True, "keep_all": False}}, "curate build legal --fast --no-keep-all"),
        (
            {"form": "text", "tokenized": True, "options": {"near": 0.8}},
            "curate build legal --source CUADv1.json --near 0.8 --format text --tokenized",
        ),
    ],
)
def test_the_command_that_builds_it_again(changes: dict[str, object], command: str, demo_build: Build) -> None:
    """The card names the recipe, the source and every option that was used, as the command line takes them."""
    plain = {"source": "CUADv1.json", "demo": False, "options": {}, "tokenized": False, "recipe_sha256": "ab" * 32}
    asked = invoked(demo_build, **plain | changes)
    assert asked.command == command
    text = card.generated(demo_build.manifest.changed(invocation=asked), "x")
    assert f"```sh\n{command}\ncurate verify legal\n```" in text
    assert f"| recipe {asked.recipe} | sha256 {'ab' * 32} |" in text


def test_the_command_of_a_build_names_every_option(demo_build: Build) -> None:
    """What was left to the recipe is said as well, so that another default of a later version changes nothing."""
    assert invoked(demo_build).command == (
        "curate build legal --demo --tokenizer builtin --template auto --max-tokens 2048 --overlap 256 "
        "--negatives 1.0 --answers lines --split 80/10/10 --seed 7 --tokenized"
    )


def test_a_recipe_put_together_by_a_program(demo_build: Build) -> None:
    """Without an invocation there is no command; hashes and versions are there all the same."""
    manifest = demo_build.manifest.changed(invocation=None)
    text = card.generated(manifest, "x")
    assert "curate build" not in text
    assert "It was built from Python, so there is no command for it." in text
    assert f"| source {manifest.sources[0].name} | sha256 {manifest.sources[0].sha256} |" in text
    assert all(f"| {name} | {version} |" in text for name, version in manifest.versions.items())


@pytest.mark.parametrize(("rows", "word"), [(0, "n<1K"), (999, "n<1K"), (1_000, "1K<n<10K"), (10**6, "1M<n<10M")])
def test_sizes(rows: int, word: str) -> None:
    """A size category holds its lower bound."""
    assert size(rows) == word


def plain(value: Any) -> Any:
    """What mlcroissant gives, as JSON would: texts for bytes, names for ids."""
    if isinstance(value, bytes):
        return value.decode("utf8")
    if isinstance(value, dict):
        return {name.rpartition("/")[2]: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def test_croissant_is_valid(made: Build, caplog: pytest.LogCaptureFixture) -> None:
    """mlcroissant finds no error, and no warning but for the date and the version, which a build does not know."""
    import mlcroissant

    with caplog.at_level(logging.WARNING):
        found = mlcroissant.Dataset(jsonld=made.folder / "croissant.json").metadata.ctx.issues
    assert not found.errors
    assert all(word in warning for warning in found.warnings for word in ["recommended"])
    files = {file.name: file for file in made.manifest.files}
    for file in json.loads((made.folder / "croissant.json").read_bytes())["distribution"]:
        assert (file["sha256"], file["contentSize"]) == (
            files[file["contentUrl"]].sha256,
            f"{files[file['contentUrl']].bytes} B",
        )


def test_croissant_reads_the_rows(demos: Demos, demo_build: Build) -> None:
    """Read through croissant.json alone, the rows are those of the lines; lists inside meta come out beside it."""
    import mlcroissant

    banking = demos("banking").build
    for split in SPLITS:
        found = mlcroissant.Dataset(jsonld=banking.folder / "croissant.json").records(split)
        lines = (banking.folder / f"{split}.jsonl").read_text("utf8").split("\n")[:-1]
        assert [plain(row) for row in found] == [json.loads(line) for line in lines]
    (found, *_) = mlcroissant.Dataset(jsonld=demo_build.folder / "croissant.json").records("test")
    line = json.loads((demo_build.folder / "test.jsonl").read_text("utf8").split("\n")[0])
    assert {**plain(found)["meta"], "spans": plain(found)["spans"]} == line["meta"]


def test_types_that_no_line_holds(demo_build: Build) -> None:
    """A column of dates is refused with its type."""
    import polars as pl

    from curation.base.errors import BuildError

    with pytest.raises(BuildError, match="A row holds a value of type Date"):
        croissant.text(
            demo_build.manifest,
            pl.Schema({"day": pl.Date()}),
            {"train": File(name="train.jsonl", bytes=1, sha256="ab")},
        )


def test_no_clock_and_no_paths(made: Build) -> None:
    """Neither card nor Croissant hold the place where they were made; a manifest with no new field still reads."""
    for name in ("README.md", "croissant.json"):
        assert str(made.folder.parent) not in (made.folder / name).read_text("utf8")
    old = json.loads((made.folder / "manifest.json").read_bytes())
    for field in ("citation", "limits", "published"):
        old["about"].pop(field)
    assert Manifest.model_validate(old).about.limits == ()
