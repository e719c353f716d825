"""The check that a tokenizer and a template fit: one BOS, and a mask over the assistant's words and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from tokenizers import Encoding
from tokenizers import Tokenizer as Backend

from curation.base.errors import InputError
from curation.schemas.template import TemplateContract
from curation.tokens.template import PINNED_DATE, Rendered, Template

_PROBE = [
    {"role": "user", "content": "First question?"},
    {"role": "assistant", "content": "First answer."},
    {"role": "user", "content": "Second question?"},
    {"role": "assistant", "content": "Second answer."},
]
_ANSWERS = [turn["content"] for turn in _PROBE if turn["role"] == "assistant"]
_BEFORE = re.compile(r"\s*(<think>\s*</think>\s*)?")
"""What a template may train before an answer: white space, a thought of nothing."""


def check_contract(name: str, file: Path, backend: Backend, template: Template) -> TemplateContract:
    """Render and encode a probe, check it, and return what was found. InputError says what does not fit."""
    rendered = template.render(_PROBE)
    encoding = backend.encode(rendered.text, add_special_tokens=False)
    for problem in _problems(template, rendered, encoding, backend):
        raise InputError(
            f"The chat template {template.name!r} does not fit the tokenizer {name!r}: {problem}",
            "Choose another --template, or correct the template's generation marks.",
        )
    bos, eos = _special_id(template, backend, "bos_token"), _special_id(template, backend, "eos_token")
    return TemplateContract(
        tokenizer=name,
        tokenizer_sha256=sha256(file.read_bytes()).hexdigest(),
        template=template.name,
        template_sha256=template.sha256,
        specials=dict(sorted(template.specials.items())),
        bos_id=bos if bos in encoding.ids else None,
        eos_id=eos,
        end_of_turn_ids=tuple(sorted({_last_token(rendered.text, encoding, *s) for s in rendered.trained})),
        pinned_date=PINNED_DATE if "strftime_now" in template.jinja else None,
    )


def trained_tokens(encoding: Encoding, start: int, end: int) -> tuple[int, int]:
    """First and last token of the characters [start, end), as transformers' assistant mask takes them."""
    first, last = encoding.char_to_token(start), encoding.char_to_token(end - 1)
    if first is None or last is None:
        raise InputError(
            f"The characters {start} to {end} of a rendered row belong to no token", "Report this tokenizer."
        )
    return first, last


def _last_token(text: str, encoding: Encoding, start: int, end: int) -> int:
    """The id of the last token but for white space, which some templates train after the end of a turn."""
    return encoding.ids[trained_tokens(encoding, start, start + len(text[start:end].rstrip()))[1]]


def _problems(template: Template, rendered: Rendered, encoding: Encoding, backend: Backend) -> Iterator[str]:
    trained = [rendered.text[start:end] for start, end in rendered.trained]
    if len(trained) != len(_ANSWERS):
        yield f"its generation marks hold {trained!r}, expected the two answers {_ANSWERS!r}"
        return
    control = {token.content for token in backend.get_added_tokens_decoder().values()}
    for answer, text in zip(_ANSWERS, trained, strict=True):
        before, _, after = text.partition(answer)
        if answer not in text or not _BEFORE.fullmatch(before):
            yield f"it trains {text!r}, expected to begin with the answer {answer!r}"
        elif after.strip() not in control:
            yield f"it trains {text!r}, expected the answer and one end-of-turn token of the tokenizer"
    for start, end in rendered.trained:
        first, last = (encoding.token_to_chars(i) for i in trained_tokens(encoding, start, end))
        if first is None or last is None or first[0] < start or last[1] > end:
            yield "a token of the trained text also covers text outside it"
    prompt, start = template.render(_PROBE[:-1], generation_prompt=True).text, rendered.trained[-1][0]
    if not rendered.text.startswith(prompt) or not start <= len(prompt) <= rendered.text.index(_ANSWERS[-1]):
        yield f"the generation prompt ends in {prompt[-30:]!r}, not where the trained text begins"
    bos = _special_id(template, backend, "bos_token")
    written = template.specials.get("bos_token")
    if written and bos is None and written in rendered.text:
        yield f"BOS {written!r} is not in the vocabulary"
    places = [i for i, token in enumerate(encoding.ids) if token == bos]
    if bos is not None and places not in ([0], []):
        yield f"BOS is at the tokens {places} of a conversation, expected only at 0"


def _special_id(template: Template, backend: Backend, which: str) -> int | None:
    token = template.specials.get(which)
    return backend.token_to_id(token) if token else None
