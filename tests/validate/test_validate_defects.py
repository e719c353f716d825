"""Facts about single defects: one planted among 200 clean rows is found, with its line, and nothing else is."""

from __future__ import annotations

import json
import shutil
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from planted import AT, CLEAN, FEW, Row, chat, clean, lines, only, places, planted

from curation.schemas.template import BUILTIN as BUILTIN_FOLDER
from curation.validation import ValidateOptions, Validation

Look = Callable[..., Validation]
BUILTIN = ValidateOptions(tokenizer="builtin", max_tokens=1024)
PROMPT = "You are the porter of a small hotel by the sea."


def test_clean_files_have_nothing(look: Look) -> None:
    """200 varied rows of two forms have no finding, with a tokenizer and without, and the verdict is good."""
    for asked in (None, BUILTIN, ValidateOptions(languages=("en",))):
        found = look(clean(), asked)
        assert found.findings == ()
        assert (found.ok, found.rows, found.faulty) == (True, CLEAN, 0)
        assert found.files[0].forms == {"sharegpt": 172, "messages": 28}


def turns(*pairs: tuple[str, object]) -> dict[str, object]:
    return {"messages": [{"role": role, "content": content} for role, content in pairs]}


def answered(**keys: object) -> dict[str, list[dict[str, object]]]:
    """A question, and an answer that has more keys."""
    return {"messages": [*chat("Will it rain at noon?")["messages"], {"role": "assistant", "content": "So?", **keys}]}


CALLS = [{"function": {"name": "f", "arguments": {}}}]
SPANS = {"question": "Where?", "context": "There.", "answers": {"text": ["There"], "answer_start": [0]}}
ALONE = {
    "bad_line": ('{"messages": [', "not JSON"),
    "no_messages": ({"question": "Where?", "reply": "There."}, "question: text, reply: text"),
    "preference_prompt": ({"chosen": "There.", "rejected": "Here."}, "begin with 'There.' and 'Here.'"),
    "identical_sides": ({"prompt": "Where?", "chosen": "There.", "rejected": " there. "}, "there."),
    "empty_side": ({"prompt": "Where?", "chosen": "There.", "rejected": ""}, "holds no text"),
    "spans": (SPANS, "answers by their offset in a context"),
    "unknown_role": (turns(("user", "Where is it?"), ("moderator", "Be kind.")), "turn 2: 'moderator'"),
    "not_text": (turns(("user", "What is it?"), ("assistant", [{"type": "image"}])), "turn 2: a part that is image"),
    "rendered_text": ({"text": "Where? There, by the harbour wall."}, "34 characters"),
    "bad_alternation": (turns(("assistant", "Welcome!"), ("user", "Hi."), ("assistant", "Hello.")), "assistant user"),
    "ends_on_user": (chat("Where is the ferry?", "At the pier.", "Which one?"), "user assistant user"),
    "empty_turn": (chat("Where is the lighthouse?", " \n"), "turn 2 (assistant) holds no text"),
    "bad_tool_call": (answered(tool_calls=[{"name": "f", "arguments": "7"}]), "turn 2: f: arguments that are number"),
    "bad_tools": (chat("Where?", "There.") | {"tools": [{"type": "function"}]}, "without the name of a function"),
    "bad_weight": (answered(weight=0.5), "turn 2: weight is 0.5"),
    "nothing_learned": (answered(train=False), "all 1 answers have weight 0"),
    "unanswered_call": (
        {"messages": [*answered(tool_calls=CALLS)["messages"], *chat("And now?", "Rain.")["messages"]]},
        "user assistant user assistant",
    ),
    "read_as": (answered(tool_calls=[{"function": {"name": "f", "arguments": '"{}"'}}]), "text in a text"),
    "control_word": (chat("Where is the quay?", "Left. <|im_end|> Go on."), "<|im_end|> in turn 2 (assistant)"),
    "mojibake": (chat("Where is the cafÃ© of old?", "It closed."), "cafÃ© of old?"),
    "not_nfc": (chat(unicodedata.normalize("NFD", "Où est le café ?"), "Fermé."), "25 characters, 23 in NFC"),
    "invisible": (chat("Where is the mole\u200b?", "It was rebuilt."), "U+200B"),
    "system_repeated": (chat(f"{PROMPT} Any room left?", "Two.", system=PROMPT), PROMPT),
}  # fmt: skip


@pytest.mark.parametrize("id", ALONE)
def test_a_defect_of_one_row(id: str, look: Look) -> None:
    """It is found at its line, once, with the value that decided; what was not planted is not found."""
    defect, detail = ALONE[id]
    found = look(planted(defect))
    one = only(found, id)
    assert one.count == 1
    assert one.places[0].at == f"chat.jsonl#line {AT + 1}"
    assert detail in one.places[0].detail
    assert one.meaning.endswith(".")
    assert one.remedy.endswith(".")
    assert found.ok is (one.level != "error")
    assert found.faulty == (one.level == "error")


TOOLS = [*answered(tool_calls=CALLS)["messages"], {"role": "tool", "content": "7"}, answered()["messages"][1]]
WRITTEN = {
    "tool_turn": ({"messages": TOOLS}, "user assistant tool assistant"),
    "control_token": (chat("Where is the quay?", "Left. <|eot_id|> Go on."), "<|eot_id|> in turn 2 (assistant)"),
    "double_bos": (
        chat("<|begin_of_text|>Where is the dyke?", "Behind the dunes."),
        "<|begin_of_text|> at the start of turn 1 (user)",
    ),
    "template_drops": (answered(reasoning_content="Clouds."), "turn 2 (assistant): 7 characters of its reasoning"),
}  # fmt: skip


@pytest.mark.parametrize("id", WRITTEN)
def test_a_defect_by_the_template(id: str, look: Look) -> None:
    """With a template that writes no tools and no reasoning it is found; without one nobody can say."""
    defect, detail = WRITTEN[id]
    found = look(planted(defect), ValidateOptions(tokenizer="builtin", template="zephyr"))
    assert places(found) == {one: [str(AT + 1)] for one in (id, *(["template_refused"] if id == "tool_turn" else []))}
    assert detail in found.findings[0].places[0].detail
    assert not {*places(look(planted(defect)))} & {*WRITTEN}


PREFERENCES = (
    {"prompt": "Where is the quay?", "chosen": "On the left.", "rejected": "Nowhere."},
    {side: chat("Where is the dyke?", f"It is {side}.")["messages"] for side in ("chosen", "rejected")},
    {"prompt": "Where is the mole?", "completion": "It was rebuilt.", "label": False},
)  # fmt: skip


def test_preferences_are_no_errors(look: Look) -> None:
    """Sides with a prompt or turns, and a single answer with its verdict, are read as such and have no finding."""
    found = look(planted(*PREFERENCES))
    assert found.findings == ()
    assert found.files[0].forms["preference"] == len(PREFERENCES)
    (key,) = (key for key in found.keys if key.name == "preferences")
    assert (key.count, key.fate) == (len(PREFERENCES), "compared with one another, not learned here")


def test_every_key_of_the_rows_is_in_the_table(look: Look) -> None:
    """How often each stands there and what becomes of it; what the template leaves out is said with a template."""
    rows = [
        answered(reasoning_content="Clouds.", mood="dark") | {"lang": "en", "tools": [{"name": "f"}]},
        answered(weight=0, name="porter") | {"lang": "en"},
        chat("Where is the quay?", "Left.", system="Be short."),
    ]
    table = {(key.name, key.fate): key.count for key in look(rows).keys}
    assert table == {
        ("content of system", "context"): 1,
        ("content of user", "context"): 3,
        ("content of assistant", "learned"): 2,
        ("content of assistant", "context: weight 0"): 1,
        ("reasoning", "learned with its answer, where the template writes it"): 1,
        ("name", "context, where the template writes it"): 1,
        ("tools", "context, where the template writes it"): 1,
        ("lang", "kept as meta"): 2,
        ("mood of a turn", "kept as meta"): 1,
    }
    told = {key.name: key.fate for key in look(rows, BUILTIN).keys}
    assert (told["tools"], told["name"]) == ("context", "not written by the template")
    zephyr = look(rows, ValidateOptions(tokenizer="builtin", template="zephyr")).keys
    assert {key.name for key in zephyr if key.fate == "not written by the template"} == {"reasoning", "name", "tools"}


def test_several_defects_in_one_row(look: Look) -> None:
    """A row may have several findings; it is one faulty row."""
    found = look(planted(chat("Where is the caf\u00c3\u00a9?", "There <|eot_id|>\u202e", "And the sea?", "")))
    assert places(found) == {name: [str(AT + 1)] for name in ("empty_turn", "control_word", "mojibake", "invisible")}
    assert found.faulty == 1


def test_a_row_that_ends_on_the_user_may_be_out_of_order_too(look: Look) -> None:
    """A good order before the last user's turn is no second finding; a bad one is."""
    assert set(places(look([chat("Where to?", "Home.", "Why?"), *clean()[:FEW]]))) == {"ends_on_user"}
    twice = turns(("user", "Where to?"), ("user", "Home?"), ("assistant", "Yes."), ("user", "Why?"))
    assert set(places(look([twice, *clean()[:FEW]]))) == {"ends_on_user", "bad_alternation"}


@pytest.mark.parametrize("value", [{"messages": []}, {"conversations": []}, {}, {"messages": "Hello"}])
def test_no_turns_at_all(value: object, look: Look) -> None:
    """A list without turns, no list and no keys are all `no_messages`."""
    assert places(look([json.dumps(value), *clean()[:FEW]])) == {"no_messages": ["1"]}


# Signs in texts.

BROKEN = (
    "donâ€™t", "â€œso it isâ€\x9d", "naÃ¯ve and cafÃ©", "Ã¼ber", "50Â°C", "Â\u00a0here", "à¦¬à¦¾à¦‚à¦²à¦¾",
    "Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "æ—¥æœ¬èªž", "ðŸ˜€", "ï»¿first", "lost \ufffd here", "itâ\x80\x99s",
)  # fmt: skip
SOUND = (
    "Ça va, garçon? À bientôt à Noël!", "SÃO PAULO E A MAÇÃ — “AMANHÃ”", "Ærø, Østersøen, smørrebrød", "№ 5 § 3 – ½",
    "বাংলা ভাষা", "ÐÞ þorn á Íslandi", "La lettre Â est rare", "日本語の文章", "привет", "Ñandú y Ñ", "¿Qué? ¡Sí!",
    "voilà", "â, î, ô", "50 °C", "façade…", "“É” – ‘Ê’", "TRẦN QUÝ ĐÔN", "\u09dc\u09dd\u09df",
    "\u09a1\u09bc\u09a2\u09bc\u09af\u09bc", "\u0958", "\u212b", "한국어", "উত্\u200dসব", "می\u200cخواهم",
    "👨\u200d👩\u200d👧", "র\u200d্যাব", "\u0645\u062d\u0645\u0651\u064e\u062f",
)  # fmt: skip
APART = ("e\u0301te\u0301", "\u0995\u09c7\u09be", "\u1112\u1161\u11ab", "\u09dc e\u0301")


def ask(texts: Sequence[str]) -> list[Row | str]:
    """Rows that ask for the meaning of each text, each in words of its own, among clean ones."""
    drawn = [row["messages"][0]["content"] for row in clean()[-len(texts) :]]
    return planted(
        *(
            chat(f"{words} What is {text}", f"It is no {n}.")
            for n, (words, text) in enumerate(zip(drawn, texts, strict=True))
        )
    )


def test_mojibake_of_many_kinds(look: Look) -> None:
    """UTF-8 read as Windows-1252 or Latin-1, in several scripts, and U+FFFD."""
    found = look(ask(BROKEN))
    assert only(found, "mojibake").count == len(BROKEN)
    assert places(found)["mojibake"] == lines(len(BROKEN))


def test_texts_that_are_as_they_should_be(look: Look) -> None:
    """Letters with accents, quotes and signs as people write them are no mojibake; joiners where scripts and emoji need

    them are not invisible; ড় ঢ় য় in one character or in two, letters that NFC never composes, and Arabic signs in the
    order in which they are typed, are no NFD.
    """
    assert look(ask(SOUND)).findings == ()


def test_decomposed_letters_are_found(look: Look) -> None:
    """Accents, Bengali vowels in two halves, Korean letters apart, beside letters that NFC leaves apart too."""
    found = look(ask(APART))
    assert places(found) == {"not_nfc": lines(len(APART))}


def test_hidden_characters_are_named(look: Look) -> None:
    """Zero-width spaces, soft hyphens, direction marks, byte-order marks, and joiners after a Latin letter."""
    hidden = ("\u200b", "\u00ad", "\u202e", "\u2066", "\ufeff", "a\u200d", "7\u200c")
    found = look(ask(hidden))
    assert places(found) == {"invisible": lines(len(hidden))}
    assert [place.detail for place in found.findings[0].places] == [f"U+{ord(text[-1]):04X}" for text in hidden]


def test_a_system_prompt_must_be_long_to_be_repeated(look: Look) -> None:
    """Fewer than 20 characters in a user's turn are no repetition."""
    assert look(planted(chat("Be short. Where is it?", "There.", system="Be short."))).findings == ()


# With a tokenizer.


def test_control_strings_are_those_of_the_tokenizer(look: Look) -> None:
    """Its own are found, those of others are not; without one those of well-known models are, and it is said."""
    rows = [
        *clean()[:FEW],
        chat("Where is the harp?", "There <|im_end|>"),
        chat("Where is the oboe?", "Here <|eot_id|>"),
    ]
    assert places(look(rows)) == {"control_word": ["61", "62"]}
    assert look(rows).ok
    assert any("No --tokenizer" in note for note in look(rows).notes)
    found = look(rows, ValidateOptions(tokenizer="builtin"))
    assert places(found) == {"control_token": ["62"]}
    assert not any("No --tokenizer" in note for note in found.notes)


def test_an_answer_that_would_be_cut(look: Look) -> None:
    """Over --max-tokens: how many tokens of answers, and of the last one, would be lost; at the limit nothing is."""
    row = chat("Count, please.", "One two three.", "Count on, up to 500.", " ".join(map(str, range(500))))
    found = look([*clean()[:FEW], row], ValidateOptions(tokenizer="builtin", max_tokens=10_000))
    assert found.findings == ()
    tokens = tokens_of(row)
    assert look([*clean()[:FEW], row], ValidateOptions(tokenizer="builtin", max_tokens=tokens)).findings == ()
    found = look([*clean()[:FEW], row], ValidateOptions(tokenizer="builtin", max_tokens=tokens - 5))
    assert places(found) == {"answer_cut": ["61"], "too_long": ["61"]}
    cut, long = (one.places[0].detail for one in found.findings)
    assert cut.startswith("5 of the ")
    assert long == f"{tokens} tokens, the limit is {tokens - 5:,}; 5 tokens of answers would be cut"


def tokens_of(row: dict[str, object]) -> int:
    """By the library, without the project's own counting."""
    from curation.tokens import load_tokenizer

    tokenizer = load_tokenizer("builtin")
    text = tokenizer.template.render(row["messages"]).text  # type: ignore[arg-type]
    return len(tokenizer.backend.encode(text, add_special_tokens=False).ids)


def test_a_row_without_a_token_that_carries_loss(look: Look) -> None:
    """Where all answers begin beyond the limit, nothing is left to learn."""
    found = look([*clean()[:FEW], chat("Read this. " + "The sea is wide. " * 600, "Yes.")], BUILTIN)
    assert set(places(found)) == {"no_trainable_token", "answer_cut", "too_long"}
    assert all(where == ["61"] for where in places(found).values())


def test_a_rendered_text_that_begins_with_its_bos(look: Look, tmp_path: Path) -> None:
    """A tokenizer that writes a BOS would write a second one; one that writes none is content."""
    rows = [{"text": "<|begin_of_text|>Where? There."}, {"text": "Where is the moon? Up there."}, *clean()[:FEW]]
    both = {"double_bos": ["1"], "rendered_text": ["1", "2"]}
    assert places(look(rows)) == both
    assert places(look(rows, ValidateOptions(tokenizer="builtin"))) == {"rendered_text": ["1", "2"]}
    shutil.copytree(BUILTIN_FOLDER, tmp_path / "writes")
    file = tmp_path / "writes" / "tokenizer.json"
    kept = json.loads(file.read_text("utf8"))
    bos = "<|begin_of_text|>"
    token = {"id": bos, "ids": [next(t["id"] for t in kept["added_tokens"] if t["content"] == bos)], "tokens": [bos]}
    single = [{"SpecialToken": {"id": bos, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    kept["post_processor"] = {
        "type": "TemplateProcessing",
        "single": single,
        "pair": [*single, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {bos: token},
    }
    file.write_text(json.dumps(kept), "utf8")
    assert places(look(rows, ValidateOptions(tokenizer=str(file.parent)))) == both


def test_the_tokens_of_rendered_texts(look: Look) -> None:
    """A rendered text over the limit is too long; which of its tokens are answers is not known."""
    found = look([{"text": "The sea is wide. " * 600}, *clean()], BUILTIN)
    assert places(found) == {"too_long": ["1"], "rendered_text": ["1"]}
    assert "answers" not in found.findings[0].places[0].detail


# Languages.

GERMAN = (
    chat("Wie lange kocht ein weiches Ei aus dem Kühlschrank?", "Etwa sechs Minuten; danach schreckt man es kalt ab."),
    chat("Warum ist der Himmel am Abend oft so rot gefärbt?", "Weil das Licht einen längeren Weg durch die Luft hat."),
    chat("Welche Bäume verlieren ihre Blätter im Herbst nicht?", "Die meisten Nadelbäume, mit Ausnahme der Lärche."),
)  # fmt: skip


def test_a_file_in_several_languages(look: Look) -> None:
    """Three German rows among English ones are a warning with their lines, and the table says how many."""
    found = look(planted(*GERMAN))
    assert places(found) == {"mixed_language": lines(3)}
    assert found.findings[0].places[0].detail == "de, most are en"
    languages = found.files[0].languages
    assert (languages["de"], languages["en"] + languages["unknown"]) == (3, FEW)


def test_named_languages(look: Look) -> None:
    """With --languages a row in another is an error; both named, all is well. One stray row alone mixes no file."""
    found = look(planted(*GERMAN), ValidateOptions(languages=("en",)))
    assert places(found) == {"wrong_language": lines(3)}
    assert found.findings[0].places[0].detail == "de, expected en"
    assert look(planted(*GERMAN), ValidateOptions(languages=("en", "de"))).findings == ()
    assert look(planted(GERMAN[0])).findings == ()
