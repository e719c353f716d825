"""How a demo contract is grown from templates and how its answers keep exact offsets."""

import random
import re
from dataclasses import dataclass

from curation.demo.legal_text import KINDS
from curation.demo.legal_words import HEADINGS, SENTENCES, WORDS

_SLOT = re.compile(r"\{([^{}]*)\}")
_MARK = re.compile(r"(⟦[^:]*:|⟧)")
_SENTENCE_START = re.compile(r"((?:^|(?<!Inc)(?<!Ltd)\.⟧* )(?:⟦[^:]*:)*)([a-z])")
_MONTHS = WORDS["month"]


@dataclass(frozen=True)
class Draft:
    """A contract's text and its answers as (category, start, end), in the order the JSON lists them."""

    title: str
    text: str
    spans: tuple[tuple[str, int, int], ...]


def facts_of(title: str, seed: int) -> dict[str, str]:
    """Names, places and dates of a contract; those of one company's contracts differ in their dates only."""
    company, date, _, kind = title.strip().split("_")
    rng = random.Random(f"{seed}/facts/{company}")
    year, month, day = int(date[:4]), int(date[4:6]), int(date[6:])
    a, b, goods = KINDS[kind]
    suffixes = ("Inc.", "LLC", "Ltd.", "Corporation", "GmbH", "Limited", "plc")
    second = grow("{town}{ending} {Noun} ", {}, rng) + rng.choice(suffixes)
    oq, cq = ("“", "”") if rng.random() < 0.25 else ('"', '"')
    return {
        "A": a,
        "B": b,
        "a": a.removeprefix("the "),
        "b": b.removeprefix("the "),
        "goods": goods,
        "KIND": kind,
        "Kind": kind.title(),
        "oq": oq,
        "cq": cq,
        "first": re.sub(r"(?<=[a-z])(?=[A-Z])", " ", company) + " " + rng.choice(suffixes),
        "second": second,
        "city": grow("{town}{ending}", {}, rng),
        "yard": grow("{Adj} {Noun}", {}, rng),
        "state": rng.choice(WORDS["state"]),
        "home": rng.choice(WORDS["state"]),
        "date": f"{_MONTHS[month - 1]} {day}, {year}",
        "effective": f"{_MONTHS[month % 12]} 1, {year + month // 12}",
        "expiry": f"{_MONTHS[month - 1]} {day}, {year + rng.randrange(2, 9)}",
    }


def clause(category: str, phrasing: str, facts: dict[str, str], rng: random.Random) -> str:
    """A paragraph that answers ``category``, at times under a heading and among other business."""
    marked = phrasing if "⟦" in phrasing else f"⟦{category}:{phrasing}⟧"
    before = [rng.choice(SENTENCES)] if rng.random() < 0.3 else []
    after = [rng.choice(SENTENCES)] if rng.random() < 0.5 else []
    heading = [f"{category}."] if rng.random() < 0.5 else []
    return grow(" ".join(heading + before + [marked] + after), facts, rng)


def business(count: int, facts: dict[str, str], rng: random.Random, length: int = 0) -> str:
    """One paragraph of at least ``count`` sentences and ``length`` characters that answers nothing."""
    sentences: list[str] = []
    while len(sentences) < count or sum(map(len, sentences)) + len(sentences) - 1 < length:
        sentences.append(grow(rng.choice(SENTENCES), facts, rng))
    return " ".join(sentences)


def numbered(body: list[str], facts: dict[str, str], rng: random.Random) -> list[str]:
    """The paragraphs as numbered sections, with an article heading above every few of them."""
    style = rng.choice(("{}.{} ", "Section {}.0{}. ", "({}.{}) ", "§ {}-{}: "))
    out: list[str] = []
    article = section = size = 0
    for paragraph in body:
        if section == size:
            article, section, size = article + 1, 0, rng.randrange(2, 7)
            out.append(f"ARTICLE {article}. " + grow(rng.choice(HEADINGS), facts, rng).upper())
        section += 1
        out.append(style.format(article, section) + paragraph)
    return out


def grow(template: str, facts: dict[str, str], rng: random.Random) -> str:
    """The template with every slot filled, innermost first, and every sentence begun with a capital."""
    while slot := _SLOT.search(template):
        name = slot[1]
        value = rng.choice(name.split("|")) if "|" in name else facts.get(name) or rng.choice(WORDS[name])
        template = template[: slot.start()] + value + template[slot.end() :]
    return _SENTENCE_START.sub(lambda match: match[1] + match[2].upper(), template)


def read_marks(title: str, paragraphs: list[str]) -> Draft:
    """Join marked paragraphs; the marks become answers in document order."""
    text, open_marks, spans = "", [], []
    for piece in _MARK.split("\n\n".join(paragraphs)):
        if piece.startswith("⟦"):
            open_marks.append((piece[1:-1], len(text)))
        elif piece == "⟧":
            names, start = open_marks.pop()
            spans += [(name, start, len(text)) for name in names.split("+")]
        else:
            text += piece
    return Draft(title, text, tuple(sorted(spans, key=lambda span: span[1:])))


def in_windows(draft: Draft, category: str, size: int, step: int) -> Draft:
    """Cut the category's only answer, at spaces, into overlapping ones of about ``size`` characters."""
    ((start, end),) = [span[1:] for span in draft.spans if span[0] == category]
    spans = [span for span in draft.spans if span[0] != category]
    while start + size < end:
        spans.append((category, start, draft.text.index(" ", start + size)))
        start = draft.text.index(" ", start + step) + 1
    return Draft(draft.title, draft.text, (*spans, (category, start, end)))


def respaced(draft: Draft, title: str) -> Draft:
    """The same words with wider gaps after sentences and between paragraphs, and one U+00A0."""
    pieces = list(draft.text)
    for at, (one, two) in enumerate(zip(draft.text, draft.text[1:], strict=False)):
        if one + two in (". ", "; ", "\n\n"):
            pieces[at + 1] = two * 2
    pieces[draft.text.index(" ", draft.spans[-1][1])] = "\u00a0"  # inside the last answer
    offsets = [0]
    for piece in pieces:
        offsets.append(offsets[-1] + len(piece))
    spans = tuple((name, offsets[start], offsets[end]) for name, start, end in draft.spans)
    return Draft(title, "".join(pieces), spans)
