"""Queries on tickets and their timelines."""

from collections.abc import Sequence

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session, joinedload

from integrations.crm.models import Attachment, Ticket, TicketEvent
from integrations.crm.tickets.timeline import ENDED


def by_number(session: Session, number: str) -> Ticket | None:
    """The ticket with this number, in any case and with spaces around."""
    return session.scalar(select(Ticket).where(Ticket.number == number.strip().upper()))


def by_source_key(session: Session, source_key: str) -> Ticket | None:
    """The ticket that this request opened."""
    return session.scalar(select(Ticket).where(Ticket.source_key == source_key))


def event_by_source_key(session: Session, source_key: str) -> TicketEvent | None:
    """The line of a timeline that this request wrote."""
    return session.scalar(select(TicketEvent).where(TicketEvent.source_key == source_key))


def last_number(session: Session, beginning: str) -> str | None:
    """The largest number given out with this prefix and day (longer is larger)."""
    return session.scalar(
        select(Ticket.number)
        .where(Ticket.number.startswith(beginning, autoescape=True))
        .order_by(func.length(Ticket.number).desc(), Ticket.number.desc())
        .limit(1)
    )


def of_customer(
    session: Session, customer_id: int, *, kind: str | None, open_only: bool, limit: int
) -> Sequence[Ticket]:
    """The customer's tickets, the newest first."""
    query = select(Ticket).where(Ticket.customer_id == customer_id)
    if kind is not None:
        query = query.where(Ticket.kind == kind)
    if open_only:
        query = query.where(Ticket.status.not_in(ENDED))
    return session.scalars(query.order_by(Ticket.created_at.desc(), Ticket.id.desc()).limit(limit)).all()


def of_conversation(session: Session, conversation_id: int) -> Sequence[Ticket]:
    """Tickets opened in a conversation, the oldest first."""
    return session.scalars(
        select(Ticket).where(Ticket.conversation_id == conversation_id).order_by(Ticket.id)
    ).all()


def work_list(
    session: Session, *, kind: str | None, statuses: Sequence[str] | None, limit: int
) -> Sequence[Ticket]:
    """Tickets for the staff: urgent first, then by the limit of our promise."""
    urgent_first = case((Ticket.priority == "urgent", 0), else_=1)
    query = select(Ticket).order_by(urgent_first, Ticket.resolve_due, Ticket.id).limit(limit)
    if kind is not None:
        query = query.where(Ticket.kind == kind)
    if statuses is not None:
        query = query.where(Ticket.status.in_(statuses))
    return session.scalars(query).all()


def timeline(session: Session, ticket_id: int) -> Sequence[TicketEvent]:
    """The events of a ticket, the oldest first."""
    return session.scalars(
        select(TicketEvent)
        .options(joinedload(TicketEvent.ticket))
        .where(TicketEvent.ticket_id == ticket_id)
        .order_by(TicketEvent.id)
    ).all()


def link_attachments(
    session: Session, ticket_id: int, conversation_id: int, public_ids: Sequence[str] | None
) -> int:
    """Give unlinked images of the conversation to the ticket; how many there were."""
    statement = (
        update(Attachment)
        .where(Attachment.conversation_id == conversation_id, Attachment.ticket_id.is_(None))
        .values(ticket_id=ticket_id)
        .returning(Attachment.id)
    )
    if public_ids is not None:
        statement = statement.where(Attachment.public_id.in_(public_ids))
    return len(session.scalars(statement).all())


def attachments(session: Session, ticket_id: int) -> Sequence[Attachment]:
    """Images that belong to a ticket, the oldest first."""
    return session.scalars(
        select(Attachment).where(Attachment.ticket_id == ticket_id).order_by(Attachment.id)
    ).all()
