"""What an agent does on the desk. Each call is part of the caller's transaction; crm keeps the rules."""

import re
from datetime import datetime

from sqlalchemy.orm import Session

from integrations.console import desk_offers
from integrations.crm.conversations import handoff, repository
from integrations.crm.conversations.errors import ConversationNotFound, EmptyMessage, MessageTooLong
from integrations.crm.conversations.redaction import MAX_TEXT, readable, redact
from integrations.crm.models import Staff

_MESSAGE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def take(session: Session, public_id: str, agent: Staff, now: datetime) -> None:
    """Answer a waiting conversation from now on. Raises AlreadyTaken, ConversationNotFound."""
    if repository.lock_conversation(session, public_id).holder not in ("queued", "human"):
        raise ConversationNotFound
    handoff.take(session, public_id, agent, now)


def answer(session: Session, public_id: str, agent: Staff, text: str, message_id: str, now: datetime) -> int:
    """Send a text and return its `seq`; the same `message_id` again sends nothing new.

    Secrets (C3) are taken out of an agent's words as out of a customer's. A product that this customer may
    not be offered is not named to them.
    Raises EmptyMessage, MessageTooLong, NotHolding, OfferRefused; ValueError for an id no page of ours makes.
    """
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("message id")
    text = readable(text)
    if not text:
        raise EmptyMessage
    if len(text) > MAX_TEXT:
        raise MessageTooLong(limit=MAX_TEXT)
    text = redact(text, code_expected=False).text
    conversation = repository.lock_conversation(session, public_id)
    sent = repository.find_message(session, conversation.channel, conversation.account, f"agent:{message_id}")
    if sent is None and conversation.holder == "human" and conversation.agent_id == agent.id:
        desk_offers.check_typed(session, conversation, text, now)
    return handoff.answer(session, public_id, agent, text, message_id, now).seq
