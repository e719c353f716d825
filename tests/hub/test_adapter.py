"""Facts about `curate push RUN`: the adapter, its card, and the link to the dataset."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from hub_server import Hub

from curation.base.errors import InputError, UsageError
from curation.base.seals import write_seal
from curation.export.card import BEGIN, END
from curation.hub.adapter import push_adapter, run_folder
from curation.hub.push import push
from curation.ledger.build import Build

CARD = """---
base_model: tiny
library_name: peft
license: other
language:
- en
---

# banking-tiny: a LoRA adapter for tiny

```python
model = AutoPeftModelForCausalLM.from_pretrained("banking-tiny")
```
"""


@pytest.fixture
def banking(demos: Callable[[str], Any]) -> Build:
    return demos("banking").build  # type: ignore[no-any-return]


@pytest.fixture
def run(banking: Build, tmp_path: Path) -> Path:
    """A finished run on the banking build, as the training stage leaves it."""
    folder = tmp_path / "runs" / "banking-tiny"
    (folder / "adapter").mkdir(parents=True)
    digest = sha256((banking.folder / "manifest.json").read_bytes()).hexdigest()
    settings = {"build": "banking", "build_folder": str(banking.folder), "data_sha256": digest}
    (folder / "run.json").write_text(json.dumps(settings))
    (folder / "adapter" / "adapter_config.json").write_text('{"r": 8}')
    (folder / "adapter" / "adapter_model.safetensors").write_bytes(b"weights" * 1000)
    (folder / "adapter" / "README.md").write_text(CARD)
    write_seal(folder / "adapter")
    return folder


def card(hub: Hub) -> tuple[dict[str, Any], str]:
    text = hub.repos["models/me/banking-lora"].files()["README.md"].decode()
    _, front, body = text.split("---\n", 2)
    return yaml.safe_load(front), body


def test_an_adapter_is_pushed_and_linked(hub: Hub, run: Path, banking: Build) -> None:
    """Adapter and card go up in one commit and a tag; the card names the dataset that holds the very build."""
    push(banking, "me/banking")
    done = push_adapter(run, "me/banking-lora")
    repo = hub.repos["models/me/banking-lora"]
    assert {"README.md", "adapter_config.json", "adapter_model.safetensors"} <= set(repo.files())
    assert "run.json" not in repo.files()  # it holds paths of this machine
    assert repo.files()["adapter_model.safetensors"] == b"weights" * 1000
    assert list(repo.tags) == [done.tag]
    metadata, body = card(hub)
    assert (metadata["datasets"], metadata["base_model"]) == (["me/banking"], "tiny")
    assert 'from_pretrained("me/banking-lora")' in body
    assert body.count(BEGIN) == body.count(END) == 1
    hub.asked.clear()
    assert not push_adapter(run, "me/banking-lora").changed
    assert hub.writes() == []


def test_a_build_that_was_not_pushed_is_not_linked(hub: Hub, run: Path, demo_build: Build) -> None:
    """Without the build on the Hub there is no link; a dataset of that name with another build is refused."""
    push_adapter(run, "me/banking-lora")
    assert "datasets" not in card(hub)[0]
    push(demo_build, "me/legal")
    with pytest.raises(UsageError, match="me/legal has no tag"):
        push_adapter(run, "me/banking-lora", dataset="me/legal")


def test_a_named_dataset(hub: Hub, run: Path, banking: Build) -> None:
    """--dataset links to where the build was pushed under another name."""
    push(banking, "me/queries")
    push_adapter(run, "me/banking-lora", dataset="me/queries", private=True)
    assert card(hub)[0]["datasets"] == ["me/queries"]
    assert hub.repos["models/me/banking-lora"].private


def test_words_of_a_person_stay(hub: Hub, run: Path) -> None:
    """What a person wrote into the adapter's card stays when a new adapter is pushed."""
    push_adapter(run, "me/banking-lora")
    repo = hub.repos["models/me/banking-lora"]
    repo.commit("main", {**repo.files(), "README.md": repo.files()["README.md"] + b"\nAsk Ann.\n"}, "hand")
    (run / "adapter" / "adapter_model.safetensors").write_bytes(b"better" * 1000)
    write_seal(run / "adapter")
    push_adapter(run, "me/banking-lora")
    assert card(hub)[1].endswith("Ask Ann.\n")
    assert len(repo.tags) == 2


def test_a_dry_run_writes_nothing(hub: Hub, run: Path) -> None:
    """A dry run names files and sizes alone."""
    done = push_adapter(run, "me/banking-lora", dry_run=True)
    assert [path for path, _ in done.files] == ["README.md", "adapter_config.json", "adapter_model.safetensors"]
    assert hub.writes() == []


def test_a_run_that_is_not_finished(hub: Hub, run: Path) -> None:
    """A run without an adapter, or that names no build, is refused by name."""
    (run / "run.json").write_text("{}")
    with pytest.raises(InputError, match="does not name its build"):
        push_adapter(run, "me/banking-lora")
    (run / "adapter" / "adapter_model.safetensors").unlink()
    with pytest.raises(InputError, match=r"adapter_model\.safetensors is missing"):
        push_adapter(run, "me/banking-lora")
    assert hub.asked == []


def test_runs_are_found(run: Path, banking: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is known by its run.json, by folder or by its name in runs/; a build is none."""
    monkeypatch.chdir(run.parent.parent)
    assert run_folder("banking-tiny") == Path("runs/banking-tiny")
    assert run_folder(str(run)) == run
    assert run_folder(str(banking.folder)) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("adapter_model.safetensors", "adapter_model.safetensors has 6,999 bytes and had 7,000"),
        ("seal.json", "no seal.json"),
        ("adapter_config.json", r"adapter_config.json has 7 bytes and had 8"),
    ],
)
def test_a_damaged_adapter_is_not_sent(hub: Hub, run: Path, name: str, said: str) -> None:
    """An adapter that is not as the run wrote it is refused by the file's name, before the Hub is asked."""
    file = run / "adapter" / name
    held = file.read_bytes()
    if name == "seal.json":
        file.unlink()
    else:
        file.write_bytes(held[:-1])
    with pytest.raises(InputError, match=f"adapter is not whole: .*{said}"):
        push_adapter(run, "me/banking-lora")
    assert hub.asked == []


@pytest.mark.parametrize(
    ("name", "content"), [("run.json", b"\xff{"), ("run.json", b"[]"), ("adapter/README.md", b"\xff")]
)
def test_a_damaged_file_of_a_run_is_named(hub: Hub, run: Path, name: str, content: bytes) -> None:
    """What push reads besides, settings and card, is named where it cannot be read; nothing is sent."""
    (run / name).write_bytes(content)
    with pytest.raises(InputError, match=rf"{name} (is not|does not)"):
        push_adapter(run, "me/banking-lora")
    assert hub.writes() == []
