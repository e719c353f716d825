"""The assistant's answers to the 77 intents of Banking77: label -> response.

Banking77 has questions and labels but no answers, so these were written for this project, one for each label. They
are safe by rule: no digit, amount, fee, limit, date, duration, telephone number, address of a site, name of a bank or
list of countries, and no promise of an outcome. Where a figure is needed they say where the app shows it; they never
ask for a secret.
"""

REPLIES: dict[str, str] = {
    "Refund_not_showing_up": (
        "I understand that waiting for a refund is frustrating. A refund has to be sent by the merchant first, so "
        "please ask them to confirm that they have issued it and to give you a reference. Then look for it in your "
        "transaction list, where it may stand as an entry of its own, apart from the purchase. If the merchant has "
        "confirmed it and you still cannot see it, send us that reference through support in the app."
    ),
    "activate_my_card": (
        "Welcome to your new card! Once you have it in your hands, open Cards in the app, choose the new card and "
        "tap Activate, then follow the steps on the screen. If activation is refused, check that you picked the "
        "newest card and that the app is up to date, and message support in the app if it still does not work."
    ),
    "age_limit": (
        "The youngest age at which someone can hold an account is stated in the account terms, under Eligibility in "
        "the Help section of the app, and it may depend on where you live. If you are asking for a child or a "
        "teenager, the same page says whether there is an account for younger people. Please do not open an account "
        "in your own name for someone else to use."
    ),
    "apple_pay_or_google_pay": (
        "You can add your card to a phone or watch from the Cards section: choose the card, then tap Add to Apple "
        "Pay or Add to Google Pay and follow the steps. If you would like to top up with one of these wallets, check "
        "whether it is offered on the Top up screen. Should the wallet refuse, check that your device supports it, "
        "note the message it shows and send that to support in the app."
    ),
    "atm_support": (
        "You can take out cash at machines that carry the same network logo as the one printed on your card, so look "
        "for it on the cash machine before you start. Some machines have rules of their own and show them on the "
        "screen before you confirm. What we ourselves charge for cash is listed in the Fees section of the app."
    ),
    "automatic_top_up": (
        "Auto top-up adds money by itself when your balance falls below a level that you choose. Open Top up in the "
        "app, go to the Auto top-up settings, and pick the level, the amount and the card it should come from; you "
        "can switch it off in the same place. If you do not see this setting, ask support in the app whether it is "
        "available for your account."
    ),
    "balance_not_updated_after_bank_transfer": (
        "Sorry that the money you sent here by bank transfer is not in your balance yet. Please check that your "
        "other bank shows the payment as completed, and compare the account details and reference you used with "
        "those on the Account details screen of our app. If all of it matches and the balance stays the same, send "
        "support in the app the payment confirmation from the sending bank."
    ),
    "balance_not_updated_after_cheque_or_cash_deposit": (
        "A cheque or cash that you paid in has to be processed before it counts towards your balance, and a cheque "
        "also has to clear. Please keep the receipt or paying-in slip and look in your transaction list for an entry "
        "marked as processing. If there is no entry at all, or it no longer moves, send a photo of the slip to "
        "support in the app so that the deposit can be looked into."
    ),
    "beneficiary_not_allowed": (
        "Some beneficiaries cannot be added or paid, for example because their bank, country or currency is not one "
        "we can send to. Check that the name and account details are exactly as the recipient's bank has them, then "
        "remove the beneficiary and add them again. If the app still does not accept this person, note the message "
        "shown and share it with support in the app, who can tell you what is blocking it."
    ),
    "cancel_transfer": (
        "Please act quickly: open the transfer in the app and look for Cancel, which is offered only as long as it "
        "has not been sent. Once it is marked as completed it can no longer be stopped from the app. In that case "
        "contact support in the app straight away, and ask the person who received it to send the money back; we can "
        "try to recall it, but cannot be sure that this works."
    ),
    "card_about_to_expire": (
        "The expiry date of your card is shown in the Cards section of the app, along with a note if a new one is "
        "already being prepared. Check that your delivery address is up to date, and if no new card is mentioned, "
        "request one there before the old one runs out. Remember to give the new card details to any shop or "
        "subscription that has the old ones saved."
    ),
    "card_acceptance": (
        "You can pay with your card wherever a shop or website shows the network logo that is printed on it. A few "
        "merchants choose not to take certain kinds of card, so it helps to ask before you order and to have another "
        "way to pay with you. If a place that shows the logo turns your card away, tell support in the app which "
        "merchant it was."
    ),
    "card_arrival": (
        "I am sorry that your card has not come yet. Open Cards in the app and tap the order to see its status, the "
        "tracking if there is any, and the address it was sent to. If the expected date shown there has passed, "
        "report the card as not delivered from that screen, and support can check with you whether it should be "
        "blocked and sent again."
    ),
    "card_delivery_estimate": (
        "How long delivery takes depends on your address and on the delivery method, and the app shows an estimate "
        "for each method when you order the card. Faster delivery appears among the choices if it is available where "
        "you are. A delivery on one particular date can only be requested if the order screen offers it."
    ),
    "card_linking": (
        "To bring a card into the app, open Cards, tap Link a card and follow the steps. If it is a card you had "
        "mislaid and have now found, choose it from the list and unfreeze it, and it is ready again. A card that was "
        "reported lost and cancelled cannot be brought back for safety reasons; in that case please order a new one "
        "from the same screen."
    ),
    "card_not_working": (
        "Let us find out what is wrong with your card. In the Cards section of the app, check that it is activated, "
        "not frozen and not past its expiry date, and look at the chip and the stripe for damage. Then try it at a "
        "different shop; if it works nowhere, tell support in the app what happens when you use it, and they can see "
        "whether the card needs to be replaced."
    ),
    "card_payment_fee_charged": (
        "To see why a fee was added when you paid by card, tap that purchase in the app and open its breakdown. It "
        "may be a fee of ours, which you can compare with the Fees section, or a surcharge that the merchant added "
        "to the price. If the fee is not explained in either place, report it to support from the payment's own "
        "screen."
    ),
    "card_payment_not_recognised": (
        "Let us look at this card payment together. Merchants sometimes appear under a different trading name, so "
        "tap the payment for its details, and think of subscriptions or of someone close to you who may use the "
        "card. If you are sure that it was not you, freeze the card in the app and choose Report this payment, so "
        "that our team can investigate."
    ),
    "card_payment_wrong_exchange_rate": (
        "Open the purchase in the app to see the exchange rate that was used and the currency in which the shop "
        "charged you. The rate is the one in force when the payment was processed, which may differ from what you "
        "saw when you paid or from a rate on a search page. If the shop's terminal converted the price itself, its "
        "own rate applies. Should the figures still look wrong, send the receipt to support in the app."
    ),
    "card_swallowed": (
        "How annoying when a cash machine keeps your card! Please freeze the card in the app first, so that nobody "
        "else can use it. If the machine belongs to a bank branch that is open, ask the staff whether they can hand "
        "the card back; otherwise order a new one from the Cards section and tell support in the app which machine "
        "kept it."
    ),
    "cash_withdrawal_charge": (
        "A charge for taking out cash can come from us or from whoever runs the cash machine. Tap the withdrawal in "
        "the app to see which of the two it was, and look under Cash withdrawals in the Fees section for when we "
        "charge and what is included in your plan. If a machine's operator charged you without showing it on the "
        "screen first, let support in the app know."
    ),
    "cash_withdrawal_not_recognised": (
        "A cash withdrawal that you did not make is serious, so please freeze your card in the app now. Check that "
        "you still have the card with you, and whether anyone who could have used it took out the money. If not, "
        "open the withdrawal in your transaction list and choose Report it as not mine; our fraud team can then look "
        "into where and how it was made."
    ),
    "change_pin": (
        "You can set a new PIN for your card yourself: open Cards in the app, choose the card and tap Change PIN, or "
        "use the PIN services menu of a cash machine that offers one. Choose one that others would not guess, so "
        "nothing from your birthday or address. Keep it to yourself; we never ask you for it, not even here."
    ),
    "compromised_card": (
        "If you think that somebody else has your card details, freeze the card in the app right away. Then go "
        "through your recent payments and report each one that you did not make, and order a replacement card with "
        "new details from the Cards section. Please do not share any codes with callers who claim to be from us, and "
        "tell support in the app how the details may have got out."
    ),
    "contactless_not_working": (
        "When tapping does not work, first see in the card's settings in the app that contactless payments are "
        "switched on. Then make one purchase by inserting the card with its chip, as this often wakes the "
        "contactless function up, and hold the card apart from other cards when you tap. If inserting works and "
        "tapping still fails at several terminals, ask support in the app about a new card."
    ),
    "country_support": (
        "We can open accounts and send cards only to people who live in certain countries. The current list is in "
        "the Help section of the app under Supported countries, together with what you need to show about your "
        "address. If yours is missing, we are not able to offer you an account for now, but that list is where any "
        "change would be shown."
    ),
    "declined_card_payment": (
        "Sorry that your payment was declined, that can be embarrassing. Tap the declined payment in the app to read "
        "the reason, which may be the balance, a card limit, a frozen card, or online payments being switched off. "
        "Put right what is named there before you pay again, and contact support in the app if no reason is given."
    ),
    "declined_cash_withdrawal": (
        "When a cash machine refuses to pay out, the reason usually stands with the declined withdrawal in your "
        "transaction list. Check that your balance covers the amount, that your cash limit is not used up, and that "
        "withdrawals are switched on in the card's settings. If all of that is fine, try a machine of another bank, "
        "and contact support in the app if it declines too."
    ),
    "declined_transfer": (
        "A transfer marked as declined was stopped before it was sent. Tap it in the app to read why: common reasons "
        "are a balance that is too low, a transfer limit that has been reached, or a security check that is still "
        "open. Settle the point that is named there before you make the transfer again, and ask support in the app "
        "if you see no reason."
    ),
    "direct_debit_payment_not_recognised": (
        "If you do not know a direct debit, tap it in the app to see which company collected it; the name may be "
        "that of a parent firm or a payment service. Every mandate is listed under Direct debits in the Payments "
        "section, where you can cancel any that you never agreed to. If you did not authorise the collection, report "
        "it from that screen so that support can review it."
    ),
    "disposable_card_limits": (
        "There are limits on how many disposable virtual cards you can create and on how you can spend with them. "
        "You can find the ones that apply to you in the app under Limits, next to Disposable cards. Keep in mind "
        "that each one is meant for a single online purchase and is then replaced, so an ordinary virtual card is "
        "the better choice for subscriptions."
    ),
    "edit_personal_details": (
        "You can update your name, address, email or phone number in the app: open Profile, tap Personal details and "
        "choose what has changed. For a new name, as after a wedding, the app asks you to upload a document that "
        "shows it. If a field cannot be edited, ask support in the app to help you with the change."
    ),
    "exchange_charge": (
        "What it costs to exchange money between currencies is shown on the Exchange screen before you confirm, as a "
        "line of its own beside the rate. It can depend on the currencies, on your plan and on how much you "
        "exchange, and the Fees section of the app explains each case. Any discount for frequent exchanges would be "
        "listed there too."
    ),
    "exchange_rate": (
        "Our exchange rate moves with the market, so please look at the Exchange screen in the app: choose the "
        "currencies and you see the rate that we offer at this moment. It is fixed for you only once you confirm. "
        "The Help section explains how we set our rates, and you can switch on an alert if you want to wait for a "
        "better one."
    ),
    "exchange_via_app": (
        "Yes, you can change money from one currency into another in the app. Open Exchange, choose the currency you "
        "have and the one you want, type the amount and review everything before you confirm. The exchanged money "
        "then appears in your balance for that currency; if a currency is missing from the list, it cannot be "
        "exchanged in the app."
    ),
    "extra_charge_on_statement": (
        "A very small extra amount on your statement is often a test by a merchant that your card is valid, for "
        "instance when you saved it with an app or a hotel. Such a test is normally held as pending and then "
        "released, rather than taken for good. If it has been completed, or you cannot think of any merchant that "
        "might have made it, report it to support in the app."
    ),
    "failed_transfer": (
        "I am sorry that your transfer failed. Please see in the app whether the money is back in your balance, and "
        "check your connection, the app version and the recipient's account details before you try once more. If it "
        "fails again, do not keep repeating it: send support in the app the error message, and they can see whether "
        "the fault is on our side."
    ),
    "fiat_currency_support": (
        "The currencies in which you can hold money are listed in the app: go to Accounts and tap Add a currency. "
        "Each one on that list can have its own balance and be exchanged for the others. If a currency is not there, "
        "you cannot keep money in it with us for now."
    ),
    "get_disposable_virtual_card": (
        "A disposable virtual card gives you fresh card details for one online purchase, and they change once you "
        "have used them. To get one, open Cards in the app, tap Add card and choose Disposable. If it is not among "
        "the choices, check under Plans whether your account includes it."
    ),
    "get_physical_card": (
        "The PIN for your physical card is not printed on anything in the envelope with the card. To see it, open "
        "Cards in the app, select the card, tap View PIN and confirm that it is you. If the app does not show it, "
        "message support in the app; they can help you to set one, but nobody here will ever ask you what it is."
    ),
    "getting_spare_card": (
        "You can ask for a second card on the same account: open Cards in the app, tap Add card and choose "
        "Additional card. Any cost is shown before you confirm, and it also stands in the Fees section. If it is "
        "meant for a family member, the screen tells you whether they may hold one, as each card should only be used "
        "by the person named on it."
    ),
    "getting_virtual_card": (
        "A virtual card lives in the app and works for online purchases and in a phone wallet, with no plastic to "
        "wait for. Open Cards, tap Add card, choose Virtual and confirm, and its details are shown on the card's own "
        "screen. If you cannot find it afterwards, swipe through your cards or update the app."
    ),
    "lost_or_stolen_card": (
        "I am sorry to hear that your card is gone. Please freeze it in the app at once, and if you are sure that it "
        "is lost or stolen, choose Report lost or stolen, which blocks it for good. Then check the latest "
        "transactions, tell us about any that you did not make, and order a replacement from the Cards section."
    ),
    "lost_or_stolen_phone": (
        "If your phone is gone, sign in on another device as soon as you can and remove the missing phone under "
        "Security, then Devices. No other device at hand? Contact us through the Help page of our website, so that "
        "access from the phone can be blocked. Please also ask your mobile provider to lock the SIM, and change the "
        "password of your email."
    ),
    "order_physical_card": (
        "You can order a physical card in the app: open Cards, tap Add card and choose Physical card. Check the "
        "delivery address, pick the delivery method, and look at the total cost that is shown before you confirm. "
        "The price of a card and of its delivery is also listed in the Fees section."
    ),
    "passcode_forgotten": (
        "No problem, you can set a new passcode for the app yourself. On the sign-in screen tap Forgot passcode, "
        "confirm that it is you and choose a new one. If you cannot get through these steps, reach support from the "
        "link on the sign-in screen, and please never send anyone an old or new passcode."
    ),
    "pending_card_payment": (
        "A card payment is pending as long as the merchant has not collected the money; until then the amount is "
        "only set aside in your balance. It either completes or is released again, and neither needs anything from "
        "you. We cannot cancel it while it is pending, so if you no longer expect to pay, ask the merchant to "
        "release it, and contact support in the app if they have done so without effect."
    ),
    "pending_cash_withdrawal": (
        "A cash withdrawal stays pending until the operator of the cash machine confirms it to us. If you got your "
        "cash, there is nothing to do, and the entry normally changes by itself. If the machine gave you nothing and "
        "the entry does not go away, tell support in the app where the machine stands and roughly when you were "
        "there."
    ),
    "pending_top_up": (
        "A top-up that is pending is still on its way and has been neither refused nor returned. Please do not make "
        "it again; check instead whether your bank is waiting for you to approve it, and follow its status in the "
        "top-up history of the app. If the status does not change, contact support in the app with a screenshot of "
        "it."
    ),
    "pending_transfer": (
        "A pending transfer has been accepted by us and is waiting, either for a routine check or for the other "
        "bank. Open it in the app to see its current step, and whether we need any information from you. Please do "
        "not send it a second time; if the expected arrival shown there has passed, ask support in the app to look "
        "at it."
    ),
    "pin_blocked": (
        "After too many wrong tries the PIN is blocked to protect you. Open Cards in the app, choose the card and "
        "tap Unblock PIN; you can view the right PIN there as well. Some cash machines also have an unblock option "
        "among their PIN services. If it stays blocked, contact support in the app, but do not tell anyone the PIN "
        "itself."
    ),
    "receiving_money": (
        "Your salary or money from friends can be paid straight into your account. Open Account details in the app, "
        "choose the currency you expect, and share the details shown there with your employer or with the person who "
        "pays you. If you are paid in a currency that you do not hold, the same screen says whether it will be "
        "converted on arrival."
    ),
    "request_refund": (
        "To get money back for something you bought, please start with the merchant, as they decide on a refund "
        "under their own rules. Keep your receipt and whatever they answer. If the goods never came, are faulty or "
        "the merchant does not reply, open the purchase in the app and choose Dispute this payment, and we can tell "
        "you which steps are possible."
    ),
    "reverted_card_payment?": (
        "A reverted card payment means that the merchant cancelled it or did not collect it in time, so the amount "
        "goes back to your balance instead of being paid. Please ask the merchant whether your order still stands, "
        "as they may expect you to pay once more. If they say that they did receive the money, send their "
        "confirmation to support in the app."
    ),
    "supported_cards_and_currencies": (
        "Which cards you can use to add money depends on their type and network, and on the currency. Go to Top up "
        "in the app and tap Add a card: the accepted kinds are listed there, and the currency menu shows those you "
        "can top up in. If yours is not accepted, you can add money by bank transfer instead."
    ),
    "terminate_account": (
        "We are sorry to see you go. Before you leave, move out your balance, wait for open payments to settle, "
        "cancel subscriptions and save the statements that you need. Then open Profile in the app and tap Close "
        "account; if something stands in the way, the app names it, and support is there to help or to hear what we "
        "could have done better."
    ),
    "top_up_by_bank_transfer_charge": (
        "What we charge for money that you add by bank transfer, from home or from abroad, is listed under Incoming "
        "transfers in the Fees section of the app. The bank you send from, and sometimes a bank in between, may take "
        "a fee of its own. It is best to ask the sending bank about that before you make the transfer."
    ),
    "top_up_by_card_charge": (
        "Any fee for adding money with a card is shown on the Top up screen before you confirm, and in the Fees "
        "section under Top-ups by card. It can depend on the kind of card and on the country in which it was issued. "
        "The bank that issued the card may treat it in its own way, for example as a cash advance, so please check "
        "with them as well."
    ),
    "top_up_by_cash_or_cheque": (
        "All the ways to add money are listed on the Top up screen of the app, and if cash or cheques can be paid in "
        "where you live, the steps are shown there. If they are not listed, you could pay the cash or the cheque "
        "into an account at another bank and send the money on by transfer. Please do not post cash to us."
    ),
    "top_up_failed": (
        "A failed top-up means that the money could not be taken from the card or account you chose. Check the "
        "details and the expiry date you typed, that there is enough money on it, and whether its bank asked you to "
        "approve the payment. Then try again or choose another way to add money; if the sum left your bank "
        "nevertheless, send support in the app proof of it."
    ),
    "top_up_limits": (
        "Yes, there are limits on how much and how often you can add money. You can find your own under Limits, then "
        "Top-ups, in the app, along with how much of each is left. They depend on your plan and on how far your "
        "account is verified, so that screen also tells you what you can do to raise them."
    ),
    "top_up_reverted": (
        "A reverted top-up was undone after it had been added, so the money is sent back to the card or account it "
        "came from. This happens when the issuing bank or a security check rejects it, or when the card is not in "
        "your name. Please look for the money in that other account first; if it is missing there too, ask its bank, "
        "and give support in the app what they tell you."
    ),
    "topping_up_by_card": (
        "To top up with a card, open Top up in the app, choose Card, enter the amount and add or pick the card you "
        "want to use, then approve it with your bank if asked. The card should be in your own name. Afterwards the "
        "top-up appears in your transaction list with its status, so look there first if you do not see it in your "
        "balance."
    ),
    "transaction_charged_twice": (
        "I can see why a payment that is listed twice worries you. Tap both entries and compare them: often one is "
        "pending only because the first attempt did not go through, and such an entry is normally released. If both "
        "are completed, ask the merchant whether they charged you twice by mistake, and report the duplicate to "
        "support from its screen in the app."
    ),
    "transfer_fee_charged": (
        "To find out about a fee on a transfer that you sent, tap the transfer in the app and open its cost "
        "breakdown. Whether there is a fee depends on the kind of transfer, the currency and your plan, as set out "
        "under Outgoing transfers in the Fees section. The review screen shows it before you send; if it did not, "
        "please tell support in the app."
    ),
    "transfer_into_account": (
        "To move money from another bank into this account, open Top up in the app and choose Bank transfer. It "
        "shows your account details and, if one is needed, a reference; enter them just as they stand in your other "
        "bank's transfer form. The account that you send from should be in your own name, and it helps to choose a "
        "currency that is offered on that screen."
    ),
    "transfer_not_received_by_recipient": (
        "Let us see where your transfer is. If it is marked as completed on our side, check each detail of the "
        "recipient's account in the transfer, then download the confirmation and give it to them, so that their bank "
        "can look for the money. If their bank cannot find it, or a detail turns out to be wrong, ask support in the "
        "app to trace the transfer."
    ),
    "transfer_timing": (
        "How long a transfer takes depends on the kind of transfer, the countries and the currencies, and on "
        "weekends and bank holidays. The app shows the expected arrival on the review screen before you confirm, and "
        "afterwards in the details of the transfer. For money that comes from another bank, ask that bank when it "
        "sends it out."
    ),
    "unable_to_verify_identity": (
        "I am sorry that verifying your identity did not work. Check that the name and date of birth in your profile "
        "match your document, that the document is valid, and that your photo is sharp, without glare and shows "
        "every corner. Then try again with the newest version of the app; if it is rejected once more, ask support "
        "in the app what was missing."
    ),
    "verify_my_identity": (
        "To verify your identity, open Profile in the app and tap Verify identity. The app lists the documents we "
        "accept where you live, and then guides you through taking a photo of your document and one of yourself. "
        "Have the document ready and find a place with good light; you are told in the app when the check is done."
    ),
    "verify_source_of_funds": (
        "You can see where any money in your account came from by tapping the incoming payment, which names the "
        "sender and the reference. If we ask you to show the source of your funds, upload a document that explains "
        "it, such as a payslip or a contract of sale, on the screen where the app asks for it. Support in the app "
        "can tell you which documents suit your case."
    ),
    "verify_top_up": (
        "When you add a card for top-ups, you may have to prove that it is yours with a verification code. Look at "
        "the statement of that card at its own bank: the code stands beside the small test charge that we made. Type "
        "it in where the Top up screen asks for it, and message support in the app if the charge shows no code."
    ),
    "virtual_card_not_working": (
        "If your virtual card is rejected, open it in the app and compare the details that you typed in with those "
        "shown now, as a disposable one gets new details after each purchase. Check that it is not frozen and that "
        "your balance is sufficient. Some merchants do not take virtual cards, so try another or create a new one, "
        "and tell support in the app if that is declined too."
    ),
    "visa_or_mastercard": (
        "Whether your card is a Visa or a Mastercard depends on the kind of card and on where you live. The network "
        "is named on the order screen before you confirm, and where there is a choice you can make it there. If only "
        "one is offered, that is the one we issue for your account, and you can see the logo on the card's picture "
        "in the app."
    ),
    "why_verify_identity": (
        "We have to know who our customers are: the law asks it of every bank, and it keeps others from opening an "
        "account in your name. This is why the check cannot be skipped, and why some functions stay closed until it "
        "is done. What we collect and how we protect it is set out in the privacy notice, in the Help section of the "
        "app."
    ),
    "wrong_amount_of_cash_received": (
        "I am sorry that the machine paid out a different amount from the one in the app. Please keep the receipt if "
        "you have one, then open the withdrawal in the app and choose Report a problem, saying how much you asked "
        "for, how much you got and where the machine stands. We can then ask its operator to check the records; let "
        "the entry stand until we answer."
    ),
    "wrong_exchange_rate_for_cash_withdrawal": (
        "For cash taken out in another currency, tap the withdrawal in the app to see the rate that was used. If the "
        "cash machine offered to convert the amount for you and this was accepted, its operator set the rate and not "
        "we; choosing the local currency avoids that. If no conversion was offered and the rate still looks wrong, "
        "send the machine's receipt to support in the app."
    ),
}
