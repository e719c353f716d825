"""The model's tokenizer, checked against the template contract of the build before anything is loaded."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from curation.base.errors import InputError
from curation.schemas.template import BUILTIN, TemplateContract

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_FILES = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"]
_PADS = ("<|finetune_right_pad_id|>", "<|reserved_special_token_0|>", "<pad>", "[PAD]", "<unk>")


def folder(name: str) -> Path:
    """Where the tokenizer of `name` (builtin, a folder or a Hub id) lies. InputError where it cannot be had."""
    if name in ("builtin", "tiny"):
        return BUILTIN
    if (Path(name) / "tokenizer.json").is_file():
        return Path(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        found = Path(snapshot_download(name, allow_patterns=_FILES))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise InputError(
            f"The tokenizer of {name!r} is in no folder here and could not be fetched ({type(error).__name__})",
            "Give --tokenizer the folder that the build was counted with, or log in for a gated model (hf auth login).",
        ) from error
    if not (found / "tokenizer.json").is_file():
        raise InputError(f"{name!r} holds no tokenizer.json", "Give --tokenizer a folder that does.")
    return found


def load(where: Path, contract: TemplateContract, template: str) -> PreTrainedTokenizerBase:
    """The tokenizer in `where` with the build's chat template. InputError where it is not the one of `contract`."""
    from transformers import PreTrainedTokenizerFast

    check(where, contract, template)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(where, **contract.specials)
    tokenizer.chat_template = template
    tokenizer.pad_token = _pad(tokenizer, contract)
    tokenizer.padding_side = "right"
    return tokenizer


def check(where: Path, contract: TemplateContract, template: str) -> None:
    """InputError naming the hash that differs, and how to build again."""
    found = sha256((where / "tokenizer.json").read_bytes()).hexdigest()
    if found != contract.tokenizer_sha256:
        raise InputError(
            f"The model's tokenizer in {where} is not the one the build was counted with: sha256 {found[:12]}, "
            f"the build's {contract.tokenizer!r} has {contract.tokenizer_sha256[:12]}",
            f"Build again with --tokenizer {where}, or train the model that the build was made for.",
        )
    found = sha256(template.encode()).hexdigest()
    if found != contract.template_sha256:
        raise InputError(
            f"chat_template.jinja of the build has sha256 {found[:12]}, its manifest says "
            f"{contract.template_sha256[:12]}",
            "The file was edited; build again with --template FILE.jinja.",
        )


def _pad(tokenizer: PreTrainedTokenizerBase, contract: TemplateContract) -> str:
    """A token that no row ends with: padding by the end-of-turn token would teach nothing but look like an end."""
    vocabulary = tokenizer.get_vocab()
    own = tokenizer.pad_token
    ends = {*contract.end_of_turn_ids, contract.eos_id}
    for token in (own, *_PADS):
        if token and token in vocabulary and vocabulary[token] not in ends:
            return str(token)
    return str(own or tokenizer.eos_token)
