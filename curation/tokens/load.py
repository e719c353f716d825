"""From a folder, a Hub id or `builtin` to a Tokenizer whose template contract holds."""

from __future__ import annotations

from os.path import isdir, isfile, lexists
from pathlib import Path
from typing import Any

import orjson
from tokenizers import Tokenizer as Backend

from curation.base.errors import InputError, UsageError, nearest, reraise_as
from curation.base.files import content
from curation.base.tokenizer_files import tokenizer_folder
from curation.schemas.template import TEMPLATES
from curation.tokens.contract import check_contract
from curation.tokens.template import Template, pin_date
from curation.tokens.tokenizer import Tokenizer

# Which template a tokenizer was made for, by a tag in its own template (or, without one, its vocabulary).
_FAMILIES = {"<|start_header_id|>": "llama3", "<|im_start|>": "chatml", "[INST]": "llama2", "<|assistant|>": "zephyr"}


def load_tokenizer(name: str = "builtin", template: str = "auto") -> Tokenizer:
    """`name`: folder with tokenizer.json, Hub id, or `builtin`. `template`: auto, own, a name or a .jinja file.

    InputError where files are missing or do not fit each other; nothing is downloaded for a folder.
    """
    folder = tokenizer_folder(name)
    file = folder / "tokenizer.json"
    backend = _backend(file)
    config = _json(folder / "tokenizer_config.json")
    settings = {**_json(folder / "special_tokens_map.json"), **{key: value for key, value in config.items() if value}}
    specials = {key: _content(settings[key]) for key in ("bos_token", "eos_token") if settings.get(key)}
    chosen = _template(template, folder, config, backend, specials)
    label = name if name == "builtin" or not isdir(name) else folder.resolve().name
    return Tokenizer(check_contract(label, file, backend, chosen), backend, chosen)


def _backend(file: Path) -> Backend:
    hint = "Expected the JSON of the tokenizers library."
    with reraise_as(lambda error: InputError(f"{file} is not a tokenizer: {error}", hint)):
        backend = Backend.from_file(str(file))
    backend.no_truncation()  # a saved setting would cut texts
    backend.no_padding()
    return backend


def _json(file: Path) -> dict[str, Any]:
    if not isfile(file):
        return {}
    try:
        config = orjson.loads(content(file))
    except orjson.JSONDecodeError as error:
        raise InputError(f"{file} is not JSON: {error}", "Fetch the tokenizer's files again.") from error
    return config if isinstance(config, dict) else {}


def _content(token: Any) -> str:
    return str(token["content"] if isinstance(token, dict) else token)


def _template(
    wanted: str, folder: Path, config: dict[str, Any], backend: Backend, specials: dict[str, str]
) -> Template:
    names = sorted(file.stem for file in TEMPLATES.glob("*.jinja"))
    if wanted == "auto":
        wanted = _family(folder, config, backend, names)
    if wanted in names:
        jinja = (TEMPLATES / f"{wanted}.jinja").read_text("utf8")
    elif wanted == "own":
        jinja = _own(folder, config)
        if not jinja:
            raise InputError(
                f"The tokenizer {folder.name!r} has no chat template of its own",
                f"Give --template: {', '.join(names)}.",
            )
    elif isfile(wanted) or (wanted.endswith(".jinja") and lexists(wanted)):
        try:
            jinja = content(Path(wanted)).decode()
        except UnicodeDecodeError as error:
            raise InputError(f"{wanted} is not UTF-8: {error.reason}", "Expected Jinja text in UTF-8.") from error
        wanted = Path(wanted).name
    else:
        raise UsageError(
            f"There is no chat template {wanted!r}.{nearest(wanted, [*names, 'own', 'auto'])}",
            f"Expected auto, own, {', '.join(names)}, or a .jinja file.",
        )
    return Template(wanted, pin_date(jinja), specials)


def _own(folder: Path, config: dict[str, Any]) -> str:
    file = folder / "chat_template.jinja"
    if isfile(file):
        return content(file).decode("utf8", "replace")
    own = config.get("chat_template") or ""
    if isinstance(own, list):  # several named templates: the default one
        own = next((t["template"] for t in own if t.get("name") == "default"), "")
    return str(own)


def _family(folder: Path, config: dict[str, Any], backend: Backend, names: list[str]) -> str:
    own = _own(folder, config)
    for where in (own, *([] if own else [" ".join(backend.get_vocab())])):
        for token, family in _FAMILIES.items():
            if token in where:
                return family
    if own:
        return "own"
    raise InputError(
        f"The tokenizer {folder.name!r} has no chat template, and no built-in one is known to fit it",
        f"Give --template: {', '.join(names)}, or a .jinja file with generation marks.",
    )
