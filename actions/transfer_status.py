"""转账进度"""

from datetime import date
from decimal import Decimal

from actions.cards import transfer_card
from actions.topic import Topic
from actions.turn import Speaker, Turn
from integrations.crm.customers import service as customers

SHOWN = 3


class TransferStatus(Topic):
    """Where the customer's outgoing transfers stand, the one asked for or the newest."""

    intent = "transfer_status"
    level = "verified"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Show the transfers that fit the amount and the days that were named."""
        customer = turn.verified_customer
        amount, period = _amount(turn), turn.entity("date_range") or {}
        found = customers.recent_transfers(
            turn.session,
            customer.id,
            amount_fen=int(Decimal(amount) * 100) if amount else None,
            start=date.fromisoformat(period["start"][:10]) if period else None,
            end=date.fromisoformat(period["end"][:10]) if period else None,
            limit=SHOWN,
        )
        if not found and (amount or period):
            speak.say("utter_transfer_no_match")
            found = customers.recent_transfers(turn.session, customer.id, limit=SHOWN)
        if not found:
            speak.say("utter_no_transfers")
            return
        for place, transfer in enumerate(found):
            response = f"utter_transfer_{transfer.status}" if place == 0 else "utter_transfer_further"
            speak.say(response, card=transfer_card(transfer))


def _amount(turn: Turn) -> str | None:
    """The amount; four digits without 「尾号」 are one too (5000的转账)."""
    amount = turn.entity("amount") or (None if "尾" in turn.text else turn.entity("card_tail"))
    return str(amount) if amount else None
