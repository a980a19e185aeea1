"""Messengers: interactions and sends for their quotas, accounts with tokens, leases of deliveries.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables and columns."""
    op.create_table(
        "channel_interactions",
        *_user_columns(),
        sa.Column("external_id", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.UniqueConstraint("channel", "account", "external_id"),
    )
    op.create_table("channel_sends", *_user_columns())
    for table in ("channel_interactions", "channel_sends"):
        op.create_index(f"ix_{table}_user", table, ["channel", "account", "external_user", "at"])
    op.create_table(
        "channel_accounts",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("token_expires_at", _MOMENT, nullable=True),
        sa.Column("token_refresh_until", _MOMENT, nullable=True),
        sa.Column("token_forced_at", _MOMENT, nullable=True),
        sa.Column("may_send", sa.Boolean(), nullable=True),
        sa.Column("problem", sa.String(300), nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.UniqueConstraint("channel", "account"),
    )
    op.add_column("outbox", sa.Column("claimed_until", _MOMENT, nullable=True))
    op.add_column("outbox", sa.Column("parts_sent", sa.Integer(), server_default="0", nullable=False))
    op.add_column("conversations", sa.Column("reply_awaited_until", _MOMENT, nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("conversations", "reply_awaited_until")
    op.drop_column("outbox", "parts_sent")
    op.drop_column("outbox", "claimed_until")
    for table in ("channel_accounts", "channel_sends", "channel_interactions"):
        op.drop_table(table)


def _user_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("external_user", sa.String(80), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    ]
