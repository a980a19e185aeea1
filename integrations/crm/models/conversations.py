"""Conversations, their messages, what must still be delivered, and what customers thought of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from integrations.crm.models.base import Base, Code, ForeignId, PrimaryKey
from integrations.crm.models.customers import Customer
from integrations.crm.models.staff import Staff


class Conversation(Base):
    """One customer's thread on one channel, and who answers it now (`holder`)."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_queue", "holder", "priority", "queued_at"),
        Index("ix_conversations_visitor", "channel", "account", "external_user"),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    channel: Mapped[Code]
    account: Mapped[str] = mapped_column(String(80))
    external_user: Mapped[str] = mapped_column(String(80))
    customer_id: Mapped[ForeignId | None] = mapped_column(ForeignKey("customers.id"), index=True)
    holder: Mapped[Code] = mapped_column(default="bot")  # bot | queued | human | closed
    agent_id: Mapped[ForeignId | None] = mapped_column(ForeignKey("staff.id"), index=True)
    queued_at: Mapped[datetime | None]
    queue_reason: Mapped[Code | None]  # requested | fraud | card_loss | bot_failed | not_understood
    handoff_note: Mapped[str | None] = mapped_column(Text)  # for the agent: what the bot has tried
    priority: Mapped[int] = mapped_column(default=0)  # larger = sooner; see conversations/queue.py
    level: Mapped[Code] = mapped_column(default="none")  # none | known | verified
    verified_until: Mapped[datetime | None]
    bot_session: Mapped[int] = mapped_column(default=1)  # a new one gives the bot a clean tracker
    last_seq: Mapped[int] = mapped_column(default=0)
    turn_lease_until: Mapped[datetime | None]  # one turn in flight, whatever process runs it
    reply_awaited_until: Mapped[datetime | None]  # a messenger's request is open and takes the reply along
    started_at: Mapped[datetime]
    last_message_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    customer: Mapped[Customer | None] = relationship()
    agent: Mapped[Staff | None] = relationship()


class Message(Base):
    """One message as stored: secrets already removed."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("channel", "account", "external_id"),
        UniqueConstraint("conversation_id", "seq"),
        Index("ix_messages_turn", "turn", "created_at"),
    )

    id: Mapped[PrimaryKey]
    conversation_id: Mapped[ForeignId] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int]
    sender: Mapped[Code]  # customer | bot | agent | system
    staff_id: Mapped[ForeignId | None] = mapped_column(ForeignKey("staff.id"))
    channel: Mapped[Code]
    account: Mapped[str] = mapped_column(String(80))
    external_id: Mapped[str] = mapped_column(String(120))  # the sender's id: one id, one message
    kind: Mapped[Code] = mapped_column(default="text")  # text | image | card
    text: Mapped[str] = mapped_column(Text, default="")
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)  # buttons, card, attachment id
    turn: Mapped[Code | None]  # customer messages: pending | done | failed | human
    reply_to: Mapped[ForeignId | None] = mapped_column(ForeignKey("messages.id"))
    understood: Mapped[dict[str, Any] | None]  # intent, confidence, entities, action, article, ms
    created_at: Mapped[datetime]


class OutboxItem(Base):
    """A message that must reach a channel: at least once, deduplicated at the receiver."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_status", "status", "id"),)

    id: Mapped[PrimaryKey]
    message_id: Mapped[ForeignId] = mapped_column(ForeignKey("messages.id"), unique=True)
    conversation_id: Mapped[ForeignId] = mapped_column(ForeignKey("conversations.id"), index=True)
    channel: Mapped[Code]
    status: Mapped[Code] = mapped_column(default="pending")  # pending | sending | held | shown | unknown | failed
    claimed_until: Mapped[datetime | None]  # sending: whoever took it answers for it until then
    attempts: Mapped[int] = mapped_column(default=0)
    parts_sent: Mapped[int] = mapped_column(default=0, server_default="0")  # of a text too long for one message
    last_error: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Attachment(Base):
    """An uploaded image; the file lies outside the web root under its random name."""

    __tablename__ = "attachments"

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    conversation_id: Mapped[ForeignId] = mapped_column(ForeignKey("conversations.id"), index=True)
    ticket_id: Mapped[ForeignId | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]  # bytes
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class VerificationChallenge(Base):
    """A one-time code sent to a customer; the code itself is kept only as an HMAC."""

    __tablename__ = "verification_challenges"

    id: Mapped[PrimaryKey]
    conversation_id: Mapped[ForeignId] = mapped_column(ForeignKey("conversations.id"), index=True)
    customer_id: Mapped[ForeignId] = mapped_column(ForeignKey("customers.id"), index=True)
    code_hmac: Mapped[str] = mapped_column(String(64))
    status: Mapped[Code] = mapped_column(default="open")  # open | passed | locked | expired
    wrong_attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class VerificationLock(Base):
    """Verification is refused for a customer until a moment (three wrong codes)."""

    __tablename__ = "verification_locks"

    customer_id: Mapped[ForeignId] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    locked_until: Mapped[datetime]


class Rating(Base):
    """A customer's rating of a conversation, 1 (very bad) to 5 (very good)."""

    __tablename__ = "ratings"

    id: Mapped[PrimaryKey]
    conversation_id: Mapped[ForeignId] = mapped_column(ForeignKey("conversations.id"), index=True)
    source_key: Mapped[str] = mapped_column(String(80), unique=True)  # one per request: idempotent
    score: Mapped[int]
    comment: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class ArticleFeedback(Base):
    """「有用」 or 「没用」 on a knowledge article shown in a conversation."""

    __tablename__ = "article_feedback"

    id: Mapped[PrimaryKey]
    conversation_id: Mapped[ForeignId] = mapped_column(ForeignKey("conversations.id"), index=True)
    source_key: Mapped[str] = mapped_column(String(80), unique=True)
    article_id: Mapped[str] = mapped_column(String(80), index=True)
    helpful: Mapped[bool]
    created_at: Mapped[datetime]
