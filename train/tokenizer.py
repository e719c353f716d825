"""The model's tokenizer, checked against the template contract of the build before anything is loaded."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from curation.base.errors import InputError
from curation.base.files import hashed
from curation.schemas.template import TemplateContract

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_PADS = ("<|finetune_right_pad_id|>", "<|reserved_special_token_0|>", "<pad>", "[PAD]", "<unk>")


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
    found = hashed(where / "tokenizer.json", "tokenizer.json").sha256
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
