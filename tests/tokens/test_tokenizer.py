"""Facts about a tokenizer: safe cuts, token edges in characters, control strings, and texts in order."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hard import CONTROL, Both, texts
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as Backend
from tokenizers import models

from curation.schemas.template import BUILTIN
from curation.tokens import SAFE_CUT, Tokenizer, load_tokenizer
from curation.tokens.tokenizer import _batches

SPACED = [
    *((0xC0, 0x24F), (0x370, 0x5FF), (0x620, 0x6DC), (0x6DE, 0x70E), (0x710, 0x167F)),
    *((0x1681, 0x17FF), (0x1820, 0x1FFF)),
]
REAL = ("llama-3.1", "qwen2.5", "smollm3", "phi-3-mini")
PLAIN = texts().map(lambda text: "".join(c for c in text if c.isascii()))
ASCII = PLAIN | st.text(st.characters(max_codepoint=127), max_size=40)


def whole(tokenizer: Tokenizer, text: str) -> list[int]:
    return list(tokenizer.backend.encode(text, add_special_tokens=False).ids)


def cuts(text: str) -> list[int]:
    spaces = (x for x in range(1, len(text) - 1) if text[x] == " ")
    return [x for x in spaces if visible(text[x - 1]) and visible(text[x + 1])]


def visible(character: str) -> bool:
    """Visible ASCII but < > |, which bound control strings; letters, marks and digits of scripts with spaces."""
    if character.isascii():
        return "!" <= character <= "~" and character not in "<>|"
    return any(low <= ord(character) <= high for low, high in SPACED)


def check_cuts(tokenizer: Tokenizer, text: str) -> None:
    """Encoding may be cut at each safe cut; each is an edge, with the tokens of the text before it."""
    ids = whole(tokenizer, text)
    (encoded,) = tokenizer.encode([text])
    assert encoded.ids.tolist() == ids
    edges = encoded.edges.tolist()
    for x in cuts(text):
        before = whole(tokenizer, text[:x])
        assert before + whole(tokenizer, tokenizer.as_continuation(text[x:])) == ids
        assert edges.index(x) == len(before)


def check_edges(tokenizer: Tokenizer, text: str) -> None:
    """n + 1 edges from 0 to the end of the text, none before the one that precedes it."""
    (encoded,) = tokenizer.encode([text])
    edges = encoded.edges.tolist()
    assert len(edges) == len(encoded.ids) + 1
    assert all(a <= b for a, b in pairwise(edges))
    assert (edges[0], edges[-1]) == (0, len(text))


@settings(max_examples=120, deadline=None)
@given(text=texts())
def test_safe_cut_is_a_space_between_visible_characters(text: str) -> None:
    """The pattern finds exactly the single spaces between two visible characters."""
    assert [found.start() for found in SAFE_CUT.finditer(text)] == cuts(text)
    assert cuts("< a> b |c") == []
    assert cuts("a b c  d\u00a0e \u4e2d f\n g h") == [1, 3, 17]
    assert cuts("\u00e9 \u09ac\u09c1 \u09e7 \U0001f600 z") == [1, 4]


@settings(max_examples=60, deadline=None)
@given(text=texts())
@example(text="a b c d")
@example(text="\u1100\u1161 ___ \u1100\u1161\u11a8 x")
@example(text="1 2 3 4 ____ ____ ' s 's 't 2nd")
def test_safe_cuts_are_safe(builtin: Tokenizer, text: str) -> None:
    """Encoding a text in two parts that meet at a safe cut gives the tokens of the whole, and the cut is an edge."""
    check_cuts(builtin, text)


@pytest.mark.real
@pytest.mark.parametrize("name", REAL)
@settings(max_examples=60, deadline=None)
@given(text=texts())
@example(text="a b c d")
@example(text="\u1100\u1161 ___ \u1100\u1161\u11a8 x")
@example(text="1 2 3 4 ____ ____ ' s 's 't 2nd e\u0301 x y")
@example(text="\n\u201c\u00a7I ( a\u2014 ")
@example(text="one\ntwo three \u00a7 \u00a7 \u00a7 \u00a7 \u00a7 end four five")
def test_safe_cuts_are_safe_with_real_tokenizers(data: Path, both: Both, name: str, text: str) -> None:
    """Safe cuts are safe with the vocabularies that rows are counted for."""
    check_cuts(both(name, "auto")[0], text)


@pytest.mark.real
@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("string", CONTROL)
def test_texts_with_control_strings(data: Path, both: Both, name: str, string: str) -> None:
    """A text that holds a control string is encoded as the whole, and its cuts between plain words are true edges."""
    tokenizer = both(name, "auto")[0]
    tight = (f"a {string} b c", f"a{string} b c", f"a {string}b c", f"a{string}b c")
    for text in (*tight, f"a{string}  b c", f"a b{string}\n\nc d {string} e f"):
        check_edges(tokenizer, text)
        (encoded,) = tokenizer.encode([text])
        assert encoded.ids.tolist() == whole(tokenizer, text)
        for x in cuts(text):
            if not text[:x].endswith(string) and not text.startswith(string, x + 1):
                assert encoded.edges.tolist().index(x) == len(whole(tokenizer, text[:x]))


@pytest.mark.real
@pytest.mark.parametrize("name", REAL)
def test_safe_cuts_of_real_contracts(data: Path, both: Both, contracts: list[str], name: str) -> None:
    """Real contracts may be cut at every fortieth safe cut, and at each the edges and the tokens agree."""
    tokenizer = both(name, "auto")[0]
    for text, encoded in zip(contracts, tokenizer.encode(contracts), strict=True):
        assert encoded.ids.tolist() == whole(tokenizer, text)
        for x in cuts(text)[::40]:
            before = whole(tokenizer, text[:x])
            assert before + whole(tokenizer, tokenizer.as_continuation(text[x:])) == encoded.ids.tolist()
            assert encoded.edges.tolist().index(x) == len(before)


@pytest.mark.real
@pytest.mark.parametrize("name", REAL)
def test_real_tokenizers_have_safe_cuts(data: Path, both: Both, name: str) -> None:
    """The tokenizers in use have safe cuts, so their texts are encoded by pieces."""
    assert both(name, "auto")[0].splits_at_spaces


@settings(max_examples=60, deadline=None)
@given(text=texts() | st.text(max_size=30))
@example(text="")
@example(text=" ")
@example(text="\U0001f600")
@example(text="e\u0301 \t ")
def test_edges_go_from_start_to_end(builtin: Tokenizer, text: str) -> None:
    """A text of n tokens has n + 1 edges: from 0 to its length, none before the one that precedes it."""
    check_edges(builtin, text)


@pytest.mark.real
@pytest.mark.parametrize("name", REAL)
@settings(max_examples=60, deadline=None)
@given(text=texts() | st.text(max_size=30))
@example(text="")
@example(text=" ")
@example(text="\u2581")
@example(text="\u0301")
@example(text="e\u0301 \t ")
@example(text="\u09af\u09bc \t \t ")
def test_edges_go_from_start_to_end_with_real_tokenizers(data: Path, both: Both, name: str, text: str) -> None:
    """Edges go from 0 to the length of the text with the vocabularies that rows are counted for."""
    check_edges(both(name, "auto")[0], text)


@settings(max_examples=60, deadline=None)
@given(text=ASCII)
def test_edges_are_the_library_offsets(builtin: Tokenizer, text: str) -> None:
    """The edges of an ASCII text are the offsets that the tokenizers library gives."""
    offsets = builtin.backend.encode(text, add_special_tokens=False).offsets
    (encoded,) = builtin.encode([text])
    assert list(pairwise(encoded.edges.tolist())) == offsets


@pytest.mark.real
@pytest.mark.parametrize("name", REAL)
@settings(max_examples=60, deadline=None)
@given(text=ASCII)
def test_edges_are_the_library_offsets_with_real_tokenizers(data: Path, both: Both, name: str, text: str) -> None:
    """The edges of an ASCII text are the library's offsets, which may leave out a token's outer spaces.

    A SentencePiece vocabulary writes a space before the text; a token that is only this space covers no character
    here, and the first one in the library.
    """
    tokenizer = both(name, "auto")[0]
    (encoded,) = tokenizer.encode([text])
    offsets = tokenizer.backend.encode(text, add_special_tokens=False).offsets
    for i, ((a, b), (start, end)) in enumerate(zip(pairwise(encoded.edges.tolist()), offsets, strict=True)):
        if name == "phi-3-mini" and i == 0 and a == b:
            continue
        assert a <= start <= end <= b
        assert not (text[a:start] + text[end:b]).strip(" ")
        assert (a, b) == (start, end) or name in ("llama-3.1", "smollm3")


@settings(max_examples=60, deadline=None)
@given(several=st.lists(texts(), max_size=6))
def test_texts_come_back_in_order(builtin: Tokenizer, several: list[str]) -> None:
    """ids and encode give one result for each text, in order, and the same tokens."""
    expected = [whole(builtin, text) for text in several]
    assert [ids.tolist() for ids in builtin.ids(several)] == expected
    assert [encoded.ids.tolist() for encoded in builtin.encode(several)] == expected


def test_batches_lose_no_text() -> None:
    """Texts of more than sixteen million characters go in several batches that hold each text once, in order."""
    several = ["one", "x" * 9_000_000, "two", "y" * 9_000_000, "", "z" * 20_000_000, "three"]
    batches = list(_batches(several))
    assert [text for batch in batches for text in batch] == several
    assert [len(batch) for batch in batches] == [4, 2, 1]
    assert list(_batches([])) == []


def test_encoding_adds_no_special_token(builtin: Tokenizer) -> None:
    """Neither ids nor encode write BOS or EOS."""
    (ids,) = builtin.ids(["Hello"])
    assert builtin.contract.bos_id not in ids
    assert builtin.contract.eos_id not in ids
    assert builtin.backend.decode(ids.tolist()) == "Hello"


def spanning(folder: Path) -> Tokenizer:
    """A tokenizer that merges across spaces: it has the token `a b`."""
    config = json.loads((BUILTIN / "tokenizer.json").read_text("utf8"))
    alphabet = {token: i for token, i in config["model"]["vocab"].items() if len(token) == 1 or token.startswith("<|")}
    vocabulary = {token: i for i, token in enumerate([*alphabet, "a\u0120", "a\u0120b"])}
    backend = Backend.from_file(str(BUILTIN / "tokenizer.json"))
    pieces = json.loads(backend.to_str())
    pieces["pre_tokenizer"] = {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "trim_offsets": False,
        "use_regex": False,
    }
    model = models.BPE(vocabulary, [("a", "\u0120"), ("a\u0120", "b")])
    pieces["model"] = json.loads(Backend(model).to_str())["model"]
    pieces["added_tokens"] = [{**token, "id": vocabulary[token["content"]]} for token in pieces["added_tokens"]]
    (folder / "tokenizer.json").write_text(json.dumps(pieces), "utf8")
    (folder / "tokenizer_config.json").write_bytes((BUILTIN / "tokenizer_config.json").read_bytes())
    return load_tokenizer(str(folder), "llama3")


def test_a_vocabulary_with_tokens_across_spaces(tmp_path: Path) -> None:
    """A tokenizer with a token across a safe cut has no safe cuts, and its texts are encoded whole."""
    tokenizer = spanning(tmp_path)
    assert not tokenizer.splits_at_spaces
    (encoded,) = tokenizer.encode(["xa bx a b"])
    assert encoded.ids.tolist() == whole(tokenizer, "xa bx a b")
    assert encoded.edges.tolist() == [0, 1, 4, 5, 6, 9]


def test_the_builtin_tokenizer_has_safe_cuts(builtin: Tokenizer) -> None:
    """The built-in tokenizer has safe cuts and needs no text changed at them."""
    assert builtin.splits_at_spaces
    assert builtin.as_continuation(" and so on") == " and so on"


@pytest.mark.real
def test_resuming_with_sentencepiece(data: Path, both: Both) -> None:
    """A vocabulary that writes a space before each text is given the text after a safe cut without its own space."""
    assert both("phi-3-mini", "auto")[0].as_continuation(" and so on") == "and so on"
    assert both("llama-3.1", "auto")[0].as_continuation(" and so on") == " and so on"


@pytest.mark.parametrize(
    ("template", "tags"), [("llama3", set()), ("llama2", {"[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"})]
)
def test_control_strings(template: str, tags: set[str]) -> None:
    """Control strings are every special token of the vocabulary and the tags of the template, sorted."""
    tokenizer = load_tokenizer("builtin", template)
    special = {"<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"}
    assert set(tokenizer.control) == special | {"<|finetune_right_pad_id|>"} | tags
    assert list(tokenizer.control) == sorted(tokenizer.control)


def test_control_strings_of_a_template_in_plain_text() -> None:
    """Role tags that are no tokens of the vocabulary are control strings too: they open a turn where they are."""
    assert {"<|user|>", "<|assistant|>", "<|system|>"} <= set(load_tokenizer("builtin", "zephyr").control)


def test_repr_names_what_decides(builtin: Tokenizer) -> None:
    """The line of a tokenizer in a manifest shows the names and the first twelve digits of both hashes."""
    c = builtin.contract
    assert repr(builtin) == f"Tokenizer('builtin' {c.tokenizer_sha256[:12]}, 'llama3' {c.template_sha256[:12]})"
