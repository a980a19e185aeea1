"""From the bot to a person and back: the queue, taking, handing back, closing."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from integrations.crm.conversations import repository, wording
from integrations.crm.conversations.errors import AlreadyTaken, NotHolding
from integrations.crm.conversations.redaction import readable
from integrations.crm.conversations.sending import check_sendable
from integrations.crm.conversations.service import Reply, send
from integrations.crm.conversations.service_hours import is_open, spoken
from integrations.crm.customers.profiles import benefits
from integrations.crm.database import notify
from integrations.crm.models import AuditEntry, Conversation, Message, Staff
from integrations.crm.settings import Settings

PRIORITY = {"fraud": 200, "card_loss": 100, "bot_failed": 10, "not_understood": 10, "requested": 0}
"""Who is next: urgent lanes first, then the value tier's own priority (customers/tiering.yml), which is added
and, at most 60, never lifts anybody into the next lane; then by time."""
URGENT_REASONS = ("fraud", "card_loss")
"""Served at any hour."""


@dataclass(frozen=True)
class QueuePlace:
    """The answer to a wish for a person. `accepted` is False out of hours, except in urgent lanes."""

    accepted: bool
    ahead: int
    hours: str


def request_person(
    session: Session,
    conversation: Conversation,
    reason: str,
    now: datetime,
    settings: Settings,
    *,
    note: str | None = None,
) -> QueuePlace:
    """Put the conversation into the queue; a more urgent reason moves it forward, never back.

    The bot keeps answering until an agent takes it. `note` tells the agent what the bot has tried.
    """
    periods = settings.service_periods()
    urgent = reason in URGENT_REASONS
    if conversation.holder == "human":
        return QueuePlace(True, 0, spoken(periods))
    if not is_open(periods, now) and not urgent and conversation.holder != "queued":
        return QueuePlace(False, 0, spoken(periods))
    tier = conversation.customer.tier if conversation.customer else "standard"
    priority = PRIORITY[reason] + benefits(tier).queue_priority
    waited = conversation.holder == "queued"
    conversation.handoff_note = note or (conversation.handoff_note if waited else None)
    if not waited:
        conversation.holder = "queued"
        conversation.queued_at = now
        conversation.priority = priority
        conversation.queue_reason = reason
        notify(session, conversation=conversation.public_id, kind="holder")
    elif priority > conversation.priority:
        conversation.priority = priority
        conversation.queue_reason = reason
        notify(session, conversation=conversation.public_id, kind="holder")
    session.flush()
    return QueuePlace(True, repository.ahead_in_queue(session, conversation), spoken(periods))


def leave_queue(session: Session, conversation: Conversation) -> bool:
    """The customer no longer wants a person; False where they were not waiting."""
    if conversation.holder != "queued":
        return False
    _back_to_bot(conversation, fresh=False)
    notify(session, conversation=conversation.public_id, kind="holder")
    return True


def take(session: Session, public_id: str, agent: Staff, now: datetime) -> Conversation:
    """The agent answers from now on; the bot falls silent. Raises AlreadyTaken with who was first."""
    conversation = repository.lock_conversation(session, public_id)
    if conversation.holder == "human":
        if conversation.agent_id == agent.id:
            return conversation
        holder = session.get(Staff, conversation.agent_id)
        raise AlreadyTaken(agent=holder.display_name if holder else "")
    conversation.holder = "human"
    conversation.agent_id = agent.id
    conversation.closed_at = None
    for message in repository.pending_turns(session, conversation.id):
        message.turn = "human"
    _say(session, conversation, wording.AGENT_JOINED.format(agent=agent.display_name), now)
    _changed(session, conversation, agent, "conversation.taken", now)
    return conversation


def answer(
    session: Session, public_id: str, agent: Staff, text: str, message_id: str, now: datetime
) -> Message:
    """Send the agent's text; `message_id` makes a repeated click one message.

    Raises NotHolding, and CannotSend where a messenger's rules forbid it now.
    """
    conversation = _held(session, public_id, agent)
    check_sendable(session, conversation, now)
    return send(
        session,
        conversation,
        Reply(readable(text)),
        sender="agent",
        external_id=f"agent:{message_id}",
        staff_id=agent.id,
        now=now,
    )


def hand_back(session: Session, public_id: str, agent: Staff, now: datetime) -> Conversation:
    """The bot answers again, starting afresh. Raises NotHolding."""
    conversation = _held(session, public_id, agent)
    _back_to_bot(conversation, fresh=True)
    _say(session, conversation, wording.HANDED_BACK, now)
    _changed(session, conversation, agent, "conversation.handed_back", now)
    return conversation


def close(session: Session, public_id: str, agent: Staff, now: datetime) -> Conversation:
    """End the conversation; the customer's next message reopens it with the bot. Raises NotHolding."""
    conversation = _held(session, public_id, agent)
    conversation.holder = "closed"
    conversation.closed_at = now
    conversation.queued_at = None
    _say(session, conversation, wording.CLOSED, now, buttons=wording.rating_buttons())
    _changed(session, conversation, agent, "conversation.closed", now)
    return conversation


def _held(session: Session, public_id: str, agent: Staff) -> Conversation:
    conversation = repository.lock_conversation(session, public_id)
    if conversation.holder != "human" or conversation.agent_id != agent.id:
        raise NotHolding
    return conversation


def _back_to_bot(conversation: Conversation, *, fresh: bool) -> None:
    conversation.holder = "bot"
    conversation.agent_id = None
    conversation.queued_at = None
    conversation.queue_reason = None
    conversation.handoff_note = None
    conversation.priority = 0
    if fresh:
        conversation.bot_session += 1


def _say(
    session: Session,
    conversation: Conversation,
    text: str,
    now: datetime,
    buttons: list[dict[str, str]] | None = None,
) -> None:
    send(
        session,
        conversation,
        Reply(text, buttons=buttons or []),
        sender="system",
        external_id=f"system:{uuid.uuid4().hex}",
        now=now,
    )


def _changed(session: Session, conversation: Conversation, agent: Staff, action: str, now: datetime) -> None:
    session.add(
        AuditEntry(
            at=now,
            actor=f"staff:{agent.username}",
            action=action,
            target_kind="conversation",
            target_id=conversation.public_id,
            data={},
        )
    )
    notify(session, conversation=conversation.public_id, kind="holder")
