"""Facts about personal data: what is found, what only looks like it, and that no value is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.base.rows import MESSAGES, spoken
from curation.rules.personal import personal_data
from curation.rules.texts import Controls
from curation.rules.turns import RuleInput

KEY = "aB3dE6gH"
FOUND = {
    "e-mail address": [
        *("jane.doe@example.com", "JANE@MAIL.EXAMPLE.ORG", "a.b+tag@firma.de", "bob@x.co.uk"),
        *("mailto:jane@x.io", "<bob@firma.de>", "e=bob@firma.travel,", "Ask jane@example.com."),
    ],
    "phone number": [
        *(
            "+1 (555) 010-9999",
            "+1 202-555-0143",
            "+49 30 1234567",
            "+4915112345678",
            "+33 1 42 68 53 00",
            "0044 20 7946 0958",
        ),
        *("(555) 010-9999", "555-010-9999", "1-800-555-0199", "tel:555.010.9999", "555-0123", "+91 98765 43210"),
        *("020 7946 0958", "07700 900123", "0151 12345678", "030/1234567", "01712-345678", "03-1234-5678"),
        *("(020) 7946 0958", "01 42 68 53 00", "+86 138 0013 8000", "Call 555-010-9999."),
    ],
    "card number": [
        *("4111 1111 1111 1111", "4111111111111111", "5500-0000-0000-0004", "378282246310005", "3782 822463 10005"),
        *("6011111111111117", "30569309025904", "3530111333300000", "4222222222222", "4111 1111 1111 1111 12/27"),
    ],
    "IBAN": [
        *("DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "FR14 2004 1010 0505 0001 3M02 606"),
        *("NL91ABNA0417164300", "IBAN: DE89 3704 0044 0532 0130 00 BIC COBADEFF"),
    ],
    "IP address": [
        *("203.0.113.7", "http://93.184.216.34/x", "93.184.216.34:8080", "2001:db8::8a2e:370:7334"),
        "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
    ],
    "secret": [
        *("AKIA" + "IOSFODNN7EXAMPLE", "hf_" + KEY * 4, "ghp_" + KEY * 5, "sk-" + KEY * 6),
        *("sk-proj-" + KEY * 4, "sk-ant-api03-" + KEY * 4, "eyJhbGciOiJI.eyJzdWIiOiIx.dozjgNryP4J3"),
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA",
    ],
}
NONE = [
    *("in 2019-2020", "$1,234,567.89", "1 234 567 890", "100 200 3000", "order 1234567890123", "page 100-110"),
    *("2024-01-02 03:04:05", "01/02/2024 12:30", "01.02.2024", "2023:10:12 05:30:22", "+12345 points", "+12.345.678"),
    *("978-0-306-40615-7", "9780306406157", "4006381333931", "1700000000000", "1700000000000000000", "01 02 03 04 05"),
    *("3.14159265358979", "0.4111111111111111", "4111111111111112", "41111111111111110", "x+1234567890"),
    *("4111 1111 1111 1111 2222 3333", "1234 5678 9012 3456", "123-45-6789", "555-010-99991", "1555-010-9999"),
    *("123e4567-e89b-12d3-a456-426614174000", "0101 0101 0101", "0000010 2345 6789 1234", "1920x1080"),
    *("1.2.3.4", "version 10.0.19041.1237", "v1.2.3.104", "version 1.2.3.104", "Chrome/100.0.0.1", "8.8.8.8"),
    *("192.168.1.100", "10.0.0.101", "127.0.0.1", "172.16.5.200", "255.255.255.0", "93.184.216.0/24"),
    *("fe80::1", "::1", "std::vector<int>", "face::bed", "00:1B:44:11:3A:B7", "12:30:45"),
    *("git@github.com:user/repo.git", "logo@2x.png", "A@B.T", "x@y.to(device)", "lodash@4.17.21", "@user", "a@b"),
    *("https://u:p@host.com/x", "postgres://u:p@db.example.com/x", "npm i @scope/pkg", "root@localhost"),
    *("DE89370400440532013001", "AB12CDEF3456789012", "hf_hub_download", "sk-toggleable__label-arrow-xxxxxxxxxx"),
    *("-----BEGIN PRIVATE KEY-----\n...", "eyJhbGciOiJI", "", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12"),
]


def details(rows: Sequence[Sequence[str]], texts: Sequence[str | None] | None = None) -> list[str | None]:
    """What is found in conversations of these contents, or in rendered texts."""
    roles = ("user", "assistant")
    messages = [[{"role": roles[n % 2], "content": text} for n, text in enumerate(row)] for row in rows]
    frame = pl.DataFrame(
        {"messages": messages, "text": texts or [None] * len(rows)}, schema={"messages": MESSAGES, "text": pl.String}
    ).with_columns(content=pl.coalesce(pl.when(pl.col("messages").list.len() > 0).then(spoken()), "text"))
    asked = RuleInput(Controls((), (), False), pl.lit(""), pl.col("content"), pl.col("text"))
    return frame.lazy().select(found=personal_data(asked)).collect()["found"].to_list()


@pytest.mark.parametrize("kind", FOUND)
def test_each_kind_is_found_and_masked(kind: str) -> None:
    """One value, of its kind, in its turn; no more of it is shown than its beginning."""
    for text, found in zip(FOUND[kind], details([["Hello.", f"It is {text}"] for text in FOUND[kind]]), strict=True):
        assert found is not None, text
        assert re.fullmatch(rf"{kind} \S*( ?)\S*\*\*\*\S* in turn 2 \(assistant\)", found), (text, found)
        shown = found.split("***")[0].removeprefix(kind).strip()
        assert len(shown) <= 5, (text, found)


def test_what_only_looks_like_it() -> None:
    """Years, prices, versions, ids, private addresses, code: nothing, alone and between words."""
    for form in ("{}", "Take {} of it.", "({})"):
        texts = [form.format(text) for text in NONE]
        found = zip(texts, details([[text] for text in texts]), strict=True)
        assert [two for two in found if two[1] is not None] == []


def test_all_are_counted() -> None:
    """Three are named, in the order of the turns, and the rest counted; rendered texts have no turns."""
    rows = [["a.b@c.de and 555-010-9999", "none here", "4111111111111111 +49 30 1234567 x@y.org"], ["Nothing."], []]
    assert details(rows, [None, None, "Write to jane@example.com"]) == [
        "e-mail address a***@c***.de in turn 1 (user); phone number 555*** in turn 1 (user); "
        "e-mail address x***@y***.org in turn 3 (user); and 2 more",
        None,
        "e-mail address j***@e***.com in the text",
    ]


def luhn(digits: str) -> bool:
    each = [int(one) * (1 + n % 2) for n, one in enumerate(reversed(digits))]
    return sum(one - 9 * (one > 9) for one in each) % 10 == 0


@settings(deadline=None, max_examples=30)
@given(st.lists(st.from_regex(r"\A(4\d{15}|5[1-5]\d{14}|3[47]\d{13}|62\d{16})\Z"), min_size=20, max_size=20))
def test_cards_are_those_whose_digits_check(numbers: list[str]) -> None:
    """Of numbers with the prefix of a card exactly those that Luhn's sum allows."""
    numbers = ["".join(str(int(one)) for one in number) for number in numbers]
    assert [bool(found) for found in details([[number] for number in numbers])] == [luhn(one) for one in numbers]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.from_regex(r"\A[0-9]{18}\Z"), min_size=5, max_size=5), st.integers(1, 96))
def test_ibans_are_those_whose_digits_check(accounts: list[str], off: int) -> None:
    """With the right check digits found, with any other two not."""
    right = [98 - int(account + "131400") % 97 for account in accounts]  # D is 13, E is 14
    wrong = [(check - 2 + off) % 97 + 2 for check in right]
    for checks, expected in ((right, True), (wrong, False)):
        numbers = [f"DE{check:02}{account}" for check, account in zip(checks, accounts, strict=True)]
        found = details([[number] for number in numbers])
        assert [bool(one) and "IBAN" in str(one) for one in found] == [expected] * len(numbers)
