"""A small made-up corpus in the form of Banking77, train.csv and test.csv, with awkward rows under known names.

The plain rows are those of ``banking_text``; every awkward row is a constant here and stands beside them. Two rows
are equal after folding when their words are, near when the Jaccard of their words is at least 0.8.
"""

import csv
from pathlib import Path
from typing import NamedTuple

from curation.demo.banking_text import QUERIES


class Row(NamedTuple):
    """A row of either file, as its columns are."""

    text: str
    category: str


FOR_TEST = 2  # this many queries of each label, its last, are for testing

NEWLINE_IN_TRAIN = (
    Row("Hello team,\nthe courier left a parcel slip but no card was inside", "card_arrival"),
    Row("I read your price list twice:\nwhere does it mention swapping forints?", "exchange_charge"),
    Row("Three facts:\nmy PIN is locked,\nthe tank is empty,\nthe station shuts at ten", "pin_blocked"),
)
NEWLINE_IN_TEST = (Row("Good evening\nmay a balance be kept in Hungarian forints?", "fiat_currency_support"),)
EDGE_SPACE_IN_TRAIN = (
    Row("  Do bakeries usually own a reader that likes this plastic?", "card_acceptance"),
    Row("My handset drowned in a lake, please sign it out  ", "lost_or_stolen_phone"),
)
EDGE_SPACE_IN_TEST = (Row(" Which paperwork explains a lottery win well enough? ", "verify_source_of_funds"),)
QUOTED = Row('The clerk said "come back tomorrow", yet the sale sits there unsettled', "pending_card_payment")
CONTROL_TOKEN = Row("Your chat froze at <|eot_id|> while I described my voucher refund", "Refund_not_showing_up")
EMPTY = Row("", "card_not_working")

# (in train, in test): equal but for case and punctuation, under one label.
REPEATED_IN_TEST = (
    (
        Row("why is my GYM membership refused, when rent went out fine", "declined_card_payment"),
        Row("Why is my gym membership refused when rent went out fine?", "declined_card_payment"),
    ),
    (
        Row("how soon would a wire reach some bank in nairobi!", "transfer_timing"),
        Row("How soon would a wire reach some bank in Nairobi?", "transfer_timing"),
    ),
)
# Both in train: equal but for case and punctuation, under one label.
REPEATED_IN_TRAIN = (
    (
        Row("What ceiling applies if I load twice before lunch?", "top_up_limits"),
        Row("what ceiling applies, if I load twice before lunch", "top_up_limits"),
    ),
    (
        Row("My twins are fourteen - may both sign up?", "age_limit"),
        Row("My twins are fourteen, may both sign up", "age_limit"),
    ),
    (
        Row("Will the dispenser at Lisbon harbour take mine?", "atm_support"),
        Row("WILL THE DISPENSER AT LISBON HARBOUR TAKE MINE", "atm_support"),
    ),
)
# Both in train: equal but for case and punctuation, under two labels.
TWO_LABELS = (
    (
        Row("The sum for the piano has come back, why?", "failed_transfer"),
        Row("the sum for the piano has come back. Why?", "reverted_card_payment?"),
    ),
)
# (in train, in test): near, under one label.
NEAR_IN_TEST = (
    (
        Row("I believe my card fell out of my pocket while cycling home from work", "lost_or_stolen_card"),
        Row("I believe my card fell out of my pocket while cycling home from school", "lost_or_stolen_card"),
    ),
    (
        Row("Could I choose another PIN at the machine in the lobby of my hotel", "change_pin"),
        Row("Could I choose another PIN at the machine in the lobby of our hotel", "change_pin"),
    ),
    (
        Row("We rent a new flat, so which field takes the street and the postcode", "edit_personal_details"),
        Row("We rent a new house, so which field takes the street and the postcode", "edit_personal_details"),
    ),
)
# (in train, in test): near, under two labels.
NEAR_IN_TEST_TWO_LABELS = (
    (
        Row("My purchase of the garden shed is still unfinished and shows as waiting", "pending_card_payment"),
        Row("My transfer of the garden shed is still unfinished and shows as waiting", "pending_transfer"),
    ),
    (
        Row("Please explain the fee you used when I got cash in Oslo last night", "cash_withdrawal_charge"),
        Row(
            "Please explain the rate you used when I got cash in Oslo last night",
            "wrong_exchange_rate_for_cash_withdrawal",
        ),
    ),
)
# Both in train: near, under one label.
NEAR_IN_TRAIN = (
    (
        Row("The machine at the airport kept my card after the screen went black", "card_swallowed"),
        Row("The machine at the airport kept my card after its screen went black", "card_swallowed"),
    ),
    (
        Row(
            "An energy firm in Leeds collected money by direct debit although I rent my flat",
            "direct_debit_payment_not_recognised",
        ),
        Row(
            "An energy firm in Leeds collects money by direct debit although I rent my flat",
            "direct_debit_payment_not_recognised",
        ),
    ),
    (
        Row("Why must a bank see my passport before I may spend a single penny", "why_verify_identity"),
        Row("Why must the bank see my passport before I may spend a single penny", "why_verify_identity"),
    ),
)


def write_banking(folder: Path) -> Path:
    """Write train.csv and test.csv into an existing folder; the folder. The bytes are the same each time."""
    for name, rows in splits().items():
        _write_csv(folder / f"{name}.csv", rows)
    return folder


def splits() -> dict[str, list[Row]]:
    """The rows of `train` and of `test`, sorted by label; within one, plain rows stand before awkward ones."""
    train = [Row(text, label) for label, texts in QUERIES.items() for text in texts[:-FOR_TEST]]
    test = [Row(text, label) for label, texts in QUERIES.items() for text in texts[-FOR_TEST:]]
    train += [*NEWLINE_IN_TRAIN, *EDGE_SPACE_IN_TRAIN, QUOTED, CONTROL_TOKEN, EMPTY]
    test += [*NEWLINE_IN_TEST, *EDGE_SPACE_IN_TEST]
    for pair in (*REPEATED_IN_TRAIN, *TWO_LABELS, *NEAR_IN_TRAIN):
        train += pair
    for ours, theirs in (*REPEATED_IN_TEST, *NEAR_IN_TEST, *NEAR_IN_TEST_TWO_LABELS):
        train.append(ours)
        test.append(theirs)
    return {"train": _by_label(train), "test": _by_label(test)}


def _by_label(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.category)


def _write_csv(path: Path, rows: list[Row]) -> None:
    """Rows end in CRLF; a line feed within a text stays as it is."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(Row._fields)
        writer.writerows(rows)
