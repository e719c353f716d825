"""A small made-up corpus of counselling rows in Bengali, with awkward cases under named constants.

Rows are composed from the tables of ``bengali_text``; any number can be drawn.  Clean cells are in NFC, as the
published corpus is: ড়, ঢ় and য় are two code points, ো and ৌ are one.
"""

import csv
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from curation.demo.bengali_text import (
    ASKS,
    CLOSINGS,
    EFFECTS,
    EMPATHY,
    FACTS,
    GENERAL,
    OPENINGS,
    PROFESSIONAL,
    TOPICS,
    WORDS,
    Topic,
)

FILE = "BengaliEmpatheticConversationsCorpus .csv"  # with a space, as published
HEADER = ("Topics", "Question-Title", "Questions", "Answers")
CLEAN = 200  # rows of rows() that write() puts among the traps

_SLOT = re.compile(r"\{([^{}]*)\}")
_VOWEL_SIGNS = "ািীুূেো"
_PRONOUNS = {"তিনি/সে": "", "তাঁর/তার": ":র", "তাঁকে/তাকে": ":কে"}
_DIGITS = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")


class Row(NamedTuple):
    """A line of the table, as its four cells."""

    topic: str
    title: str
    question: str
    answer: str


@dataclass
class _Voice:
    """Who speaks of what: a row's words by slot, and how its person is spoken of."""

    words: dict[str, str]
    plain: bool  # without honour
    whose: str  # "my" or "your"
    named: bool = False  # has the person been named yet?


def rows(count: int, seed: int) -> Iterator[Row]:
    """``count`` clean rows; a smaller count gives the first of the same rows."""
    rng = random.Random(seed)
    for _ in range(count):
        yield _row(rng.choice(TOPICS), rng)


def inflected(word: str, ending: str) -> str:
    """The word in the genitive (র), objective (কে) or locative (তে), as its last letter wants it."""
    if ending == "র":
        if word[-1] in _VOWEL_SIGNS and word != "মা":
            return word + "র"
        return word + ("য়ের" if word == "মা" or word[-1] in "ইউ" else "ের")
    if ending == "তে" and word[-1] not in "িীুূেো":
        return word + ("য়" if word[-1] == "া" else "ে")
    return word + ending


def _row(topic: Topic, rng: random.Random) -> Row:
    asker = _asker(topic, rng)
    title = _fill(rng.choice(topic.titles), asker, rng)
    question = answer = ""
    while not 100 <= len(question) <= 900:
        question = _question(topic, replace(asker, named=False), rng)
    while not 300 <= len(answer) <= 2_500:
        answer = _answer(topic, replace(asker, whose="আপনার", named=False), rng)
    return Row(topic.name, title, question, answer)


def _asker(topic: Topic, rng: random.Random) -> _Voice:
    words = {name: rng.choice(choices) for name, choices in FACTS.items()}
    people = topic.honoured + topic.plain
    who = rng.randrange(len(people))
    words |= {"who": people[who], "age": str(rng.randint(*topic.ages)).translate(_DIGITS)}
    return _Voice(words, who >= len(topic.honoured), "আমার")


def _question(topic: Topic, voice: _Voice, rng: random.Random) -> str:
    """An opening at times, what it is about, up to four details, an effect at times, and what is asked."""
    details = rng.choices((0, 1, 2, 3, 4), (1, 9, 30, 35, 25))[0]
    templates = [
        *rng.sample(OPENINGS, rng.random() < 0.6),
        rng.choice(topic.leads),
        *rng.sample(topic.details, details),
        *rng.sample(EFFECTS, rng.random() < 0.5),
        rng.choice(topic.asks if rng.random() < 0.6 else ASKS),
    ]
    return " ".join(_fill(template, voice, rng) for template in templates)


def _answer(topic: Topic, voice: _Voice, rng: random.Random) -> str:
    templates = [
        rng.choice(EMPATHY),
        *rng.sample(topic.advice, rng.randint(2, 10)),
        *rng.sample(GENERAL, rng.choice((0, 1, 2, 3, 6))),
        rng.choice(PROFESSIONAL),
        *rng.sample(CLOSINGS, rng.random() < 0.6),
    ]
    return " ".join(_fill(template, voice, rng) for template in templates)


@cache
def _pieces(template: str) -> tuple[str, ...]:
    """The template's literal texts and, between them, its slots."""
    return tuple(_SLOT.split(template))


def _fill(template: str, voice: _Voice, rng: random.Random) -> str:
    pieces = _pieces(template)
    return "".join(_slot(piece, voice, rng) if at % 2 else piece for at, piece in enumerate(pieces))


def _slot(slot: str, voice: _Voice, rng: random.Random) -> str:
    if "|" in slot:
        return rng.choice(slot.split("|"))
    if slot in _PRONOUNS and not voice.named:
        return f"{voice.whose} " + _slot("who" + _PRONOUNS[slot], voice, rng)
    if "/" in slot:
        return slot.split("/")[voice.plain]
    name, _, ending = slot.partition(":")
    voice.named |= name == "who"
    word = voice.words.get(name) or rng.choice(WORDS[name])
    return inflected(word, ending)


def precomposed(text: str) -> str:
    """ড়, ঢ় and য় as the single code points U+09DC, U+09DD and U+09DF, which every normal form takes apart."""
    return text.replace("ড\u09bc", "\u09dc").replace("ঢ\u09bc", "\u09dd").replace("য\u09bc", "\u09df")


def two_marks(text: str) -> str:
    """ো and ৌ as two marks each, as NFD has them."""
    return text.replace("\u09cb", "\u09c7\u09be").replace("\u09cc", "\u09c7\u09d7")


def _overlong() -> str:
    """An answer of more than 5,000 characters: the advice of several topics."""
    rng = random.Random(5)
    voice = replace(_asker(TOPICS[0], rng), whose="আপনার")
    advice = [template for topic in TOPICS[:6] for template in topic.advice]
    return " ".join(_fill(template, voice, rng) for template in (EMPATHY[1], *advice, PROFESSIONAL[0]))


_SPARE = tuple(rows(18, seed=70))

SPACED = (
    _SPARE[0]._replace(question=" " + _SPARE[0].question, answer=" " + _SPARE[0].answer),
    _SPARE[1]._replace(topic=_SPARE[1].topic + " ", answer=_SPARE[1].answer + "  "),
    _SPARE[2]._replace(title=f"  {_SPARE[2].title} ", question=_SPARE[2].question + "\t"),
    Row(*(f" {cell} " for cell in _SPARE[3])),
)
NO_QUESTION = (_SPARE[4]._replace(question=""), _SPARE[5]._replace(question="  "))
NO_ANSWER = (_SPARE[6]._replace(answer=""), _SPARE[7]._replace(answer="  "))
TOO_SHORT = (Row("উদ্বেগ", "ভয়", "কী?", "হ্যাঁ।"), Row("ঘুমের সমস্যা", "ঘুম", "কেন?", "জানি না।"))
OVERLONG = _SPARE[8]._replace(answer=_overlong())
DIGITS = _SPARE[9]._replace(question="১২৩-৪৫৬, ৭৮৯; (০০) ৫৫/৬৬ ... ৭৭%?! ১২:৩০ – ৮৮")
CONTROL_TOKEN = _SPARE[10]._replace(answer=_SPARE[10].answer.replace("। ", "। <|eot_id|> ", 1))
LINES = (  # newlines in the answer, the second with a blank line, the third with quotes as well
    _SPARE[11]._replace(answer=_SPARE[11].answer.replace("। ", "।\n", 2)),
    _SPARE[12]._replace(answer=_SPARE[12].answer.replace("। ", "।\n\n", 1)),
    _SPARE[13]._replace(answer='তিনটি ধাপ মনে রাখুন:\n"থামুন", "শ্বাস নিন", "বলুন"।\n' + _SPARE[13].answer),
)

ENGLISH = (
    Row(
        "কাজের চাপ",
        "Too much work",
        "I have been working late every night for months and I feel worn out. My manager keeps adding tasks."
        " How can I tell him that I need a rest?",
        "Thank you for writing to us. Write down where your hours go for a week, then ask your manager for half"
        " an hour and go through the list together. If the tiredness stays, please see a doctor or a counsellor.",
    ),
    Row(
        "শোক",
        "Missing my grandmother",
        "My grandmother died last spring and I still set a plate for her at dinner. Is something wrong with me?",
        "Nothing is wrong with you. Grief keeps its own calendar, and small habits are a way of loving someone."
        " Share a story about her with your family, and talk to a counsellor if the days do not get lighter.",
    ),
)
HINDI = Row(
    "উদ্বেগ",
    "मन नहीं लगता",
    "पिछले कुछ महीनों से मेरा मन किसी काम में नहीं लगता। रात को नींद नहीं आती और दिन भर घबराहट रहती है। मैं क्या करूँ?",
    "अपनी बात कहने के लिए धन्यवाद। रोज़ थोड़ी देर खुली हवा में टहलिए और किसी भरोसेमंद व्यक्ति से बात कीजिए।"
    " अगर घबराहट बनी रहे तो किसी मनोवैज्ञानिक से मिलना अच्छा रहेगा।",
)
ASSAMESE = Row(  # with ৰ and ৱ, which Bengali has not, and without its র
    "উদ্বেগ",
    "টোপনি নাহে",
    "মই যোৱা কেইমাহমানৰ পৰা ভাল অনুভৱ কৰা নাই। ৰাতি টোপনি নাহে, দিনত কামত মন নবহে। ঘৰৰ মানুহক কথাবোৰ কেনেকৈ বুজাম?",
    "আপোনাৰ মনৰ কথা কোৱাৰ বাবে ধন্যবাদ। ঘৰৰ বিশ্বাসী মানুহ এজনৰ লগত প্ৰথমে কথা পাতক। প্ৰতিদিনে অলপ খোজ কাঢ়ক আৰু"
    " সময়মতে শোৱক। প্ৰয়োজন হ'লে এজন মনোচিকিৎসকক লগ ধৰক।",
)
CODE_MIXED = (  # mainly Bengali
    Row(
        "কাজের চাপ",
        "অফিসের deadline নিয়ে চাপ",
        "আমি একটা software কোম্পানিতে চাকরি করি। প্রতি সপ্তাহে নতুন deadline আসে, আর আমার ম্যানেজার রাতেও email পাঠান।"
        " ছুটির দিনেও কম্পিউটার খুলে বসতে হয়, পরিবারের জন্য একটুও সময় থাকে না। এই চাপ থেকে কীভাবে বের হব?",
        "আপনার ক্লান্তি খুবই স্বাভাবিক। কোন কাজটা আগে আর কোনটা পরে, তা নিয়ে ম্যানেজারের সঙ্গে একটা ছোট meeting করুন।"
        " রাত নয়টার পরে email দেখা বন্ধ রাখুন। মন বেশি ভেঙে পড়লে একজন কাউন্সেলরের সঙ্গে কথা বলুন।",
    ),
    Row(
        "আত্মবিশ্বাসের অভাব",
        "Facebook দেখলে মন খারাপ হয়",
        "Facebook আর Instagram খুললেই দেখি বন্ধুরা বিদেশে ঘুরছে, নতুন গাড়ি কিনছে। তখন নিজের জীবনটা খুব ছোট মনে হয়।"
        " কয়েকবার app মুছে ফেলেছি, আবার নামিয়েছি। এই তুলনা করার অভ্যাস কীভাবে ছাড়ব?",
        "মানুষ সাধারণত জীবনের সুন্দর মুহূর্তগুলোই post করে, কষ্টগুলো নয়। দিনে আধা ঘণ্টার বেশি app ব্যবহার করবেন না এবং"
        " সেই সময়ে এমন কাউকে ফোন করুন যার কাছে আপনি সহজ। মন খারাপ না কমলে পেশাদার কারও সাহায্য নিন।",
    ),
)

DOTTED = Row(
    "পারিবারিক দ্বন্দ্ব",
    "বাড়ি ছেড়ে যাওয়া বড় ভাই",
    "আষাঢ় মাসের এক ঝড়ের রাতে বড় ভাই রাগ করে বাড়ি ছেড়ে চলে যায়। মায়ের চোখের দৃঢ় দৃষ্টি এখন কান্নায় ভেঙে পড়ে। তাকে ফিরিয়ে আনার উপায় কী?",
    "আপনাদের সবার জন্যই সময়টা কঠিন। ভাইয়ের কোনো ঘনিষ্ঠ বন্ধুর মাধ্যমে প্রথমে তার খোঁজ নিন, তারপর মায়ের হয়ে একটা ছোট"
    " চিঠি পাঠান। দোষ না দিয়ে শুধু জানান যে দরজা খোলা আছে। দরকার হলে একজন পারিবারিক পরামর্শকের সাহায্য নিন।",
)
DOTTED_COPY = DOTTED._replace(question=precomposed(DOTTED.question).replace("। ", "।\n  "))
VOWELS = Row(
    "একাকীত্ব",
    "ছোট বোনের জন্য মন পোড়ে",
    "ছোট বোন পৌষ মাসে বিদেশে গেছে, তারপর থেকে কোনো কিছুতেই মন বসে না। ওর পোষা বিড়ালটা কোলে নিয়ে বসে থাকি।"
    " ফোনে কথা বলার পরে কষ্টটা আরও বাড়ে, কেন এমন হয়?",
    "কাছের মানুষ দূরে গেলে এমন শূন্যতা লাগে। ফোনের শেষে পরের কথা বলার দিনটা ঠিক করে নিন, তাতে বিদায়টা সহজ হয়।"
    " পাড়ার কারও সঙ্গে বিকেলে হাঁটতে যান। কয়েক সপ্তাহেও না কমলে একজন কাউন্সেলরের সঙ্গে কথা বলুন।",
)
VOWELS_COPY = VOWELS._replace(
    question=" " + two_marks(VOWELS.question).replace(", ", ",  "),
    answer="নিজের অনুভূতিকে সময় দিন। বোনের সঙ্গে কথা বলার পর একটা পছন্দের কাজ হাতে রাখুন, যেমন রান্না বা ছাদের গাছে পানি দেওয়া।",
)  # the question is a copy, the answer is another

_NEAR = (
    Row(
        "রাগ নিয়ন্ত্রণ",
        "দোকানে রাগ",
        "আমার একটা মুদির দোকান আছে, সারাদিন গ্রাহক সামলাতে সামলাতে সন্ধ্যার দিকে মেজাজ আর ধরে রাখতে পারি না। কাল এক বৃদ্ধ"
        " মানুষকে খুচরা টাকা নিয়ে এমন ধমক দিয়েছি যে তিনি কেঁদে ফেলেছেন। সারা রাত লজ্জায় ঘুমাইনি, কীভাবে নিজেকে বদলাব?",
        _SPARE[14].answer,
    ),
    Row(
        "সন্তান পালন",
        "যমজ সন্তানের ঝগড়া",
        "আমার যমজ দুই মেয়ে খেলনা, জামা, এমনকি জানালার পাশের আসন নিয়েও মারামারি করে। একজনকে থামালে অন্যজন বলে আমি"
        " পক্ষপাত করছি। স্কুলে তারা শান্ত, শুধু আমার সামনেই এমন হয়। দুজনকে সমান ভালোবাসা কীভাবে বোঝাই?",
        _SPARE[15].answer,
    ),
    Row(
        "কাজের চাপ",
        "হাসপাতালের রাতের পালা",
        "আমি একজন নার্স, শিশু বিভাগে রাতের পালায় কাজ করি। গত মাসে একটি শিশু আমার হাতের ওপর মারা যায়, তারপর থেকে ওয়ার্ডের"
        " ঘণ্টা বাজলেই বুক কেঁপে ওঠে। সহকর্মীরা বলেন এই পেশায় এসব মেনে নিতে হয়। আমি কি দুর্বল?",
        _SPARE[16].answer,
    ),
)
NEAR = (  # pairs of questions that differ in a word or two
    (_NEAR[0], _NEAR[0]._replace(question=_NEAR[0].question.replace("মুদির", "ওষুধের"))),
    (_NEAR[1], _NEAR[1]._replace(question=_NEAR[1].question.replace("যমজ দুই", "ছোট দুই") + " দয়া করে জানাবেন।")),
    (_NEAR[2], _NEAR[2]._replace(question=_NEAR[2].question.replace("গত মাসে", "গত শীতে"), answer=_SPARE[17].answer)),
)

# Two questions that become one text when vowel signs are dropped: about hair, and about walking.
HAIR = Row(
    "আত্মবিশ্বাসের অভাব",
    "চুল কমে যাচ্ছে",
    "আমার চুল নিয়ে মন ভার। ধীরে ধীরে চুল কমে, চুল পড়ে। সবাই হাসে, বলে বুড়ো। বাইরে যেতে লজ্জা করে। কী করি?",
    "চুল পড়া নিয়ে কষ্ট পাওয়া স্বাভাবিক, আর এর অনেক কারণেরই চিকিৎসা আছে। একজন চর্মরোগ বিশেষজ্ঞকে দেখান। যারা হাসে তাদের"
    " শান্তভাবে বলুন কথাটা আপনার ভালো লাগে না, আর কাছের একজনকে নিজের মনের কথা জানান।",
)
WALK = Row(
    "আত্মবিশ্বাসের অভাব",
    "হাঁটতে গেলে পড়ে যাই",
    "আমার চলা নিয়ে মন ভার। ধীরে ধীরে চলি, কম চলি, পড়ি। সবাই হাসে, বলে বুড়ি। বাইরে যেতে লজ্জা করি। কী করি?",
    "হাঁটার কষ্ট নিয়ে আপনি লজ্জা পাবেন না। আগে একজন চিকিৎসক বা ফিজিওথেরাপিস্টকে দেখান, লাঠি বা ভালো জুতাও সাহায্য করতে পারে।"
    " বিশ্বাস করেন এমন কারও হাত ধরে প্রতিদিন অল্প পথ হাঁটুন।",
)

JOINER = Row(  # U+200D in র‍্যা
    "পড়াশোনার চাপ",
    "বিশ্ববিদ্যালয়ে র\u200d্যাগিং",
    "বিশ্ববিদ্যালয়ে ভর্তি হওয়ার পর হলের বড় ভাইয়েরা আমাকে র\u200d্যাগিং করেছে। সেই রাতের কথা মনে পড়লে এখনো কাঁপি,"
    " পড়ায় মন বসে না। কাউকে বললে আরও বিপদ হবে ভেবে চুপ আছি। আমি কি অভিযোগ করব?",
    "যা ঘটেছে তা অন্যায়, এতে আপনার কোনো দোষ নেই। পরিবারের একজন আর বিশ্বাস করেন এমন একজন শিক্ষককে জানান।"
    " বিশ্ববিদ্যালয়ের র\u200d্যাগিং প্রতিরোধ কমিটি থাকলে লিখিত অভিযোগ দিন এবং একা চলাফেরা কমান। কাউন্সেলরের সাহায্যও নিন।",
)
NON_JOINER = Row(  # U+200C in উদ্‌বেগ
    "উদ্বেগ",
    "উদ্\u200cবেগ কমানোর উপায়",
    "ট্রেনে উঠলেই আমার উদ্\u200cবেগ বেড়ে যায়, মনে হয় দরজা আর খুলবে না। চাকরির জন্য সপ্তাহে দুবার যেতেই হয়।"
    " এই উদ্\u200cবেগ নিয়ে যাত্রাটা কীভাবে সহজ করব?",
    "দরজার কাছের আসনে বসুন এবং প্রথম কয়েক দিন পরিচিত কারও সঙ্গে যান। শ্বাস ছাড়ার সময়টা একটু লম্বা করুন।"
    " ধীরে ধীরে এক স্টেশন, দুই স্টেশন করে একা যাওয়ার অভ্যাস করুন। ভয় না কমলে একজন মনোবিজ্ঞানীর সাহায্য নিন।",
)

TRAPS: tuple[Row, ...] = (
    *SPACED, *NO_QUESTION, *NO_ANSWER, *TOO_SHORT, OVERLONG, *ENGLISH, HINDI, ASSAMESE, DIGITS, *CODE_MIXED,
    CONTROL_TOKEN, DOTTED, DOTTED_COPY, VOWELS, VOWELS_COPY, *(row for pair in NEAR for row in pair),
    HAIR, WALK, JOINER, NON_JOINER, *LINES,
)  # fmt: skip


def table() -> list[Row]:
    """The rows of the file: clean ones, with the traps among them in the order of ``TRAPS``."""
    out = list(rows(CLEAN, seed=7))
    for at, trap in enumerate(TRAPS):
        out.insert(3 + 6 * at, trap)
    return out


def write_bengali(folder: Path) -> Path:
    """Write the corpus into an existing folder under its published name; its path."""
    path = folder / FILE
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *table()])
    return path
