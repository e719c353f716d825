"""Facts about chat templates: the skeleton's text is the library's text, and the templates are well formed."""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from hard import ANSWERED, Both, Conversation, conversations, say, texts
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curation.base.errors import InputError
from curation.schemas.template import TEMPLATES
from curation.tokens import Template, Tokenizer
from curation.tokens.template import PINNED_DATE, pin_date

NAMES = ("chatml", "llama2", "llama3", "zephyr")
SPECIALS = {"bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>"}
END = {"chatml": "<|im_end|>", "llama2": "<|end_of_text|>", "llama3": "<|eot_id|>", "zephyr": "<|end_of_text|>"}


@cache
def template(name: str) -> Template:
    return Template(name, (TEMPLATES / f"{name}.jinja").read_text("utf8"), SPECIALS)


def own(jinja: str) -> Template:
    return Template("own", jinja, SPECIALS)


def filled(made: Template, messages: Conversation) -> tuple[str, list[tuple[int, int]]]:
    roles = tuple(message["role"] for message in messages)
    return made.fill(roles, [message["content"] for message in messages])[0]


def test_the_project_has_four_templates() -> None:
    """The templates that the other tests go through are all that there are."""
    assert tuple(sorted(file.stem for file in TEMPLATES.glob("*.jinja"))) == NAMES


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(messages=conversations())
def test_fill_is_render(name: str, messages: Conversation) -> None:
    """Filling the skeleton gives the text and the trained spans that rendering gives, whatever is said by whom."""
    assert filled(template(name), messages) == template(name).render(messages)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30, deadline=None)
@given(messages=conversations())
def test_fill_says_where_contents_start(name: str, messages: Conversation) -> None:
    """The place that fill names for a content is where its stripped text is, for every content in the text."""
    roles = tuple(message["role"] for message in messages)
    contents = [message["content"] for message in messages]
    (text, _), starts = template(name).fill(roles, contents)
    written = {i for i, role in enumerate(roles) if role != "system" or name != "llama2" or len(roles) > 1}
    assert set(starts) == written
    for i, start in starts.items():
        assert text[start : start + len(contents[i].strip())] == contents[i].strip()


@pytest.mark.parametrize("name", NAMES)
def test_the_skeleton_is_used(name: str) -> None:
    """The project's templates are opaque to what is said, so rows are filled and not rendered one by one."""
    assert template(name).fill(("system", "user", "assistant"), ["a", "b", "c"])[1].keys() == {0, 1, 2}


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30, deadline=None)
@given(messages=conversations())
def test_text_is_that_of_transformers(both: Both, name: str, messages: Conversation) -> None:
    """The rendered text is what apply_chat_template of transformers writes with the same template and tokens."""
    theirs = both("builtin", "llama3")[1]
    expected = theirs.apply_chat_template(messages, tokenize=False, chat_template=template(name).jinja)
    assert template(name).render(messages).text == expected == filled(template(name), messages)[0]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(messages=conversations())
@example(messages=say(("user", "assistant"), ("a \ue002 b", "\ue003c")))
@example(messages=say(("user", "assistant", "user", "assistant"), ("a", "", " ", "{{ b }}")))
def test_own_templates_are_rendered_as_by_the_library(name: str, messages: Conversation) -> None:
    """Rendered by Jinja alone, a template of the project has the text and spans that transformers gives it."""
    theirs = own(template(name).jinja + "{#- no longer one of the project's -#}")
    for prompt in (False, True):
        assert template(name).render(messages, prompt) == theirs.render(messages, prompt)


def test_own_templates_need_no_transformers() -> None:
    """Loading a tokenizer with a template of the project leaves transformers, half a second of import, where it is."""
    program = "import sys, curation.tokens as t; t.load_tokenizer(); assert 'transformers' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30, deadline=None)
@given(messages=conversations(ANSWERED, control=False))
def test_what_is_trained(name: str, messages: Conversation) -> None:
    """One span is trained for each answer: the stripped answer and one end-of-turn token, with a space in llama2."""
    text, spans = template(name).render(messages)
    space = " " if name == "llama2" else ""
    answers = [message["content"].strip() for message in messages if message["role"] == "assistant"]
    assert [text[start:end] for start, end in spans] == [f"{space}{answer}{space}{END[name]}" for answer in answers]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30, deadline=None)
@given(messages=conversations(ANSWERED, control=False))
def test_generation_prompt_ends_where_training_begins(name: str, messages: Conversation) -> None:
    """What the model is given to continue is a prefix of the trained row, up to the first character that is trained."""
    text, spans = template(name).render(messages)
    answers = [i for i, message in enumerate(messages) if message["role"] == "assistant"]
    for i, (start, _) in zip(answers, spans, strict=True):
        assert template(name).render(messages[:i], generation_prompt=True).text == text[:start]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25, deadline=None)
@given(messages=conversations(control=False))
def test_bos_is_written_once(name: str, messages: Conversation) -> None:
    """Every text starts with the BOS token and holds it nowhere else."""
    text = template(name).render(messages).text
    assert text.startswith(SPECIALS["bos_token"])
    assert text.count(SPECIALS["bos_token"]) == 1


def test_chatml_without_bos() -> None:
    """A tokenizer without a BOS gets none in ChatML: the text starts with the first turn."""
    made = Template("chatml", template("chatml").jinja, {"eos_token": "<|im_end|>"})
    assert made.render(say(("user",), ("Hello",))).text == "<|im_start|>user\nHello<|im_end|>\n"


def test_llama2_keeps_the_system_text_in_the_first_user_turn() -> None:
    """llama2 writes the system text once, between its marks, at the head of the first user turn and nowhere else."""
    messages = say(("system", "user", "assistant", "user"), ("Be brief.", "One?", "1", "Two?"))
    assert template("llama2").render(messages).text == (
        "<|begin_of_text|>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nOne? [/INST] 1 <|end_of_text|>[INST] Two? [/INST]"
    )


def test_a_refused_conversation_is_an_input_error() -> None:
    """A role that a template has no place for is an error that names the template and the role."""
    with pytest.raises(InputError, match=r"'llama2'.*tool"):
        template("llama2").render(say(("user", "tool"), ("a", "b")))


# Templates that look at what is said: each must be rendered row by row, or the text is another one.
CURIOUS = {
    "contents as they are": "{{ m.content }}",
    "capital letters": "{{ m.content | trim | upper }}",
    "only the end is stripped": "{{ m.content.rstrip() }}",
    "thoughts are cut out": "{{ (m.content | trim).split('</think>')[-1] }}",
    "nothing for an empty turn": "{% if m.content | trim %}{{ m.content | trim }}{% else %}(nothing){% endif %}",
    "empty turns left out": "{% if m.content %}[{{ m.content | trim }}]{% endif %}",
    "JSON": "{{ m.content | trim | tojson }}",
}


@pytest.mark.parametrize("how", CURIOUS)
@pytest.mark.parametrize("contents", [("a", "b"), (" a ", "\nb"), ("", "b"), (" ", ""), ("<think>x</think> y", "Z\"'")])
def test_fill_is_render_where_a_template_looks_at_contents(how: str, contents: tuple[str, str]) -> None:
    """A template that changes or skips contents gives by fill the same as by render."""
    turn = "{% if m.role == 'assistant' %}{% generation %}" + CURIOUS[how] + "<|eot_id|>{% endgeneration %}"
    made = own("{% for m in messages %}|" + turn + "{% else %}" + CURIOUS[how] + "{% endif %}{% endfor %}")
    messages = say(("user", "assistant"), contents)
    assert filled(made, messages) == made.render(messages)


@settings(max_examples=30, deadline=None)
@given(content=texts())
def test_fill_of_a_template_that_moves_and_drops_messages(content: str) -> None:
    """A template that writes the last message first and leaves the system text out is filled as it is rendered."""
    made = own(
        "{{ messages[-1].content | trim }}|{% for m in messages[:-1] %}{% if m.role != 'system' %}"
        "{% generation %}{{ m.content | trim }};{% endgeneration %}{% endif %}{% endfor %}"
    )
    messages = say(("system", "assistant", "user"), ("s", content, f"u{content}"))
    assert filled(made, messages) == made.render(messages)


@settings(max_examples=30, deadline=None)
@given(contents=st.tuples(texts(4), texts(4), texts(4)))
def test_fill_of_trained_text_without_a_frame(contents: tuple[str, str, str]) -> None:
    """Where the trained text is the bare content, from the first character of a text to its last, spans agree."""
    content = "{{ m.content | trim }}"
    bare = "{% generation %}" + content + "{% endgeneration %}"
    made = own(
        "{% for m in messages %}{% if m.role == 'assistant' %}"
        + bare
        + "{% else %}"
        + content
        + "{% endif %}{% endfor %}"
    )
    messages = say(("assistant", "user", "assistant"), contents)
    assert filled(made, messages) == made.render(messages)
    assert made.fill(("assistant", "user", "assistant"), contents)[1].keys() == {0, 1, 2}


@settings(max_examples=20, deadline=None)
@given(contents=st.lists(texts(4), min_size=3, max_size=3))
def test_fill_depends_on_nothing_rendered_before(contents: list[str]) -> None:
    """A skeleton made from one conversation fills another one right: the first contents leave no trace."""
    made = own(template("llama3").jinja)
    roles = ("system", "user", "assistant")
    made.fill(roles, contents)
    messages = say(roles, ("x", "y", "z"))
    assert filled(made, messages) == made.render(messages)


def test_today_is_a_pinned_day() -> None:
    """A template that asks for today gets one fixed date, in whatever form it asks."""
    made = own(pin_date("{% generation %}{{ strftime_now('%d %B %Y') }}{% endgeneration %}"))
    assert made.render(say(("user",), ("a",))).text == PINNED_DATE == "01 Jan 2025"


def test_today_is_pinned_where_the_template_asks_whether_it_may() -> None:
    """A template that first asks whether strftime_now is defined gets the fixed date as well."""
    asked = "{% if strftime_now is defined %}{{ strftime_now('%Y') }}{% endif %}"
    made = own(pin_date("{% generation %}" + asked + "{% endgeneration %}"))
    assert made.render(say(("user",), ("a",))).text == PINNED_DATE


def test_pinning_twice_is_pinning_once() -> None:
    """A pinned template stays as it is when it is pinned again, and one that asks for no day is not touched."""
    once = pin_date("{{ strftime_now('%Y') }}")
    assert pin_date(once) == once
    assert once != "{{ strftime_now('%Y') }}"
    assert pin_date(template("llama3").jinja) == template("llama3").jinja


@pytest.mark.parametrize("name", NAMES)
def test_the_project_templates_write_no_date(name: str) -> None:
    """None of the project's templates asks for the day, so none is pinned."""
    assert "strftime" not in template(name).jinja


@pytest.mark.real
def test_a_real_template_with_a_date_renders_the_pinned_day(data: Path, both: Both) -> None:
    """SmolLM3's own template, which writes today's date, writes the pinned day, here and in transformers."""
    pinned = pin_date((data / "tokenizers" / "smollm3" / "chat_template.jinja").read_text("utf8"))
    theirs = both("smollm3", "auto")[1]
    messages = say(("system", "user", "assistant"), ("Be brief.", "Hello?", "Hi."))
    text = Template("own", pinned, dict(theirs.special_tokens_map)).render(messages).text
    assert f"Today Date: {PINNED_DATE}\n" in text
    assert re.findall(r"\b20\d\d\b", text.replace("Cutoff Date: June 2025", "")) == ["2025"]
    assert theirs.apply_chat_template(messages, tokenize=False, chat_template=pinned) == text


def test_a_template_without_marks_is_refused() -> None:
    """A template without generation marks cannot be made; the error names it and says what to give instead."""
    with pytest.raises(InputError, match=r"'bare'.*generation") as caught:
        Template("bare", "{% for m in messages %}{{ m.content }}{% endfor %}{% if add_generation_prompt %}{% endif %}")
    assert "--template" in caught.value.hint


@pytest.mark.parametrize("marks", ["{% generation %}", "{%- generation -%}", "{%generation%}", "{%- generation %}"])
def test_generation_marks_in_every_spelling(marks: str) -> None:
    """Generation marks are seen with and without dashes and blanks, as the library sees them."""
    made = own(marks + "{{ messages[0].content }}{% endgeneration %}")
    assert made.render(say(("user",), ("ab",))) == ("ab", [(0, 2)])


def test_hash_is_of_the_jinja_text() -> None:
    """The hash of a template changes with one character of its text and with nothing else."""
    assert template("llama3").sha256 == Template("other", template("llama3").jinja).sha256
    assert template("llama3").sha256 != own(template("llama3").jinja + " ").sha256


def test_threads_may_render_at_once(builtin: Tokenizer) -> None:
    """Rendered on eight threads at once, conversations come out as one after the other: the library alone fails."""
    talks = [[{"role": "user", "content": "q"}, {"role": "assistant", "content": str(i)}] * 3 for i in range(400)]
    alone = [builtin.template.render(talk) for talk in talks]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(builtin.template.render, talks)) == alone


@pytest.mark.parametrize(
    "attempt",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.popen('touch hostile').read() }}",
        "{{ messages.append(1) }}",
        "{{ raise_exception.__globals__ }}{{ raise_exception.__globals__['__builtins__'].open('hostile', 'w') }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
    ],
)
def test_a_template_of_a_stranger_runs_in_a_sandbox(
    attempt: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What reaches for Python's insides, changes the messages or opens a file is refused, by one line."""
    monkeypatch.chdir(tmp_path)
    hostile = own(f"{attempt}{{% generation %}}{{% endgeneration %}}")
    with pytest.raises(InputError, match="refuses a conversation") as raised:
        hostile.render([{"role": "user", "content": "a"}])
    assert "\n" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []
