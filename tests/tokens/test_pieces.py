"""Facts about encoding by pieces: the same tokens as encoding whole, for texts of every kind and any number of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
from hard import Both, texts
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curation.tokens import Tokenizer
from curation.tokens import piece_cache as pieces

REAL = ("llama-3.1", "qwen2.5", "smollm3", "phi-3-mini")
SEVERAL = st.lists(texts() | st.text(max_size=20), min_size=1, max_size=6)
EDGES = ["", " a b", "a b ", " ", "a  b", "a b\n", " b c", "a\u00a0", "x \u00e9 y", "e\u0301 a b", "\n a b"]


def check(tokenizer: Tokenizer, several: list[str]) -> None:
    ids, sizes = tokenizer.pieces.encode(pl.Series(several, dtype=pl.String))
    assert ids.dtype == "uint32"
    expected = [list(found.ids) for found in tokenizer.backend.encode_batch(several, add_special_tokens=False)]
    assert sizes.tolist() == list(map(len, expected))
    assert ids.tolist() == [id for ids in expected for id in ids]


@settings(max_examples=80, deadline=None)
@given(several=SEVERAL)
@example(several=[""])
@example(several=["", "", ""])
@example(several=EDGES)
@example(several=["a b\x00 c d", "a b"])
@example(several=["\x00"])
@example(several=["a a a a", "a a", "a", " a a"])
def test_pieces_are_the_whole(builtin: Tokenizer, several: list[str]) -> None:
    """Texts encoded by their pieces have the tokens of the whole texts, each its own and in order."""
    check(builtin, several)


@pytest.mark.real
@pytest.mark.parametrize("name", REAL)
@settings(max_examples=50, deadline=None)
@given(several=SEVERAL)
@example(several=["", "", ""])
@example(several=EDGES)
@example(several=["a b\x00 c d", "a b"])
@example(several=["a a a a", "a a", "a", " a a"])
@example(several=["b foo ", "c 7 ", "d 8"])
@example(several=["b foo ", "b foo\t", "b foo\n", "b  x y", "c\u2581 x", "d \u2581x y"])
def test_pieces_are_the_whole_with_real_tokenizers(data: Path, both: Both, name: str, several: list[str]) -> None:
    """Texts encoded by their pieces have the tokens of the whole texts with real vocabularies as well."""
    check(both(name, "auto")[0], several)


@pytest.mark.real
@pytest.mark.parametrize("name", REAL)
def test_pieces_of_real_contracts(data: Path, both: Both, contracts: list[str], name: str) -> None:
    """Real contracts encoded by their pieces have the tokens of the whole texts."""
    check(both(name, "auto")[0], contracts)


def test_pieces_beyond_one_chunk(builtin: Tokenizer) -> None:
    """More distinct pieces than are encoded at a time, with awkward ones between, come out as the whole texts."""
    words = [f"w{i * 7919 % 30_011}" for i in range(30_000)]
    several = [" ".join(words[i : i + 1_000]) + end for i, end in zip(range(0, 30_000, 1_000), EDGES * 3, strict=False)]
    check(builtin, several)


def test_a_word_longer_than_a_chunk(builtin: Tokenizer) -> None:
    """A piece of more than fifty thousand characters between short ones comes out as in the whole text."""
    check(builtin, ["a b " + "_" * 120_000 + " c d", "x y z", "a " + "\u099a" * 60_000 + " b c"])


def test_no_text_gives_nothing(builtin: Tokenizer) -> None:
    """No text at all gives no result at all."""
    assert list(map(len, builtin.pieces.encode(pl.Series([], dtype=pl.String)))) == [0, 0]


def test_pieces_that_were_met_before(builtin: Tokenizer) -> None:
    """Pieces of earlier texts are looked up, at the start of a text and inside, and mix with new ones."""
    fresh = Tokenizer(builtin.contract, builtin.backend, builtin.template)
    for several in (["a b c", " b a"], ["b a d", "a", " b a"], ["a b c d e f", "d"], [" b"]):
        check(fresh, several)


def test_pieces_are_forgotten_in_time(builtin: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded: beyond a number of distinct pieces all are forgotten, and texts are encoded as ever."""
    monkeypatch.setattr(pieces, "_MAX_PIECES", 10)
    fresh = Tokenizer(builtin.contract, builtin.backend, builtin.template)
    for start in range(0, 40, 4):
        check(fresh, [" ".join(f"w{i}" for i in range(start, start + 8)), "w1 w2"])
        assert fresh.pieces._tables is None or sum(len(table.sizes) for table in fresh.pieces._tables) <= 10


def test_pieces_from_several_threads(builtin: Tokenizer) -> None:
    """Threads that encode with one tokenizer at once do not come into each other's way."""
    fresh = Tokenizer(builtin.contract, builtin.backend, builtin.template)
    texts = [[" ".join(f"w{i * 7919 % 997} x" for i in range(n, n + 300))] for n in range(0, 3_000, 100)]
    expected = [list(one.ids) for text in texts for one in builtin.backend.encode_batch(text, add_special_tokens=False)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(fresh.pieces.encode, map(pl.Series, texts)))
    assert [ids.tolist() for ids, _ in found] == expected


def test_what_failed_half_way_is_forgotten(builtin: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces that were numbered when an interruption came are encoded anew, and not taken for others."""

    def interrupted(*_: object) -> pl.Series:
        raise KeyboardInterrupt

    fresh = Tokenizer(builtin.contract, builtin.backend, builtin.template)
    check(fresh, ["aa bb cc"])
    with monkeypatch.context() as patched:
        patched.setattr(pieces, "_inner", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fresh.pieces.encode(pl.Series(["aa one two three"]))
    check(fresh, ["aa xx yy zz"])
    check(fresh, ["aa two one three"])
