"""What a customer can do with tickets: open one, add to it, withdraw it, ask where it stands."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from integrations.crm.customers.periods import today
from integrations.crm.customers.profiles import benefits
from integrations.crm.models import Attachment, Customer, Ticket, TicketEvent
from integrations.crm.tickets import repository, sla
from integrations.crm.tickets.errors import TicketEnded, TicketNotFound, UnknownTicketKind
from integrations.crm.tickets.timeline import ENDED, status_after

PREFIXES = {"complaint": "TS", "card_loss": "GS", "fraud": "FX", "left_message": "LY", "appointment": "YY"}
_URGENT = ("fraud",)
_ATTEMPTS = 100


def open_ticket(
    session: Session,
    *,
    kind: str,
    source_key: str,
    customer_id: int | None,
    conversation_id: int | None,
    title: str,
    details: dict[str, Any],
    now: datetime,
    actor: str = "customer",
) -> Ticket:
    """Open a ticket; a second call with the same `source_key` returns the first one unchanged.

    The number is the kind's prefix, the day in Shanghai and a four-digit sequence of that day. Two
    processes that choose the same number at once: the database refuses one, which takes the next.
    Raises UnknownTicketKind.
    """
    if kind not in PREFIXES:
        raise UnknownTicketKind(kind=kind)
    for _ in range(_ATTEMPTS):
        known = repository.by_source_key(session, source_key)
        if known is not None:
            return known
        ticket = _new_ticket(
            kind=kind,
            number=_next_number(session, kind, now),
            source_key=source_key,
            customer_id=customer_id,
            conversation_id=conversation_id,
            title=title[:120],
            details=details,
            limits=sla.deadlines(kind, now, _first_response(session, customer_id)),
            now=now,
            actor=actor,
        )
        if _stored(session, ticket):
            return ticket
    raise RuntimeError(f"no free ticket number after {_ATTEMPTS} attempts")


def add_to_ticket(
    session: Session, ticket: Ticket, text: str, *, source_key: str, now: datetime, actor: str = "customer"
) -> TicketEvent:
    """Add what the customer says to the timeline, once per `source_key`.

    Raises TicketEnded where the case is resolved or withdrawn.
    """
    known = repository.event_by_source_key(session, source_key)
    return known or append_event(
        session, ticket, "added", actor, now, source_key=source_key, data={"text": text}
    )


def withdraw_ticket(
    session: Session,
    ticket: Ticket,
    *,
    source_key: str,
    now: datetime,
    reason: str = "",
    actor: str = "customer",
) -> bool:
    """End the case now, as 银保监会令2020年第3号 Art 15 [V] demands; False if it was withdrawn already.

    Raises TicketEnded where it is resolved.
    """
    lock_ticket(session, ticket)
    if ticket.status == "withdrawn":
        return False
    append_event(session, ticket, "withdrawn", actor, now, source_key=source_key, data={"reason": reason})
    ticket.resolved_at = now
    return True


def tickets_of_customer(
    session: Session,
    customer_id: int,
    *,
    kind: str | None = None,
    open_only: bool = False,
    limit: int = 5,
) -> Sequence[Ticket]:
    """The customer's tickets, the newest first."""
    return repository.of_customer(session, customer_id, kind=kind, open_only=open_only, limit=limit)


def tickets_of_conversation(session: Session, conversation_id: int) -> Sequence[Ticket]:
    """Tickets opened in a conversation, the oldest first."""
    return repository.of_conversation(session, conversation_id)


def find_by_number(session: Session, number: str, *, visible_to_customer_id: int) -> Ticket | None:
    """The customer's own ticket; another's number is answered like one that does not exist."""
    ticket = repository.by_number(session, number)
    return ticket if ticket is not None and ticket.customer_id == visible_to_customer_id else None


def get_ticket(session: Session, number: str) -> Ticket:
    """Any ticket, for staff. Raises TicketNotFound."""
    ticket = repository.by_number(session, number)
    if ticket is None:
        raise TicketNotFound(number=number)
    return ticket


def timeline(session: Session, ticket: Ticket) -> Sequence[TicketEvent]:
    """What happened to the ticket, the oldest first."""
    return repository.timeline(session, ticket.id)


def link_attachments(session: Session, ticket: Ticket, public_ids: Sequence[str] | None = None) -> int:
    """Give the ticket the images of its own conversation that belong to no ticket yet; how many.

    `public_ids` narrows; ids of other conversations are ignored.
    """
    if ticket.conversation_id is None:
        return 0
    return repository.link_attachments(session, ticket.id, ticket.conversation_id, public_ids)


def attachments_of(session: Session, ticket: Ticket) -> Sequence[Attachment]:
    """The ticket's images, the oldest first."""
    return repository.attachments(session, ticket.id)


def lock_ticket(session: Session, ticket: Ticket) -> None:
    """Read the ticket anew and hold its row until the end of the transaction."""
    session.flush()  # refresh would throw away what is not written yet
    session.refresh(ticket, with_for_update=True)


def append_event(
    session: Session,
    ticket: Ticket,
    kind: str,
    actor: str,
    now: datetime,
    *,
    source_key: str | None = None,
    data: dict[str, Any] | None = None,
) -> TicketEvent:
    """Add a line to the timeline and derive the status from it. Raises TicketEnded."""
    lock_ticket(session, ticket)
    if ticket.status in ENDED:
        raise TicketEnded(number=ticket.number, status=ticket.status)
    event = TicketEvent(
        ticket_id=ticket.id, kind=kind, actor=actor, source_key=source_key, data=data or {}, at=now
    )
    session.add(event)
    session.flush()
    ticket.status = status_after(line.kind for line in repository.timeline(session, ticket.id))
    return event


def _new_ticket(
    *, kind: str, limits: sla.Deadlines, now: datetime, actor: str, details: dict[str, Any], **columns: Any
) -> Ticket:
    return Ticket(
        kind=kind,
        status="open",
        priority="urgent" if kind in _URGENT else "normal",
        details=details,
        created_at=now,
        first_response_due=limits.first_response,
        resolve_due=limits.resolve,
        regulatory_due=limits.regulatory,
        events=[TicketEvent(kind="created", actor=actor, data={}, at=now)],
        **columns,
    )


def _first_response(session: Session, customer_id: int | None) -> timedelta:
    """What the customer's value tier promises (customers/tiering.yml); who is not known is like everybody."""
    customer = session.get(Customer, customer_id) if customer_id is not None else None
    return timedelta(hours=benefits(customer.tier if customer else "standard").first_response_hours)


def _next_number(session: Session, kind: str, now: datetime) -> str:
    beginning = f"{PREFIXES[kind]}{today(now):%Y%m%d}"
    last = repository.last_number(session, beginning)
    sequence = int(last.removeprefix(beginning)) + 1 if last else 1
    return f"{beginning}{sequence:04d}"


def _stored(session: Session, ticket: Ticket) -> bool:
    number, source_key = ticket.number, ticket.source_key
    try:
        with session.begin_nested():
            session.add(ticket)
    except IntegrityError:
        taken = repository.by_number(session, number) or repository.by_source_key(session, source_key)
        if taken is None:
            raise  # not a race: a customer or conversation that does not exist
        return False
    return True
