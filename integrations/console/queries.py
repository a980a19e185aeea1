"""Queries that only the console needs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session, joinedload

from integrations.crm.models import AuditEntry, ContactPoint, Conversation, Message, Staff, Ticket


@dataclass(frozen=True)
class Figures:
    """What a result table tells about a conversation."""

    messages: int
    failed_turns: int
    agents: tuple[str, ...]


def with_people(session: Session, public_id: str) -> Conversation | None:
    """The conversation with its customer and agent loaded."""
    return session.scalar(
        select(Conversation)
        .options(joinedload(Conversation.customer), joinedload(Conversation.agent))
        .where(Conversation.public_id == public_id)
    )


def last_said(session: Session, conversation_ids: Collection[int]) -> dict[int, Message]:
    """The customer's newest message of each conversation."""
    newest = (
        select(func.max(Message.id))
        .where(Message.conversation_id.in_(conversation_ids), Message.sender == "customer")
        .group_by(Message.conversation_id)
    )
    rows = session.scalars(select(Message).where(Message.id.in_(newest)))
    return {row.conversation_id: row for row in rows}


def unanswered(session: Session, conversation_ids: Collection[int]) -> dict[int, list[int]]:
    """The `seq` of what each customer wrote after the last word of an agent or the system."""
    answered = (
        select(Message.conversation_id, func.max(Message.seq).label("seq"))
        .where(Message.conversation_id.in_(conversation_ids), Message.sender.in_(("agent", "system")))
        .group_by(Message.conversation_id)
        .subquery()
    )
    rows = session.execute(
        select(Message.conversation_id, Message.seq)
        .outerjoin(answered, answered.c.conversation_id == Message.conversation_id)
        .where(
            Message.conversation_id.in_(conversation_ids),
            Message.sender == "customer",
            Message.seq > func.coalesce(answered.c.seq, 0),
        )
    )
    found: dict[int, list[int]] = {}
    for conversation_id, seq in rows:
        found.setdefault(conversation_id, []).append(seq)
    return found


def last_understood(session: Session, conversation_id: int) -> Message | None:
    """The newest customer message of which the bot's understanding is known."""
    return session.scalar(
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.sender == "customer",
            # A JSON column holds null as the JSON value too.
            Message.turn.in_(("done", "failed")),
        )
        .order_by(Message.seq.desc())
        .limit(1)
    )


def said_by_customer(session: Session, conversation_id: int, limit: int = 200) -> Sequence[str]:
    """What the customer wrote last, the newest first."""
    return session.scalars(
        select(Message.text)
        .where(Message.conversation_id == conversation_id, Message.sender == "customer")
        .order_by(Message.seq.desc())
        .limit(limit)
    ).all()


def contact(session: Session, customer_id: int, kind: str) -> str | None:
    """The customer's main phone number or e-mail address."""
    return session.scalar(
        select(ContactPoint.value)
        .where(ContactPoint.customer_id == customer_id, ContactPoint.kind == kind)
        .order_by(ContactPoint.is_primary.desc(), ContactPoint.id)
        .limit(1)
    )


def tickets_of(session: Session, conversation: Conversation, limit: int = 10) -> Sequence[Ticket]:
    """The customer's newest tickets; of an unknown visitor, those of the conversation."""
    query = select(Ticket).order_by(Ticket.created_at.desc(), Ticket.id.desc()).limit(limit)
    if conversation.customer_id is not None:
        return session.scalars(query.where(Ticket.customer_id == conversation.customer_id)).all()
    return session.scalars(query.where(Ticket.conversation_id == conversation.id)).all()


def other_threads(session: Session, conversation: Conversation, limit: int = 5) -> Sequence[Conversation]:
    """The same customer's other conversations, the latest first; none for an unknown visitor."""
    if conversation.customer_id is None:
        return []
    query = (
        select(Conversation)
        .options(joinedload(Conversation.customer))
        .where(Conversation.customer_id == conversation.customer_id, Conversation.id != conversation.id)
        .order_by(Conversation.last_message_at.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def figures(session: Session, conversations: Collection[Conversation]) -> dict[int, Figures]:
    """Counts of each conversation, and everyone who ever took it."""
    counts = session.execute(
        select(
            Message.conversation_id,
            func.count(Message.id),
            func.sum(case((Message.turn == "failed", 1), else_=0)),
        )
        .where(Message.conversation_id.in_([row.id for row in conversations]))
        .group_by(Message.conversation_id)
    )
    takers = _takers(session, [row.public_id for row in conversations])
    public_ids = {row.id: row.public_id for row in conversations}
    return {
        row_id: Figures(messages, int(failed or 0), tuple(takers.get(public_ids[row_id], ())))
        for row_id, messages, failed in counts
    }


def _takers(session: Session, public_ids: Collection[str]) -> dict[str, list[str]]:
    rows = session.execute(
        select(AuditEntry.target_id, Staff.display_name)
        .join(Staff, AuditEntry.actor == literal("staff:") + Staff.username)
        .where(
            AuditEntry.target_kind == "conversation",
            AuditEntry.target_id.in_(public_ids),
            AuditEntry.action == "conversation.taken",
        )
        .order_by(AuditEntry.id)
    )
    takers: dict[str, list[str]] = {}
    for public_id, name in rows:
        names = takers.setdefault(public_id, [])
        if name not in names:
            names.append(name)
    return takers


def holding_changes(session: Session, public_id: str) -> Sequence[AuditEntry]:
    """Who took, handed back and closed the conversation, oldest first."""
    return session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.target_kind == "conversation",
            AuditEntry.target_id == public_id,
            AuditEntry.action.in_(("conversation.taken", "conversation.handed_back", "conversation.closed")),
        )
        .order_by(AuditEntry.at, AuditEntry.id)
    ).all()


def names_of_staff(session: Session) -> dict[str, str]:
    """Display names by user name."""
    return dict(session.execute(select(Staff.username, Staff.display_name)).all())


def names_by_id(session: Session) -> dict[int, str]:
    """Display names by staff id."""
    return dict(session.execute(select(Staff.id, Staff.display_name)).all())


def all_messages(session: Session, conversation_id: int) -> Sequence[Message]:
    """The whole conversation in order."""
    return session.scalars(
        select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq)
    ).all()
