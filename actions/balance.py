"""余额"""

from actions.answers import tail_in
from actions.cards import balance_card, card_buttons
from actions.offer_hint import hint_at_matured_deposit
from actions.topic import Topic, expect
from actions.turn import Speaker, Turn
from integrations.crm.customers import service as customers
from integrations.crm.customers.periods import today


class Balance(Topic):
    """What is in the customer's accounts, all of them or the one asked for."""

    intent = "balance"
    ours_only = True
    level = "verified"
    values = ("card_tail",)
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Show the accounts."""
        customer = turn.verified_customer
        tail = tail_in(turn)
        cards = customers.cards_of(turn.session, customer.id)
        if tail is not None and not any(card.tail == tail for card in cards):
            speak.say("utter_card_not_found", tail=tail, buttons=card_buttons(cards))
            expect(turn, "balance")
            return
        balances = customers.balances(turn.session, customer.id)
        if not (balances.accounts or balances.deposits or balances.credit_lines):
            speak.say("utter_no_accounts")
            return
        expect(turn, "balance")
        speak.say("utter_balance", card=balance_card(balances, tail, today(turn.now)))
        hint_at_matured_deposit(turn, speak)
