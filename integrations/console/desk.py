"""What the agent's desk shows and does. Each call is part of the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from integrations.console import customer_queries, queries, wording
from integrations.console.desk_facts import Facts, facts_of
from integrations.console.read_marks import ReadMarks
from integrations.crm.conversations import repository
from integrations.crm.conversations.errors import AlreadyTaken, ConversationNotFound
from integrations.crm.conversations.handoff import URGENT_REASONS
from integrations.crm.customers.masking import mask_name
from integrations.crm.models import Conversation, Message, Staff

SHOWN_AT_ONCE = 200
"""How many of a conversation's newest messages are drawn when it is opened."""


@dataclass(frozen=True)
class Row:
    """A line of the queue or of the agent's own conversations."""

    public_id: str
    name: str
    tier: str | None
    channel: str
    reason: str | None
    urgent: bool
    since: datetime
    preview: str
    place: int = 0
    unread: int = 0


@dataclass(frozen=True)
class Lists:
    """The left column."""

    queue: list[Row]
    mine: list[Row]


@dataclass(frozen=True)
class Head:
    """Who the conversation is with and who answers it now."""

    public_id: str
    name: str
    tier: str | None
    channel: str
    holder: str
    mine: bool
    agent: str | None
    reason: str | None
    urgent: bool
    queued_at: datetime | None


@dataclass(frozen=True)
class Line:
    """One message as the page draws it."""

    seq: int
    sender: str
    author: str
    kind: str
    text: str
    at: datetime
    card: dict[str, Any] | None
    buttons: list[dict[str, str]]
    article: dict[str, Any] | None
    attachment: str | None
    turn: str | None
    understood: dict[str, Any] | None


@dataclass(frozen=True)
class Thread:
    """An opened conversation. `earlier` messages are not among `lines`."""

    head: Head
    facts: Facts
    lines: list[Line]
    earlier: int
    last_seq: int


def lists(session: Session, agent: Staff, marks: ReadMarks) -> Lists:
    """The queue in serving order and what the agent holds, with unread counts."""
    waiting = repository.queue(session)
    held = repository.held_by(session, agent.id)
    said = queries.last_said(session, [row.id for row in (*waiting, *held)])
    unanswered = queries.unanswered(session, [row.id for row in held])
    marks.keep_only(agent.id, {row.id for row in held})
    mine = [
        _row(
            row,
            said.get(row.id),
            unread=sum(seq > marks.seen(agent.id, row.id) for seq in unanswered.get(row.id, [])),
        )
        for row in held
    ]
    queue = [_row(row, said.get(row.id), place=place) for place, row in enumerate(waiting, 1)]
    return Lists(queue=queue, mine=mine)


def open_thread(
    session: Session, agent: Staff, public_id: str, now: datetime, *, shown: int = SHOWN_AT_ONCE
) -> Thread:
    """A conversation that waits or that the agent holds (or has just ended).

    Raises AlreadyTaken where a colleague holds it, ConversationNotFound for any other.
    """
    conversation = visible(session, agent, public_id)
    start = max(conversation.last_seq - shown, 0)
    messages = repository.messages_after(session, conversation.id, start, limit=shown)
    return Thread(
        head=head_of(conversation, agent),
        facts=facts_of(session, conversation, agent, now),
        lines=lines_of(session, messages),
        earlier=start,
        last_seq=messages[-1].seq if messages else start,
    )


def newer(session: Session, agent: Staff, public_id: str, seq: int, now: datetime) -> Thread:
    """What has happened after message `seq`; raises as `open_thread`."""
    conversation = visible(session, agent, public_id)
    messages = repository.messages_after(session, conversation.id, seq)
    return Thread(
        head=head_of(conversation, agent),
        facts=facts_of(session, conversation, agent, now),
        lines=lines_of(session, messages),
        earlier=0,
        last_seq=messages[-1].seq if messages else seq,
    )


def visible(session: Session, agent: Staff, public_id: str) -> Conversation:
    """The conversation if this agent may see it on the desk; raises as `open_thread`.

    Whoever serves a customer may also read their threads on other channels.
    """
    conversation = queries.with_people(session, public_id)
    if conversation is None:
        raise ConversationNotFound
    if conversation.holder == "queued":
        return conversation
    if conversation.holder in ("human", "closed") and conversation.agent_id == agent.id:
        return conversation
    customer_id = conversation.customer_id
    if customer_id is not None and customer_queries.serves_now(session, customer_id, agent.id):
        return conversation
    if conversation.holder == "human" and conversation.agent is not None:
        raise AlreadyTaken(agent=conversation.agent.display_name)
    raise ConversationNotFound


def display_name(conversation: Conversation) -> str:
    """The customer's masked name, or a short tag for an unknown visitor."""
    if conversation.customer is not None:
        return mask_name(conversation.customer.name)
    return wording.VISITOR.format(tag=conversation.public_id[:4].upper())


def head_of(conversation: Conversation, agent: Staff | None = None) -> Head:
    """The conversation's heading as `agent` sees it."""
    return Head(
        public_id=conversation.public_id,
        name=display_name(conversation),
        tier=conversation.customer.tier if conversation.customer else None,
        channel=conversation.channel,
        holder=conversation.holder,
        mine=agent is not None and conversation.holder == "human" and conversation.agent_id == agent.id,
        agent=conversation.agent.display_name if conversation.agent else None,
        reason=conversation.queue_reason,
        urgent=conversation.queue_reason in URGENT_REASONS,
        queued_at=conversation.queued_at,
    )


def lines_of(session: Session, messages: Sequence[Message]) -> list[Line]:
    """Messages with their authors' names."""
    names = queries.names_by_id(session) if any(row.staff_id for row in messages) else {}
    return [_line(row, names) for row in messages]


def _row(conversation: Conversation, said: Message | None, *, place: int = 0, unread: int = 0) -> Row:
    return Row(
        public_id=conversation.public_id,
        name=display_name(conversation),
        tier=conversation.customer.tier if conversation.customer else None,
        channel=conversation.channel,
        reason=conversation.queue_reason,
        urgent=conversation.queue_reason in URGENT_REASONS,
        since=conversation.queued_at or conversation.last_message_at,
        preview=(said.text or wording.NO_PREVIEW)[:60] if said else "",
        place=place,
        unread=unread,
    )


def _line(row: Message, names: dict[int, str]) -> Line:
    payload = row.payload or {}
    author = names.get(row.staff_id) if row.staff_id else None
    return Line(
        seq=row.seq,
        sender=row.sender,
        author=author or wording.SENDERS.get(row.sender, row.sender),
        kind=row.kind,
        text=row.text,
        at=row.created_at,
        card=payload.get("card"),
        buttons=payload.get("buttons") or [],
        article=payload.get("article"),
        attachment=payload.get("attachment"),
        turn=row.turn,
        understood=row.understood,
    )
