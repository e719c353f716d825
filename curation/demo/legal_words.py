"""Word lists and sentence patterns, wide enough that unrelated demo contracts share few phrases."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Name -> what may fill the slot of that name; an entry may hold slots itself, those of facts too.
# The patterns add "s" and "ed" to verbs and "s" to nouns, so only words that allow it are listed.
WORDS: dict[str, tuple[str, ...]] = {
    "verb": _words(
        "inspect record deliver repair confirm return collect report review forward sort stack seal"
        " weigh count list mark test print audit document monitor register adjust present transport"
        " unload restrict extend amend correct track fund support display explain maintain protect"
        " restock load check clear guard suspend defend construct conduct sign paint plant harvest treat"
        " filter cool heat melt blend retool staff rent insert export import number tender screen hoist"
        " anchor hand-count spot-check countersign"
    ),
    "noun": _words(
        "pallet invoice ledger manifest voucher turbine valve gasket conveyor furnace kiln lathe boiler"
        " pump sensor antenna server router console terminal drawing blueprint handbook timetable roster"
        " budget forecast docket permit parcel crate barrel drum bale reel spool carton container"
        " trailer tanker wagon crane hoist girder scaffold beam panel tile brick orchard vineyard meadow"
        " greenhouse silo mill smelter sawmill loom spindle ribbon garment button zipper lantern candle"
        " mirror prism magnet circuit diode cable insulator meter gauge thermostat radiator duct vent"
        " basin reservoir culvert bridge tunnel pier warehouse depot counter kiosk showroom workshop"
        " canteen archive map chart survey ballot questionnaire notebook poster banner badge ticket rudder"
        " anchor keel pulley lever hinge bolt rivet plank rafter shingle gutter window curtain carpet"
    ),
    "adj": _words(
        "quarterly spare seasonal coastal northern southern upper lower amber blue grey galvanized"
        " wooden copper ceramic woven folded sealed bonded chilled dry damp surplus second-hand"
        " refurbished temporary permanent portable mobile numbered signed draft final interim annual"
        " weekly regional municipal rural harbor inland riverside overhead underground backup primary"
        " secondary auxiliary modular detailed partial corrected brass pending overdue prepaid insured"
        " leased borrowed common separate narrow wide heavy light square disputed round hollow striped"
        " unmarked certified provisional customary special ordinary early late midyear autumn"
    ),
    "town": _words(
        "Ash Bel Cor Dun El Fen Gar Hol Ives Kel Lang Mar Nor Oak Pem Quill Ros Sel Thorn Ul Ver Wend"
        " Yar Zel Brack"
    ),
    "ending": _words(
        "bury combe ditch ford gate ham hurst ley mere minster mouth port ridge sey stead ton vale wick"
        " worth dale"
    ),
    "place": ("{town}{ending}", "{town}{ending}", "Port {town}{ending}", "{town}{ending} County",
              "New {town}{ending}"),
    "state": ("Delaware", "Ohio", "Oregon", "Ontario", "Vermont", "Utah", "Maine", "Ireland", "Denmark"),
    "person": ("{given} {town}{ending}",),
    "given": _words(
        "Ada Boris Carla Dmitri Edda Farid Greta Hugo Ines Jonas Katya Liam Mona Nils Olga Pavel Rosa"
        " Sven"
    ),
    "n": _words(
        "two three four five six seven eight nine ten eleven twelve fourteen fifteen eighteen twenty"
        " thirty"
    ),
    "days": ("{n} days", "{n} business days", "{n} (calendar) days", "{n} weeks", "a span of {n} days"),
    "months": ("{n} months", "{n} full months", "{n} calendar months", "{n} half-years", "{n} quarters"),
    "years": ("{n} years", "{n} full years", "{n} contract years", "{n} seasons"),
    "money": ("${d}{d},{d}00", "${d},{d}00", "US${d}{d}{d},000", "${d}.{d} million", "{d},{d}{d}0 dollars"),
    "d": _words("1 2 3 4 5 6 7 8 9"),
    "percent": ("{d}%", "{d}{d}%", "{n} percent", "{d}.{d} percent", "{d} per cent"),
    "count": ("{d}00", "{d},{d}00", "{d}{d}0", "{n} hundred", "{n}"),
    "must": (*_words("shall must will"), "agrees to", "undertakes to", "is to", "has to", "is bound to"),
    "mustnot": ("shall not", "may not", "must not", "agrees not to", "will not", "undertakes not to",
                "is not to"),
    "may": ("may", "is free to", "is entitled to", "has the right to", "is allowed to", "can"),
    "notice": ("written notice", "a signed letter", "notice in writing", "registered mail", "a note",
               "formal notice"),
    "deal": ("this Agreement", "the Agreement", "this contract", "this instrument", "the present Agreement"),
    "during": ("during the Term", "while {deal} runs", "for the Term", "until {deal} ends",
               "all through the Term"),
    "det": _words("the each any every its such that another one either"),
    "thing": ("{det} {adj} {noun}", "{det} {adj} {noun}", "{det} {noun}", "the {noun} of {place}",
              "the {adj} {noun} at {place}"),
    "actor": ("{A}", "{B}", "the {noun} keeper", "the {adj} committee", "{B}'s {noun} crew",
              "the {city} office", "the {city} desk", "the {yard} crew", "the {yard} clerk",
              "a surveyor from {place}", "the {noun} inspector", "whoever {verb}s {thing}"),
    "when": ("within {days}", "by {month} {d}", "each {month}", "before {days} are over", "in {month}",
             "after {days}", "once {thing} is {verb}ed", "unless {thing} is {verb}ed", "at {place}",
             "as {actor} requests"),
    "month": _words(
        "January February March April May June July August September October November December"
    ),
}  # fmt: skip

# Sentences of daily business, which answer no question.
SENTENCES: tuple[str, ...] = (
    "{actor} {must} {verb} {thing} {when}, {and|or} {verb} {thing} {when}.",
    "{when}, {actor} {must} {verb} {thing} {for|beside|against} {thing}.",
    "{thing} {shall|must|will} be {verb}ed by {actor} {when}{| at a cost of {money}|, then {verb}ed}.",
    "{where|if|whenever} {actor} {verb}s {thing}, {actor} {verb}s {thing} {when}.",
    "{actor} {pays|bears|advances} {money} {for|toward} {thing}, {verb}ed {when}.",
    "{count} {adj} {noun}s and {count} {noun}s are {verb}ed {when}; {actor} {verb}s {them|{thing}}.",
    "{thing} {verb}ed {at|near|in} {place} {counts|passes} as {thing} {when}{|, if {actor} {verb}s it}.",
    "{nobody|only {actor}|{actor}} {may} {verb} {thing} that {actor} has {verb}ed{| {when}| for {months}}.",
    "{oq}{Noun} {Noun}{cq} {means|denotes|covers} {thing} {verb}ed {when}{| and {thing}}.",
    "{the|every} {report|sheet|memo} on {thing} {lists|names|shows} {thing} and {thing}, {verb}ed {when}.",
    "{no|not a|hardly a} {noun} {leaves|enters} {place} {until|before} {actor} {verb}s {thing}{| {when}}.",
    "{thing} {outweighs|precedes} {thing} {when}, {but|yet|and} {actor} {may} {verb} {thing}.",
)

HEADINGS: tuple[str, ...] = (
    "{Noun} Matters",
    "{Adj} {Noun}s",
    "Care of the {Noun}",
    "{Noun} and {Noun}",
    "{Place} Works",
)

# A slot with a capital is the lower-case list in title case.
WORDS |= {name.title(): tuple(word.title() for word in WORDS[name]) for name in ("noun", "adj")}
WORDS["Place"] = WORDS["place"]
