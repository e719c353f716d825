"""Facts about a run from build to adapter: what it learns, what it reads, what it writes, what it refuses."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import go, metrics, preset

from curation.base.errors import BuildError, BusyError, InputError, UsageError
from curation.schemas.template import BUILTIN

pytestmark = pytest.mark.usefixtures("libraries")
SHORT = ("--epochs", "0.05", "--compare", "0")


@pytest.fixture
def copied(build: Path, tmp_path: Path) -> Path:
    """A copy of the build that a test may spoil."""
    return Path(shutil.copytree(build, tmp_path / "banking"))


def edit(build: Path, change: Callable[[dict[str, Any]], None]) -> None:
    file = build / "manifest.json"
    told = json.loads(file.read_bytes())
    change(told)
    file.write_text(json.dumps(told), "utf8")


# What it learns


def test_the_loss_falls(finished: Any) -> None:
    """The last losses are below the first ones, and the adapter's loss on held-out rows is below the base's."""
    losses = [line["loss"] for line in metrics(finished.run.folder) if "loss" in line]
    assert len(losses) > 10
    assert sum(losses[-3:]) < sum(losses[:3])
    assert finished.found.split == "validation"
    assert finished.found.adapter.loss < finished.found.base.loss
    assert finished.found.moved == finished.found.matrices > 0


def test_evaluations_are_logged_with_their_perplexity(finished: Any) -> None:
    """The evaluation at the end of the epoch has the loss and the perplexity of the adapter in the result."""
    (line,) = [line for line in metrics(finished.run.folder) if "eval_loss" in line]
    assert line["eval_loss"] == pytest.approx(finished.found.adapter.loss, rel=1e-5)
    assert line["eval_perplexity"] == pytest.approx(finished.found.adapter.perplexity, rel=1e-4)


# What it reads


def test_the_trainer_sees_every_token_of_the_manifest_once_an_epoch(finished: Any, opened: Any) -> None:
    """After one epoch the trainer's two counts of tokens, the result and the manifest agree to the token."""
    tokens = opened.manifest.splits["train"].tokens
    last = [line for line in metrics(finished.run.folder) if "num_tokens" in line and "loss" in line][-1]
    assert finished.run.result()["tokens_seen"] == tokens
    assert last["num_tokens"] == tokens
    assert last["num_input_tokens_seen"] == tokens


@pytest.mark.parametrize("words", [(), ("--packing", "--max-tokens", "256", "--batch", "1")], ids=["rows", "packed"])
def test_nothing_is_tokenized_or_mapped_again(
    words: tuple[str, ...], build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the build to the comparison no text is encoded, no template rendered and no row of the build mapped."""
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

    calls: Counter[str] = Counter()

    def count(kind: Any, name: str) -> None:
        before = getattr(kind, name)

        def counted(*given: Any, **options: Any) -> Any:
            calls[name] += 1
            return before(*given, **options)

        monkeypatch.setattr(kind, name, counted)

    for name in ("__call__", "encode", "apply_chat_template"):
        count(PreTrainedTokenizerBase, name)
    count(PreTrainedTokenizerFast, "_encode_plus")
    if not words:  # packing is a map over ids
        count(Dataset, "map")
    go(build, tmp_path / "run", "--epochs", "0.05", *words)
    assert calls == {}
    from curation.training.tokenizer import load

    load(BUILTIN, _contract(build), (build / "chat_template.jinja").read_text("utf8"))("a word")
    assert calls["__call__"] == calls["_encode_plus"] == 1, "the counters count"


def _contract(build: Path) -> Any:
    from curation.training.data import open_build

    return open_build(build).manifest.contract


def test_a_build_without_token_ids_is_tokenized_to_the_same(build: Path, untokenized: Path, tmp_path: Path) -> None:
    """What training tokenizes itself equals what `--tokenized` wrote: ids and labels of every row of every split."""
    import pyarrow.parquet as pq

    lines: list[str] = []
    go(untokenized, tmp_path / "run", *SHORT, lines=lines)
    assert any("was built without --tokenized" in line for line in lines)
    for split in ("train", "validation", "test"):
        columns = ["id", "input_ids", "labels"]
        ours = pq.read_table(tmp_path / "run" / "tokenized" / f"{split}.parquet", columns=columns)
        theirs = pq.read_table(build / "tokenized" / f"{split}.parquet", columns=columns)
        assert ours.num_rows > 0
        assert ours.to_pylist() == theirs.to_pylist()


def test_rows_that_the_manifest_does_not_count_are_refused(copied: Path, tmp_path: Path) -> None:
    """A build whose token ids are not as many as its manifest says is a BuildError with both counts."""

    def more(told: dict[str, Any]) -> None:
        told["splits"]["train"]["trained_tokens"] += 1

    edit(copied, more)
    with pytest.raises(BuildError, match="of them trained; the manifest says"):
        go(copied, tmp_path / "run", *SHORT)


# What it refuses


def test_another_tokenizer_is_refused(build: Path, tmp_path: Path) -> None:
    """A tokenizer that differs by one byte from the build's is an InputError that names both hashes."""
    spoilt = Path(shutil.copytree(BUILTIN, tmp_path / "tokenizer"))
    text = (spoilt / "tokenizer.json").read_bytes()
    (spoilt / "tokenizer.json").write_bytes(text + b"\n")
    with pytest.raises(InputError) as error:
        go(build, tmp_path / "run", *SHORT, tokenizer_name=str(spoilt))
    assert _contract(build).tokenizer_sha256[:12] in error.value.fact
    assert "sha256" in error.value.fact
    assert not (tmp_path / "run").exists()


def test_an_edited_template_is_refused(copied: Path, tmp_path: Path) -> None:
    """A chat template that is not the manifest's is a BuildError that names it, as any file of a build that changed."""
    with (copied / "chat_template.jinja").open("a", encoding="utf8") as file:
        file.write(" ")
    with pytest.raises(BuildError, match=r"chat_template.jinja has changed since it was built"):
        go(copied, tmp_path / "run", *SHORT)


def test_rows_that_are_too_long_are_refused(build: Path, opened: Any, tmp_path: Path) -> None:
    """A row over --max-tokens is never cut: the error counts such rows and names the longest."""
    lengths = [len(ids) for ids in opened.rows("train")["input_ids"]]
    limit = sorted(lengths)[-3]
    longer = sum(length > limit for length in lengths)
    with pytest.raises(UsageError) as error:
        go(build, tmp_path / "run", *SHORT, "--max-tokens", str(limit))
    assert f"{longer} of {len(lengths)} train rows" in error.value.fact
    assert f"the longest has {max(lengths)} tokens" in error.value.fact


def test_a_finished_run_is_not_overwritten(finished: Any, build: Path) -> None:
    """The same command again on a finished run is refused, and changes nothing."""
    weights = finished.run.adapter / "adapter_model.safetensors"
    before = weights.read_bytes()
    with pytest.raises(UsageError, match="is finished"):
        go(build, finished.run.folder, "--epochs", "1")
    assert weights.read_bytes() == before


def test_other_settings_are_refused_by_name(finished: Any, build: Path) -> None:
    """A run folder takes no other settings; the error names the fields with both values."""
    with pytest.raises(UsageError) as error:
        go(build, finished.run.folder, "--epochs", "1", "--rank", "4", "--learning-rate", "1e-4")
    assert "rank 8 -> 4" in error.value.fact
    assert "learning_rate 0.002 -> 0.0001" in error.value.fact


def test_a_folder_that_is_no_run_is_left_alone(build: Path, tmp_path: Path) -> None:
    """A folder with a person's files is refused as --out, even with --fresh."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work", "utf8")
    with pytest.raises(UsageError, match="is not a run"):
        go(build, tmp_path / "mine", *SHORT, fresh=True)
    assert (tmp_path / "mine" / "thesis.txt").read_text("utf8") == "years of work"


def test_two_runs_do_not_write_into_one_folder(build: Path, tmp_path: Path) -> None:
    """While another process holds the run folder, a run is a BusyError and writes nothing."""
    from curation.base.folders import locked

    with locked(tmp_path / "run", "run"), pytest.raises(BusyError, match="Another run is writing"):
        go(build, tmp_path / "run", *SHORT)
    assert not (tmp_path / "run").exists()


# What it writes


def test_a_finished_run_holds_everything(finished: Any, opened: Any) -> None:
    """Settings, figures, page, result, adapter, tokenizer and card lie in the run folder."""
    names = ["run.json", "metrics.jsonl", "index.html", "result.json", "adapter/adapter_model.safetensors"]
    names += ["adapter/README.md", "adapter/tokenizer.json", "adapter/chat_template.jinja"]
    assert [name for name in names if not (finished.run.folder / name).is_file()] == []
    told = json.loads((finished.run.folder / "run.json").read_bytes())
    limit = opened.manifest.max_tokens
    assert limit >= max(len(ids) for ids in opened.rows("train")["input_ids"])
    assert told["preset"] == preset("--epochs", "1", "--max-tokens", str(limit)).model_dump()
    assert told["reasons"]
    assert told["versions"]["trl"]


def test_the_card_names_what_the_adapter_was_made_from(finished: Any, opened: Any) -> None:
    """The adapter's card holds the hashes of build, tokenizer and template, the scores, and a stop token to use."""
    card = (finished.run.adapter / "README.md").read_text("utf8")
    contract = opened.manifest.contract
    for fact in (opened.sha256, contract.template_sha256, contract.tokenizer_sha256):
        assert fact in card
    for side in (finished.found.base, finished.found.adapter):
        assert f"{side.loss:.4f}" in card
    assert f"{finished.found.adapter.scores.exact:.1%}" in card
    assert f"eos_token_id={sorted({contract.eos_id, *contract.end_of_turn_ids})}" in card


def test_the_page_opens_without_network(finished: Any) -> None:
    """The page draws the losses as a line with a point for each, and refers to nothing outside itself."""
    page = (finished.run.folder / "index.html").read_text("utf8")
    losses = [line for line in metrics(finished.run.folder) if "loss" in line]
    (drawn,) = re.findall(r'<polyline class="loss" points="([^"]+)"', page)
    assert len(drawn.split()) == len(losses)
    assert re.findall(r"https?://[^\s\"<]*", page) == []
    assert re.findall(r"(?:src|href)=\"(?!data:)[^\"#][^\"]*", page) == []
