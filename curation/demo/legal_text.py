"""Tables behind the demo contracts: categories, clause phrasings and roles.

A phrasing is a template.  ``{a|b}`` stands for one of its alternatives, ``{name}`` for a fact of the
contract (``A`` and ``B`` are its two roles) or for a word of that list in ``legal_words``.
``⟦Category:text⟧`` marks an answer; marks may nest, and ``⟦One+Two:text⟧`` marks it for two categories.  A
phrasing of ``CLAUSES`` without a mark is an answer as a whole.
"""

# Category -> what it asks for, in the order of the questions of a contract.
CATEGORIES: dict[str, str] = {
    "Document Name": "What the paper calls itself",
    "Parties": "Who has signed",
    "Agreement Date": "The day it was signed or made",
    "Effective Date": "The day from which it binds",
    "Expiration Date": "When the first term runs out",
    "Renewal Term": "How it goes on after the first term",
    "Notice Period To Terminate Renewal": "How early one must write to stop a renewal",
    "Governing Law": "Whose law decides what it means",
    "Most Favored Nation": "Must better terms for others be offered too?",
    "Non-Compete": "May a party not enter a field or region?",
    "Exclusivity": "Must a party deal with the other alone?",
    "No-Solicit Of Customers": "Are the other's customers off limits?",
    "Competitive Restriction Exception": "What is let off from such restraints?",
    "No-Solicit Of Employees": "May a party not hire the other's staff?",
    "Non-Disparagement": "May a party not speak ill of the other?",
    "Termination For Convenience": "Can a party leave without a reason?",
    "Rofr/Rofo/Rofn": "Does a party get the first chance to buy or bid?",
    "Change Of Control": "What follows when a party gets a new owner?",
    "Anti-Assignment": "Does handing it on need consent or notice?",
    "Revenue/Profit Sharing": "Is income to be split?",
    "Price Restrictions": "Are changes of price limited?",
    "Minimum Commitment": "Is there a least amount to buy?",
    "Volume Restriction": "What happens above a set volume?",
    "Ip Ownership Assignment": "Does one side's invention become the other's?",
    "Joint Ip Ownership": "Is anything invented owned together?",
    "License Grant": "Does one side license something to the other?",
    "Non-Transferable License": "Is the license tied to its holder?",
    "Affiliate License-Licensor": "Do the grantor's affiliates license too?",
    "Affiliate License-Licensee": "Does the license reach the holder's affiliates?",
    "Unlimited/All-You-Can-Eat-License": "Is use without any count allowed?",
    "Irrevocable Or Perpetual License": "Is the license forever or beyond recall?",
    "Source Code Escrow": "Is source code left with a keeper?",
    "Post-Termination Services": "What is still owed after the end?",
    "Audit Rights": "May a party look into the other's books or sites?",
    "Uncapped Liability": "Is some liability without a limit?",
    "Cap On Liability": "Is liability limited in amount or time?",
    "Liquidated Damages": "Is a fixed sum due on breach or exit?",
    "Warranty Duration": "How long does the warranty last?",
    "Insurance": "Must a party keep insurance?",
    "Covenant Not To Sue": "Has a party promised not to sue or contest?",
    "Third Party Beneficiary": "Can an outsider enforce some of it?",
}

# Kind of contract -> its two roles and what it is about.
KINDS: dict[str, tuple[str, str, str]] = {
    "SUPPLY AGREEMENT": ("the Supplier", "the Buyer", "castings"),
    "DISTRIBUTION AGREEMENT": ("Maker", "Distributor", "lanterns"),
    "SOFTWARE LICENSE AGREEMENT": ("Licensor", "Licensee", "Programs"),
    "HOSTING AGREEMENT": ("the Host", "the Customer", "server racks"),
    "FRANCHISE AGREEMENT": ("Franchisor", "the Operator", "bakery recipes"),
    "JOINT VENTURE AGREEMENT": ("the Founding Member", "the Joining Member", "dredging works"),
    "CONSULTING AGREEMENT": ("Adviser", "the Company", "reports"),
    "MAINTENANCE AGREEMENT": ("Contractor", "Owner", "lifts"),
    "MANUFACTURING AGREEMENT": ("the Manufacturer", "Brand Owner", "garments"),
    "SPONSORSHIP AGREEMENT": ("the Club", "Sponsor", "season events"),
    "TRANSPORT AGREEMENT": ("the Carrier", "Shipper", "freight runs"),
    "DEVELOPMENT AGREEMENT": ("Developer", "the Principal", "sensor modules"),
    "RESELLER AGREEMENT": ("Vendor", "the Reseller", "archive tools"),
    "PROMOTION AGREEMENT": ("Promoter", "Brewery", "tasting tours"),
}


def _table(text: str) -> dict[str, tuple[str, ...]]:
    """Name at the margin, its entries indented by four, their further lines by eight."""
    table: dict[str, tuple[str, ...]] = {}
    name = ""
    for line in text.strip().splitlines():
        if not line.startswith(" "):
            name = line
            table[name] = ()
        elif not line.startswith(" " * 8):
            table[name] += (line.strip(),)
        else:
            table[name] = (*table[name][:-1], f"{table[name][-1]} {line.strip()}")
    return table


PREAMBLES: tuple[str, ...] = _table("""
Preambles
    This ⟦Document Name:{Kind}⟧ ({oq}Agreement{cq}) is {made|signed|concluded} {on|as of} ⟦Agreement
        Date:{date}⟧ {by and between|between} ⟦Parties:{first}⟧ ({oq}⟦Parties:{a}⟧{cq}), {a company
        of|organized in} {home}, and ⟦Parties:{second}⟧ ({oq}⟦Parties:{b}⟧{cq}), {trading from|with its
        office in} {place}.
    ⟦Parties:{first}⟧, {seated|established} in {place} and called ⟦Parties:{a}⟧ below, and
        ⟦Parties:{second}⟧, a {home} company called ⟦Parties:{b}⟧ below, {sign|enter into|conclude} this
        ⟦Document Name:{Kind}⟧ on ⟦Agreement Date:{date}⟧ and {accept|adopt|agree on} what follows.
    Dated ⟦Agreement Date:{date}⟧. ⟦Document Name:{Kind}⟧ of ⟦Parties:{first}⟧ (as
        {oq}⟦Parties:{a}⟧{cq}) with ⟦Parties:{second}⟧ (as {oq}⟦Parties:{b}⟧{cq}), {both|each} {acting
        through|represented by} {its|their own} {officers|directors|managers} {at|in} {place}.
    On ⟦Agreement Date:{date}⟧, {in|at} {place}, ⟦Parties:{second}⟧ ({oq}⟦Parties:{b}⟧{cq}) {met|came to
        terms with} ⟦Parties:{first}⟧ of {home} ({oq}⟦Parties:{a}⟧{cq}); {the outcome|the result|what
        they settled} is this ⟦Document Name:{Kind}⟧, {cited|quoted} as the {oq}Agreement{cq}.
""")["Preambles"]

CLAUSES: dict[str, tuple[str, ...]] = _table("""
Effective Date
    {deal} {binds the parties|takes effect|has force} {from|as of|on} ⟦Effective Date:{effective}⟧, {the
        day on which|once|after} {A} has {verb}ed {thing}.
    {oq}Effective Date{cq} {means|stands for|is} ⟦Effective Date:{effective}⟧, {whatever|regardless of}
        the day on which {thing} {arrives|is signed|is filed}.
    ⟦Effective Date:{nothing in|no part of} {deal} {is to be performed|obliges anyone} before
        {effective}⟧, save that {B} {may} {verb} {thing}.
Expiration Date
    {unless ended sooner|save for an earlier end|absent earlier notice}, {deal} {expires|lapses|runs
        out} {at the close of|on} {expiry}.
    the {first|opening|initial} term {lasts|runs|extends} for {years} from {effective} and {thus ends
        on|closes on|is over at midnight of} {expiry}.
    {A} {must} {perform|serve|keep at work} until {expiry}, {whereupon|and on that day} {deal} {comes to
        its end|ceases} {without further notice|of itself|with no act of a party}.
Renewal Term
    {deal} {renews itself|rolls over|is prolonged} for {further|successive|added} {spans|periods} of
        {years} {each|apiece}{, as long as| while} {B} has {verb}ed {thing}.
    {B} {may} {prolong|extend|stretch} the {term|life} of {deal} {once|twice|three times}, {each time
        by|every time for} {years}, {by|through} {notice} to {A}.
    {after|upon} {expiry} the parties {go on|continue} {from year to year|for {months} at a time|in
        steps of {months}}, {on the same prices|with fees raised by {percent}}.
Notice Period To Terminate Renewal
    {either party|each side|any party} {may} {stop|decline|refuse} {a|the coming|any} renewal by
        {notice} {received|sent|posted} {at least|no fewer than} {days} {ahead of|before} its
        {start|first day}.
    no {renewal|extension} {follows|happens|sets in} where {A} or {B} {has told|informs|writes to} the
        other {days} before {expiry|the term ends|the last day} that it {wants out|does not wish
        one|will leave}.
    {a letter|word|notice} {against|opposing} {renewal|rollover} is {timely|valid|heard} only if {B}
        {hands it in|delivers it} {days} {or more|at the latest} before {the anniversary|the end
        date|{expiry}}.
Governing Law
    the {laws|statutes|courts and laws} of {state} {govern|control|apply to} {deal}{, without regard
        to|, leaving aside| and exclude} {conflict rules|rules on choice of law}.
    {deal} is {read|construed|understood} {under|by|according to} the law {in force in|of} {state},
        {wherever|no matter where} {thing} may be {verb}ed.
    {every|any} {quarrel|dispute|question} on the {meaning|reach} of {deal} {is answered by|falls to}
        {state} law{ alone|, whose judges sit in {place}|}.
Most Favored Nation
    should {A} {grant|offer} {any other|some third} {customer|buyer} {a lower price|kinder terms|a
        larger rebate} for {goods}, {B} {obtains|receives} the same {from that day|within {days}|at
        once}.
    {A} {warrants|promises|states} that {no one|no rival of {B}|nobody} pays less for
        {like|comparable|similar} {goods}, and {must} {refund|credit} {the gap|any excess} {within
        {days}|with the next invoice}.
    the {fees|rates|charges} of {B} {track|follow|never exceed} the {best|lowest} ones {given|extended}
        by {A} to {anyone|a peer} {in {place}|during the same quarter|for {adj} orders}.
Non-Compete
    {during} and for {months} {after that|beyond it}, {B} {mustnot} {run|own|join} {a|any}
        {business|venture} {dealing in|selling} {goods} {within|in} {place}{ or {place}|}.
    {A} {mustnot} {compete|rival} with {B} {in the field of|over} {noun}s, {whether|be it}
        {alone|through a cousin company} or {as a lender|with a partner}, {for|over} {years}.
    {the trade in|the market for} {noun}s {around|near} {place} is {closed to|off limits for} {A}
        {until|up to} {expiry}, {however|no matter how} {small|indirect} {its share|the interest}.
Exclusivity
    {B} {must} {buy|order|source} {all|the whole} of its {goods} {from|through} {A} {alone|only}{ and
        from no other house|, and {thing} elsewhere is barred|}.
    {A} {names|appoints|accepts} {B} as its {sole|only|single} {agent|outlet|partner} for {place}, and
        {mustnot} {serve|supply|court} {another|a second} {one|house} there {during}.
    {within|inside|throughout} {place}, {goods} of {A} {reach the market|are offered}
        {exclusively|solely} {by|through} {B}; {orders|requests} of {others|strangers} {are passed
        on|must be declined}.
No-Solicit Of Customers
    {A} {mustnot} {approach|canvass|lure} {a|any} customer that {B} {introduced|served|billed} in the
        {last|preceding} {months}{, directly or otherwise| on its own account|}.
    the {customer list|patrons|accounts} of {B} {are|remain} {off limits|untouchable} to {A} for
        {months} {from|following} {expiry|the end of {deal}}.
    neither party {shall|will|may} {divert|entice|draw} {buyers|clients|patrons} {away from|off} the
        other {during}, {nor|or} {bid|bargain} for {thing} with them.
Competitive Restriction Exception
    the {bar|restraint|limit} above {leaves out|does not reach|spares} {holdings|shares} of
        {under|below} {percent} in {a listed|any quoted} company{ trading {noun}s|, nor {thing}|}.
    {despite|notwithstanding} {the foregoing|what precedes}, {B} {may} {keep serving|continue with} {its
        {adj} accounts|patrons of {place}|buyers it had on {effective}}.
    {sales|dealings} in {noun}s {begun|under way} before {effective} {are excepted|stay allowed|do not
        count as a breach}, {provided|so long as} {A} {verb}s {thing}.
No-Solicit Of Employees
    {for|over} {months} {B} {mustnot} {hire|recruit|poach} {anyone|any engineer|a clerk} {on the payroll
        of|employed by} {A}{, except through a public notice| without {notice}|}.
    {each|either} side {leaves alone|keeps its hands off} the {staff|crew|workers} of the other {during}
        {and|as well as} {for {months} more|the {months} after it}.
    {A} {mustnot} {tempt|urge|invite} {a|any} {foreman|technician|manager} of {B} to {quit|resign|change
        sides} {before|until} {months} {have gone by|are over}.
Non-Disparagement
    {A} {mustnot} {belittle|malign|run down} {B}, its {owners|officers} or its {noun}s, {in print|on the
        air|in any {adj} forum} {or|nor} {before the press|among buyers}.
    {neither of them|no party|neither side} {shall|will} {say|publish|spread} {words that harm|remarks
        to the hurt of|tales about} the {good name|standing|repute} of {the other|its {noun}s}.
    {public|spoken|printed} {statements|remarks} by {B} {about|on} {A} {shall|must|will} {stay|be}
        {civil|fair|accurate} and {cast no slur|throw no doubt} on {thing}.
Termination For Convenience
    {B} {may} {end|terminate|leave} {deal} {at will|for no cause|at any time} {by|on} {days} {notice}{,
        and owes nothing more| to {A}|}.
    {without|lacking} {any|a} {ground|fault|reason}, {either party|{A}} {may} {call off|give up} {deal}
        {once|after} {days} {have passed|are over} {since|from} its {notice|letter}.
    {A} {is free to|may} {withdraw|step back} {whenever it likes|as it pleases}, {given|subject to}
        {notice} of {{days}|{months}} {and the return of {thing}|}.
Rofr/Rofo/Rofn
    {before|ahead of the day when} {A} {sells|leases|parts with} {its|the} {adj} {noun}s, it {must}
        {offer|show} them {first|ahead of all others} to {B}, {who|which} {may} {accept|match} {within
        {days}|in {days}}.
    {B} {holds|enjoys|has} {a right of first refusal|the first call} {over|on} {goods} {planned
        for|destined to} {place}, {open|good} for {days} {from|after} {notice}.
    {A} {must} {negotiate|talk} with {B} {alone|first} for {days} {about|over} {any|each} {new
        {noun}|later model|{adj} venture}, {then|after which} it {may} {look elsewhere|ask others}.
Change Of Control
    {if|when} {more than|over} {percent} of the {votes|stock} in {B} {passes|goes} to {a new hand|one
        buyer|a rival}, {A} {may} {cancel|end} {deal} {within|inside} {days}.
    {a merger|a sale of its business|a new majority} of {A} {calls for|needs} the {prior|signed}
        {assent|consent} of {B}, {which|and it} {may} {refuse|condition on {thing}}.
    {B} {must} {tell|inform|alert} {A} {days} {before|ahead of} {any takeover|a change in who owns it}{,
        naming the acquirer| and {verb} {thing}|}.
Anti-Assignment
    {B} {mustnot} {assign|hand on|transfer} {deal} or {a share in|any part of} it {unless|until} {A}
        {agrees in writing|has said yes|consents}.
    {neither|no} party {may|can} {pass|cede|make over} its {rights|duties|claims} to {an outsider|a
        third hand} {without|absent} {notice} of {days}{ and {thing}|}.
    {an attempt|any try} by {A} to {delegate|assign|pledge} {deal} {is void|has no force|fails},
        {except|save} {to|toward} {its parent|a lender in {place}|the buyer of its {noun}s}.
Revenue/Profit Sharing
    {A} {must} {pay|remit|hand} {B} {percent} of {net|gross} {receipts|income} from {goods} {each|every}
        {quarter|month}{, less {money}|, after {verb}ing {thing}|}.
    {profits|gains|margins} of the {noun} {trade|line} {are divided|get split}: {percent} {for|to} {B},
        the {rest|balance} {for|to} {A}, {settled|reckoned} {within {days}|each spring}.
    {of|from} {each|every} {sale|order} {above|over} {money}, {B} {keeps|retains} {percent} and
        {forwards|sends} {the remainder|what is left} to {A} {by wire|in {days}}.
Price Restrictions
    {A} {mustnot} {raise|lift|increase} {its|the} {prices|rates} for {goods} by {over|more than}
        {percent} {a year|in any {months}}.
    {prices|tariffs} {stay|remain|are} {fixed|frozen} {for {years}|until {expiry}}, {and|but} {may|can}
        {move|rise} {afterwards|later} {only with|in step with} {an index for {noun}s|{notice} of
        {days}}.
    {B} {mustnot} {sell|offer} {goods} {below|under} {money} {per|a} {noun}{, nor grant rebates beyond
        {percent}| in {place}|}.
Minimum Commitment
    {B} {must} {take|purchase|call off} {no fewer than|at least} {count} {noun}s {per|each|every}
        {quarter|year}, {or|failing which it {must}} {pay|make up} {the shortfall|{money}}.
    {the|a} {yearly|seasonal|monthly} {floor|minimum} of {B} is {money}, {raised|stepped up} by
        {percent} {after|from} {the second year|{effective}}.
    {orders|calls} of {B} {shall|must|will} {add up to|reach|total} {count} {units|crates|hours} {by
        {expiry}|within {months}}; {A} {may} {bill|charge} {any gap|what is missing}.
Volume Restriction
    {if|once} {use|demand} by {B} {passes|exceeds|tops} {count} {noun}s {a month|in a quarter}, {the
        rate climbs|fees rise} by {percent}.
    {B} {mustnot} {draw|run|handle} {above|more than} {count} {units|seats|loads} {without|before}
        {asking|the leave of} {A}{, who {may} {verb} {thing}|}.
    {capacity|throughput} beyond {count} {noun}s {is|gets} {surcharged at|billed with} {money}
        {apiece|each} {and needs consent|until {A} {verb}s {thing}|}.
Ip Ownership Assignment
    {whatever|all that} {A} {invents|creates|drafts} {for|while serving} {B} {belongs to|becomes the
        property of} {B} {upon payment|at its making|on delivery}.
    {A} {hereby|now} {assigns|makes over} to {B} {every|all} {patent|copyright|design} {arising
        from|born of} {goods}{, and {must} sign {thing}| as well as {thing}|}.
    {title|ownership} in {improvements|drawings|code} {made|written} by {B} {passes|moves} to {A} {as
        soon as|when} {deal} {ends|lapses}{ and {money} is paid|}.
Joint Ip Ownership
    {inventions|findings|works} {made by both|of mixed origin} {are owned|are held} {in equal
        shares|jointly} by {A} and {B}{, each free to use them| without a duty to account|}.
    {the parties|both sides} {own|share} {together|half and half} {any|the} {adj} {noun} {design|method}
        {devised|found} {by their crews|in {place}|{during}}.
    {A} and {B} {become|are} {co-owners|joint holders} of {the results|each patent} {from|under}
        {thing}, {splitting|sharing} {costs|filing fees} {evenly|at {percent} for {B}}.
License Grant
    {A} {grants|gives|extends} {B} {a|one} {license|permit} to {use|copy|run} {goods} {in|across}
        {place} {during}{ for {adj} purposes|}.
    ⟦License Grant:{B} {receives|obtains} {from|of} {A} {the right|leave} to {display|apply|work with}
        its {marks and {noun}s|{adj} methods}⟧{ so as to {verb} {thing}| while it {verb}s {thing}}.
    {subject to|against} {payment|fees} of {money}, {A} {licenses|lets out} {goods} to {B} {for|over}
        {years} {within|in} {the field of {noun}s|{place}}.
Non-Transferable License
    ⟦License Grant+Non-Transferable License:{A} {lends|allows|grants} {B} a {personal|fixed},
        non-transferable {license|right} {over|in} {goods} {for|covering} {count}
        {desks|sites|{noun}s}⟧.
    the {license|permit} {of|held by} {B} {cannot|may not|must not} be {sold|sublet|passed on}{, in
        whole or in part| to {anyone|another} in {place}|}.
    {B} {mustnot} {sublicense|lend|convey} {its|the} {licensed|permitted} {use|rights} {except|save}
        {with {notice}|for {thing}}.
Affiliate License-Licensor
    {A} {and|together with} ⟦Affiliate License-Licensor:its Affiliates {license|open|grant} to {B}
        {their|such} {adj} {patents|marks} {on|for} {noun}s⟧{, free of charge| for {money}|}.
    {the|this} {grant|license} {takes in|includes|covers} {patents|designs} {held by|of} {any|each}
        {sister|parent} company of {A}{ in {place}|, whether or not {verb}ed|}.
    {A} {must} {cause|see to it that} {each|every} {subsidiary|affiliate} {of its|under it}
        {licenses|opens} {thing} to {B} {on like terms|within {days}}.
Affiliate License-Licensee
    ⟦License Grant:{A} {permits|licenses} {B} ⟦Affiliate License-Licensee:{and|as well as} its
        Affiliates {in {place}|of any tier}⟧ to {use|operate} {goods} {until {expiry}|{during}}⟧.
    {affiliates|subsidiaries} of {B} {may|can} {share|draw on} {the|its} license {as if|just as though}
        {they had signed|named in} {deal}{, up to {count} {noun}s|}.
    {B} {may} {extend|open} {its|the} licensed {use|rights} to {any|each} {company|firm} it
        {controls|owns by {percent}}{, after {notice}|, once {A} has {verb}ed {thing}}.
Unlimited/All-You-Can-Eat-License
    {B} {may} {install|run|copy} {goods} {without|free of} {any|a} {limit|count} {on|of}
        {users|machines|{noun}s} {across|at} {its whole enterprise|all sites}.
    {an|the} {enterprise-wide|unmetered} {license|right} {lets|allows} {B} {take|draw} {as many|whatever
        number of} {noun}s {as it wants|it needs} {for a flat {money}|{during}}.
    {no|not any} {cap|ceiling|quota} {binds|limits} {the|any} use of {goods} by {B}{, its {adj} {noun}s
        included| in {place}|}.
Irrevocable Or Perpetual License
    ⟦License Grant+Irrevocable Or Perpetual License:{A} {grants|cedes to} {B} {a perpetual|an
        irrevocable} license {to|for} {goods}{, surviving {deal}| against {money}|}⟧.
    the {license|right} {over|on} {noun}s {never ends|is perpetual} and {cannot be|is not}
        {recalled|withdrawn} by {A}{, even on breach| once {money} is paid|}.
    {B} {keeps|retains} {for all time|forever} {its|the} {permit|license} to {verb} {thing},
        {whatever|no matter what} {befalls|becomes of} {deal}.
Source Code Escrow
    {A} {must} {lodge|deposit} the {source code|build files} of {goods} with {an escrow agent|a keeper}
        in {place}, {released|handed over} to {B} {on|upon} {insolvency|default of {A}}.
    {within|inside} {days} {of {effective}|from signing} {A} {places|puts} {its|all} source {code|text}
        {in escrow|with a notary}, {renewed|refreshed} every {months}.
    {B} {may} {claim|fetch} the {escrowed|deposited} source {if|when} {A} {stops support|goes
        bankrupt|has not {verb}ed {thing}} for {days}.
Post-Termination Services
    {for|over} {months} {after|past} {the end|expiry}, {A} {must} {keep up|provide} {support|spares} for
        {goods} {at|against} {money} {a month|per call}.
    {on|upon} {termination|expiry} {B} {must} {return|give back} {thing}, {settle|pay} {open|late}
        {invoices|bills} and {wind down|close} {its stock|{thing}} {within|in} {days}.
    {A} {must} {assist|aid} {a successor|the next provider} {named|picked} by {B} {until {days}
        later|for {days}}, {handing over|teaching} {thing}.
Audit Rights
    {A} {may} {audit|examine|inspect} the {books|records|sites} of {B} {once a year|each {months}}{ on
        {days} {notice}|, at its own cost|}.
    {B} {must} {keep|hold} {accounts|ledgers} on {noun}s for {years} and {open|show} them to
        {auditors|experts} of {A} {in {place}|within {days}}.
    {if|where} {an|the} {inspection|audit} {finds|shows} {a gap|an error} over {percent}, {B}
        {bears|pays} {its cost|the fee} {and|plus} {money}; {A} {may} {look again|return} in {months}.
Uncapped Liability
    {no|not one} {limit|cap} {shields|protects} {A} {for|against} {fraud|death or injury|infringement}
        {or|and likewise} {leaks of secrets|the loss of {thing}}.
    {B} {is liable|answers} {without limit|in full} for {breach of secrecy|misuse of {noun}s|willful
        harm}{, whatever is said elsewhere| in {place}|}.
    {claims|losses} {out of|from} {theft|indemnities|unpaid duty} {stand|fall} {outside|beyond}
        {every|any} {ceiling|cap} {of|in} {deal}.
Cap On Liability
    the {liability|exposure} of {A} {stops at|is capped at|never tops} {money}{ a year| in all|},
        {or|being} {the fees of {months}|{percent} of turnover}.
    {B} {must} {sue|file} {within|inside} {months} {of|from} {the event|learning of it}; {later|older}
        {claims|suits} {are barred|fall away}.
    {neither|no} party {owes|pays} {the other|its peer} {lost profit|remote loss} {nor|or} {more
        than|sums above} {money} {for|over} {thing}.
Liquidated Damages
    {for|with} {each|every} {day|week} of delay {A} {must} {pay|credit} {money} as {agreed|fixed|set}
        damages{, up to {percent}|, not a penalty|}.
    should {B} {leave|quit} {early|before {expiry}}, {a|an exit} fee of {money} {falls due|is owed}
        {within {days}|at once}.
    {late|spoilt|missing} {noun}s {cost|set back} {A} {money} {apiece|each}, {which|a sum} {both|the
        parties} {deem|call} {a fair guess of|equal to} the {harm|loss}.
Warranty Duration
    {A} {warrants|vouches} that {goods} {stay|are} free {of|from} {defects|faults} for {months}
        {from|after} {delivery|handover|{effective}}.
    {the|this} {warranty|guarantee} {on|for} {noun}s {lasts|runs} {months}{, or {count} hours of use|,
        and {months} more for repairs|}.
    {within|for} {years} {of|after} {receipt|installation} {A} {must} {mend|replace} {any|each}
        {faulty|flawed} {noun} {free|at its cost}{ in {place}|}.
Insurance
    {B} {must} {carry|hold|keep} {liability|fire|cargo} {cover|insurance} of {money}{ per event| or
        more|}, {naming|listing} {A} as {co-insured|loss payee}.
    {during} {A} {insures|covers} {thing} {with|through} {a sound|an admitted} insurer {for|up to}
        {money} and {shows|sends} {proof|a certificate} {each year|in {days}}.
    {policies|cover} {against|for} {theft|storm|error} {shall|must|will} be {bought|held} by {B}
        {until|up to} {expiry} {at|with} {a floor of|no less than} {money}.
Covenant Not To Sue
    {B} {mustnot} {contest|attack|dispute} the {validity|ownership} of {marks|patents} {held by|of}
        {A}{, nor help {others|anyone} to| in {place}|}.
    {A} {gives up|waives} {every|any} {suit|claim} {against|toward} {B} {over|about} {thing}
        {arising|dating from} before {effective}.
    {neither|no} party {shall|will} {bring|start} {an action|a suit} {over|for} {past|earlier} use of
        {noun}s {in {place}|by {the other|its peer}}.
Third Party Beneficiary
    {lenders|heirs|tenants} of {B} {may|can} {enforce|rely on} {this Article|{deal}} {as if|as though}
        {they were parties|signed by them}.
    {A} and {B} {intend|mean} {that|for} {the port of {place}|{place} Savings Bank} {benefits|gains}
        from {deal} and {may} {sue|claim} {on it|in its own name}.
    {the|each} {indemnified|released} {officer|affiliate} of {A} {is|counts as} {a third-party|an
        intended} beneficiary {of|under} {deal}{, but no one else is|}.
""")
