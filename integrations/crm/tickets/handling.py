"""What the staff does with tickets: assign, respond, resolve, extend. The caller has checked the role."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from integrations.crm.audit.service import record
from integrations.crm.models import Staff, Ticket, TicketEvent
from integrations.crm.tickets import repository, sla
from integrations.crm.tickets.errors import ConflictOfInterest, ExtensionRefused
from integrations.crm.tickets.service import append_event, lock_ticket

_APPROVERS = ("supervisor", "admin")


def work_list(
    session: Session,
    *,
    kind: str | None = None,
    statuses: Sequence[str] | None = ("open", "in_progress"),
    limit: int = 200,
) -> Sequence[Ticket]:
    """Tickets to be worked on: urgent first, then by our promised resolution. `statuses` None: all."""
    return repository.work_list(session, kind=kind, statuses=statuses, limit=limit)


def assign(session: Session, ticket: Ticket, handler: Staff, *, actor: str, now: datetime) -> TicketEvent:
    """Give the ticket to a member of staff.

    Raises ConflictOfInterest where the ticket's details name them in `staff_complained_about` (a username
    or a list of them): the handler has no conflict of interest [S]. Raises TicketEnded.
    """
    accused = ticket.details.get("staff_complained_about") or []
    if handler.username in ([accused] if isinstance(accused, str) else accused):
        raise ConflictOfInterest(username=handler.username)
    event = append_event(session, ticket, "assigned", actor, now, data={"to": handler.username})
    _audit(session, ticket, "ticket.assign", actor, now)
    return event


def respond(session: Session, ticket: Ticket, text: str, *, actor: str, now: datetime) -> TicketEvent:
    """Note what the customer was told; the first time stops the first-response clock. Raises TicketEnded."""
    event = append_event(session, ticket, "responded", actor, now, data={"text": text})
    ticket.first_response_at = ticket.first_response_at or now
    _audit(session, ticket, "ticket.respond", actor, now)
    return event


def resolve(session: Session, ticket: Ticket, result: str, *, actor: str, now: datetime) -> TicketEvent:
    """End the case with its result; counts as the first response where there was none. Raises TicketEnded."""
    event = append_event(session, ticket, "resolved", actor, now, data={"text": result})
    ticket.first_response_at = ticket.first_response_at or now
    ticket.resolved_at = now
    _audit(session, ticket, "ticket.resolve", actor, now)
    return event


def extend(
    session: Session, ticket: Ticket, *, days: int, approver: Staff, notice: str, now: datetime
) -> TicketEvent:
    """Move a complaint's regulatory limit to `days` (16–60) after receipt.

    RULES.md: no extension without an approver (supervisor or admin) and a notice to the complainant
    (`notice` is its text) [S]. Our own promises do not move. Raises ExtensionRefused and TicketEnded.
    """
    lock_ticket(session, ticket)
    if ticket.kind != "complaint" or ticket.regulatory_due is None:
        raise ExtensionRefused(reason="not_complaint")
    if approver.role not in _APPROVERS or not approver.active:
        raise ExtensionRefused(reason="approver")
    if not notice.strip():
        raise ExtensionRefused(reason="notice")
    try:
        due = sla.extended(ticket.created_at, days)
    except ValueError as error:
        raise ExtensionRefused(reason="days") from error
    if due <= ticket.regulatory_due:
        raise ExtensionRefused(reason="days")
    actor = f"staff:{approver.username}"
    event = append_event(
        session, ticket, "extended", actor, now, data={"days": days, "notice": notice.strip()}
    )
    ticket.regulatory_due = due
    _audit(session, ticket, "ticket.extend", actor, now)
    return event


def _audit(session: Session, ticket: Ticket, action: str, actor: str, now: datetime) -> None:
    record(session, at=now, actor=actor, action=action, target_kind="ticket", target_id=ticket.number)
