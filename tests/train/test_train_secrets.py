"""Facts about secrets: what opens an account is in no file that training writes, and in nothing that it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from runs import SHORT

from curation.base.errors import UsageError
from curation.cli.app import main
from curation.training.preset import load

SECRETS = {
    "HF_TOKEN": "hf_QwErTyUiOpAsDfGhJkLzXcVbNm",
    "WANDB_API_KEY": "0123456789abcdef0123456789abcdef01234567",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzKEY",
    "AWS_SESSION_TOKEN": "FwoGZXIvYXdzEBYaDHqa0AP1s9",
}


@pytest.mark.usefixtures("libraries")
def test_no_secret_of_the_environment_is_written(
    build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run, checkpoints, adapter, card, figures, page and merged model hold none of them, nor does what is printed."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    out = tmp_path / "run"
    words = ["train", str(build), "--preset", "tiny", "--out", str(out), *SHORT, "--epochs", "0.1"]
    for given in (words, ["merge", str(out)], [*words, "--rank", "4"]):
        with pytest.raises(SystemExit):
            main(given)
    assert (out / "merged" / "model.safetensors").is_file()
    printed = capsys.readouterr()
    files = {file: file.read_bytes() for file in out.rglob("*") if file.is_file()}
    said = {**files, Path("stdout"): printed.out.encode(), Path("stderr"): printed.err.encode()}
    assert len(files) > 25
    assert [
        (file.name, name) for file, held in said.items() for name, value in SECRETS.items() if value.encode() in held
    ] == []


def test_a_model_is_no_address(build: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An address with a token in it is refused before anything is written, and not repeated."""
    address = f"https://me:{SECRETS['HF_TOKEN']}@hub.example/me/model"
    with pytest.raises(UsageError, match="a Hub id, a folder or tiny"):
        load("tiny", ["--model", address])
    with pytest.raises(SystemExit) as ended:
        main(["train", str(build), "--preset", "tiny", "--out", str(tmp_path / "run"), "--model", address])
    assert ended.value.code == 2
    assert SECRETS["HF_TOKEN"] not in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
