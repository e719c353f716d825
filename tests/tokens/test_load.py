"""Facts about loading: where the files come from, which template is chosen, and what an error says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hard import Both, say

from curation.base.errors import CurateError, InputError, UsageError
from curation.schemas.template import BUILTIN, TEMPLATES
from curation.tokens import Tokenizer, load_tokenizer

NAMES = ("chatml", "llama2", "llama3", "zephyr")
SPECIALS = {"bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>"}


def folder(path: Path, config: Any = SPECIALS, **changes: Any) -> str:
    """A tokenizer folder: the built-in tokenizer.json with `changes`, and `config` as tokenizer_config.json."""
    path.mkdir(parents=True, exist_ok=True)
    tokenizer = json.loads((BUILTIN / "tokenizer.json").read_text("utf8"))
    (path / "tokenizer.json").write_text(json.dumps(tokenizer | changes), "utf8")
    if config is not None:
        (path / "tokenizer_config.json").write_text(json.dumps(config), "utf8")
    return str(path)


def refused(kind: type[CurateError], name: str, template: str = "auto") -> CurateError:
    with pytest.raises(kind) as caught:
        load_tokenizer(name, template)
    assert caught.value.hint
    return caught.value


def test_a_folder_is_the_same_tokenizer(tmp_path: Path, builtin: Tokenizer) -> None:
    """A folder with the built-in files gives the built-in contract, under the folder's name."""
    for file in BUILTIN.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    found = load_tokenizer(str(tmp_path)).contract
    assert found == builtin.contract.model_copy(update={"tokenizer": tmp_path.name})


def test_a_folder_without_tokenizer_json(tmp_path: Path) -> None:
    """A folder that holds no tokenizer.json is named in the error, with the file that is missing."""
    (tmp_path / "tokenizer.model").write_bytes(b"x")
    error = refused(InputError, str(tmp_path))
    assert str(tmp_path) in error.fact
    assert "holds no tokenizer.json" in error.fact


@pytest.mark.parametrize("broken", [b"", b"{", b"{}", b"[]", b"\xff\xfe", b'{"model": 1}'])
def test_a_broken_tokenizer_json(tmp_path: Path, broken: bytes) -> None:
    """A tokenizer.json that the library cannot read is an error that names the file."""
    (tmp_path / "tokenizer.json").write_bytes(broken)
    assert str(tmp_path / "tokenizer.json") in refused(InputError, str(tmp_path), "llama3").fact


@pytest.mark.parametrize("broken", [b"", b"{", b"\xff\xfe"])
def test_a_broken_tokenizer_config(tmp_path: Path, broken: bytes) -> None:
    """A tokenizer_config.json that is not JSON is an error that names the file."""
    (Path(folder(tmp_path)) / "tokenizer_config.json").write_bytes(broken)
    assert str(tmp_path / "tokenizer_config.json") in refused(InputError, str(tmp_path), "llama3").fact


@pytest.mark.parametrize("missing", ["./no-such-folder", "/no/such/folder", "no/such/folder"])
def test_a_folder_that_is_not_there(missing: str) -> None:
    """A path that is no folder is an error that names it; it is not taken for a name on the Hub."""
    error = refused(InputError, missing)
    assert missing in error.fact
    assert "could not be fetched" not in error.fact


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [("lama3", "llama3"), ("llama-2", "llama2"), ("ChatML", "chatml"), ("zefyr", "zephyr"), ("owm", "own")],
)
def test_an_unknown_template_name(wrong: str, expected: str) -> None:
    """An unknown template name is a usage error that names the nearest one and lists them all."""
    error = refused(UsageError, "builtin", wrong)
    assert f"{wrong!r}" in error.fact
    assert f"Did you mean {expected}?" in error.fact
    assert all(name in error.hint for name in (*NAMES, "own", "auto"))


def test_a_template_file_that_is_not_there(tmp_path: Path) -> None:
    """A path to no template is an error that names it and guesses nothing."""
    error = refused(UsageError, "builtin", str(tmp_path / "mine.jinja"))
    assert str(tmp_path / "mine.jinja") in error.fact
    assert "Did you mean" not in error.fact


def test_a_template_file(tmp_path: Path, builtin: Tokenizer) -> None:
    """A template may be a file: the contract holds the file's name and the hash of its text."""
    (tmp_path / "mine.jinja").write_bytes((TEMPLATES / "llama3.jinja").read_bytes())
    found = load_tokenizer("builtin", str(tmp_path / "mine.jinja")).contract
    assert found == builtin.contract.model_copy(update={"template": "mine.jinja"})


def test_a_template_file_that_is_not_text(tmp_path: Path) -> None:
    """A template file that is not UTF-8 is an error that names it."""
    (tmp_path / "mine.jinja").write_bytes(b"{% generation %}\xe9{% endgeneration %}")
    assert "mine.jinja" in refused(InputError, "builtin", str(tmp_path / "mine.jinja")).fact


def test_own_without_a_template() -> None:
    """Asking for the own template of a tokenizer that has none is an error that lists the project's templates."""
    assert all(name in refused(InputError, "builtin", "own").hint for name in NAMES)


@pytest.mark.parametrize("where", ["file", "config", "list"])
def test_own_template_wherever_it_is(tmp_path: Path, where: str) -> None:
    """A tokenizer's own template is found in chat_template.jinja, in its config, and in a list of named ones."""
    jinja = (TEMPLATES / "zephyr.jinja").read_text("utf8")
    listed = [{"name": "tool_use", "template": "x"}, {"name": "default", "template": jinja}]
    places = {"file": {}, "config": {"chat_template": jinja}, "list": {"chat_template": listed}}[where]
    name = folder(tmp_path, SPECIALS | places)
    if where == "file":
        (tmp_path / "chat_template.jinja").write_text(jinja, "utf8")
    tokenizer = load_tokenizer(name, "own")
    assert (tokenizer.contract.template, tokenizer.template.jinja) == ("own", jinja)


@pytest.mark.parametrize(
    ("own", "family"),
    [
        ("<|start_header_id|>", "llama3"),
        ("{{ '[INST] ' }}", "llama2"),
        ("{{ '<|assistant|>' }}", "zephyr"),
    ],
)
def test_auto_goes_by_the_own_template(tmp_path: Path, own: str, family: str) -> None:
    """Which template a tokenizer was made for is seen by a tag in its own."""
    assert load_tokenizer(folder(tmp_path, SPECIALS | {"chat_template": own})).contract.template == family


def test_auto_goes_by_the_vocabulary_where_there_is_no_template(tmp_path: Path) -> None:
    """Without an own template the vocabulary decides: the built-in one holds the tags of Llama 3."""
    assert load_tokenizer(folder(tmp_path)).contract.template == "llama3"


def test_auto_takes_an_unknown_own_template(tmp_path: Path) -> None:
    """An own template of no known family is taken as it is, where it has generation marks."""
    jinja = (
        "{{ bos_token }}{% for m in messages %}## {{ m.role }}\n\n{% if m.role == 'assistant' %}{% generation %}"
        "{{ m.content }}{{ eos_token }}{% endgeneration %}{% else %}{{ m.content }}\n\n{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}## assistant\n\n{% endif %}"
    )
    assert load_tokenizer(folder(tmp_path, SPECIALS | {"chat_template": jinja})).contract.template == "own"


def test_auto_where_nothing_fits(tmp_path: Path) -> None:
    """A tokenizer without a template and without a known tag is an error that lists the project's templates."""
    tokenizer = json.loads((BUILTIN / "tokenizer.json").read_text("utf8"))
    renamed = json.dumps(tokenizer).replace("<|start_header_id|>", "<|head|>")
    (tmp_path / "tokenizer.json").write_text(renamed, "utf8")
    assert all(name in refused(InputError, str(tmp_path)).hint for name in NAMES)


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "family"),
    [("llama-3.1", "llama3"), ("qwen2.5", "chatml"), ("smollm3", "chatml"), ("phi-3-mini", "zephyr")],
)
def test_auto_for_real_tokenizers(data: Path, both: Both, name: str, family: str) -> None:
    """The real tokenizers find the template of their family."""
    assert both(name, "auto")[0].contract.template == family


def test_special_tokens_as_objects(tmp_path: Path, builtin: Tokenizer) -> None:
    """A config that writes its special tokens as objects means the same as one that writes strings."""
    config = {key: {"content": token, "lstrip": False, "__type": "AddedToken"} for key, token in SPECIALS.items()}
    found = load_tokenizer(folder(tmp_path, config)).contract
    assert (found.bos_id, found.eos_id) == (builtin.contract.bos_id, builtin.contract.eos_id)


def test_special_tokens_from_their_own_file(tmp_path: Path, builtin: Tokenizer) -> None:
    """Special tokens that are only in special_tokens_map.json are found, as transformers finds them."""
    name = folder(tmp_path, {"tokenizer_class": "PreTrainedTokenizerFast"})
    (tmp_path / "special_tokens_map.json").write_text(json.dumps(SPECIALS), "utf8")
    found = load_tokenizer(name).contract
    assert (found.bos_id, found.eos_id) == (builtin.contract.bos_id, builtin.contract.eos_id)


def test_a_bos_that_is_no_token(tmp_path: Path) -> None:
    """A config whose BOS is no token of the vocabulary is refused: it would be trained as plain text."""
    assert "BOS" in refused(InputError, folder(tmp_path, SPECIALS | {"bos_token": "<begin>"}), "llama3").fact


TRUNCATION = {"direction": "Right", "max_length": 64, "strategy": "LongestFirst", "stride": 0}
PADDING = {
    "strategy": "BatchLongest",
    "direction": "Right",
    "pad_to_multiple_of": None,
    "pad_id": 5,
    "pad_type_id": 0,
    "pad_token": "<|finetune_right_pad_id|>",
}


@pytest.mark.parametrize("changes", [{"truncation": TRUNCATION}, {"padding": PADDING}])
def test_saved_truncation_and_padding_are_not_applied(
    tmp_path: Path, builtin: Tokenizer, changes: dict[str, Any]
) -> None:
    """A tokenizer.json that was saved with truncation or padding on gives whole texts, and no padding."""
    tokenizer = load_tokenizer(folder(tmp_path, **changes), "llama3")
    several = ["a", "word " * 100]
    assert [ids.tolist() for ids in tokenizer.ids(several)] == [ids.tolist() for ids in builtin.ids(several)]
    assert tokenizer.contract.end_of_turn_ids == builtin.contract.end_of_turn_ids


OFFLINE = """
from curation.base.errors import CurateError
from curation.tokens import load_tokenizer
import sys
try:
    print(load_tokenizer(sys.argv[1], "llama3").contract.tokenizer)
except CurateError as error:
    print(type(error).__name__, error)
"""


def offline(home: Path, name: str) -> str:
    """What loading `name` says in a process of its own, without the net, whose Hub cache is under `home`."""
    env = os.environ | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    run = subprocess.run([sys.executable, "-c", OFFLINE, name], env=env, cwd=home, capture_output=True, text=True)
    return run.stdout.strip() or run.stderr


@pytest.mark.parametrize("name", ["someone/tiny-chat", "someone/Tiny-2.5-0.5B-Chat"])
def test_a_tokenizer_of_the_hub(tmp_path: Path, name: str) -> None:
    """A Hub id, with dots in it or without, is looked up on the Hub and found in its cache without the net."""
    cache = tmp_path / "hub" / f"models--{name.replace('/', '--')}"
    folder(cache / "snapshots" / ("0" * 40))
    (cache / "refs").mkdir()
    (cache / "refs" / "main").write_text("0" * 40)
    assert offline(tmp_path, name) == name


def test_a_tokenizer_that_the_hub_does_not_give(tmp_path: Path) -> None:
    """A Hub id that cannot be fetched is an error that names it and says what else may be given."""
    message = offline(tmp_path, "someone/tiny-chat")
    assert message.startswith("InputError The tokenizer 'someone/tiny-chat'")
    assert "builtin" in message


def test_loading_twice_gives_equal_contracts(builtin: Tokenizer) -> None:
    """Loading is repeatable: two loads agree on the contract and on every token of a row."""
    again = load_tokenizer("builtin")
    assert again.contract == builtin.contract
    messages = say(("user", "assistant"), ("a", "b"))
    assert again.template.render(messages) == builtin.template.render(messages)
