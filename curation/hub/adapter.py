"""`curate push RUN`: the adapter of a training run to a model repository, with its card, linked to the dataset."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from curation.base.errors import InputError, UsageError
from curation.base.files import content, disk_errors, hashed, inside
from curation.base.scratch import NO_SPACE, scratch
from curation.base.seals import SEAL, fault, names
from curation.export.card import BEGIN, END
from curation.export.card_metadata import front_matter
from curation.hub.card_merge import merge_cards, split_card
from curation.hub.layout import Upload
from curation.hub.push import Pushed, commit, remote_state

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
    dry_run: bool = False,
) -> Pushed:
    """adapter/ of `run` in one commit and a tag; nothing where this very adapter is there.

    `dataset`: where the build was pushed; without it OWNER/BUILD is tried, and checked by the build's hash.
    InputError where the run has no adapter, UsageError where `dataset` holds another build, ShareError by the Hub.
    """
    settings, folder = _settings(run), run / _ADAPTER
    remote, known = remote_state(repo, "model", revision, dry_run)
    linked = _dataset(settings, repo, dataset, dry_run) if known else None
    files = [name for name in names(folder) if name not in ("README.md", SEAL)]
    uploads = [Upload(name, inside(folder, name)) for name in files]  # a link would send what lies elsewhere
    tag = sha256("".join(hashed(one.file, one.path).sha256 for one in uploads).encode()).hexdigest()[:12]
    pushed = Pushed(repo, "model", revision, tag, f"Adapter {run.name} {tag} of {settings['build']}", seen=known)
    if tag in remote.tags and {one.path for one in uploads} <= remote.names:
        return replace(pushed, changed=False)
    with scratch("push") as work, disk_errors(work, NO_SPACE):
        card = work / "README.md"
        card.write_text(merge_cards(remote.card, _card(_text(folder / "README.md"), run, repo, linked)), "utf8")
        uploads = [Upload("README.md", card), *uploads]
        sizes = tuple((one.path, one.bytes) for one in uploads)
        pushed = replace(pushed, files=sizes, private=private or None)
        return pushed if dry_run else replace(pushed, url=commit(pushed, remote, uploads))


def _settings(run: Path) -> dict[str, Any]:
    needed = [run / _ADAPTER / name for name in ("adapter_config.json", "adapter_model.safetensors", "README.md")]
    for file in needed:
        if not file.is_file():
            raise InputError(f"{file} is missing", "Expected a finished run: curate train resumes it.")
    if wrong := fault(run / _ADAPTER):
        raise InputError(
            f"{run / _ADAPTER} is not whole: {wrong}",
            "The same curate train writes it again, from the last checkpoint.",
        )
    try:
        settings = orjson.loads(content(run / _RUN))
    except orjson.JSONDecodeError as error:
        raise InputError(f"{run / _RUN} is not JSON: {error}", "It is damaged: train again.") from error
    if not isinstance(settings, dict) or not {"build", "data_sha256"} <= settings.keys():
        raise InputError(f"{run / _RUN} does not name its build", "It is of an earlier version: train again.")
    return settings


def _text(card: Path) -> str:
    try:
        return content(card).decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{card} is not UTF-8: {error.reason} at byte {error.start}", "Correct it there.") from error


def _dataset(settings: dict[str, Any], repo: str, dataset: str | None, dry_run: bool) -> str | None:
    """The dataset repository that has a tag for the run's build. UsageError where a given one has none."""
    tag = str(settings["data_sha256"])[:12]
    place = dataset or f"{repo.partition('/')[0]}/{settings['build']}"
    remote, _ = remote_state(place, "dataset", "main", dry_run)
    if tag in remote.tags:
        return place
    if dataset:
        raise UsageError(
            f"{dataset} has no tag {tag}, the build {settings['build']!r} that the run was trained on",
            f"Its tags: {', '.join(sorted(remote.tags)) or 'none'}. Push the build first: curate push BUILD --repo ...",
        )
    return None


def _card(text: str, run: Path, repo: str, dataset: str | None) -> str:
    """The run's card with its names on the Hub, between the marks of the generated part."""
    metadata, body = split_card(text)
    metadata = {**metadata, **({"datasets": [dataset]} if dataset else {})}
    body = body.strip().replace(f'from_pretrained("{run.name}")', f'from_pretrained("{repo}")')
    link = f"\n\nThe dataset: [{dataset}](https://huggingface.co/datasets/{dataset})." if dataset else ""
    return f"{front_matter(metadata)}\n{BEGIN}\n\n{body}{link}\n\n{END}\n"
