"""Facts about the replies to the banking intents."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path

import pytest

from curation.demo.banking_text import QUERIES
from curation.recipes.banking_replies import REPLIES


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+", text.lower()))


def breaking(pattern: str) -> list[str]:
    """The labels whose reply holds the pattern, in any case."""
    return [label for label, reply in REPLIES.items() if re.search(pattern, reply, re.IGNORECASE)]


def test_a_reply_for_every_label() -> None:
    """There are 77 replies, in the order of their labels, and the demo asks about the same labels."""
    assert list(REPLIES) == sorted(QUERIES)
    assert len(REPLIES) == 77


@pytest.mark.real
def test_the_labels_are_those_of_banking77(data: Path) -> None:
    """The replies' labels are those of Banking77, spelled as there."""
    assert sorted(REPLIES) == sorted(json.loads((data / "banking77" / "categories.json").read_text("utf8")))


def test_replies_are_of_one_size() -> None:
    """Every reply has 150 to 450 characters and two to four sentences, in ASCII, with single spaces."""
    assert [label for label, reply in REPLIES.items() if not 150 <= len(reply) <= 450] == []
    ends = {label: len(re.findall(r"[.!?](?: |$)", reply)) for label, reply in REPLIES.items()}
    assert [label for label, count in ends.items() if not 2 <= count <= 4] == []
    assert [label for label, reply in REPLIES.items() if not reply.isascii() or " ".join(reply.split()) != reply] == []


def test_no_reply_states_a_figure() -> None:
    """No digit, currency, percentage or length of time: such facts stand in the app, not here."""
    assert breaking(r"\d|[£€$%]|per ?cent|\b(pounds?|euros?|dollars?|pence)\b") == []
    assert breaking(r"\b(seconds|minutes?|hours?|days?|weeks?|months?|years?)\b") == []


def test_no_reply_leads_elsewhere() -> None:
    """No address of a site or mailbox, and no call for a telephone."""
    assert breaking(r"https?:|www\.|\w\.(com|org|net|co|uk)\b|@|\b(call|ring|phone) (us|me|the)\b") == []


def test_no_reply_promises_or_asks_for_a_secret() -> None:
    """Nothing is guaranteed, and nobody is asked to tell a PIN, passcode, card number or security code."""
    assert (
        breaking(r"\bguarantee|\bpromise|\bdefinitely\b|\bwe('ll| will)\b|\bwill be (refunded|returned|paid)\b") == []
    )
    secret = r"(PIN|passcode|password|CVV|CVC|security code|card number)"
    assert (
        breaking(rf"\b(send|give|tell|share|type|message)\b( us| me| support)?( your| the| a)?( full)? {secret}\b")
        == []
    )


def test_replies_differ() -> None:
    """No two replies have 0.6 of their words in common."""
    near = [
        (one, two)
        for (one, a), (two, b) in combinations(((label, words(reply)) for label, reply in REPLIES.items()), 2)
        if len(a & b) >= 0.6 * len(a | b)
    ]
    assert near == []
