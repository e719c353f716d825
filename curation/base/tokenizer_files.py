"""A tokenizer's files by name: `builtin`, a folder, or a Hub id, of which these few files alone are fetched."""

from __future__ import annotations

from os.path import exists, isdir, isfile
from pathlib import Path

from curation.base.errors import InputError
from curation.schemas.template import BUILTIN

_FILES = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"]


def tokenizer_folder(name: str) -> Path:
    """The folder that holds the tokenizer.json of `name`. InputError where there is none; no folder is downloaded."""
    if name == "builtin":
        return BUILTIN
    folder = Path(name)
    if isdir(folder):
        if not isfile(folder / "tokenizer.json"):
            raise InputError(
                f"The tokenizer folder {name} holds no tokenizer.json",
                "Expected the files of a fast tokenizer (save_pretrained of transformers writes them); give another "
                "folder or a Hub id with --tokenizer.",
            )
        return folder
    if exists(folder) or "\0" in name or name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise InputError(
            f"There is no tokenizer folder {name}", "Give a folder with tokenizer.json, a Hub id or builtin."
        )
    return _from_hub(name)


def _from_hub(repo: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(repo, allow_patterns=_FILES))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise InputError(
            f"The tokenizer {repo!r} is no folder here and could not be fetched from the Hub ({type(error).__name__})",
            "Give a folder with tokenizer.json, log in for a gated model (hf auth login), or use --tokenizer builtin.",
        ) from error
    if not (folder / "tokenizer.json").is_file():
        raise InputError(f"The Hub repository {repo!r} holds no tokenizer.json", "Choose one with a fast tokenizer.")
    return folder
