"""One turn of the bot: claimed by one process, completed in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from integrations.crm.conversations import repository
from integrations.crm.conversations.service import Reply, send
from integrations.crm.models import Conversation, Message
from integrations.crm.settings import Settings


@dataclass(frozen=True)
class Turn:
    """A customer's message on its way to the bot."""

    conversation: str  # public id
    sender: str  # the bot's name for this dialogue
    message_id: int
    text: str
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What the bot said and what it understood (stored with the customer's message)."""

    replies: list[Reply]
    understood: dict[str, Any]


def claim(session: Session, public_id: str, now: datetime, settings: Settings) -> Turn | None:
    """The conversation's next message for the bot, leased to the caller; None when there is none to do now.

    The lease outlives the longest turn, so a killed process delays a turn but never doubles it.
    """
    conversation = repository.lock_conversation(session, public_id)
    if conversation.turn_lease_until and conversation.turn_lease_until > now:
        return None
    message = repository.next_pending(session, conversation.id)
    if message is None:
        return None
    conversation.turn_lease_until = now + timedelta(seconds=settings.turn_seconds + 15)
    customer = conversation.customer
    return Turn(
        conversation=public_id,
        sender=f"{public_id}.{conversation.bot_session}",
        message_id=message.id,
        text=message.text,
        metadata={
            "conversation_id": public_id,
            "message_id": str(message.id),
            "channel": conversation.channel,
            "customer_ref": customer.number if customer else None,
            "attachments": 1 if message.kind == "image" else 0,
            "location": message.payload.get("location"),
        },
    )


def complete(session: Session, turn: Turn, answer: Answer, now: datetime) -> None:
    """Store the replies with their outbox rows and what was understood; free the conversation.

    A turn that an agent overtook (they took the conversation meanwhile) keeps its understanding
    and its replies stay unsent: the bot is silent while a person answers.
    """
    conversation = repository.lock_conversation(session, turn.conversation)
    conversation.turn_lease_until = None
    message = session.get_one(Message, turn.message_id)
    message.understood = answer.understood
    if message.turn != "pending":
        return
    message.turn = "done"
    _reply(session, conversation, message, answer.replies, now)


def fail(session: Session, turn: Turn, reply: Reply, error: str, now: datetime) -> None:
    """The bot gave no answer in time: say so honestly, keep the reason, free the conversation."""
    conversation = repository.lock_conversation(session, turn.conversation)
    conversation.turn_lease_until = None
    message = session.get_one(Message, turn.message_id)
    if message.turn != "pending":
        return
    message.turn = "failed"
    message.understood = {"error": error}
    _reply(session, conversation, message, [reply], now)


def release_leases(session: Session) -> None:
    """At the start of the only process: whatever was in flight is not any more."""
    repository.clear_leases(session)


def _reply(
    session: Session, conversation: Conversation, message: Message, replies: list[Reply], now: datetime
) -> None:
    for place, reply in enumerate(replies):
        send(
            session,
            conversation,
            reply,
            sender="bot",
            external_id=f"reply:{message.id}:{place}",
            reply_to=message.id,
            now=now,
        )
