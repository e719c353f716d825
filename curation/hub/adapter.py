"""`curate push RUN`: the adapter of a training run to a model repository, with its card, linked to the dataset."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from curation.base.errors import InputError, UsageError
from curation.base.files import disk_errors, hashed
from curation.export.card import BEGIN, END
from curation.export.card_metadata import front
from curation.hub.card_merge import merged, parts
from curation.hub.layout import Sent
from curation.hub.push import Pushed, commit, look

_RUN, _ADAPTER = "run.json", "adapter"


def run_folder(name: str) -> Path | None:
    """The run of that folder, or of that name in runs/; None where there is no such run."""
    found = [folder for folder in (Path(name), Path("runs") / name) if (folder / _RUN).is_file()]
    return found[0] if found else None


def push_adapter(
    run: Path,
    repo: str,
    *,
    dataset: str | None = None,
    private: bool = False,
    revision: str = "main",
    dry: bool = False,
) -> Pushed:
    """adapter/ of `run` in one commit and a tag; nothing where this very adapter stands there.

    `dataset`: where the build was pushed; without it OWNER/BUILD is asked whether it holds the build, by its hash.
    InputError where the run has no adapter, UsageError where `dataset` holds another build, ShareError by the Hub.
    """
    settings, folder = _settings(run), run / _ADAPTER
    there, seen = look(repo, "model", revision, dry)
    linked = _dataset(settings, repo, dataset, dry) if seen else None
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "README.md"]
    sent = [Sent(path.relative_to(folder).as_posix(), path) for path in files]
    tag = sha256("".join(hashed(one.file, one.path).sha256 for one in sent).encode()).hexdigest()[:12]
    told = Pushed(repo, "model", revision, tag, f"Adapter {run.name} {tag} of {settings['build']}", seen=seen)
    if tag in there.tags and {one.path for one in sent} <= there.names:
        return replace(told, changed=False)
    with TemporaryDirectory(prefix="curate-push-") as scratch, disk_errors(Path(scratch)):
        card = Path(scratch) / "README.md"
        card.write_text(merged(there.card, _card((folder / "README.md").read_text("utf8"), run, repo, linked)), "utf8")
        sent = [Sent("README.md", card), *sent]
        sizes = tuple((one.path, one.bytes) for one in sent)
        told = replace(told, files=sizes, private=private or None)
        return told if dry else replace(told, url=commit(told, there, sent))


def _settings(run: Path) -> dict[str, Any]:
    needed = [run / _ADAPTER / name for name in ("adapter_config.json", "adapter_model.safetensors", "README.md")]
    for file in needed:
        if not file.is_file():
            raise InputError(f"{file} is missing", "Expected a run that is finished: curate train goes on with it.")
    settings = orjson.loads((run / _RUN).read_bytes())
    if not isinstance(settings, dict) or not {"build", "data_sha256"} <= settings.keys():
        raise InputError(f"{run / _RUN} names no build", "Expected a run of this version: train again.")
    return settings


def _dataset(settings: dict[str, Any], repo: str, dataset: str | None, dry: bool) -> str | None:
    """The dataset repository that has a tag for the run's build. UsageError where the one that was named has none."""
    tag = str(settings["data_sha256"])[:12]
    place = dataset or f"{repo.partition('/')[0]}/{settings['build']}"
    there, _ = look(place, "dataset", "main", dry)
    if tag in there.tags:
        return place
    if dataset:
        raise UsageError(
            f"{dataset} holds no build {tag}, which the run {settings['build']!r} was trained on",
            f"Its tags: {', '.join(sorted(there.tags)) or 'none'}. Push the build first: curate push BUILD --repo ...",
        )
    return None


def _card(text: str, run: Path, repo: str, dataset: str | None) -> str:
    """The run's card with the names it has on the Hub, between the marks of what is generated."""
    told, body = parts(text)
    told = {**told, **({"datasets": [dataset]} if dataset else {})}
    body = body.strip().replace(f'from_pretrained("{run.name}")', f'from_pretrained("{repo}")')
    link = f"\n\nThe dataset: [{dataset}](https://huggingface.co/datasets/{dataset})." if dataset else ""
    return f"{front(told)}\n{BEGIN}\n\n{body}{link}\n\n{END}\n"
