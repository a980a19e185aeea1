"""One gentle line after a service that went well: what could come next. Never to somebody in trouble."""

from actions.turn import REQUESTED_SLOT, Speaker, Turn
from integrations.crm.customers import service as customers
from integrations.crm.customers.periods import today
from integrations.crm.recommendations import service as recommendations
from integrations.crm.tickets import service as tickets

_TROUBLE = ("complaint", "fraud", "card_loss")


def hint_at_matured_deposit(turn: Turn, speak: Speaker) -> None:
    """Where a deposit of the verified customer has ended: a button to see what there is; once a dialogue."""
    if _is_out_of_place(turn):
        return
    customer_id = turn.verified_customer.id
    if recommendations.silence(turn.session, customer_id, turn.now) is not None:
        return
    balances = customers.balances(turn.session, customer_id)
    if any(deposit.matured(today(turn.now)) for deposit in balances.deposits):
        turn.set("no_hints", True)
        speak.say("utter_offer_hint")


def _is_out_of_place(turn: Turn) -> bool:
    """In a form, among other wishes, while a person is waited for, or where something went wrong."""
    busy = turn.slot(REQUESTED_SLOT) is not None or turn.several or turn.conversation.holder != "bot"
    if busy or turn.slot("no_hints") or turn.slot("failures") or not turn.has_level("verified"):
        return True
    return any(
        ticket.kind in _TROUBLE
        for ticket in tickets.tickets_of_conversation(turn.session, turn.conversation.id)
    )
