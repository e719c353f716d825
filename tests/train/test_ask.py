"""Facts about asking a run: by prompt and by row, its adapter, others on the same base, and the base itself."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from runs import go

from curation.base.errors import CurateError, UsageError
from curation.cli.app import main

pytestmark = pytest.mark.usefixtures("libraries")
ASKED = "Where is my card?"


class Ended(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def runs(finished: Any, build: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """runs(name): the finished run, another on its base, or a stranger on a base of other weights."""
    from curation.training.run_folder import open_run

    folder = tmp_path_factory.mktemp("runs")
    go(build, folder / "other", "--epochs", "0.5", "--learning-rate", "8e-3", "--compare", "0")
    go(build, folder / "stranger", "--epochs", "0.1", "--seed", "1", "--compare", "0")
    return lambda name: finished.run if name == "finished" else open_run(folder / name)


@pytest.fixture
def curate(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    def run(*words: object) -> Ended:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        return Ended(int(ended.value.code or 0), *capsys.readouterr())

    return run


def ask(*runs: Any, **options: Any) -> list[Any]:
    from curation.training.inference import ask as asking
    from curation.training.inference.load import load

    loaded = load(runs)
    prompt = asking.from_prompt(loaded.tokenizer, ASKED, options.pop("system", None))
    return asking.ask(loaded, options.pop("question", prompt), new_tokens=8, **options)


def test_a_prompt_is_asked_by_the_template_of_the_run(runs: Any) -> None:
    """The prompt is rendered up to where the assistant begins; greedy answers are the same twice."""
    (answer,) = ask(runs("finished"))
    assert answer.prompt.startswith("<|begin_of_text|>")
    assert f"{ASKED}<|eot_id|>" in answer.prompt
    assert answer.prompt.endswith("<|start_header_id|>assistant<|end_header_id|>\n\n")
    assert answer.name == runs("finished").folder.name
    assert answer.answer
    assert answer.reference is None
    assert ask(runs("finished")) == [answer]


def test_a_system_prompt_stands_before_it(runs: Any) -> None:
    """--system is the system's message of the conversation."""
    (answer,) = ask(runs("finished"), system="Answer in verse.")
    assert answer.prompt.index("Answer in verse.<|eot_id|>") < answer.prompt.index(ASKED)


def test_a_row_is_asked_with_its_own_answer_beside(runs: Any, opened: Any) -> None:
    """A row of any split is asked as it was trained, and its reference is the assistant's message of the build."""
    from curation.training.inference.ask import from_row

    for split in opened.manifest.splits:
        line = opened.lines(split)[3]
        (answer,) = ask(runs("finished"), question=from_row(opened, line["id"]))
        assert answer.reference == line["messages"][-1]["content"]
        assert f"{line['messages'][-2]['content']}<|eot_id|>" in answer.prompt
    with pytest.raises(UsageError, match="has no row 'nobody'"):
        from_row(opened, "nobody")


def test_adapters_on_one_base_answer_as_each_alone(runs: Any) -> None:
    """Base and adapters swapped on one loaded base say by name what each says alone, and not the same things."""
    first, other = runs("finished"), runs("other")
    together = ask(first, other, base=True)
    assert [answer.name for answer in together] == ["base", first.folder.name, "other"]
    alone = [ask(other, base=True)[0], *ask(first), *ask(other)]
    assert [answer.answer for answer in together] == [answer.answer for answer in alone]
    assert len({answer.answer for answer in together}) == 3
    assert [answer.answer for answer in ask(other, first, base=True)] == [together[at].answer for at in (0, 2, 1)]


def test_adapters_of_different_bases_are_refused(runs: Any) -> None:
    """Runs whose tiny bases have other weights cannot be asked together."""
    with pytest.raises(UsageError, match="has another base than"):
        ask(runs("finished"), runs("stranger"))


def test_two_runs_of_one_name_are_refused(runs: Any, tmp_path: Path) -> None:
    """A run twice, or one that is called base, is a usage error: answers are told by name."""
    with pytest.raises(UsageError, match="have the same name"):
        ask(runs("finished"), runs("finished"))
    base = Path(shutil.copytree(runs("finished").folder, tmp_path / "base"))
    with pytest.raises(UsageError, match="'base' is the base's own"):
        ask(replace(runs("finished"), folder=base))


def test_a_run_without_its_build_says_so(runs: Any, untokenized: Path) -> None:
    """A run whose build is another one now is not asked by row: the manifests' hashes are named."""
    from curation.training.run import data_of

    run = runs("finished")
    assert data_of(run).sha256 == run.settings.data_sha256
    moved = replace(run, settings=run.settings.model_copy(update={"build_folder": str(untokenized)}))
    with pytest.raises(UsageError, match=f"manifest has sha256.*{run.settings.data_sha256[:12]}"):
        data_of(moved)


def test_a_run_that_is_not_finished_has_no_answers(runs: Any, tmp_path: Path) -> None:
    """Before its adapter is written a run cannot be asked."""
    with pytest.raises(UsageError, match="has no adapter yet"):
        ask(replace(runs("finished"), folder=tmp_path))


# The command line


def test_generate_prints_the_answer_alone(runs: Any, curate: Callable[..., Ended]) -> None:
    """`curate generate RUN PROMPT` prints what the adapter says, and nothing else."""
    ended = curate("generate", runs("finished").folder, ASKED, "--new-tokens", 8)
    assert ended.code == 0, ended.err
    (answer,) = ask(runs("finished"))
    shown = "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in answer.answer)
    assert "".join(ended.out.split()) == "".join(shown.split())


def test_generate_answers_for_machines(runs: Any, opened: Any, curate: Callable[..., Ended]) -> None:
    """--json gives every name with its prompt, answer and reference; --with and --base add theirs."""
    line = opened.lines("validation")[0]
    first, other = runs("finished").folder, runs("other").folder
    ended = curate("generate", first, "--row", line["id"], "--with", other, "--base", "--new-tokens", 8, "--json")
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert [one["name"] for one in told] == ["base", first.name, "other"]
    assert {one["reference"] for one in told} == {line["messages"][-1]["content"]}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "takes a prompt or --row ID"),
        ([ASKED, "--row", "x"], "takes a prompt or --row ID"),
        (["--row", "nobody"], "has no row 'nobody'"),
        ([ASKED, "--with", "nowhere"], "There is no run nowhere"),
    ],
)
def test_what_cannot_be_asked_is_one_line(runs: Any, curate: Callable[..., Ended], words: list[str], said: str) -> None:
    """A question that cannot be meant ends with code 2 and one line."""
    ended = curate("generate", runs("finished").folder, *words)
    assert (ended.code, ended.out) == (UsageError.exit_code, "")
    assert said in ended.err
    assert ended.err.startswith("error: ")
    assert len(ended.err.splitlines()) == 1


def test_errors_of_training_have_codes_of_their_own() -> None:
    """Every kind of error has its own exit code, so that a script can tell a stopped run from a broken one."""
    kinds = [CurateError, *CurateError.__subclasses__()]
    assert len({kind.exit_code for kind in kinds}) == len(kinds)
