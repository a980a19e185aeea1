"""信用卡账单"""

from actions.answers import tail_in
from actions.cards import bill_card, card_buttons
from actions.topic import Topic, expect
from actions.turn import Speaker, Turn
from integrations.crm.customers import service as customers
from integrations.crm.customers.errors import CardNotFound
from integrations.crm.customers.periods import today


class CreditCardBill(Topic):
    """The newest bill of each credit card, or of the one asked for."""

    intent = "credit_card_bill"
    ours_only = True
    level = "verified"
    values = ("card_tail",)
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Show the bills."""
        customer = turn.verified_customer
        cards = customers.cards_of(turn.session, customer.id, kind="credit")
        if not cards:
            speak.say("utter_no_credit_card")
            return
        try:
            bills = customers.credit_card_bills(turn.session, customer.id, tail=tail_in(turn))
        except CardNotFound:
            speak.say("utter_card_not_found", tail=tail_in(turn), buttons=card_buttons(cards))
            expect(turn, "credit_card_bill")
            return
        if not bills:
            speak.say("utter_no_bill")
            return
        for place, bill in enumerate(bills):
            response = "utter_credit_card_bill" if place == 0 else "utter_credit_card_bill_further"
            speak.say(response, tail=bill.tail, card=bill_card(bill, today(turn.now)))
