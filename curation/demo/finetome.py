"""A small made-up corpus of open chat in the form of FineTome, with awkward cases under named constants.

Clean chats are composed from the tables of ``finetome_text``; no two share most of their words.
"""

import json
import random
import re
from functools import cache
from pathlib import Path

from curation.demo.finetome_text import AGAIN, ATLAS, COUNTRIES, MESSAGE_TURNS, PART_TURNS, SYSTEM_TURNS, UNITS

FILE = "conversations.jsonl"
SOURCES = ("porch-talk", "paper-lantern", "river-notes")
PLAIN = 163  # clean chats beside SYSTEM, MESSAGES and PARTS

Chat = dict[str, object]


def _turn(role: str, value: object) -> dict[str, object]:
    return {"from": role, "value": value}


def _object(*turns: tuple[str, object], source: int = 0, score: float = 4.25) -> Chat:
    return {"conversations": [_turn(*turn) for turn in turns], "source": SOURCES[source], "score": score}


def _chat(*texts: str, source: int = 0, score: float = 4.25) -> Chat:
    """Texts in turn of the human and of the model."""
    return _object(*zip(("human", "gpt") * len(texts), texts, strict=False), source=source, score=score)


def _messages(question: object, answer: object, score: float) -> Chat:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return {"messages": turns, "source": SOURCES[2], "score": score}


def _parts(text: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text}]


# Clean chats of other forms.
SYSTEM = tuple(
    _object(("system", prompt), ("human", question), ("gpt", answer), source=at % 3, score=3.5 + at / 8)
    for at, (prompt, question, answer) in enumerate(SYSTEM_TURNS)
)
MESSAGES = tuple(_messages(*turns, 4.0 + at / 4) for at, turns in enumerate(MESSAGE_TURNS))
PARTS = tuple(_messages(_parts(question), _parts(answer), 4.5) for question, answer in PART_TURNS)

# Lines that hold no chat.
_CUT = _chat("How deep is the Mariana Trench?", "Its deepest known point lies nearly eleven kilometres down.")
UNPARSABLE = (json.dumps(_CUT)[:-47], "conversations")
NOT_AN_OBJECT = '["human", "gpt"]'
EMPTY_LINE = ""
NO_CONVERSATIONS: Chat = {"text": "A chat was meant to stand here.", "source": SOURCES[1], "score": 3.75}

# Chats whose turns are wrong.
UNKNOWN_ROLE = _object(
    ("human", "Is a hot dog a sandwich?"),
    ("moderator", "Please keep the debate friendly."),
    ("gpt", "By shape perhaps, by custom no. Most menus list the two apart."),
)
TWO_HUMANS = (
    _object(
        ("human", "Can I freeze cooked quinoa?"),
        ("human", "I mean plain, without dressing."),
        ("gpt", "Yes. Let it cool on a tray, pack it flat and use it within two months."),
    ),
    _object(
        ("human", "Recommend a card game for two."),
        ("gpt", "Try cribbage: one deck, a board with pegs, and plenty of counting."),
        ("human", "We have no board."),
        ("human", "Paper would do, I suppose?"),
        ("gpt", "Paper does fine; draw two tracks of sixty-one dots."),
    ),
)
STARTS_WITH_GPT = _object(
    ("gpt", "Welcome back! Shall we go on with your knitting pattern?"),
    ("human", "Yes, I reached row twelve."),
    ("gpt", "Then purl two together at both ends and knit the rest."),
)
ENDS_ON_HUMAN = (
    _chat("Which way do sunflowers face?", "Grown ones mostly face east.", "And the young ones?", source=1),
    _object(("human", "Please translate the sign I am about to send you."), source=2),
)
EMPTY_TURN = (
    _chat("What rhymes with orange?", "", source=1),
    _chat("  \n", "It seems that your message arrived without any text. What would you like to know?"),
)
NULL_VALUE = _object(("human", "Say something about owls."), ("gpt", None))

IMAGE_PART = _messages(
    [{"type": "text", "text": "What bird is this?"}, {"type": "image", "image": "bird.png"}],
    _parts("The red breast and thin beak point to a European robin."),
    4.0,
)
TOOLS = (
    _object(
        ("human", "Will I need an umbrella in Oslo tomorrow?"),
        ("function_call", '{"name": "forecast", "arguments": {"city": "Oslo", "days": 1}}'),
        ("observation", '{"rain_mm": 7.5, "high": 12}'),
        ("gpt", "Yes, take one: about seven and a half millimetres of rain are expected, with twelve degrees."),
    ),
    _object(
        ("human", "Set a timer for the eggs, soft please."),
        ("function_call", '{"name": "timer", "arguments": {"minutes": 6}}'),
        ("observation", '{"status": "running"}'),
        ("gpt", "The timer runs: six minutes for soft yolks."),
        source=1,
    ),
)
CONTROL_TOKENS = (
    _chat(
        "My template prints <|im_end|> after every line of the poem. Is that part of it?",
        "No, it marks the end of a turn for some chat models. Strip it before you print the poem.",
    ),
    _chat(
        "Which colours go well with teal?",
        "Coral, mustard and warm grey set it off nicely. <|eot_id|> For a calmer room, pair it with cream.",
        source=2,
    ),
)
LINE_SEPARATOR = _chat(
    "How is an address written on a postcard from the village shop?",
    "Like this:\u2028Ms A. Thorne\u202812 Mill Lane\u2028Little Wending\u2028Each part has a line of its own.",
)
GERMAN = _chat(
    "Wie lange muss ein weiches Ei kochen?",
    "Ein Ei der Größe M braucht ab kochendem Wasser etwa fünf bis sechs Minuten. Danach kurz kalt abschrecken, damit es"
    " nicht weitergart, und gleich essen.",
    source=1,
)
FRENCH = _chat(
    "Comment garder du pain frais plus longtemps ?",
    "Enveloppez-le dans un torchon propre et rangez-le dans une boîte en bois. Le réfrigérateur le dessèche ; mieux"
    " vaut congeler les tranches que vous ne mangerez pas demain.",
    source=2,
)
OVERLONG = _chat(
    "Print the squares and cubes of the numbers from 1 to 1150, please, one number a line.",
    "\n".join(f"{n} squared is {n * n:,} and {n} cubed is {n**3:,}." for n in range(1, 1151)),
)


def _without(chat: Chat, key: str) -> Chat:
    return {name: value for name, value in chat.items() if name != key}


NO_SCORE = (
    _without(_chat("What is a group of flamingos called?", "A flamboyance, fittingly enough."), "score"),
    _without(_chat("How many strings has a cello?", "Four, tuned C, G, D and A from the lowest up."), "score"),
)
NO_SOURCE = (
    _without(_chat("Do snails have teeth?", "Thousands of tiny ones, on a ribbon called the radula."), "source"),
    _without(_chat("Why is cork used for bottles?", "It is light, springy and nearly airtight."), "source"),
)

ORIGINALS = (
    _chat(
        "How do I keep squirrels away from a bird feeder?",
        "Hang it on a thin wire three metres from any branch and put a smooth cone below it. Squirrels dislike chilli,"
        " which birds do not taste.",
    ),
    _chat(
        "What does a conductor do that a metronome cannot?",
        "A metronome only beats time. A conductor balances loud and soft, breathes with the singers, cues entries and"
        " carries one idea of the piece through the whole orchestra.",
        source=1,
    ),
    _chat(
        "May I Paint Over Wallpaper?",
        "Yes, when it sticks firmly. Test a corner with a wet sponge, fill the seams, and use a primer made for paper."
        " Vinyl kinds should come off first.",
        source=2,
    ),
)
EXACT_COPIES = (dict(ORIGINALS[0]), dict(ORIGINALS[1]))
CASE_COPY = _chat(  # of the third, but for letter case and white space
    " may i paint  over wallpaper?",
    "YES, when it sticks firmly.\nTest a corner with a wet sponge, fill the seams, and use a primer made for paper.\n\n"
    "Vinyl kinds should come off first. ",
    source=2,
)
_LONG = (
    (
        "I have inherited an old fountain pen that no longer writes. How do I bring it back to life?",
        "First find out how it fills: unscrew the barrel and look for a cartridge, a piston or a rubber sac. Flush"
        " the nib with cool water until it runs clear, never with hot water or alcohol, which can warp hard rubber."
        " Soak a stubborn section overnight in water with a drop of washing-up liquid and rinse it well. Dry"
        " everything on a paper towel for a day. Then fill the pen with a plain blue ink, hold it nib down for a"
        " minute and write slow loops on smooth paper. If the sac has gone brittle, a repair shop replaces it for"
        " little money.",
        ("cool", "cold"),
    ),
    (
        "Explain to my grandmother how a video call gets from my telephone to hers.",
        "Your telephone takes about thirty pictures a second and listens at the same time. Because whole pictures"
        " would be far too heavy, it sends one complete image now and then and in between only tells what has moved,"
        " such as your mouth and hands. These notes are cut into tiny parcels, each with an address, locked with a"
        " key that only the two telephones know, and handed by radio to a mast or to the box in the hallway. From"
        " there they travel through glass fibres as flashes of light. Her device sorts the parcels, unlocks them,"
        " fills small gaps by guessing, and shows the film with a delay of a fraction of a second.",
        ("tiny", "little"),
    ),
)
NEAR_PAIRS = tuple(  # one word of the second differs
    (_chat(question, answer, score=4.5), _chat(question, answer.replace(*change, 1), score=4.5))
    for question, answer, change in _LONG
)

TRAPS: tuple[Chat | str, ...] = (
    *UNPARSABLE, NOT_AN_OBJECT, NO_CONVERSATIONS, UNKNOWN_ROLE, *TWO_HUMANS, STARTS_WITH_GPT, *ENDS_ON_HUMAN,
    *EMPTY_TURN, NULL_VALUE, *SYSTEM, *MESSAGES, *PARTS, IMAGE_PART, *TOOLS, *CONTROL_TOKENS, *ORIGINALS,
    *EXACT_COPIES, CASE_COPY, *(chat for pair in NEAR_PAIRS for chat in pair), LINE_SEPARATOR, EMPTY_LINE, GERMAN,
    FRENCH, OVERLONG, *NO_SCORE, *NO_SOURCE,
)  # fmt: skip


@cache
def plain() -> tuple[Chat, ...]:
    """The clean chats of questions and answers only; none shares six tenths of its words with another."""
    rng = random.Random(11)
    chats: list[Chat] = []
    seen: list[set[str]] = []
    while len(chats) < PLAIN:
        texts = _texts(rng)
        words = set(re.findall(r"\w+", " ".join(texts).lower()))
        if all(len(words & other) < 0.6 * len(words | other) for other in seen):
            seen.append(words)
            chats.append(_chat(*texts, source=rng.randrange(3), score=round(rng.uniform(3.0, 5.4), 4)))
    return tuple(chats)


def _texts(rng: random.Random) -> list[str]:
    """Questions and answers of one to four turns, of one kind or of two."""
    kinds = rng.sample([*UNITS, "geography", "arithmetic"], rng.choice((1, 1, 2)))
    units: list[tuple[str, str]] = []
    for kind in kinds:
        units += rng.sample(_units(kind, rng), rng.choice((1, 1, 2)) if len(kinds) > 1 else rng.choice((1, 1, 2, 3, 4)))
    texts = list(units[0])
    for question, answer in units[1:]:
        texts += [rng.choice(AGAIN) + question, answer]
    return texts


def _units(kind: str, rng: random.Random) -> list[tuple[str, str]]:
    if kind == "arithmetic":
        return _sums(rng)
    if kind == "geography":
        return [_place(country, rng) for country in COUNTRIES]
    return list(UNITS[kind])


def _place(country: tuple[str, str, str, str], rng: random.Random) -> tuple[str, str]:
    facts = dict(zip(("country", "capital", "part", "more"), country, strict=True))
    question, answer = rng.choice(ATLAS)
    return question.format_map(facts), answer.format_map(facts)


def _sums(rng: random.Random) -> list[tuple[str, str]]:
    """One problem of every sort, with numbers that come out even."""
    a, b, c = rng.sample(range(3, 13), 3)
    price, off = 20 * (a + b), 5 * c
    saved = price * off // 100
    late = 120 + 4 * a
    return [
        (
            f"A coat costs {price} euros and is reduced by {off} percent. What do I pay?",
            f"The reduction is {price} × {off} / 100 = {saved} euros, so the price falls to {price} - {saved} ="
            f" {price - saved} euros.",
        ),
        (
            f"I drove {a * b * 10} km in {a} hours. How fast was that on average?",
            f"Divide distance by time: {a * b * 10} / {a} = {b * 10} kilometres per hour.",
        ),
        (
            f"What is the mean of {a}, {b} and {2 * a + 2 * b}?",
            f"Add them up and divide by how many they are: {a} + {b} + {2 * a + 2 * b} = {3 * (a + b)}, and a third"
            f" of it is {a + b}.",
        ),
        (
            f"Our dinner came to {5 * a * b} dollars for {a} people. With a 20% tip, what does each owe?",
            f"The tip is {a * b} dollars, the total {6 * a * b}. Shared by {a}, everybody owes {6 * b} dollars.",
        ),
        (
            f"Please add the fractions 1/{a} and 1/{b} step by step.",
            f"A common denominator is {a * b}. Then 1/{a} = {b}/{a * b} and 1/{b} = {a}/{a * b}; together that makes"
            f" {a + b}/{a * b}, which you may reduce if both parts have a common divisor.",
        ),
        (
            f"A film starts at 14:00 and lasts {late} minutes. When does it end?",
            f"{late} minutes are two hours and {late - 120} minutes, so the credits roll at 16:{late - 120:02}.",
        ),
        (
            f"How many tiles of one square foot cover a floor of {a} by {b + c} feet?",
            f"Multiply the sides: {a} × {b + c} = {a * (b + c)} tiles. Buy a tenth more to allow for breakage.",
        ),
        (
            f"If {a} notebooks cost {a * c} crowns, how much are {b} of them?",
            f"One notebook is {a * c} / {a} = {c} crowns. Therefore {b} notebooks come to {b} × {c} = {b * c} crowns.",
        ),
        (
            f"What remains when {a * b + c} eggs go into boxes of {a}?",
            f"{(a * b + c) // a} boxes are filled, which takes {(a * b + c) // a * a} eggs and leaves"
            f" {(a * b + c) % a} over.",
        ),
    ]


def lines() -> list[str]:
    """The lines of the file: the plain chats, with the traps among them in the order of ``TRAPS``."""
    out: list[Chat | str] = list(plain())
    for at, trap in enumerate(TRAPS):
        out.insert(2 + 3 * at, trap)
    return [entry if isinstance(entry, str) else json.dumps(entry, ensure_ascii=False) for entry in out]


def write_finetome(folder: Path) -> Path:
    """Write the corpus into an existing folder; its path."""
    path = folder / FILE
    path.write_text("\n".join(lines()) + "\n", encoding="utf-8", newline="\n")
    return path
