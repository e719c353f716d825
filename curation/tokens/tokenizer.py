"""A tokenizer as this project uses it: exact token edges in characters, safe cuts, and a template contract.

A *safe cut* is a place x in a text where text[x] is a space between two visible characters (VISIBLE). No token of
the vocabularies in use spans it (checked when a tokenizer is loaded), and their pre-tokenizers always break
there, so encode(text) == encode(text[:x]) + encode(text[x:]). That is what lets a contract be encoded once and
its windows be assembled: without safe cuts every row is encoded whole, which is slower and as exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
from tokenizers import Encoding, decoders
from tokenizers import Tokenizer as Backend

from curation.base.text import is_ascii
from curation.schemas.template import TemplateContract
from curation.tokens.arrays import VISIBLE, Ids, joined
from curation.tokens.encoded import Encoded, EncodedTexts, Ints
from curation.tokens.piece_cache import PieceTable
from curation.tokens.template import Template

SAFE_CUT = re.compile(f"(?<={VISIBLE}) (?={VISIBLE})")
_SPANNING = re.compile(f"(?:{VISIBLE}|[<>|\ufffd]) ")  # U+FFFD: a character of which the token holds the end
_PROBE = (
    "The 1st Party shall, 'inter alia', pay $1,000 \n\n a2b c - to\tthe 2nd\u00a0Party. x y été à αβ да אב ער "
    "আমার চুল নেই, ড\u09bc ১২ টি নী है 12 กก z"
)
_BYTES = decoders.ByteLevel()
_BATCH_CHARACTERS = 16_000_000


def first_cut(text: str, start: int, end: int) -> int:
    """The first safe cut in [start, end), or -1."""
    found = SAFE_CUT.search(text, start, end)
    return found.start() if found else -1


def last_cut(text: str, start: int, end: int) -> int:
    """The last safe cut in [start, end), or -1."""
    at = text.rfind(" ", start, end)
    while at >= 0 and not SAFE_CUT.match(text, at):
        at = text.rfind(" ", start, at)
    return at


@dataclass(frozen=True, eq=False)
class Tokenizer:
    """Made by `curation.tokens.load`."""

    contract: TemplateContract
    backend: Backend
    template: Template

    def __repr__(self) -> str:
        c = self.contract
        return f"Tokenizer({c.tokenizer!r} {c.tokenizer_sha256[:12]}, {c.template!r} {c.template_sha256[:12]})"

    @cached_property
    def control(self) -> tuple[str, ...]:
        """Strings that become control tokens when they occur in a text, sorted.

        Of the added tokens those that are special: `<think>` and `<tool_call>` are words of a text in most.
        """
        probe = [{"role": role, "content": "x"} for role in ("system", "user", "assistant")]
        tags = re.findall(r"<\|\w+\|>|\[/?INST\]|<</?SYS>>", self.template.render(probe).text)
        added = self.backend.get_added_tokens_decoder().values()
        special = {token.content for token in added if token.special and token.content.strip()}
        return tuple(sorted(special | set(tags)))

    @cached_property
    def splits_at_spaces(self) -> bool:
        """Whether safe cuts hold for this tokenizer: no token spans one, and probes encode the same."""
        if any(_SPANNING.search(text) for text in self._tokens_with_space()):
            return False
        cuts = [found.start() for found in SAFE_CUT.finditer(_PROBE)]
        whole = self.backend.encode(_PROBE, add_special_tokens=False).ids
        return all(self._ids(_PROBE[:x]) + self._ids(self.as_continuation(_PROBE[x:])) == whole for x in cuts)

    def _tokens_with_space(self) -> Iterator[str]:
        """The tokens with a space after another character, as text."""
        bytewise = "<0x0A>" not in self._vocabulary
        for token in chain(self._vocabulary, self._added):
            if "\u0120" in token[1:] and bytewise:
                yield _BYTES.decode([token])
            elif "\u2581" in token[1:] or " " in token[1:]:
                yield token.replace("\u2581", " ")

    @cached_property
    def _vocabulary(self) -> dict[str, int]:
        known: dict[str, int] = self.backend.get_vocab(with_added_tokens=False)
        return known

    @cached_property
    def _added(self) -> dict[str, int]:
        return {token.content: i for i, token in self.backend.get_added_tokens_decoder().items()}

    @cached_property
    def _drops_space(self) -> bool:
        """SentencePiece writes a space before a text, so a text that starts at a safe cut is given without its own."""
        return self._ids("a b") == self._ids("a") + self._ids("b") != self._ids("a") + self._ids(" b")

    def as_continuation(self, text: str) -> str:
        """What to encode for a `text` that starts at a safe cut of a longer one."""
        return text[1:] if self._drops_space else text

    def _ids(self, text: str) -> list[int]:
        return list(self.backend.encode(text, add_special_tokens=False).ids)

    def ids(self, texts: Sequence[str]) -> Iterator[Ids]:
        """Ids of each text, in order; no BOS, no EOS."""
        for batch in _batches(texts):
            for encoding in self.backend.encode_batch_fast(batch, add_special_tokens=False):
                yield np.array(encoding.ids, dtype=np.uint32)

    def encode(self, texts: Sequence[str] | pl.Series) -> EncodedTexts:
        """Ids and character edges of each text, in order; no BOS, no EOS. All are held in memory at once."""
        text = pl.Series("text", texts, dtype=pl.String)
        sure = self._edges_follow(text)
        known = text if sure.all() else text.filter(sure)
        ids, sizes = self.pieces.encode(known) if self.splits_at_spaces else joined(list(self.ids(known.to_list())))
        edges, right = self._edges(known, ids, sizes)
        found = EncodedTexts(ids, sizes, edges)
        if right.all() and sure.all():
            return found
        plain = sure.to_numpy().copy()
        plain[plain] = right
        alone = iter(self._with_offsets(text.filter(~pl.Series(plain)).to_list()))
        taken = (one for one, fine in zip(found, right, strict=True) if fine)
        each = [next(taken) if fine else next(alone) for fine in plain]
        ids, sizes = joined([one.ids for one in each])
        return EncodedTexts(ids, sizes, joined([one.edges for one in each])[0])

    def _edges_follow(self, text: pl.Series) -> pl.Series:
        """Whether the tokens' edges follow from their lengths: nothing normalises the text first."""
        if self._lengths is None:
            return pl.repeat(False, len(text), eager=True)
        given = pl.col("text")
        other = pl.when(~is_ascii(given)).then(given)
        plain = pl.lit(True) if self._keeps_characters else (other.str.normalize("NFC") == other).fill_null(True)
        stiff = ~given.str.contains_any(self._space_absorbing) if self._space_absorbing else pl.lit(True)
        return text.alias("text").to_frame().select(pl.repeat(True, pl.len()) & plain & stiff).to_series()

    @cached_property
    def _space_absorbing(self) -> list[str]:
        """The control strings that absorb white space around them or, in SentencePiece, add a space after them."""
        added = self.backend.get_added_tokens_decoder().values()
        return [token.content for token in added if self._drops_space or token.lstrip or token.rstrip]

    @cached_property
    def pieces(self) -> PieceTable:
        """The cache of encoded pieces."""
        return PieceTable(self)

    def edges(self, text: pl.Series, ids: Ids, sizes: Ints) -> tuple[Ids, npt.NDArray[np.bool_]]:
        """Character edges of each text (as in EncodedTexts), and for which texts they are known to be right."""
        edges, right = self._edges(text, ids, sizes)
        return edges, right & self._edges_follow(text).to_numpy()

    def _edges(self, text: pl.Series, ids: Ids, sizes: Ints) -> tuple[Ids, npt.NDArray[np.bool_]]:
        """From the bytes of each token; and for which texts they add up."""
        edges = np.zeros(len(ids) + len(text), dtype=np.uint32)
        if self._lengths is None or text.is_empty():
            return edges, np.zeros(len(text), dtype=bool)
        raw, byte_counts = _bytes(text)
        prefix = (sizes > 0) & self._drops_space  # the space that SentencePiece writes before a text
        ends = np.concatenate((np.zeros(1, np.uint32), np.cumsum(self._lengths[ids], dtype=np.uint32)))
        last = np.cumsum(sizes)
        begins = ends[last - sizes] + prefix
        right = ends[last] + prefix - begins == byte_counts + prefix
        inner = np.ones(len(edges), dtype=bool)
        inner[np.cumsum(sizes + 1) - sizes - 1] = False
        edges[inner] = np.maximum(ends[1:], np.repeat(begins, sizes)) - np.repeat(begins, sizes)
        edges[np.repeat(~right, sizes + 1)] = 0
        if len(raw) > text.str.len_chars().sum():
            first = np.append((raw & 0xC0) != 0x80, True)
            begun = np.cumsum(first, dtype=np.uint32) - first  # characters begun before each byte
            start = (np.cumsum(byte_counts) - byte_counts).astype(np.uint32)
            at = edges + np.repeat(start, sizes + 1)
            # An edge inside a character counts as its start.
            edges = begun[at] - ~first[at] - np.repeat(begun[start], sizes + 1)
        return edges, right

    @cached_property
    def _keeps_characters(self) -> bool:
        """Whether no normaliser changes the characters of a text before it is tokenized."""
        given = orjson.loads(self.backend.normalizer.__getstate__()) if self.backend.normalizer else None
        steps = given["normalizers"] if given and given["type"] == "Sequence" else [given] if given else []
        return all(step["type"] == "Prepend" or step.get("content") == "\u2581" for step in steps)

    @cached_property
    def _lengths(self) -> Ids | None:
        """Bytes of text of each token; None for vocabularies that do not show it."""
        vocabulary = self._vocabulary
        lengths = np.zeros(max([*vocabulary.values(), *self._added.values()]) + 1, dtype=np.uint32)
        if "<0x0A>" in vocabulary:  # SentencePiece with byte fallback; it may hold U+0120 as a letter like any other
            byte = re.compile("<0x[0-9A-F]{2}>")
            bytes_of: Iterable[int] = (
                1 if byte.fullmatch(t) else len(t.replace("\u2581", " ").encode()) for t in vocabulary
            )
        elif "\u0120" in vocabulary:  # byte-level: one character a byte
            bytes_of = map(len, vocabulary)
        else:
            return None
        lengths[list(vocabulary.values())] = np.fromiter(bytes_of, np.uint32, len(vocabulary))
        for content, i in self._added.items():
            lengths[i] = len(content.encode())
        return lengths

    def _with_offsets(self, texts: list[str]) -> list[Encoded]:
        """By the library's offsets, which is slower."""
        return [
            _by_offsets(text, encoding)
            for text, encoding in zip(texts, self.backend.encode_batch(texts, add_special_tokens=False), strict=True)
        ]


def _bytes(text: pl.Series) -> tuple[npt.NDArray[np.uint8], Ints]:
    """The bytes of one text after another, and how many each has."""
    array = text.to_arrow()
    _, places, data = array.buffers()
    ends = np.frombuffer(places, np.int64)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(data or b"", np.uint8)[ends[0] : ends[-1]], np.diff(ends)


def _by_offsets(text: str, encoding: Encoding) -> Encoded:
    places = [(0, 0), *encoding.offsets, (len(text), len(text))]
    between = [_edge_between(text, end, start) for (_, end), (start, _) in pairwise(places)]
    between[-1] = len(text) if encoding.ids else 0
    return Encoded(np.array(encoding.ids, dtype=np.uint32), np.maximum.accumulate(np.array(between, np.uint32)))


def _edge_between(text: str, end: int, start: int) -> int:
    """The edge between a token with the offset end `end` and the next one with the offset start `start`."""
    while end < start and not text[end].isspace():  # composed with the character before; a space is the next one's
        end += 1
    # For an added space and the first character, or for two parts of one, the library gives the same offset.
    return min(end, start)


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= _BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
