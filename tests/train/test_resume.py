"""Facts about runs that are interrupted: they end with the bytes of one that was not, and trust no damaged file."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from runs import SHORT, apart, go, metrics, preset

from curation.base.errors import DiskError, Unfinished
from curation.cli.app import main
from curation.training import checkpoints

pytestmark = pytest.mark.usefixtures("libraries")
WORDS = ("--epochs", "1", "--save-steps", "4", "--dropout", "0.1")


def weights(run: Path) -> bytes:
    return (run / "adapter" / "adapter_model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def whole(build: Path, libraries: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with dropout that nothing interrupted; its last two checkpoints stand."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    go(build, out, *WORDS)
    return out


@pytest.fixture
def checkpoint(whole: Path, tmp_path: Path) -> Path:
    """A copy of its last checkpoint, to be damaged."""
    last = checkpoints.found(whole / "checkpoints")[0]
    return Path(shutil.copytree(last, tmp_path / last.name))


@pytest.fixture
def unfinished(whole: Path, tmp_path: Path) -> Path:
    """A copy of it as it was when its last checkpoint was written, before adapter and result."""
    out = Path(shutil.copytree(whole, tmp_path / "run"))
    shutil.rmtree(out / "adapter")
    (out / "result.json").unlink()
    return out


def started(build: Path, out: Path, words: tuple[str, ...]) -> Popen[str]:
    """The run in a process of its own, its first checkpoint just sealed."""
    process = apart("train", build, "--preset", "tiny", "--out", out, *SHORT, *words)
    end = time.monotonic() + 300
    while not any((out / "checkpoints").glob("checkpoint-*/seal.json")):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end, "no checkpoint in five minutes"
        time.sleep(0.01)
    return process


# Interrupted runs


def test_a_killed_run_ends_with_the_same_bytes(build: Path, whole: Path, tmp_path: Path) -> None:
    """A run that SIGKILL ended, started again, has the weights and the figures of one that was left alone."""
    out = tmp_path / "run"
    process = started(build, out, WORDS)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    process.communicate()
    assert not (out / "adapter").exists()
    newest, _ = checkpoints.newest(out / "checkpoints")
    assert newest
    lines, taken = list[str](), list[int]()
    go(build, out, *WORDS, lines=lines, steps=taken)
    assert f"resuming from {newest.name}" in lines
    assert taken[0] == checkpoints.step(newest) + 1
    assert weights(out) == weights(whole)
    assert metrics(out) == metrics(whole)
    steps = [line["step"] for line in metrics(out) if "loss" in line]
    assert steps == list(range(1, len(steps) + 1))


def test_a_terminated_run_saves_and_is_finished_by_the_same_command(
    build: Path, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """SIGTERM ends a run with exit code 9 and a whole checkpoint; the same command ends with the same bytes."""
    out = tmp_path / "run"
    process = started(build, out, WORDS)
    process.terminate()
    _, printed = process.communicate(timeout=300)
    assert process.returncode == 9, printed
    assert "SIGTERM came" in printed
    assert "Traceback" not in printed
    newest, skipped = checkpoints.newest(out / "checkpoints")
    assert newest is not None
    assert skipped == []
    with pytest.raises(SystemExit) as ended:
        main(["train", str(build), "--preset", "tiny", "--out", str(out), *SHORT, *WORDS])
    assert not ended.value.code, capsys.readouterr().err
    assert weights(out) == weights(whole)


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_obeyed_at_the_end_of_a_step(build: Path, tmp_path: Path, which: signal.Signals) -> None:
    """Ctrl-C or SIGTERM in the second step saves that step and no other; the handlers are what they were after it."""
    from curation.training.run import Reporter, train

    def progress(now: Any) -> None:
        if now.step == 2:
            os.kill(os.getpid(), which)

    before = [signal.getsignal(either) for either in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(Unfinished, match=rf"Stopped at step 2 of .*{which.name} came"):
        train(build, preset(*WORDS), tmp_path / "run", Reporter(lambda line: None, progress))
    assert [signal.getsignal(either) for either in (signal.SIGINT, signal.SIGTERM)] == before
    assert [path.name for path in checkpoints.found(tmp_path / "run" / "checkpoints")] == ["checkpoint-2"]


def test_a_budget_of_time_saves_and_stops(build: Path, whole: Path, tmp_path: Path) -> None:
    """When --minutes are over the run saves at the end of its step, and goes on from there another time."""
    out = tmp_path / "run"
    with pytest.raises(Unfinished, match=r"Stopped at step 1 of .*minutes are over"):
        go(build, out, *WORDS, minutes=0.0001)
    assert [path.name for path in checkpoints.found(out / "checkpoints")] == ["checkpoint-1"]
    assert checkpoints.fault(out / "checkpoints" / "checkpoint-1") is None
    assert "Not finished yet" in (out / "index.html").read_text("utf8")
    go(build, out, *WORDS)
    assert weights(out) == weights(whole)


def test_a_run_that_died_after_its_last_step_is_finished(build: Path, whole: Path, unfinished: Path) -> None:
    """With every step done and no result written, the same command writes adapter and result without training."""
    taken: list[int] = []
    go(build, unfinished, *WORDS, steps=taken)
    assert taken == []
    assert weights(unfinished) == weights(whole)
    assert json.loads((unfinished / "result.json").read_bytes()) == json.loads((whole / "result.json").read_bytes())


def test_a_run_that_died_after_its_last_step_within_an_epoch_takes_no_other(build: Path, tmp_path: Path) -> None:
    """Where the epochs end in the middle of one, a run that is finished later has the same weights and figures.

    Killed before the last evaluation was written down, it is made up for.
    """
    words, taken = ("--epochs", "0.3", "--compare", "0"), list[int]()
    go(build, tmp_path / "whole", *words)
    shutil.copytree(tmp_path / "whole", tmp_path / "run")
    (tmp_path / "run" / "result.json").unlink()
    lines = (tmp_path / "run" / "metrics.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "run" / "metrics.jsonl").write_bytes(b"".join(line for line in lines if b"eval_loss" not in line))
    go(build, tmp_path / "run", *words, steps=taken)
    assert taken == []
    assert weights(tmp_path / "run") == weights(tmp_path / "whole")
    assert sorted(metrics(tmp_path / "run"), key=str) == sorted(metrics(tmp_path / "whole"), key=str)


def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(build: Path, whole: Path, unfinished: Path) -> None:
    """A run says which checkpoint it does not trust and why, goes on from the one before, and ends the same."""
    last, before = checkpoints.found(unfinished / "checkpoints")
    os.truncate(last / "optimizer.pt", 1000)
    lines, taken = list[str](), list[int]()
    go(build, unfinished, *WORDS, lines=lines, steps=taken)
    assert taken == [checkpoints.step(last)]
    assert any(line.startswith(f"{last.name} is not used: optimizer.pt has 1,000 bytes") for line in lines)
    assert f"resuming from {before.name}" in lines
    assert weights(unfinished) == weights(whole)
    assert metrics(unfinished) == metrics(whole)


# Checkpoints


def test_a_checkpoint_as_it_was_written_has_no_fault(whole: Path) -> None:
    """The checkpoints that a run leaves are sealed and whole, and the newest is the last step's."""
    found = checkpoints.found(whole / "checkpoints")
    assert len(found) == preset().keep
    assert [checkpoints.fault(path) for path in found] == [None] * len(found)
    assert checkpoints.newest(whole / "checkpoints") == (found[0], [])


def truncate(folder: Path) -> None:
    os.truncate(folder / "optimizer.pt", (folder / "optimizer.pt").stat().st_size - 1)


def flip(folder: Path) -> None:
    file = folder / "adapter_model.safetensors"
    held = bytearray(file.read_bytes())
    held[-7] ^= 1
    file.write_bytes(held)


def rename(folder: Path) -> None:
    """As if another step's checkpoint had been copied there."""
    told = json.loads((folder / "seal.json").read_bytes())
    (folder / "seal.json").write_text(json.dumps({**told, "step": told["step"] + 1}), "utf8")


def replaced(content: bytes) -> Callable[[Path], None]:
    """The seal with that in its place."""
    return lambda folder: (folder / "seal.json").write_bytes(content) and None


def no_state(folder: Path) -> None:
    """A state that says nothing, and is sealed as if it did."""
    (folder / "trainer_state.json").write_text("[]")
    checkpoints.seal(folder)


NO_SEALS = (b"[]", b"{}", b"null", b"\xff\xfe", b'{"step": "four", "files": []}', b'{"step": 4, "files": {"a": 1}}')


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (truncate, "optimizer.pt has .* bytes and had"),
        (flip, "adapter_model.safetensors has changed since it was written"),
        (lambda folder: (folder / "seal.json").unlink(), "it was never finished"),
        (lambda folder: os.truncate(folder / "seal.json", 40), "its seal.json is damaged"),
        (lambda folder: (folder / "rng_state.pth").unlink(), "rng_state.pth is missing"),
        (rename, "it holds step"),
        *((replaced(content), "its seal.json is damaged, or of a later version") for content in NO_SEALS),
        (no_state, "its trainer_state.json is damaged"),
    ],
    ids=["truncated", "flipped", "no seal", "half a seal", "missing", "another step", *map(repr, NO_SEALS), "no state"],
)
def test_every_damage_is_named(checkpoint: Path, damage: Callable[[Path], None], said: str) -> None:
    """A checkpoint that is not as it was written has a fault, which names the file."""
    import re

    assert checkpoints.fault(checkpoint) is None
    damage(checkpoint)
    fault = checkpoints.fault(checkpoint)
    assert fault
    assert re.match(said, fault)
    assert checkpoints.newest(checkpoint.parent) == (None, [(checkpoint, fault)])


def test_a_checkpoint_sealed_without_its_optimizer_is_not_trusted(checkpoint: Path) -> None:
    """A seal over files of which the optimizer's is none is a fault."""
    (checkpoint / "optimizer.pt").unlink()
    checkpoints.seal(checkpoint)
    assert checkpoints.fault(checkpoint) == "optimizer.pt was never written"


def test_checkpoints_are_ordered_by_number(tmp_path: Path) -> None:
    """checkpoint-1000 is newer than checkpoint-200, and a name that is none is not one."""
    for name in ("checkpoint-200", "checkpoint-1000", "checkpoint-30", "checkpoint-1000.part", "notes"):
        (tmp_path / name).mkdir()
    assert [checkpoints.step(path) for path in checkpoints.found(tmp_path)] == [1000, 200, 30]
    assert checkpoints.found(tmp_path / "nowhere") == []


def test_a_checkpoint_that_is_half_removed_does_not_outlive_a_whole_one(
    build: Path, whole: Path, unfinished: Path
) -> None:
    """A kill while the oldest goes makes it look new by its time; the run that goes on removes it, not a whole one."""
    last, before = checkpoints.found(unfinished / "checkpoints")
    (last / "seal.json").unlink()
    half = Path(shutil.copytree(before, unfinished / "checkpoints" / "checkpoint-1"))
    (half / "optimizer.pt").unlink()
    go(build, unfinished, *WORDS)
    left = checkpoints.found(unfinished / "checkpoints")
    assert [path.name for path in left] == [last.name, before.name]
    assert [checkpoints.fault(path) for path in left] == [None, None]
    assert weights(unfinished) == weights(whole)


# A full disk


@contextmanager
def largest_file(limit: int) -> Iterator[Callable[[], None]]:
    """Once called, the system refuses to let a file grow over `limit` bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("share", [0.5, 0.99], ids=["adapter", "optimizer"])
def test_a_full_disk_names_the_last_good_checkpoint(build: Path, whole: Path, tmp_path: Path, share: float) -> None:
    """Where a checkpoint cannot be written, a DiskError names the one before, and that has no fault."""
    from curation.training.run import Reporter, train

    newest = checkpoints.found(whole / "checkpoints")[0]
    sizes = [(newest / name).stat().st_size for name in ("adapter_model.safetensors", "optimizer.pt")]
    assert sizes[0] < sizes[1] * 0.99
    out = tmp_path / "run"
    with largest_file(int(sizes[0] * share if share == 0.5 else sizes[1] * share)) as fill:

        def progress(now: Any) -> None:
            if now.step == 5:
                fill()

        with pytest.raises(DiskError, match=r"the next run resumes from checkpoint-4") as error:
            train(build, preset(*WORDS), out, Reporter(lambda line: None, progress))
    assert str(out) in error.value.fact
    assert checkpoints.fault(out / "checkpoints" / "checkpoint-4") is None
    assert checkpoints.newest(out / "checkpoints")[0] == out / "checkpoints" / "checkpoint-4"


def test_a_disk_that_is_full_from_the_start_is_told(build: Path, untokenized: Path, tmp_path: Path) -> None:
    """Token ids or a tiny base that cannot be written are a DiskError; the same command goes on when there is room."""
    words = ("--epochs", "0.05", "--compare", "0")
    with largest_file(20_000) as fill:
        fill()
        for folder, out in ((untokenized, "ids"), (build, "base")):
            with pytest.raises(DiskError, match=r"refused to write into .*; there is no whole checkpoint yet"):
                go(folder, tmp_path / out, *words)
    assert (tmp_path / "ids" / "run.json").is_file()
    for folder, out in ((untokenized, "ids"), (build, "base")):
        go(folder, tmp_path / out, *words)


def test_a_place_that_can_hold_no_folder_is_told(build: Path, tmp_path: Path) -> None:
    """An --out under a file, or that is a file, is a DiskError and no traceback."""
    (tmp_path / "file").write_text("mine", "utf8")
    for out in (tmp_path / "file" / "run", tmp_path / "file"):
        with pytest.raises(DiskError, match="refused to write beside"):
            go(build, out, *WORDS)
    assert (tmp_path / "file").read_text("utf8") == "mine"
