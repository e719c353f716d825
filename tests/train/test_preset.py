"""Facts about presets: what the published ones say, how words lie over them, and what cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.base.errors import InputError, UsageError
from curation.training.preset import PRESETS, Preset, load, meanings, names

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
        "max_tokens": 2048,
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
        "max_tokens": 4096,
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
    told = meanings()
    assert list(told) == list(Preset.model_fields)
    assert [name for name, meaning in told.items() if len(meaning) < 10 or not meaning.endswith(".")] == []


# Words laid over a preset


@pytest.mark.parametrize("words", [("--learning-rate", "1e-4"), ("--learning-rate=1e-4",), ("--learning_rate=1e-4",)])
def test_a_field_is_given_by_its_name(words: tuple[str, ...]) -> None:
    """--learning-rate 1e-4 and --learning-rate=1e-4 change that field alone."""
    assert load("legal", words) == load("legal").model_copy(update={"learning_rate": 1e-4})


@pytest.mark.parametrize("field", Preset.model_fields)
def test_every_field_can_be_given_as_a_word(field: str) -> None:
    """What a preset says in a field can be said on the command line as well, numbers of a fixed few included."""
    found = load("legal")
    flag = f"--{field.replace('_', '-')}"
    assert load("banking", [flag, str(getattr(found, field))]) == load("banking").model_copy(
        update={field: getattr(found, field)}
    )


def test_a_field_of_yes_or_no_needs_no_value() -> None:
    """--packing is --packing true, last or before another field; --checkpointing=false turns one off."""
    assert load("legal", ["--packing"]).packing
    found = load("legal", ["--packing", "--rank", "4", "--checkpointing=false"])
    assert (found.packing, found.rank, found.checkpointing) == (True, 4, False)
    assert not load("legal", ["--packing", "false"]).packing


def test_names_of_projections_are_given_with_commas() -> None:
    """--targets takes names with commas and spaces, or all-linear."""
    assert load("legal", ["--targets", "q_proj, v_proj"]).modules == ["q_proj", "v_proj"]
    assert load("banking", ["--targets=all-linear"]).modules == "all-linear"


def test_a_preset_of_ones_own_is_a_file(tmp_path: Path) -> None:
    """A .toml file anywhere is a preset like those that come with the project."""
    file = tmp_path / "mine.toml"
    file.write_text((PRESETS / "legal.toml").read_text("utf8") + "seed = 5\n", "utf8")
    assert load(str(file)) == load("legal", ["--seed", "5"])


# What cannot be meant


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--learnrate", "1"], r"takes no --learnrate.*--learning-rate"),
        (["rank", "4"], r"takes no rank"),
        (["--rank"], r"--rank needs a value"),
        (["--rank", "none"], r"--rank none cannot be meant.*valid integer"),
        (["--rank", "0"], r"--rank 0 cannot be meant.*greater than or equal to 1"),
        (["--dropout", "1"], r"--dropout 1 cannot be meant.*less than 1"),
        (["--learning-rate", "-1e-4"], r"--learning-rate -1e-4 cannot be meant.*greater than 0"),
        (["--epochs", "0"], r"--epochs 0 cannot be meant"),
        (["--keep", "1"], r"--keep 1 cannot be meant"),
        (["--schedule", "sine"], r"--schedule sine cannot be meant.*'cosine'"),
        (["--bits", "8"], r"--bits 8 cannot be meant.*4, 16 or 32"),
        (["--packing=perhaps"], r"--packing perhaps cannot be meant"),
        (["--max-tokens", "many"], r"--max-tokens many cannot be meant"),
    ],
)
def test_a_word_that_cannot_be_meant_is_named(words: list[str], said: str) -> None:
    """An unknown field, a missing value and one out of bounds are usage errors that say what was expected."""
    with pytest.raises(UsageError, match=said):
        load("legal", words)


def test_a_preset_that_does_not_exist_is_named() -> None:
    """An unknown preset is a usage error that lists the known ones."""
    with pytest.raises(UsageError, match=r"no preset 'legl'.*banking, bengali, finetome, legal, tiny"):
        load("legl")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("rank = 16", "rank = = 16"), "is not TOML"),
        (lambda text: text.replace("rank = 16\n", ""), "gives no rank"),
        (lambda text: text + "batchsize = 3\n", "gives batchsize, which no run takes"),
        (lambda text: text.replace("rank = 16", "rank = 0"), "gives rank = 0"),
        (lambda text: text.encode("utf-16").decode("latin-1"), "is not TOML"),
    ],
    ids=["no TOML", "a field missing", "a field too many", "out of bounds", "UTF-16"],
)
def test_a_preset_file_with_a_mistake_is_an_input_error(tmp_path: Path, change: object, said: str) -> None:
    """A preset file that cannot be read names the file, the field and what was expected."""
    assert callable(change)
    file = tmp_path / "mine.toml"
    file.write_text(change((PRESETS / "legal.toml").read_text("utf8")), "latin-1")
    with pytest.raises(InputError, match=said) as error:
        load(str(file))
    assert str(file) in error.value.fact
    assert error.value.hint


@pytest.mark.parametrize(
    ("place", "said"),
    [("mlflow", "Expected none, tensorboard, wandb"), ("wandb", "needs wandb, which is not installed")],
)
def test_where_to_report_to_is_checked_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str, said: str
) -> None:
    """An unknown place, or one whose library is not there, is told of before anything is read or loaded."""
    from curation.cli.app import main
    from curation.training import cli

    there = cli.find_spec
    monkeypatch.setattr(cli, "find_spec", lambda name: None if name == "wandb" else there(name))
    with pytest.raises(SystemExit) as ended:
        main(["train", "nowhere", "--report-to", place])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
