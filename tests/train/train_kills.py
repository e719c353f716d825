"""The commands of training that write, each with what it finds and by what its state is told. See ../kills.py."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from kill_scenarios import source
from kills import Scenario, Zygote

from curation.base.seals import fault

MODULES = (
    "curation.training.trainer",  # and with it torch, transformers, trl, peft
    "curation.training.compare",
    "curation.training.inference.merge",
    "curation.training.tokenize",
    "bitsandbytes",
    "transformers.models.llama.modeling_llama",
    "transformers.models.auto.modeling_auto",
)
"""What the zygote imports, so that a command takes a second or two."""
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1"}
"""One thread: what forks must not have started others."""
NAMES = ("train", "train --fresh over a run", "train for more epochs", "merge", "merge over a merge")
_MARK = "curate-merge.json"
_SHORT = ("--preset", "tiny", "--batch", "1", "--accumulation", "1", "--bits", "32", "--optimizer", "adamw_torch")
_SAVES = ("--save-steps", "1", "--log-steps", "1", "--compare", "1", "--new-tokens", "2")
_TRAIN = ("train", "plain", "--out", "run", *_SHORT, *_SAVES)


def material(folder: Path, run: Zygote) -> None:
    """A build without token ids, a run on it, and a merge of that, made in `folder`."""
    source(folder)
    build = ("build", "./faq.py", "--source", "faq.csv", "--out", "plain", "--tokenizer", "builtin")
    merge = ("merge", "run", "--out", "merged", "--dtype", "bfloat16")
    for words in (("init", "faq.csv"), build, (*_TRAIN, "--epochs", "0.5"), merge):
        ended = run.run(Scenario("", words, lambda work: None, lambda work: None), folder)
        assert ended.code == 0, ended


def scenarios(material: Path) -> Iterator[Scenario]:
    """A run writes token ids, a base, checkpoints of which the first goes again, an adapter and figures."""

    def given(*folders: str) -> Callable[[Path], None]:
        def prepare(work: Path) -> None:
            for name in folders:
                shutil.copytree(material / name, work / name)

        return prepare

    long, unfinished = (*_TRAIN, "--epochs", "0.75"), (None,)
    yield Scenario("train", long, given("plain"), _result, once=True)
    yield Scenario("train --fresh over a run", (*long, "--fresh"), given("plain", "run"), _result, between=unfinished)
    yield Scenario("train for more epochs", long, given("plain", "run"), _result, between=unfinished, once=True)
    merge = ("merge", "run", "--out", "merged")
    yield Scenario("merge", merge, given("plain", "run"), _merged)
    yield Scenario("merge over a merge", merge, given("plain", "run", "merged"), _merged)


def _result(work: Path) -> object:
    """Result and weights of a finished run, once all that it wrote was found whole; None of one that is not."""
    from curation.training.run_folder import open_run

    if not (work / "run" / "result.json").exists():
        return None
    run = open_run(work / "run")
    wrong = run.fault()
    if wrong or not (run.adapter / "README.md").is_file():
        return wrong or "no card"
    weights = sha256((run.adapter / "adapter_model.safetensors").read_bytes()).hexdigest()
    return weights, run.result(), run.settings


def _merged(work: Path) -> object:
    if not (work / "merged").exists():
        return None
    return fault(work / "merged", _MARK) or json.loads((work / "merged" / _MARK).read_bytes())
