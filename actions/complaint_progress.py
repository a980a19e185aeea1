"""投诉进度: where the customer's own tickets stand."""

from actions.cards import ticket_buttons, ticket_card
from actions.topic import Topic
from actions.turn import Speaker, Turn
from integrations.crm.models import Ticket
from integrations.crm.tickets import service as tickets

SHOWN = 3


class ComplaintProgress(Topic):
    """By number, or the newest."""

    intent = "complaint_progress"
    level = "verified"
    digression = True

    def answer(self, turn: Turn, speak: Speaker) -> None:
        """Another customer's number is answered like one that doesn't exist."""
        number = turn.entity("ticket_number")
        if number is not None:
            ticket = own_ticket(turn, number)
            if ticket is None:
                speak.say("utter_ticket_not_found", number=number)
                return
            found = [ticket]
        else:
            found = list(tickets.tickets_of_customer(turn.session, turn.verified_customer.id, limit=SHOWN))
        if not found:
            speak.say("utter_no_tickets")
            return
        for place, ticket in enumerate(found):
            response = f"utter_ticket_{ticket.status}" if place == 0 else "utter_ticket_further"
            speak.say(response, number=ticket.number, card=ticket_card(ticket, _answer_rows(turn, ticket)))


def own_ticket(turn: Turn, number: str) -> Ticket | None:
    """The verified customer's ticket with this number."""
    return tickets.find_by_number(turn.session, number, visible_to_customer_id=turn.verified_customer.id)


def open_complaints(turn: Turn) -> list[Ticket]:
    """The verified customer's complaints that can still be added to or withdrawn."""
    customer = turn.verified_customer
    return list(tickets.tickets_of_customer(turn.session, customer.id, kind="complaint", open_only=True))


def named_complaint(turn: Turn, *, sole: bool = False) -> str | None:
    """The number of the open complaint that the message names (with `sole`: or the only one)."""
    found = open_complaints(turn)
    number, place = turn.entity("ticket_number"), turn.entity("ordinal")
    if number is not None:
        return next((ticket.number for ticket in found if ticket.number == number), None)
    if isinstance(place, int) and (place == -1 or 1 <= place <= len(found)):
        return found[place - 1 if place > 0 else -1].number
    return found[0].number if sole and len(found) == 1 else None


def choose_buttons(turn: Turn, verb: str) -> list[dict[str, str]]:
    """One button for each open complaint."""
    return ticket_buttons(open_complaints(turn), verb)


def _answer_rows(turn: Turn, ticket: Ticket) -> list[list[str]]:
    answers = [
        event for event in tickets.timeline(turn.session, ticket) if event.kind in ("responded", "resolved")
    ]
    said = answers[-1].data.get("text") or answers[-1].data.get("result") if answers else None
    return [["最新答复", str(said)]] if said else []
