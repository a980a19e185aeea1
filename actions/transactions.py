"""交易明细"""

from datetime import date, timedelta
from typing import Any

from actions.answers import tail_in
from actions.cards import KIND_OF_CARD, card_buttons, statement_card
from actions.topic import Topic, expect
from actions.turn import Speaker, Turn
from integrations.crm.customers import service as customers
from integrations.crm.customers.errors import AmbiguousCard, CardNotFound
from integrations.crm.customers.periods import today

LONGEST_DAYS = 366
"""Statements of more than twelve months are made at a branch or in the mobile bank."""
_KINDS = {"储蓄卡": "debit", "信用卡": "credit"}


class Transactions(Topic):
    """The movements of a period, on all current accounts, one card, or the credit cards."""

    intent = "transactions"
    ours_only = True
    level = "verified"
    values = ("date_range", "card_tail", "product_line")

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Ask for the period where it's missing, else show it; what was said before still counts."""
        wanted = _wanted(turn)
        turn.set("transactions_wanted", wanted)
        expect(turn, "transactions")
        if wanted["period"] is None:
            speak.say("utter_transactions_ask_period")
            return
        start, end = (date.fromisoformat(day) for day in wanted["period"])
        problem = self._problem(start, end, today(turn.now))
        if problem is not None:
            speak.say(problem)
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
        tail, kind = turn.slot("transactions_wanted")["tail"], turn.slot("transactions_wanted")["kind"]
        try:
            statement = customers.transactions(turn.session, customer.id, start, end, tail=tail, kind=kind)
        except CardNotFound:
            cards = customers.cards_of(turn.session, customer.id)
            speak.say("utter_card_not_found", tail=tail, buttons=card_buttons(cards))
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


def _wanted(turn: Turn) -> dict[str, Any]:
    """Period, card and kind of card: of the message, or of the request that it goes on with."""
    same = turn.goes_on and turn.intent != "transactions"
    before = (turn.slot("transactions_wanted") if same else None) or {}
    period = turn.entity("date_range")
    lines = [_KINDS[line] for line in turn.all_entities("product_line") if line in _KINDS]
    kind, tail = ("credit" if "credit" in lines else "debit") if lines else None, tail_in(turn)
    return {
        "period": [period["start"][:10], period["end"][:10]] if period else before.get("period"),
        # Another kind of card takes the place of the card.
        "tail": tail or (None if kind else before.get("tail")),
        "kind": kind or before.get("kind") or "debit",
    }
