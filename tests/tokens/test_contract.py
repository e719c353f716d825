"""Facts about the contract: what a tokenizer and a template promise each other, and which pairs are refused."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from hard import ANSWERED, Both, Conversation, conversations
from hypothesis import given, settings

from curation.base.errors import InputError
from curation.schemas.template import BUILTIN, TEMPLATES
from curation.tokens import load_tokenizer

HEAD = "<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
PROMPT = "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
SAID = "{{ m.content | trim }}<|eot_id|>"
GOOD = ("{% generation %}" + SAID + "{% endgeneration %}", HEAD + SAID)


def chat(
    answer: str, other: str = HEAD + SAID, bos: str = "{{ bos_token }}", head: str = HEAD, prompt: str = PROMPT
) -> str:
    """A template of the Llama 3 kind, of which one part can be another."""
    turn = "{% if m.role == 'assistant' %}" + head + answer + "{% else %}" + other + "{% endif %}"
    return bos + "{% for m in messages %}" + turn + "{% endfor %}" + prompt


def refusal(folder: Path, jinja: str) -> InputError:
    file = folder / "mine.jinja"
    file.write_text(jinja, "utf8", newline="")
    with pytest.raises(InputError) as caught:
        load_tokenizer("builtin", str(file))
    return caught.value


# What is wrong with a template, and a word of the error that says so.
REFUSED = {
    "no generation marks": (chat(SAID), "generation"),
    "the header is trained": (
        chat("{% generation %}" + HEAD + SAID + "{% endgeneration %}", head=""),
        "<|start_header_id|>assistant<|end_header_id|>\\n\\nFirst answer.<|eot_id|>', expected to begin with",
    ),
    "no end-of-turn token": (chat("{% generation %}{{ m.content | trim }}{% endgeneration %}"), "end-of-turn"),
    "end-of-turn not trained": (
        chat("{% generation %}{{ m.content | trim }}{% endgeneration %}<|eot_id|>"),
        "end-of-turn",
    ),
    "end-of-turn in plain text": (
        chat("{% generation %}{{ m.content | trim }}</end>{% endgeneration %}"),
        "end-of-turn",
    ),
    "two end-of-turn tokens": (chat("{% generation %}" + SAID + "<|eot_id|>{% endgeneration %}"), "end-of-turn"),
    "BOS twice": (chat(GOOD[0], bos="{{ bos_token }}{{ bos_token }}"), "BOS"),
    "BOS in every turn": (chat(GOOD[0], HEAD + "{{ bos_token }}" + SAID), "BOS"),
    "BOS not at the start": (chat(GOOD[0], bos="\n{{ bos_token }}"), "BOS"),
    "questions are trained": (
        chat(*["{% generation %}" + SAID + "{% endgeneration %}"] * 2),
        "generation marks hold ['First question?",
    ),
    "only the last answer is trained": (
        chat("{% if loop.last %}" + GOOD[0] + "{% else %}" + SAID + "{% endif %}"),
        "generation marks hold ['Second answer.",
    ),
    "another generation prompt": (chat(GOOD[0], prompt=PROMPT.replace("\n\n", "\n")), "generation prompt"),
    "no generation prompt": (chat(GOOD[0], prompt=""), "generation prompt"),
    "the answer is changed": (
        chat("{% generation %}" + SAID.replace("trim", "upper") + "{% endgeneration %}"),
        "FIRST ANSWER.",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_template_that_does_not_fit_is_refused(tmp_path: Path, what: str) -> None:
    """A template that would train or count other than it says is refused by name, with the fault and what to do."""
    jinja, word = REFUSED[what]
    error = refusal(tmp_path, jinja)
    assert "'mine.jinja'" in error.fact
    assert word in error.fact
    assert "--template" in error.hint


def test_the_template_those_are_made_from_is_accepted(tmp_path: Path) -> None:
    """Without its one fault, the template of the test above fits: the refusals are for the faults."""
    (tmp_path / "mine.jinja").write_text(chat(*GOOD), "utf8")
    assert load_tokenizer("builtin", str(tmp_path / "mine.jinja")).contract.end_of_turn_ids == (4,)


def test_a_token_that_is_trained_in_part_is_refused(tmp_path: Path) -> None:
    """A template whose trained text begins inside a token is refused: that token has no one answer."""
    jinja = chat(GOOD[0], head=HEAD + "So, ", prompt=PROMPT.replace("{% endif %}", "So, {% endif %}"))
    assert "also covers text outside it" in refusal(tmp_path, jinja).fact


@pytest.mark.parametrize(
    ("jinja", "word"),
    [
        (chat(*GOOD) + "{% endfor %}", "endfor"),
        (chat(*GOOD).replace("m.role", "m.role + nothing"), "nothing"),
        (chat(*GOOD) + "{{ raise_exception('not today') }}", "not today"),
        (chat(*GOOD) + "{{ 1 + messages }}", "int"),
    ],
)
def test_a_template_that_fails_is_refused(tmp_path: Path, jinja: str, word: str) -> None:
    """A template that cannot be read or run is refused by name, with the library's reason and what to do."""
    error = refusal(tmp_path, jinja)
    assert "'mine.jinja'" in error.fact
    assert word in error.fact
    assert "template" in error.hint


def test_what_follows_the_end_of_turn_is_not_the_end_of_turn(tmp_path: Path) -> None:
    """A template that trains line ends after the end-of-turn token is refused, or its contract names that token."""
    jinja = chat("{% generation %}" + SAID + "\n\n{% endgeneration %}")
    (tmp_path / "mine.jinja").write_text(jinja, "utf8", newline="")
    with suppress(InputError):
        assert load_tokenizer("builtin", str(tmp_path / "mine.jinja")).contract.end_of_turn_ids == (4,)


@pytest.mark.parametrize(
    ("name", "ids"), [("llama3", (0, 1, (4,))), ("llama2", (0, 1, (1,))), ("zephyr", (0, 1, (1,)))]
)
def test_contract_of_the_builtin_tokenizer(name: str, ids: tuple[int, int, tuple[int, ...]]) -> None:
    """The contract holds the ids of BOS, EOS and end-of-turn, both hashes, and no pinned date."""
    found = load_tokenizer("builtin", name).contract
    assert (found.bos_id, found.eos_id, found.end_of_turn_ids) == ids
    assert (found.tokenizer, found.template, found.pinned_date) == ("builtin", name, None)
    assert found.tokenizer_sha256 == sha256((BUILTIN / "tokenizer.json").read_bytes()).hexdigest()
    assert found.template_sha256 == sha256((TEMPLATES / f"{name}.jinja").read_bytes()).hexdigest()


def test_a_template_of_another_vocabulary_is_refused() -> None:
    """ChatML does not fit the built-in tokenizer, which has no <|im_end|>: the error names both."""
    with pytest.raises(InputError, match=r"'chatml'.*'builtin'.*<\|im_end\|>"):
        load_tokenizer("builtin", "chatml")


def test_a_template_that_asks_for_today_says_so_in_the_contract(tmp_path: Path) -> None:
    """The pinned date of a template is in the contract, and the hash is of the template as it was pinned."""
    (tmp_path / "mine.jinja").write_text(chat(GOOD[0], bos="{{ bos_token }}{{ strftime_now('%d %b %Y') }}\n"), "utf8")
    tokenizer = load_tokenizer("builtin", str(tmp_path / "mine.jinja"))
    assert tokenizer.contract.pinned_date == "01 Jan 2025"
    assert tokenizer.contract.template_sha256 == sha256(tokenizer.template.jinja.encode()).hexdigest()
    assert tokenizer.template.render([{"role": "user", "content": "a"}]).text.startswith(
        "<|begin_of_text|>01 Jan 2025\n"
    )


def check_promises(both: Both, name: str, template: str, messages: Conversation) -> None:
    """One BOS, end-of-turn last in each trained span, and the generation prompt's tokens before the trained ones."""
    tokenizer, theirs = both(name, template)
    contract = tokenizer.contract
    found = theirs.apply_chat_template(messages, return_assistant_tokens_mask=True)
    ids, mask = found["input_ids"], found["assistant_masks"]
    if contract.bos_id is not None:
        assert [i for i, token in enumerate(ids) if token == contract.bos_id] == [0]
    last = [i for i in range(len(ids)) if mask[i] and (i + 1 == len(ids) or not mask[i + 1])]
    answers = [i for i, message in enumerate(messages) if message["role"] == "assistant"]
    assert len(last) == len(answers)
    assert {ids[i] for i in last} <= set(contract.end_of_turn_ids)
    first = [i for i in range(len(ids)) if mask[i] and (i == 0 or not mask[i - 1])]
    for turn, at in zip(answers, first, strict=True):
        prompt = theirs.apply_chat_template(messages[:turn], add_generation_prompt=True, return_dict=False)
        assert prompt == ids[:at]


@pytest.mark.parametrize("template", ["llama3", "llama2", "zephyr"])
@settings(max_examples=40, deadline=None)
@given(messages=conversations(ANSWERED, control=False))
def test_promises_hold_for_any_conversation(both: Both, template: str, messages: Conversation) -> None:
    """Whatever is said, a row has one BOS, each trained turn ends with end-of-turn and begins at the prompt's end."""
    check_promises(both, "builtin", template, messages)


PAIRS = [
    ("llama-3.1", "llama3"),
    ("qwen2.5", "chatml"),
    ("smollm3", "chatml"),
    ("phi-3-mini", "llama2"),
    ("phi-3-mini", "zephyr"),
]


@pytest.mark.real
@pytest.mark.parametrize(("name", "template"), PAIRS)
@settings(max_examples=40, deadline=None)
@given(messages=conversations(ANSWERED, control=False))
def test_promises_hold_with_real_tokenizers(
    data: Path, both: Both, name: str, template: str, messages: Conversation
) -> None:
    """The promises of a contract hold in the tokens of real tokenizers, as transformers makes them."""
    check_promises(both, name, template, messages)


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "bos", "eos", "end"),
    [
        ("llama-3.1", "<|begin_of_text|>", "<|eot_id|>", "<|eot_id|>"),
        ("qwen2.5", None, "<|im_end|>", "<|im_end|>"),
        ("smollm3", None, "<|im_end|>", "<|im_end|>"),
        ("phi-3-mini", "<s>", "<|endoftext|>", "<|endoftext|>"),
    ],
)
def test_contracts_of_real_tokenizers(data: Path, name: str, bos: str | None, eos: str, end: str) -> None:
    """The ids in the contract are those of the family's BOS, EOS and end-of-turn; the label is the folder's name."""
    tokenizer = load_tokenizer(str(data / "tokenizers" / name))
    found = tokenizer.contract
    assert found.tokenizer == name
    assert found.bos_id == (tokenizer.backend.token_to_id(bos) if bos else None)
    assert found.eos_id == tokenizer.backend.token_to_id(eos)
    assert found.end_of_turn_ids == (tokenizer.backend.token_to_id(end),)


@pytest.mark.real
def test_smollm3_own_template_is_refused(data: Path) -> None:
    """SmolLM3's own template trains the header of the answer, so it is refused, and the error shows the header."""
    with pytest.raises(InputError, match=r"'own'.*'smollm3'.*<\|im_start\|>assistant") as caught:
        load_tokenizer(str(data / "tokenizers" / "smollm3"), "own")
    assert "--template" in caught.value.hint


@pytest.mark.real
@pytest.mark.parametrize("name", ["llama-3.1", "qwen2.5", "phi-3-mini"])
def test_own_templates_without_marks_are_refused(data: Path, name: str) -> None:
    """The makers' own templates hold no generation marks and are refused with the names of templates that do."""
    with pytest.raises(InputError, match=r"'own'.*generation") as caught:
        load_tokenizer(str(data / "tokenizers" / name), "own")
    assert "llama3" in caught.value.hint


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "template"), [("qwen2.5", "llama3"), ("llama-3.1", "chatml"), ("phi-3-mini", "llama3")]
)
def test_real_pairs_that_do_not_fit_are_refused(data: Path, name: str, template: str) -> None:
    """A template whose end-of-turn is no token of the vocabulary is refused, and the error names both."""
    with pytest.raises(InputError, match=rf"'{template}'.*'{name}'.*end-of-turn"):
        load_tokenizer(str(data / "tokenizers" / name), template)
