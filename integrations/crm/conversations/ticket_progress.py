"""Tells customers in their conversation what became of their tickets, on whatever channel that is."""

from datetime import datetime

from sqlalchemy.orm import Session

from integrations.crm.conversations import wording
from integrations.crm.conversations.service import Reply, send
from integrations.crm.models import Conversation, Staff, Ticket, TicketEvent
from integrations.crm.tickets import handling
from integrations.crm.tickets.wording import KINDS


def respond(session: Session, ticket: Ticket, text: str, *, agent: Staff, now: datetime) -> TicketEvent:
    """Note a response and bring it to the customer. Raises TicketEnded."""
    event = handling.respond(session, ticket, text, actor=f"staff:{agent.username}", now=now)
    _tell(session, ticket, event, wording.TICKET_PROGRESS, text, now)
    return event


def resolve(session: Session, ticket: Ticket, result: str, *, agent: Staff, now: datetime) -> TicketEvent:
    """End the case, bring the result to the customer and ask how they liked it. Raises TicketEnded."""
    event = handling.resolve(session, ticket, result, actor=f"staff:{agent.username}", now=now)
    _tell(session, ticket, event, wording.TICKET_RESOLVED, result, now, survey=True)
    return event


def _tell(
    session: Session,
    ticket: Ticket,
    event: TicketEvent,
    words: str,
    text: str,
    now: datetime,
    *,
    survey: bool = False,
) -> None:
    conversation = session.get(Conversation, ticket.conversation_id) if ticket.conversation_id else None
    if conversation is None:
        return
    session.flush()
    said = words.format(kind=KINDS.get(ticket.kind, wording.TICKET), number=ticket.number, text=text)
    send(
        session,
        conversation,
        Reply(said, buttons=wording.rating_buttons() if survey else []),
        sender="system",
        external_id=f"ticket:{event.id}",
        now=now,
    )
