"""Queries of the web chat."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from integrations.crm.conversations.errors import ConversationNotFound
from integrations.crm.conversations.repository import get_conversation
from integrations.crm.conversations.service import WEB
from integrations.crm.models import Conversation, Message, OutboxItem, Staff

PAGE = 200
"""Messages read at once."""
HISTORY = 100
"""Messages a browser gets when it opens a session."""

_answered = aliased(Message)
_MESSAGES: Select[Any] = (
    select(
        Message.seq,
        Message.external_id,
        Message.sender,
        Message.kind,
        Message.text,
        Message.payload,
        Message.created_at,
        Staff.display_name.label("agent"),
        _answered.seq.label("reply_to"),
    )
    .outerjoin(Staff, Staff.id == Message.staff_id)
    .outerjoin(_answered, _answered.id == Message.reply_to)
    .where(Message.conversation_id == bindparam("conversation"))
)
# Built once: composing a statement costs as much as running it.
_AFTER = _MESSAGES.where(Message.seq > bindparam("after")).order_by(Message.seq).limit(PAGE)
_LATEST = _MESSAGES.order_by(Message.seq.desc()).limit(HISTORY)


def own_conversation(session: Session, public_id: str, external_user: str) -> Conversation:
    """The visitor's own conversation on the web. Raises ConversationNotFound, also for another's."""
    conversation = get_conversation(session, public_id, external_user=external_user)
    if conversation.channel != WEB:
        raise ConversationNotFound
    return conversation


def messages_to_show(session: Session, conversation_id: int, after: int) -> Sequence[Row[Any]]:
    """Up to PAGE messages with a larger `seq`, oldest first, as plain rows (this is the hot path)."""
    return session.execute(_AFTER, {"conversation": conversation_id, "after": after}).all()


def latest_messages(session: Session, conversation_id: int) -> list[Row[Any]]:
    """The last HISTORY messages of a conversation, oldest first."""
    return list(reversed(session.execute(_LATEST, {"conversation": conversation_id}).all()))


def agent_name(session: Session, conversation: Conversation) -> str | None:
    """Display name of the agent who holds the conversation."""
    if conversation.holder != "human" or conversation.agent_id is None:
        return None
    return session.scalar(select(Staff.display_name).where(Staff.id == conversation.agent_id))


def waits_for_bot(session: Session, conversation_id: int) -> bool:
    """Whether a message of the customer has no answer yet."""
    query = select(Message.id).where(Message.conversation_id == conversation_id, Message.turn == "pending")
    return session.scalar(query.limit(1)) is not None


def has_unshown(session: Session, conversation_id: int, seq: int) -> bool:
    """Whether the customer's side has not yet confirmed a message up to `seq`."""
    query = (
        select(func.count())
        .select_from(OutboxItem)
        .join(Message, Message.id == OutboxItem.message_id)
        .where(
            OutboxItem.conversation_id == conversation_id, OutboxItem.status != "shown", Message.seq <= seq
        )
    )
    return bool(session.scalar(query))
