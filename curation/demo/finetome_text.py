"""Tables behind the demo chats: questions and answers by kind, countries, follow-ups and system prompts."""

# Kind -> (question, answer), which any chat of the kind may take up in any order.
UNITS: dict[str, tuple[tuple[str, str], ...]] = {
    "python": (
        (
            "How do I count how often each word occurs in a string?",
            "`collections.Counter` does the counting for you:\n\n```python\nfrom collections import Counter\n\n"
            'text = "the cat and the hat"\ncounts = Counter(text.lower().split())\nprint(counts.most_common(2))'
            '\n```\n\nThis prints `[(\'the\', 2), (\'cat\', 1)]`. For real text, strip punctuation first.',
        ),
        (
            "Can you write a generator that yields Fibonacci numbers?",
            "Certainly. The two latest values are all that has to be remembered:\n\n```python\ndef fibonacci():\n"
            "    a, b = 0, 1\n    while True:\n        yield a\n        a, b = b, a + b\n```\n\nTake the first ten with"
            " `itertools.islice(fibonacci(), 10)`, because the generator itself never ends.",
        ),
        (
            "What is the shortest way to flatten a list of lists?",
            "Either of these flattens one level:\n\n```python\nfrom itertools import chain\n\nnested = [[1, 2], [3],"
            " []]\nflat = [item for inner in nested for item in inner]\nsame ="
            " list(chain.from_iterable(nested))\n```\n\nAvoid `sum(nested, [])`: it copies the growing list at every"
            " step and becomes slow.",
        ),
        (
            "My function keeps its list between calls. Why?",
            "Default arguments are evaluated once, when `def` runs, so every call shares one list. Use `None`:\n\n"
            "```python\ndef collect(item, seen=None):\n    if seen is None:\n        seen = []\n    seen.append(item)\n"
            "    return seen\n```\n\nThe same care applies to dictionaries and sets as defaults.",
        ),
        (
            "Show me how to read a CSV file into dictionaries, please.",
            "`csv.DictReader` takes the header line as keys:\n\n```python\nimport csv\n\nwith open(\"plants.csv\","
            ' newline="", encoding="utf-8") as file:\n    for row in csv.DictReader(file):\n        print(row["name"],'
            ' row["height"])\n```\n\nKeep `newline=""`, otherwise quoted line breaks are read wrongly on some systems.',
        ),
        (
            "How can I measure the time a block of code takes?",
            "A small context manager keeps it tidy:\n\n```python\nfrom contextlib import contextmanager\nfrom time"
            " import perf_counter\n\n@contextmanager\ndef timed(label):\n    start = perf_counter()\n    yield\n   "
            ' print(label, perf_counter() - start, "seconds")\n```\n\nUse `perf_counter`, which never runs backwards.',
        ),
        (
            "What does a dataclass give me over a normal class?",
            "It writes `__init__`, `__repr__` and `__eq__` from the annotations:\n\n```python\nfrom dataclasses import"
            " dataclass\n\n@dataclass(frozen=True)\nclass Point:\n    x: float\n    y: float = 0.0\n```\n\nWith"
            " `frozen=True` the instances are hashable and cannot be changed by accident.",
        ),
        (
            "I need to check whether a phrase is a palindrome.",
            "Keep letters and digits only, lower the case, and compare with the reverse:\n\n```python\ndef"
            " is_palindrome(phrase):\n    kept = [c for c in phrase.lower() if c.isalnum()]\n    return kept =="
            ' kept[::-1]\n```\n\n`is_palindrome("Never odd or even")` is `True`.',
        ),
        (
            "How do I swap keys and values of a dict when values repeat?",
            "Collect the keys of each value in a list, so that none is lost:\n\n```python\nfrom collections import"
            " defaultdict\n\ndef inverted(table):\n    out = defaultdict(list)\n    for key, value in"
            " table.items():\n        out[value].append(key)\n    return dict(out)\n```\n\nA plain comprehension"
            " would keep the last key.",
        ),
        (
            "Could you explain list slicing with a step?",
            "A slice is `start:stop:step`, and each part may be left out:\n\n```python\nnumbers = [0, 1, 2, 3, 4, 5]\n"
            "numbers[::2]   # [0, 2, 4]\nnumbers[1::2]  # [1, 3, 5]\nnumbers[::-1]  # [5, 4, 3, 2, 1, 0]\n```\n\nThe"
            " element at `stop` is not part of the result, and a slice past the end raises no error.",
        ),
    ),
    "cooking": (
        (
            "How do I cook rice without a rice cooker?",
            "Rinse one cup of long-grain rice until the water runs clear. Bring it to the boil with one and a half"
            " cups of water and a pinch of salt, cover, and turn the heat to its lowest. After twelve minutes take"
            " the pot off the stove and leave it closed for ten more. Fluff it with a fork.",
        ),
        (
            "My pancakes turn out rubbery. What am I doing wrong?",
            "Most likely the batter is beaten for too long, which develops gluten. Stir flour, egg and milk only until"
            " the big streaks are gone; small lumps are welcome. Let it rest for fifteen minutes and flip each pancake"
            " once, when bubbles stay open on top.",
        ),
        (
            "Give me a simple lentil soup for four people.",
            "Soften a chopped onion, two carrots and a stick of celery in oil. Add 250 g of red lentils, a teaspoon of"
            " cumin and 1.2 litres of stock. Simmer for twenty-five minutes, then stir in lemon juice and black pepper."
            " Red lentils fall apart by themselves, so no blender is needed.",
        ),
        (
            "What can replace an egg in a cake?",
            "For one egg, mix a tablespoon of ground flaxseed with three tablespoons of water and wait until it"
            " thickens. Mashed banana or apple sauce, about 60 ml, also binds but adds sweetness. For lift, a"
            " teaspoon of vinegar with some baking soda helps.",
        ),
        (
            "How long does fresh pesto keep?",
            "About five days in the refrigerator, if the surface is covered with a film of olive oil in a clean jar."
            " Frozen in an ice-cube tray it keeps for several months. Leave the cheese out before freezing and add it"
            " when you thaw a cube.",
        ),
        (
            "Which potatoes should I buy for mash?",
            "Floury ones, such as Russet or Maris Piper, because their cells separate when boiled and soak up butter."
            " Waxy potatoes hold their shape, so they are better for salads. Dry the drained pieces over low heat for a"
            " minute and mash before adding warm milk.",
        ),
        (
            "Why do recipes tell me to rest a roast?",
            "While meat rests, the heat evens out from the crust to the middle and the juices thicken a little, so"
            " fewer of them run onto the board. Ten minutes are enough for a chicken, twenty for a large joint. Tent"
            " it with foil but do not wrap it tightly.",
        ),
        (
            "I put too much salt in my stew. Can it be saved?",
            "Dilution is what works: add unsalted stock, tomatoes or beans, and cook on. A spoon of cream or a"
            " squeeze of lemon hides a slight excess. A raw potato mostly soaks up liquid, salt included, so it does"
            " less than its reputation.",
        ),
        (
            "Please suggest a breakfast that needs no stove.",
            "Stir half a cup of rolled oats with the same amount of milk, a spoon of yogurt and a few raisins in a jar"
            " before bed. In the morning top it with grated apple, walnuts and cinnamon. It is ready to eat cold and"
            " travels well.",
        ),
    ),
    "letters": (
        (
            "Draft a short note to my landlord about a dripping tap.",
            "Dear Mr Aldous,\n\nThe kitchen tap in flat 4 has been dripping since Monday, and tightening the handle has"
            " not helped. Could you send a plumber this week? I am at home after five, or you may use your key.\n\nKind"
            " regards,\nMarta Lindqvist",
        ),
        (
            "I need a polite message to decline a wedding invitation.",
            "Dear Priya and Tom,\n\nThank you for thinking of us. We are already promised to my sister that weekend"
            " and cannot come, which we truly regret. We wish you a bright day and hope to raise a glass with you in"
            " autumn.\n\nWith love,\nHelen",
        ),
        (
            "Write an email asking a professor for a deadline extension.",
            "Subject: Request for three more days on the soil report\n\nDear Professor Okafor,\n\nI spent most of last"
            " week in bed with the flu and fell behind on the analysis. May I hand in the report on Friday instead of"
            " Tuesday? The data are complete, and I attach the first half.\n\nSincerely,\nJonas Weir",
        ),
        (
            "Help me thank a neighbour who watered my plants.",
            "Hello Ruth,\n\nI came home to a jungle instead of a desert, thanks to you! Even the fern has forgiven me."
            " Please take the jar of plum jam on your doorstep, and call on me whenever you travel.\n\nWarmly,\nDina",
        ),
        (
            "Can you write a cover letter opening for a library job?",
            "When I was nine, a librarian in our town let me stamp the books I borrowed, and I have wanted her job"
            " ever since. Four years at a school library taught me cataloguing, patience and how to calm a printer. I"
            " would be glad to bring all three to your reading room.",
        ),
        (
            "Compose a complaint about a parcel that arrived broken.",
            "To customer service,\n\nOrder 5512, a glass lamp, reached me today with its shade in pieces; two photos"
            " are attached. The box carried no padding. I ask for a replacement or my money back within fourteen"
            " days.\n\nYours faithfully,\nIvan Petrescu",
        ),
        (
            "Word an out-of-office reply for me, friendly but brief.",
            "Thank you for your message! I am hiking until 14 June and read no mail on mountains. For anything urgent,"
            " please write to Soraya in the front office. Everything else gets an answer in the week after my return.",
        ),
        (
            "I want to resign without burning bridges. Any wording?",
            "Dear Ms Calloway,\n\nPlease accept this as notice that my last working day will be 30 September. I have"
            " learned a great deal in the planning team and am grateful for it. I will gladly hand over my projects and"
            " help to train whoever comes next.\n\nBest wishes,\nOmar Hadley",
        ),
    ),
    "summaries": (
        (
            "Summarise this in one sentence: The town council met for five hours. Members argued about the old bridge,"
            " which needs repairs. In the end they voted to close it to lorries and to look for money next year.",
            "After a long debate the council closed the old bridge to lorries and put off paying for its repair.",
        ),
        (
            "Shorten, please: Bees do not only make honey. By carrying pollen they help apples, almonds and squash to"
            " bear fruit. Gardens with flowers from spring to autumn give them food in every season.",
            "Bees pollinate many crops besides making honey, and gardens that flower for months keep them fed.",
        ),
        (
            "What is the gist? The ferry was due at noon but fog kept it in harbour. Passengers played cards, a choir"
            " on board rehearsed, and at four the sun came out. Nobody asked for a refund.",
            "Fog delayed the ferry by four hours, yet the passengers amused themselves and left content.",
        ),
        (
            "Turn this into three bullet points: Our shop opens at eight from now on. The bakery counter moves to the"
            " back. Returns need a receipt and must be made within thirty days.",
            "- New opening time: eight o'clock\n- The bakery counter is now at the back\n- Returns: with receipt,"
            " within thirty days",
        ),
        (
            "Condense my diary entry: Woke late, missed the bus, walked through rain to work. The meeting had been"
            " cancelled anyway. Used the free hour to write to Grandma, who called back at once. Best hour of the"
            " week.",
            "A bad start turned good: a cancelled meeting gave you time to write to your grandmother, and she called.",
        ),
        (
            "Give me a headline for this: Volunteers planted nine hundred saplings along the river on Saturday. The"
            " roots should hold the bank when the floods come in spring.",
            "Nine Hundred Saplings to Guard the Riverbank From Floods",
        ),
        (
            "Sum up the argument: Some say homework teaches discipline. Others answer that tired children learn"
            " little and that families need their evenings. Both sides agree that reading for pleasure helps.",
            "The two camps dispute whether homework builds discipline or steals rest, but both value free reading.",
        ),
    ),
    "science": (
        (
            "Why is the sky blue?",
            "Air molecules scatter short wavelengths of sunlight far more strongly than long ones, roughly with the"
            " fourth power of the frequency. Blue therefore reaches your eye from all over the sky. Violet is"
            " scattered even more, but sunlight holds less of it and our eyes are less sensitive there.",
        ),
        (
            "What makes bread rise?",
            "Yeast feeds on sugars in the dough and gives off carbon dioxide. The stretchy gluten network traps that"
            " gas in bubbles, so the loaf swells. In the oven the bubbles expand once more before the starch sets.",
        ),
        (
            "How do vaccines work, in plain words?",
            "They show the immune system a harmless piece or copy of a germ. Cells that recognise it multiply, and"
            " some of them stay as memory. When the real germ arrives, the answer is faster and stronger than at a"
            " first meeting.",
        ),
        (
            "Why do we have seasons?",
            "The Earth's axis is tilted by about 23.4 degrees. The half of the planet that leans towards the Sun gets"
            " steeper light and longer days, and so it has summer. Distance plays little part: the Earth is nearest to"
            " the Sun in early January.",
        ),
        (
            "What is the difference between a virus and a bacterium?",
            "A bacterium is a living cell that feeds and divides by itself. A virus is genetic material in a protein"
            " coat and can only multiply inside a host cell. Antibiotics act on bacteria; against viruses they do"
            " nothing.",
        ),
        (
            "Why does ice float?",
            "When water freezes, its molecules arrange themselves in an open lattice held by hydrogen bonds. The same"
            " mass then fills about nine percent more space, so ice is less dense than the liquid. Lakes freeze from"
            " the top, which lets fish live below.",
        ),
        (
            "How does a rainbow form?",
            "Sunlight enters a raindrop, bends, reflects off the back and bends again on its way out. Each colour"
            " leaves at a slightly different angle, red at about 42 degrees from the point opposite the Sun. Many"
            " drops together paint the bow.",
        ),
        (
            "Is a tomato a fruit?",
            "Botanically yes: it grows from the ovary of a flower and holds the seeds, which even makes it a berry."
            " In the kitchen it is treated as a vegetable because it is savoury. Both answers are right in their own"
            " field.",
        ),
        (
            "What causes tides?",
            "The Moon pulls more strongly on the near side of the Earth than on the far side, which stretches the"
            " oceans into two bulges. As the Earth turns, most coasts pass both bulges each day. The Sun adds to this"
            " at new and full moon, and spring tides are the result.",
        ),
    ),
    "language": (
        (
            "When do I use 'fewer' and when 'less'?",
            "Use 'fewer' for things you can count and 'less' for amounts: fewer apples, less juice. Distances, sums of"
            " money and times usually take 'less', as in less than ten miles.",
        ),
        (
            "What is the origin of the word 'muscle'?",
            "It comes from Latin 'musculus', which means little mouse. A flexing biceps reminded people of a mouse"
            " moving under the skin.",
        ),
        (
            "Could you give me five synonyms for 'stubborn'?",
            "Obstinate, headstrong, unyielding, mulish and pig-headed. The last two are informal and rather unkind,"
            " while 'unyielding' may even be praise.",
        ),
        (
            "Is it 'affect' or 'effect'?",
            "'Affect' is usually the verb: rain affects the harvest. 'Effect' is usually the noun: the effect was"
            " small. As a verb, 'effect' means to bring about, as in effecting a change.",
        ),
        (
            "Explain the Oxford comma.",
            "It is the comma before 'and' in a list of three or more: eggs, toast, and tea. Some style guides require"
            " it, others leave it out. Its merit is clarity when list items contain 'and' themselves.",
        ),
        (
            "How do I make this sentence passive: The gardener trimmed the hedge?",
            "The hedge was trimmed by the gardener. The object moves to the front, the verb becomes 'was' plus the past"
            " participle, and the doer follows 'by' or is dropped.",
        ),
        (
            "Write me a haiku about a late train.",
            "Platform lamps flicker,\nthe board counts its small excuses:\nmoths are first to leave.",
        ),
        (
            "What does the idiom 'bite the bullet' mean?",
            "It means to face something unpleasant without delay or complaint. You might say: I bit the bullet and"
            " called the dentist.",
        ),
        (
            "Correct this: Me and him goes to the same school.",
            "He and I go to the same school. Both pronouns are subjects, so they take the subject form, and two people"
            " need the plural verb.",
        ),
    ),
    "household": (
        (
            "How do I remove a red wine stain from cotton?",
            "Blot it at once with a cloth, without rubbing. Rinse with cold water, work in some washing-up liquid and a"
            " little hydrogen peroxide if the fabric is white, wait half an hour and wash as usual. Check before"
            " tumble-drying, since heat fixes what is left.",
        ),
        (
            "Help me plan a weekend in which I finally tidy the garage.",
            "Saturday morning: empty one wall at a time and sort into keep, give and bin. Afternoon: drive to the"
            " charity shop and the recycling yard. Sunday: sweep, put up two shelves, label the boxes. Stop at four"
            " and enjoy the view with a cold drink.",
        ),
        (
            "My houseplant has yellow leaves. What should I check?",
            "First push a finger into the soil: if it is wet two knuckles deep, water less often. Next look for a"
            " blocked drain hole and for insects under the leaves. If only the oldest leaves fade, it may simply want"
            " fertiliser.",
        ),
        (
            "What belongs in a small first aid kit?",
            "Plasters of several sizes, sterile gauze, tape, an elastic bandage, tweezers, scissors, disposable"
            " gloves, antiseptic wipes and a cold pack. Add your own medicines and a card with emergency numbers, and"
            " look at the dates once a year.",
        ),
        (
            "How can I save electricity without buying anything?",
            "Lower the washing temperature, run full loads, and put lids on pots. Switch off the power strip of the"
            " television corner at night. Set the refrigerator to about four degrees and keep its door closed while you"
            " think.",
        ),
        (
            "I want to learn the ukulele in ten minutes a day. Is there a plan?",
            "Week one: tune it and strum C and A minor in time. Week two: add F and G7 and switch slowly with a"
            " metronome. Week three: play two songs that use only those four. Week four: record yourself and fix one"
            " weak spot each day.",
        ),
        (
            "How should I pack for three days with only a backpack?",
            "Wear the bulky shoes and jacket. Roll three shirts, one pair of trousers, underwear and a thin sweater;"
            " put socks into the gaps. Liquids go in a clear bag at the top, and a foldable tote serves for the way"
            " back.",
        ),
        (
            "My bicycle brakes squeal. Can I fix that myself?",
            "Often, yes. Clean the rim or disc with alcohol, roughen glazed pads with fine sandpaper, and see that"
            " the pads meet the rim with their front edge first. If the noise stays or the lever feels soft, let a"
            " workshop look.",
        ),
        (
            "Suggest three games for a rainy afternoon with children.",
            "Build a fort from blankets and read in it by torchlight. Hide ten spoons and give hints of warmer and"
            " colder. Or draw a creature together: fold the paper, one draws the head, the next the body, the last"
            " the feet.",
        ),
    ),
}  # fmt: skip

# (country, capital, part of the world, what else is true)
COUNTRIES: tuple[tuple[str, str, str, str], ...] = (
    ("Portugal", "Lisbon", "Europe", "The Tagus meets the Atlantic at Lisbon, and Spain is the only land neighbour."),
    ("Peru", "Lima", "South America", "The Andes cross it, and Lake Titicaca is shared with Bolivia."),
    ("Kenya", "Nairobi", "Africa", "Its highest peak, Mount Kenya, is second on the continent to Kilimanjaro."),
    ("Norway", "Oslo", "Europe", "The Sognefjord, its longest fjord, reaches some two hundred kilometres inland."),
    ("Vietnam", "Hanoi", "Asia", "The Mekong ends in a wide delta in the south, near Ho Chi Minh City."),
    ("New Zealand", "Wellington", "Oceania", "Cook Strait parts the two main islands; Aoraki is the top summit."),
    ("Chile", "Santiago", "South America", "It is over four thousand kilometres long and holds the Atacama Desert."),
    ("Egypt", "Cairo", "Africa", "The Suez Canal joins two seas, and most Egyptians live near the Nile."),
    ("Canada", "Ottawa", "North America", "Ten provinces and three territories form it; no coastline is longer."),
    ("Mongolia", "Ulaanbaatar", "Asia", "It lies landlocked between Russia and China, with the Gobi in its south."),
    ("Iceland", "Reykjavik", "Europe", "It sits on the Mid-Atlantic Ridge, hence its geysers and volcanoes."),
    ("Morocco", "Rabat", "Africa", "Casablanca is its largest city, and the Atlas range crosses it."),
    ("Japan", "Tokyo", "Asia", "Honshu is the largest of its islands, and Fuji rises to 3,776 metres."),
    ("Hungary", "Budapest", "Europe", "The Danube flows between Buda and Pest, and Lake Balaton replaces the sea."),
    ("Ecuador", "Quito", "South America", "It is named for the equator and owns the Galapagos archipelago."),
    ("Australia", "Canberra", "Oceania", "Canberra was built as a compromise between the rivals Sydney and Melbourne."),
    ("Greece", "Athens", "Europe", "Mount Olympus towers over Thessaly, and thousands of isles dot the Aegean."),
    ("Nepal", "Kathmandu", "Asia", "Everest stands on the Chinese border, and the flag is not a rectangle."),
    ("Finland", "Helsinki", "Europe", "Finnish and Swedish are official, and it counts over a hundred thousand lakes."),
    ("Botswana", "Gaborone", "Africa", "The Okavango River spreads into an inland delta and never finds an ocean."),
)  # fmt: skip

# How to ask and tell of one of them.
ATLAS: tuple[tuple[str, str], ...] = (
    ("What is the capital of {country}?", "{capital} is the capital of {country}. {more}"),
    ("Tell me something about {country}.", "{country} is a country in {part}; its capital is {capital}. {more}"),
    ("Which city is the seat of government in {country}?", "The government of {country} sits in {capital}. {more}"),
    ("My daughter has to present {country} at school. Two facts?", "First, {capital} is its capital. Second: {more}"),
    ("Where on the globe do I find {country}?", "Look at {part}. {more} The capital to search for is {capital}."),
)

# How a later question of a chat may begin.
AGAIN: tuple[str, ...] = (
    "Thanks! ", "Good to know. ", "Next one: ", "That helps. ", "And something else. ", "Great. ",
    "I see. ", "Perfect, thank you. ", "One more: ", "", "", "",
)  # fmt: skip

# (system prompt, question, answer)
SYSTEM_TURNS: tuple[tuple[str, str, str], ...] = (
    (
        "You are a patient chess coach.",
        "Is it bad to bring the queen out early?",
        "Usually. Opponents develop pieces by attacking her, and you lose moves running away. Knights and bishops"
        " first.",
    ),
    (
        "Answer in at most two sentences.",
        "Who wrote Frankenstein?",
        "Mary Shelley wrote it. The novel first appeared in 1818, without her name.",
    ),
    (
        "You help people name their pets.",
        "A grey kitten who sleeps in shoes?",
        "How about Loafer? Slipper, Clog or Moccasin would suit such a sleeper as well.",
    ),
    (
        "You are a careful bookkeeping assistant. Show every step.",
        "I sold 14 mugs at 9 euros and paid 40 euros for clay. What is left?",
        "Sales: 14 x 9 = 126 euros. Less clay: 126 - 40 = 86 euros. So 86 euros remain before other costs.",
    ),
    (
        "Speak like a friendly museum guide.",
        "Why are so many ancient statues missing their noses?",
        "Welcome, good question! Noses stick out, so falls and burial break them first, and some were struck off on"
        " purpose.",
    ),
    (
        "You are a gardening hotline for city balconies.",
        "Which herbs survive on a shady balcony?",
        "Mint, parsley, chives and lovage cope with shade. Rosemary and thyme will sulk there; they want sun.",
    ),
    (
        "You explain technology to people who did not grow up with it.",
        "What is a browser?",
        "It is the program with which you look at pages on the internet, much as a radio lets you hear stations.",
    ),
    (
        "You are an assistant who always suggests a walk at the end.",
        "How can I concentrate on a boring report?",
        "Cut it into sections of twenty minutes and promise yourself a small reward after each. Then take a walk.",
    ),
    (
        "You proofread and return the corrected sentence only.",
        "Their going to the libary tommorow.",
        "They're going to the library tomorrow.",
    ),
    (
        "You are a quizmaster. Ask nothing, just judge the answer given.",
        "The planet with the most mass is Saturn.",
        "Not quite: Jupiter has more mass than all other planets together. Saturn comes second.",
    ),
)

# (question, answer) of the chats in {role, content} form, then of those whose contents are lists of parts.
MESSAGE_TURNS: tuple[tuple[str, str], ...] = (
    (
        "How many weeks does a marathon beginner need to train?",
        "Plan for sixteen to twenty weeks, three or four runs each, with one long run that grows slowly.",
    ),
    (
        "Name a film without any spoken words.",
        "The Red Turtle, an animated film of 2016, tells the story of a castaway without dialogue.",
    ),
    (
        "What should I ask before I rent a flat?",
        "Ask what the rent includes, how the deposit is kept, who repairs what, and how much heating cost last winter.",
    ),
    (
        "Can goldfish recognise their owner?",
        "They learn to link a person with food and swim up when that person comes, so in a modest way they do.",
    ),
    (
        "Why do onions make me cry?",
        "Cutting breaks cells and sets free an enzyme that forms a volatile sulfur compound. It stings the eye, and"
        " tears rinse it away. A chilled onion and a sharp knife help.",
    ),
)
PART_TURNS: tuple[tuple[str, str], ...] = (
    (
        "Which knot ties a boat to a ring?",
        "A round turn and two half hitches holds well, and it can be undone under load.",
    ),
    (
        "How do I tell a crow from a raven?",
        "Ravens are larger, with a wedge-shaped tail and a deep croak; a crow has a fan-shaped tail and caws.",
    ),
)
