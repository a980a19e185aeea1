"""Conversations, messages, tickets and what customers thought of them.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Constraints get their names from the naming convention of models/base.py (env.py passes the metadata).
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _create_conversations()
    _create_messages()
    _create_outbox()
    _create_tickets()
    _create_ticket_events()
    _create_attachments()
    _create_verification_challenges()
    _create_verification_locks()
    _create_ratings()
    _create_article_feedback()


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "article_feedback",
        "ratings",
        "verification_locks",
        "verification_challenges",
        "attachments",
        "ticket_events",
        "tickets",
        "outbox",
        "messages",
        "conversations",
    ):
        op.drop_table(table)


def _create_conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("external_user", sa.String(80), nullable=False),
        sa.Column("customer_id", _KEY, sa.ForeignKey("customers.id"), nullable=True),
        sa.Column("holder", sa.String(40), nullable=False),
        sa.Column("agent_id", _KEY, sa.ForeignKey("staff.id"), nullable=True),
        sa.Column("queued_at", _MOMENT, nullable=True),
        sa.Column("queue_reason", sa.String(40), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("verified_until", _MOMENT, nullable=True),
        sa.Column("bot_session", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("turn_lease_until", _MOMENT, nullable=True),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("last_message_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.UniqueConstraint("public_id"),
    )
    op.create_index("ix_conversations_agent_id", "conversations", ["agent_id"])
    op.create_index("ix_conversations_customer_id", "conversations", ["customer_id"])
    op.create_index("ix_conversations_queue", "conversations", ["holder", "priority", "queued_at"])
    op.create_index("ix_conversations_visitor", "conversations", ["channel", "account", "external_user"])


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("conversation_id", _KEY, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(40), nullable=False),
        sa.Column("staff_id", _KEY, sa.ForeignKey("staff.id"), nullable=True),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("external_id", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("turn", sa.String(40), nullable=True),
        sa.Column("reply_to", _KEY, sa.ForeignKey("messages.id"), nullable=True),
        sa.Column("understood", sa.JSON(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("channel", "account", "external_id"),
        sa.UniqueConstraint("conversation_id", "seq"),
    )
    op.create_index("ix_messages_turn", "messages", ["turn", "created_at"])


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("message_id", _KEY, sa.ForeignKey("messages.id"), nullable=False),
        sa.Column("conversation_id", _KEY, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(200), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.UniqueConstraint("message_id"),
    )
    op.create_index("ix_outbox_conversation_id", "outbox", ["conversation_id"])
    op.create_index("ix_outbox_status", "outbox", ["status", "id"])


def _create_tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("source_key", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("priority", sa.String(40), nullable=False),
        sa.Column("customer_id", _KEY, sa.ForeignKey("customers.id"), nullable=True),
        sa.Column("conversation_id", _KEY, sa.ForeignKey("conversations.id"), nullable=True),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("first_response_due", _MOMENT, nullable=True),
        sa.Column("resolve_due", _MOMENT, nullable=True),
        sa.Column("regulatory_due", _MOMENT, nullable=True),
        sa.Column("first_response_at", _MOMENT, nullable=True),
        sa.Column("resolved_at", _MOMENT, nullable=True),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("source_key"),
    )
    op.create_index("ix_tickets_conversation_id", "tickets", ["conversation_id"])
    op.create_index("ix_tickets_customer_id", "tickets", ["customer_id"])
    op.create_index("ix_tickets_kind_status", "tickets", ["kind", "status"])


def _create_ticket_events() -> None:
    op.create_table(
        "ticket_events",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("ticket_id", _KEY, sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("source_key", sa.String(80), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.UniqueConstraint("source_key"),
    )
    op.create_index("ix_ticket_events_ticket_id", "ticket_events", ["ticket_id"])


def _create_attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("conversation_id", _KEY, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("ticket_id", _KEY, sa.ForeignKey("tickets.id"), nullable=True),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("public_id"),
    )
    op.create_index("ix_attachments_conversation_id", "attachments", ["conversation_id"])
    op.create_index("ix_attachments_ticket_id", "attachments", ["ticket_id"])


def _create_verification_challenges() -> None:
    op.create_table(
        "verification_challenges",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("conversation_id", _KEY, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("customer_id", _KEY, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("code_hmac", sa.String(64), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("wrong_attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
    )
    op.create_index(
        "ix_verification_challenges_conversation_id", "verification_challenges", ["conversation_id"]
    )
    op.create_index("ix_verification_challenges_customer_id", "verification_challenges", ["customer_id"])


def _create_verification_locks() -> None:
    op.create_table(
        "verification_locks",
        sa.Column("customer_id", _KEY, sa.ForeignKey("customers.id"), primary_key=True),
        sa.Column("locked_until", _MOMENT, nullable=False),
    )


def _create_ratings() -> None:
    op.create_table(
        "ratings",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("conversation_id", _KEY, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("source_key", sa.String(80), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("source_key"),
    )
    op.create_index("ix_ratings_conversation_id", "ratings", ["conversation_id"])


def _create_article_feedback() -> None:
    op.create_table(
        "article_feedback",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("conversation_id", _KEY, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("source_key", sa.String(80), nullable=False),
        sa.Column("article_id", sa.String(80), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("source_key"),
    )
    op.create_index("ix_article_feedback_article_id", "article_feedback", ["article_id"])
    op.create_index("ix_article_feedback_conversation_id", "article_feedback", ["conversation_id"])
