"""交易明细"""

from datetime import date, timedelta

from actions.answers import tail_in
from actions.cards import KIND_OF_CARD, card_buttons, statement_card
from actions.topic import Topic, expect
from actions.turn import Speaker, Turn
from integrations.crm.customers import service as customers
from integrations.crm.customers.errors import AmbiguousCard, CardNotFound
from integrations.crm.customers.periods import today

LONGEST_DAYS = 366
"""Statements of more than twelve months are made at a branch or in the mobile bank."""


class Transactions(Topic):
    """The movements of a period, on all current accounts, one card, or the credit cards."""

    intent = "transactions"
    level = "verified"

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Ask for the period where it's missing, else show it."""
        period = turn.entity("date_range") or turn.slot("transactions_period")
        turn.reset("transactions_period")
        if not period:
            speak.say("utter_transactions_ask_period")
            turn.set("transactions_tail", tail_in(turn))
            expect(turn, "transactions")
            return
        start, end = date.fromisoformat(period["start"][:10]), date.fromisoformat(period["end"][:10])
        problem = self._problem(start, end, today(turn.now))
        if problem is not None:
            speak.say(problem)
            expect(turn, "transactions")
            return
        self._show(turn, speak, start, min(end, today(turn.now)))

    def _problem(self, start: date, end: date, now: date) -> str | None:
        if start > now:
            return "utter_transactions_future"
        if end - start > timedelta(days=LONGEST_DAYS) or now - start > timedelta(days=LONGEST_DAYS * 3):
            return "utter_transactions_too_long"
        return None

    def _show(self, turn: Turn, speak: Speaker, start: date, end: date) -> None:
        customer = turn.verified_customer
        tail = tail_in(turn) or turn.slot("transactions_tail")
        turn.reset("transactions_tail")
        kind = "credit" if "信用卡" in turn.all_entities("product_line") else "debit"
        try:
            statement = customers.transactions(turn.session, customer.id, start, end, tail=tail, kind=kind)
        except CardNotFound:
            speak.say(
                "utter_card_not_found",
                tail=tail,
                buttons=card_buttons(customers.cards_of(turn.session, customer.id)),
            )
            self._keep(turn, start, end)
            return
        except AmbiguousCard:
            speak.say("utter_card_ambiguous", tail=tail)
            return
        subject = f"尾号{tail}" if tail else KIND_OF_CARD[kind]
        card = statement_card(statement, subject)
        if statement.count:
            speak.say("utter_transactions", card=card, count=statement.count, period=card["subtitle"])
        else:
            speak.say("utter_transactions_none", period=card["subtitle"], subject=subject)

    def _keep(self, turn: Turn, start: date, end: date) -> None:
        # Only the card is asked again, not the period.
        turn.set("transactions_period", {"start": start.isoformat(), "end": end.isoformat()})
        expect(turn, "transactions")
