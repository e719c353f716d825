"""A small made-up contract corpus in the SQuAD form of CUAD v1, with awkward cases under known titles.

The text is grown from the tables of ``legal_text`` and ``legal_words``.  Answers are marked in the templates,
so that every offset is right by construction.  Each contract draws from a generator of its own.
"""

import json
import random
from pathlib import Path

from curation.demo.legal_draft import (
    Draft,
    business,
    clause,
    facts_of,
    grow,
    in_windows,
    numbered,
    read_marks,
    respaced,
)
from curation.demo.legal_text import CATEGORIES, CLAUSES, PREAMBLES
from curation.demo.legal_words import SENTENCES

# A title reads <Company>_<yyyymmdd>_<exhibit>_<KIND>.
ORIGINAL = "BrindleHarbor_20110412_EX-10.3_SUPPLY AGREEMENT"
EXACT_COPY = ORIGINAL + "(1)"  # differs from ORIGINAL in whitespace only
NEAR_COPY = "OstrelMills_20140930_EX-10.1_SUPPLY AGREEMENT"  # ORIGINAL's form with other names and dates
AMENDED = "KestrelForge_20080115_EX-10_MANUFACTURING AGREEMENT"
AMENDMENT = "KestrelForge_20100607_EX-10.2_MANUFACTURING AGREEMENT"  # restates most of AMENDED
BROKEN_SPAN = "TamarackFoods_20031021_EX-10.8_FRANCHISE AGREEMENT"  # one answer is not at its answer_start
CONTROL_TOKEN = "PellucidData_20170303_EX-10.4_SOFTWARE LICENSE AGREEMENT"  # <|eot_id|> close to an answer
CHAT_TOKENS = "NimbusRow_20181119_EX-10.2_HOSTING AGREEMENT"  # [INST] and <|im_end|>
LONG_SPAN = "GraniteQuay_20050828_EX-99_JOINT VENTURE AGREEMENT"  # one answer of 9,000 characters
CHAINED = "HollowayRail_20120214_EX-10.7_TRANSPORT AGREEMENT"  # overlapping answers, 7,300 characters in all
OVERLAPPING = "SableCove_20090616_EX-10.5_SPONSORSHIP AGREEMENT"  # two answers that share words
REPEATED = "MarlowSensor_20150501_EX-10_DEVELOPMENT AGREEMENT"  # the same answer listed twice
UNORDERED = "AlderOptics_20060712_EX-10.6_RESELLER AGREEMENT"  # answers listed last to first
BLANK_LINE = "VesperClinics_20130925_EX-10.1_CONSULTING AGREEMENT"  # an answer with "\n\n" inside
TRAILING_SPACE = "FerndaleGas_20041203_EX-10.9_MAINTENANCE AGREEMENT "  # the title ends in a space
NBSP_QUESTION = "CobaltPier_20160118_EX-10.2_PROMOTION AGREEMENT"  # U+00A0 in one question's text
CURLY_QUOTES = "WillowTrace_20190405_EX-10.1_DISTRIBUTION AGREEMENT"  # with an em dash too
ZERO_WIDTH = "JuniperLoom_20021130_EX-10.4_MANUFACTURING AGREEMENT"  # U+200B inside an answer
REDACTED = "QuartzVale_20070809_EX-10.10_SUPPLY AGREEMENT"  # [ * ] and ***, in an answer and outside
LINE_SEPARATOR = "OrchidBay_20110627_EX-10.3_FRANCHISE AGREEMENT"  # U+2028
EMOJI = "PintoLabs_20200220_EX-10.1_PROMOTION AGREEMENT"  # a non-BMP character before an answer
UNANSWERED = "RookeryPress_19990913_EX-10.2_SPONSORSHIP AGREEMENT"  # every question is unanswered
VERY_SHORT = "LarkPine_20010704_EX-10_CONSULTING AGREEMENT"  # about 300 characters
LARGEST = "MonarchTide_20140317_EX-10.11_JOINT VENTURE AGREEMENT"  # about 40,000 characters

# Title -> about how many characters it has, before what is planted or restated.
LENGTHS: dict[str, int] = {
    ORIGINAL: 8_000, AMENDED: 7_000, AMENDMENT: 7_000, BROKEN_SPAN: 6_000, CONTROL_TOKEN: 9_000,
    CHAT_TOKENS: 7_500, LONG_SPAN: 6_000, CHAINED: 5_000, OVERLAPPING: 5_000, REPEATED: 9_500,
    UNORDERED: 8_000, BLANK_LINE: 4_000, TRAILING_SPACE: 7_000, NBSP_QUESTION: 3_500,
    CURLY_QUOTES: 10_000, ZERO_WIDTH: 5_500, REDACTED: 11_000, LINE_SEPARATOR: 6_500, EMOJI: 3_000,
    UNANSWERED: 3_000, LARGEST: 39_500,
    "UmberCopper_20060428_EX-10.1_TRANSPORT AGREEMENT": 1_400,
    "IvoryCanal_20090211_EX-10.4_MAINTENANCE AGREEMENT": 1_600,
    "ThistleWorks_20130816_EX-10_CONSULTING AGREEMENT": 2_600,
    "DunlinWater_20050105_EX-10.2_DISTRIBUTION AGREEMENT": 7_500,
    "EgretMotors_20120930_EX-10.13_RESELLER AGREEMENT": 8_500,
    "CalderaSoft_20180622_EX-10.5_SOFTWARE LICENSE AGREEMENT": 12_000,
    "BasaltHomes_20030319_EX-10.6_FRANCHISE AGREEMENT": 9_000,
    "FathomCable_20161107_EX-10.2_HOSTING AGREEMENT": 10_000,
    "GullwingAir_20100525_EX-10.3_DEVELOPMENT AGREEMENT": 13_500,
    "HazelDairy_20081212_EX-10.1_PROMOTION AGREEMENT": 8_000,
    "LodestarBio_20150714_EX-10.9_DEVELOPMENT AGREEMENT": 18_000,
    "SpruceBank_20020606_EX-10.4_CONSULTING AGREEMENT": 4_500,
}  # fmt: skip

# Title -> the category whose answers carry the trap.
TRAP_CATEGORY: dict[str, str] = {
    BROKEN_SPAN: "Governing Law",
    CONTROL_TOKEN: "Audit Rights",
    LONG_SPAN: "Post-Termination Services",
    CHAINED: "Ip Ownership Assignment",
    OVERLAPPING: "Cap On Liability",
    REPEATED: "Agreement Date",
    UNORDERED: "Parties",
    BLANK_LINE: "Insurance",
    NBSP_QUESTION: "Exclusivity",
    ZERO_WIDTH: "Warranty Duration",
    REDACTED: "Minimum Commitment",
    EMOJI: "Non-Disparagement",
}

# Title -> a marked paragraph to put among the others.
PLANTED: dict[str, str] = {
    BROKEN_SPAN: (
        "⟦Governing Law:Judges who hear a quarrel about these terms apply the law of {state}, whichever"
        " side brings it to them.⟧ A hearing lasts one morning."
    ),
    CONTROL_TOKEN: (
        "⟦Audit Rights:Licensor may send two examiners to any office of Licensee, twice in a calendar year,"
        " and they may copy the usage logs they find there.⟧ The page printer left a mark <|eot_id|> in the"
        " margin of the signed sheet, which has no meaning. Examiners carry a badge."
    ),
    CHAT_TOKENS: (
        "A support request opens with the line [INST] and a ticket number, and the Host closes it with the"
        " line <|im_end|> once the fault is gone. Lines of any other shape are dropped unread."
    ),
    OVERLAPPING: (
        "⟦Cap On Liability:What the Club can be made to pay Sponsor for all seasons taken together is the"
        " sum that Sponsor paid in the season of the loss, and where that season was cut short by weather"
        " the sum paid in the one before it, and where there was none before it forty thousand dollars."
        " Sponsor brings its case within nineteen months of the match at which the loss arose, or it brings"
        " none at all. The Club's stewards, caterers and ball crews share that one sum among them and add"
        " nothing to it.⟧ Tickets are not refunded."
    ),
    BLANK_LINE: (
        "⟦Insurance:Adviser holds the two covers listed here and renews them before they lapse:\n\n(a)"
        " malpractice cover of three million dollars for any one patient group; and\n\n(b) cover for the"
        " loss of borrowed records, in a sum the Company approves.⟧"
    ),
    NBSP_QUESTION: (
        "⟦Exclusivity:Brewery pours at no street fair in the three river towns unless Promoter has booked it there.⟧"
    ),
    CURLY_QUOTES: (
        "Each crate carries the words “Keep Upright” and the maker’s mark — a willow leaf — on two sides,"
        " and Distributor’s own “house label” on none."
    ),
    ZERO_WIDTH: (
        "⟦Warranty Duration:Seams and dyes are under war\u200branty for four hundred wash cycles or two"
        " summers, whichever is over first.⟧"
    ),
    REDACTED: (
        "⟦Minimum Commitment:In each of the first [ * ] years the Buyer collects castings worth no less"
        " than $[ * ], and from then on ***.⟧ Freight above *** per tonne is split [ * ] to [ * ]."
    ),
    LINE_SEPARATOR: (
        "The oven plan has two parts:\u2028part one is the bread oven and part two is the stone floor under"
        " it, and the Operator builds both."
    ),
    EMOJI: (
        "Guests who enjoyed a tour may post a 🍺 on the wall. ⟦Non-Disparagement:Promoter and Brewery keep"
        " any bad word about each other's beer, hosts or buses to themselves.⟧"
    ),
}

SHORT_TEXT = (
    "LETTER OF ⟦Document Name:CONSULTING AGREEMENT⟧\n\n⟦Agreement Date:July 4, 2001⟧\n\n⟦Parties:Lark"
    " Pine LLC⟧ asks ⟦Parties:Jorun Aldersey⟧ to read its tide tables and say where they err. She is"
    " paid four hundred dollars when her letter comes, and keeps no copy of it. ⟦Governing Law:Maine law"
    " settles doubts.⟧\n\nLark Pine LLC, by R. Teasdale\nJ. Aldersey"
)

BROKEN_BY = 9  # how far BROKEN_SPAN's answer_start is off


def corpus(seed: int = 7) -> dict[str, object]:
    """The whole corpus as CUAD's JSON object; the same seed gives the same object."""
    return _dataset(_drafts(seed))


def write_legal(folder: Path) -> Path:
    """Write CUADv1.json and test_titles.json into an existing folder; the path of the former.

    About a fifth of the titles are for testing, EXACT_COPY among them, whose original is not.
    """
    drafts = _drafts(7)
    kin = (ORIGINAL, EXACT_COPY, NEAR_COPY, AMENDED, AMENDMENT)
    others = [draft.title for draft in drafts if draft.title not in kin]
    _write_json(folder / "test_titles.json", [EXACT_COPY, *others[4::5]])
    _write_json(folder / "CUADv1.json", _dataset(drafts))
    return folder / "CUADv1.json"


def _dataset(drafts: list[Draft]) -> dict[str, object]:
    return {"version": "demo_v1", "data": [_entry(draft) for draft in drafts]}


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8", newline="\n")


def _drafts(seed: int) -> list[Draft]:
    chosen = _share_out(seed)
    drafts = {}
    for title in LENGTHS:
        drafts[title] = read_marks(title, _paragraphs(title, title, chosen[title], seed))
    restated = _paragraphs(AMENDED, AMENDED, chosen[AMENDED], seed)
    own = _paragraphs(AMENDMENT, AMENDMENT, chosen[AMENDMENT], seed)
    drafts[AMENDMENT] = read_marks(AMENDMENT, own[:-1] + restated[3 : -len(restated) // 8] + own[-1:])
    drafts[NEAR_COPY] = read_marks(NEAR_COPY, _paragraphs(NEAR_COPY, ORIGINAL, chosen[ORIGINAL], seed))
    drafts[EXACT_COPY] = respaced(drafts[ORIGINAL], EXACT_COPY)
    drafts[VERY_SHORT] = read_marks(VERY_SHORT, [SHORT_TEXT])
    drafts[CHAINED] = in_windows(drafts[CHAINED], TRAP_CATEGORY[CHAINED], size=2_500, step=1_700)
    drafts[OVERLAPPING] = in_windows(drafts[OVERLAPPING], TRAP_CATEGORY[OVERLAPPING], size=380, step=220)
    drafts[UNORDERED] = Draft(UNORDERED, drafts[UNORDERED].text, drafts[UNORDERED].spans[::-1])
    repeated = [span for span in drafts[REPEATED].spans if span[0] == TRAP_CATEGORY[REPEATED]]
    drafts[REPEATED] = Draft(REPEATED, drafts[REPEATED].text, (*drafts[REPEATED].spans, *repeated))
    titles = sorted(drafts)
    random.Random(f"{seed}/order").shuffle(titles)
    return [drafts[title] for title in titles]


def _share_out(seed: int) -> dict[str, list[str]]:
    """Title -> the categories its clauses answer; long contracts get more, and the least used go first."""
    rng = random.Random(f"{seed}/share")
    used = dict.fromkeys(CLAUSES, 0)
    chosen = {}
    for title, length in LENGTHS.items():
        free = [category for category in CLAUSES if category != TRAP_CATEGORY.get(title)]
        rng.shuffle(free)
        free.sort(key=lambda category: used[category] // 2)  # coarse, to mix the sets
        chosen[title] = [] if title == UNANSWERED else free[: min(30, 4 + length // 900)]
        for category in chosen[title]:
            used[category] += 1
    return chosen


def _paragraphs(title: str, form: str, chosen: list[str], seed: int) -> list[str]:
    """A contract's marked paragraphs; all but its facts depend on ``form`` alone, so a form can be reused."""
    facts = facts_of(title, seed)
    if title == CURLY_QUOTES:
        facts |= {"oq": "“", "cq": "”"}
    rng = random.Random(f"{seed}/{form}")
    length = LENGTHS[form]
    body = []
    for category in chosen:
        phrasings = rng.sample(CLAUSES[category], 1 + (length > 30_000 or rng.random() < 0.25))
        body += [clause(category, phrasing, facts, rng) for phrasing in phrasings]
    opening = [f"EXHIBIT {form.split('_')[2][3:]}"]
    if form != UNANSWERED:
        heading = "⟦Document Name:{KIND}⟧" if rng.random() < 0.7 else "{KIND}"
        opening += [grow(heading, facts, rng), grow(rng.choice(PREAMBLES), facts, rng)]
        opening.append(grow("WHEREAS " + rng.choice(SENTENCES), facts, rng))
    while sum(map(len, opening + body)) < length:
        body.append(business(rng.randrange(2, 6), facts, rng))
    rng.shuffle(body)
    if title == LONG_SPAN:
        body.insert(5, f"⟦{TRAP_CATEGORY[title]}:" + business(0, facts, rng, length=9_000) + "⟧")
    if title == CHAINED:
        body.insert(5, f"⟦{TRAP_CATEGORY[title]}:" + business(0, facts, rng, length=7_300) + "⟧")
    if title in PLANTED:
        body.insert(len(body) // 2, grow(PLANTED[title], facts, rng))
    signed = "By: ______\nName: {person}\nTitle: {Adj} {Noun} Officer"
    closing = [grow("{second}\n" + signed, facts, rng), grow("{first}\n" + signed, facts, rng)]
    return opening + numbered(body, facts, rng) + ([] if form == UNANSWERED else closing)


def _entry(draft: Draft) -> dict[str, object]:
    """The contract as an element of the JSON's data list."""
    qas = []
    for category, details in CATEGORIES.items():
        trapped = TRAP_CATEGORY.get(draft.title) == category
        shift = BROKEN_BY if trapped and draft.title == BROKEN_SPAN else 0
        answers = [
            {"text": draft.text[start:end], "answer_start": start + shift}
            for name, start, end in draft.spans
            if name == category
        ]
        question = (
            f'Highlight the parts (if any) of this contract related to "{category}" that should be'
            f" reviewed by a lawyer. Details: {details}"
        )
        if trapped and draft.title == NBSP_QUESTION:
            question = question.replace("Details: ", "Details:\u00a0")
        qas.append(
            {
                "answers": answers,
                "id": f"{draft.title}__{category}",
                "question": question,
                "is_impossible": not answers,
            }
        )
    return {"title": draft.title, "paragraphs": [{"qas": qas, "context": draft.text}]}
