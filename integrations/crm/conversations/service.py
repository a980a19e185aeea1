"""Opening a conversation, taking in a message, sending one. Each call is part of the caller's transaction."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from integrations.crm.conversations import repository, verification
from integrations.crm.conversations.errors import EmptyMessage, MessageTooLong
from integrations.crm.conversations.redaction import MAX_TEXT, readable, redact
from integrations.crm.database import notify
from integrations.crm.models import Attachment, Conversation, Message, OutboxItem
from integrations.crm.settings import Settings

WEB = "web"


@dataclass(frozen=True)
class Visitor:
    """Who writes, as a channel has established it: never what the text claims.

    `customer_id` is set where a bank-signed token or a bound identity names the customer.
    """

    channel: str
    account: str
    external_user: str
    customer_id: int | None = None


@dataclass(frozen=True)
class Reply:
    """One message to the customer. `card` and `buttons` have the shapes that docs/api.md shows."""

    text: str = ""
    buttons: list[dict[str, str]] = field(default_factory=list)
    card: dict[str, Any] | None = None
    article: dict[str, Any] | None = None

    def payload(self) -> dict[str, Any]:
        """What is stored besides the text."""
        parts = {"buttons": self.buttons, "card": self.card, "article": self.article}
        return {name: value for name, value in parts.items() if value}


@dataclass(frozen=True)
class Receipt:
    """A message that is stored now; `duplicate` when it already was."""

    message: Message
    duplicate: bool


def open_conversation(session: Session, visitor: Visitor, now: datetime) -> Conversation:
    """The visitor's conversation, or a new one. A customer named by the channel is at least `known`."""
    conversation = repository.latest_of_visitor(
        session, visitor.channel, visitor.account, visitor.external_user
    )
    if conversation is None:
        conversation = Conversation(
            public_id=uuid.uuid4().hex,
            channel=visitor.channel,
            account=visitor.account,
            external_user=visitor.external_user,
            holder="bot",
            level="none",
            priority=0,
            bot_session=1,
            last_seq=0,
            started_at=now,
            last_message_at=now,
        )
        session.add(conversation)
    if visitor.customer_id is not None and conversation.customer_id is None:
        conversation.customer_id = visitor.customer_id
        conversation.level = "known"
    session.flush()
    return conversation


def receive(
    session: Session,
    conversation: Conversation,
    *,
    external_id: str,
    text: str,
    now: datetime,
    settings: Settings,
    attachment: Attachment | None = None,
    payload: dict[str, Any] | None = None,
    for_bot: bool = True,
) -> Receipt:
    """Store a customer's message, secrets removed, for whoever answers the conversation.

    `conversation` must be locked. The same `external_id` again changes nothing. A verification that still
    holds is prolonged. `payload` is kept beside the text; what is not `for_bot` (speech, a video) the channel
    answers itself.
    Raises EmptyMessage and MessageTooLong.
    """
    known = repository.find_message(session, conversation.channel, conversation.account, external_id)
    if known is not None:
        return Receipt(known, duplicate=True)
    text = readable(text)
    if not text and attachment is None:
        raise EmptyMessage
    if len(text) > MAX_TEXT:
        raise MessageTooLong(limit=MAX_TEXT)
    redacted = redact(text, code_expected=verification.may_get_code(session, conversation, now, settings))
    challenge = repository.open_challenge(session, conversation.id, now)
    if challenge is not None and redacted.codes:
        verification.check_code(session, challenge, redacted.codes[-1], now, settings)
    verification.keep_alive(conversation, now, settings)
    if conversation.holder == "closed":
        _reopen(conversation)
    message = add_message(
        session,
        conversation,
        sender="customer",
        external_id=external_id,
        kind="image" if attachment else "text",
        text=redacted.text,
        payload=(payload or {}) | ({"attachment": attachment.public_id} if attachment else {}),
        turn="human" if conversation.holder == "human" else "pending" if for_bot else "done",
        now=now,
    )
    notify(session, conversation=conversation.public_id, kind="message")
    if message.turn == "pending":
        notify(session, conversation=conversation.public_id, kind="turn")
    return Receipt(message, duplicate=False)


def send(
    session: Session,
    conversation: Conversation,
    reply: Reply,
    *,
    sender: str,
    external_id: str,
    now: datetime,
    staff_id: int | None = None,
    reply_to: int | None = None,
) -> Message:
    """Store a message to the customer together with its outbox row; once for each `external_id`."""
    known = repository.find_message(session, conversation.channel, conversation.account, external_id)
    if known is not None:
        return known
    message = add_message(
        session,
        conversation,
        sender=sender,
        external_id=external_id,
        kind="card" if reply.card else "text",
        text=reply.text,
        payload=reply.payload(),
        now=now,
        staff_id=staff_id,
        reply_to=reply_to,
    )
    session.add(
        OutboxItem(
            message_id=message.id,
            conversation_id=conversation.id,
            channel=conversation.channel,
            status="pending",
            attempts=0,
            created_at=now,
        )
    )
    notify(session, conversation=conversation.public_id, kind="message")
    return message


def add_message(session: Session, conversation: Conversation, *, now: datetime, **fields: Any) -> Message:
    """Append a row with the conversation's next `seq`."""
    conversation.last_seq += 1
    conversation.last_message_at = now
    message = Message(
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        channel=conversation.channel,
        account=conversation.account,
        created_at=now,
        **fields,
    )
    session.add(message)
    session.flush()
    return message


def mark_shown(session: Session, conversation: Conversation, seq: int, now: datetime) -> int:
    """The customer's side has shown everything up to `seq`; returns how many outbox rows that closes."""
    rows = repository.unshown(session, conversation.id, seq)
    for item in rows:
        item.status = "shown"
        item.attempts += 1
        item.finished_at = now
    return len(rows)


def _reopen(conversation: Conversation) -> None:
    # Whoever closed it, a new message goes to the bot first, with a clean tracker.
    conversation.holder = "bot"
    conversation.agent_id = None
    conversation.closed_at = None
    conversation.bot_session += 1
