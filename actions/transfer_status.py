"""转账进度"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from actions.cards import transfer_card
from actions.topic import Topic
from actions.turn import Speaker, Turn
from integrations.crm.customers import service as customers
from integrations.crm.models import Transfer

SHOWN = 3
SEARCHED = 30
"""Among how many transfers the payee's name is looked for."""


class TransferStatus(Topic):
    """Where the customer's outgoing transfers stand, the one asked for or the newest."""

    intent = "transfer_status"
    ours_only = True
    level = "verified"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Show the transfers that fit the amount and the days that were named."""
        customer = turn.verified_customer
        amount, period = turn.entity("amount"), turn.entity("date_range") or {}
        found: Sequence[Transfer] = customers.recent_transfers(
            turn.session,
            customer.id,
            amount_fen=int(Decimal(amount) * 100) if amount else None,
            start=date.fromisoformat(period["start"][:10]) if period else None,
            end=date.fromisoformat(period["end"][:10]) if period else None,
            limit=SEARCHED,
        )
        found = [one for one in found if one.payee_name in turn.text] or found
        if not found and (amount or period):
            speak.say("utter_transfer_no_match")
            found = customers.recent_transfers(turn.session, customer.id, limit=SHOWN)
        if not found:
            speak.say("utter_no_transfers")
            return
        for place, transfer in enumerate(found[:SHOWN]):
            response = f"utter_transfer_{transfer.status}" if place == 0 else "utter_transfer_further"
            speak.say(response, card=transfer_card(transfer))
