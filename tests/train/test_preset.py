"""Facts about presets: what the published ones give, how words lie over them, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.base.errors import InputError, UsageError
from curation.training.preset import PRESETS, Preset, flags, flags_of, load, names

SEVEN = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
PUBLISHED = {
    "legal": {
        "model": "meta-llama/Llama-3.2-3B-Instruct",
        "rank": 16,
        "alpha": 32,
        "dropout": 0.05,
        "modules": "all-linear",
        "learning_rate": 2e-4,
        "epochs": 3,
    },
    "banking": {
        "model": "TinyLlama/TinyLlama-1.1B-Chat-v1.0",
        "rank": 8,
        "alpha": 16,
        "modules": ["q_proj", "k_proj", "v_proj", "o_proj"],
        "batch": 2,
        "accumulation": 4,
    },
    "finetome": {
        "model": "meta-llama/Llama-3.2-1B-Instruct",
        "rank": 16,
        "alpha": 16,
        "modules": SEVEN,
        "optimizer": "adamw_8bit",
        "schedule": "linear",
    },
    "bengali": {
        "model": "meta-llama/Llama-3.1-8B-Instruct",
        "rank": 8,
        "alpha": 16,
        "modules": ["q_proj", "v_proj"],
        "schedule": "cosine",
        "warmup": 0.03,
        "optimizer": "paged_adamw_8bit",
        "save_steps": 250,
    },
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_preset_is_as_published(name: str) -> None:
    """Each of the four presets has the settings that its corpus was published with, on a base in 4 bits."""
    found = load(name)
    assert {field: getattr(found, field) for field in PUBLISHED[name]} == PUBLISHED[name]
    assert found.bits == 4


def test_finetome_makes_batches_of_eight() -> None:
    """finetome's effective batch is 8 rows."""
    assert load("finetome").batch * load("finetome").accumulation == 8


def test_every_preset_loads() -> None:
    """The four of the corpora and `tiny` are all the presets there are, and each can be read."""
    assert names() == sorted([*PUBLISHED, "tiny"])
    assert {load(name).model == "tiny" for name in PUBLISHED} == {False}
    assert load("tiny").model == "tiny"


def test_every_field_has_a_meaning() -> None:
    """No field of a run is without a sentence that says what it is."""
    meanings = {flag.parameter: flag.meaning for flag in flags()}
    assert list(meanings) == list(Preset.model_fields)
    assert [name for name, meaning in meanings.items() if len(meaning) < 10 or not meaning.endswith(".")] == []


# Words laid over a preset


@pytest.mark.parametrize("words", [("--learning-rate", "1e-4"), ("--learning-rate=1e-4",)])
def test_a_field_is_given_by_its_name(words: tuple[str, ...]) -> None:
    """--learning-rate 1e-4 and --learning-rate=1e-4 change that field alone."""
    assert load("legal", words) == load("legal").model_copy(update={"learning_rate": 1e-4})


@pytest.mark.parametrize("field", [name for name in Preset.model_fields if name != "max_tokens"])
def test_every_field_can_be_given_as_a_word(field: str) -> None:
    """What a preset says in a field can be said on the command line as well, numbers of a fixed few included."""
    found = load("legal")
    flag = f"--{field.replace('_', '-')}"
    assert load("banking", [f"{flag}={getattr(found, field)}"]) == load("banking").model_copy(
        update={field: getattr(found, field)}
    )


def test_a_field_of_yes_or_no_needs_no_value() -> None:
    """--packing turns it on, last or before another field; --no-checkpointing or --checkpointing=false turn one off."""
    assert load("legal", ["--packing"]).packing
    found = load("legal", ["--packing", "--rank", "4", "--checkpointing=false"])
    assert (found.packing, found.rank, found.checkpointing) == (True, 4, False)
    assert not load("legal", ["--no-checkpointing"]).checkpointing


def test_names_of_projections_are_given_with_commas() -> None:
    """--targets takes names with commas and spaces, or all-linear."""
    assert load("legal", ["--targets", "q_proj, v_proj"]).modules == ["q_proj", "v_proj"]
    assert load("banking", ["--targets=all-linear"]).modules == "all-linear"


def test_a_preset_of_ones_own_is_a_file(tmp_path: Path) -> None:
    """A .toml file anywhere is a preset like those that come with the project."""
    file = tmp_path / "mine.toml"
    file.write_text((PRESETS / "legal.toml").read_text("utf8") + "seed = 5\n", "utf8")
    assert load(str(file)) == load("legal", ["--seed", "5"])


# The help


@pytest.mark.parametrize("command", ["train", "estimate"])
def test_the_help_lists_every_field(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Name, meaning, default and range of each field; of a preset that is named, its values."""
    from curation.cli.app import main

    def shown(*words: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main([command, *words, "--help"])
        assert not ended.value.code
        return " ".join(capsys.readouterr().out.split()).replace("- ", "-")

    plain = shown()
    for flag in flags():
        assert all(part in plain for part in flag.help()[0].split(" / "))
        assert flag.meaning.replace("- ", "-") in plain
    assert "[default: the preset's; 0 < x < 1]" in plain
    assert "[default: 100; 1 <= x]" in plain
    assert "[default: 1.0; 0 < x]" in plain  # and not "on"
    assert "--packing / --no-packing" in plain
    assert "[default: off]" in plain
    for words in (["--preset", "banking"], ["banking"], ["legal", "--preset=banking"]):
        assert "TinyLlama/TinyLlama-1.1B-Chat-v1.0" in shown(*words)


def test_the_help_of_a_preset_gives_its_values() -> None:
    """By --preset, by --model tiny, or by the name of the build; --preset comes first."""

    def rank(*words: str) -> object:
        return next(flag.default for flag in flags_of(words) if flag.parameter == "rank")

    assert rank("legal") == load("legal").rank
    assert rank("legal", "--preset", "banking") == rank("legal", "--preset=banking") == load("banking").rank
    assert rank("legal", "--model", "tiny") == load("tiny").rank
    assert rank("datasets_out/mine") == "the preset's"


# What is refused


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--learnrate", "1"], r"takes no --learnrate.*--learning-rate"),
        (["rank", "4"], r"Nothing takes the word 'rank'"),
        (["--rank"], r"--rank needs a value"),
        (["--rank", "none"], r"--rank none is out of range.*1 <= x, e\.g\. 16"),
        (["--rank", "0"], r"--rank 0 is out of range.*1 <= x"),
        (["--dropout", "1"], r"--dropout 1 is out of range.*0 <= x < 1"),
        (["--learning-rate", "-1e-4"], r"--learning-rate -1e-4 is out of range.*0 < x < 1"),
        (["--epochs", "0"], r"--epochs 0 is out of range"),
        (["--keep", "1"], r"--keep 1 is out of range"),
        (["--schedule", "sine"], r"--schedule sine is out of range.*cosine, linear or constant"),
        (["--bits", "8"], r"--bits 8 is out of range.*4, 16 or 32"),
        (["--packing=perhaps"], r"--packing perhaps is out of range"),
        (["--packing", "false"], r"Nothing takes the word 'false'"),
        (["--max-tokens", "many"], r"--max-tokens many is out of range"),
    ],
)
def test_a_word_that_is_refused_is_named(words: list[str], message: str) -> None:
    """An unknown field, a missing value and one out of bounds are usage errors that say what was expected."""
    with pytest.raises(UsageError, match=message):
        load("legal", words)


def test_a_preset_that_does_not_exist_is_named() -> None:
    """An unknown preset is a usage error that lists the known ones."""
    with pytest.raises(UsageError, match=r"no preset 'legl'.*banking, bengali, finetome, legal, tiny"):
        load("legl")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("rank = 16", "rank = = 16"), "is not TOML"),
        (lambda text: text.replace("rank = 16\n", ""), "gives no rank"),
        (lambda text: text + "batchsize = 3\n", "gives batchsize, which no run takes"),
        (lambda text: text.replace("rank = 16", "rank = 0"), "gives rank = 0"),
        (lambda text: text.encode("utf-16").decode("latin-1"), "is not TOML"),
    ],
    ids=["no TOML", "a field missing", "a field too many", "out of bounds", "UTF-16"],
)
def test_a_preset_file_with_a_mistake_is_an_input_error(tmp_path: Path, change: object, message: str) -> None:
    """A preset file that cannot be read names the file, the field and what was expected."""
    assert callable(change)
    file = tmp_path / "mine.toml"
    file.write_text(change((PRESETS / "legal.toml").read_text("utf8")), "latin-1")
    with pytest.raises(InputError, match=message) as error:
        load(str(file))
    assert str(file) in error.value.fact
    assert error.value.hint


@pytest.mark.parametrize(
    ("place", "message"),
    [("mlflow", "Expected none, tensorboard, wandb"), ("wandb", "needs wandb, which is not installed")],
)
def test_where_to_report_to_is_checked_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str, message: str
) -> None:
    """An unknown place, or one whose library is not there, is refused before anything is read or loaded."""
    from curation.cli.app import main
    from curation.training import libraries

    there = libraries.find_spec
    monkeypatch.setattr(libraries, "find_spec", lambda name: None if name == "wandb" else there(name))
    with pytest.raises(SystemExit) as ended:
        main(["train", "nowhere", "--report-to", place])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
