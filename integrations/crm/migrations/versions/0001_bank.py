"""Customers, their accounts, and the staff.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Constraints get their names from the naming convention of models/base.py (env.py passes the metadata).
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _create_customers()
    _create_contact_points()
    _create_channel_identities()
    _create_accounts()
    _create_cards()
    _create_card_bills()
    _create_transactions()
    _create_transfers()
    _create_holdings()
    _create_staff()
    _create_staff_sessions()
    _create_audit_log()


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "audit_log",
        "staff_sessions",
        "staff",
        "holdings",
        "transfers",
        "transactions",
        "card_bills",
        "cards",
        "accounts",
        "channel_identities",
        "contact_points",
        "customers",
    ):
        op.drop_table(table)


def _create_customers() -> None:
    op.create_table(
        "customers",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("gender", sa.String(40), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("id_number", sa.String(18), nullable=False),
        sa.Column("city", sa.String(40), nullable=False),
        sa.Column("tier", sa.String(40), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("id_number"),
        sa.UniqueConstraint("number"),
    )
    op.create_index("ix_customers_name", "customers", ["name"])


def _create_contact_points() -> None:
    op.create_table(
        "contact_points",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("customer_id", _KEY, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("value", sa.String(120), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_contact_points_customer_id", "contact_points", ["customer_id"])
    op.create_index("ix_contact_points_kind_value", "contact_points", ["kind", "value"])


def _create_channel_identities() -> None:
    op.create_table(
        "channel_identities",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("external_user", sa.String(80), nullable=False),
        sa.Column("customer_id", _KEY, sa.ForeignKey("customers.id"), nullable=True),
        sa.Column("bound_at", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("channel", "account", "external_user"),
    )
    op.create_index("ix_channel_identities_customer_id", "channel_identities", ["customer_id"])


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("customer_id", _KEY, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("number", sa.String(30), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("account_class", sa.Integer(), nullable=False),
        sa.Column("balance_fen", sa.BigInteger(), nullable=False),
        sa.Column("frozen_fen", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("matures_on", sa.Date(), nullable=True),
        sa.UniqueConstraint("number"),
    )
    op.create_index("ix_accounts_customer_id", "accounts", ["customer_id"])


def _create_cards() -> None:
    op.create_table(
        "cards",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("customer_id", _KEY, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("account_id", _KEY, sa.ForeignKey("accounts.id"), nullable=True),
        sa.Column("number", sa.String(19), nullable=False),
        sa.Column("tail", sa.String(4), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("product", sa.String(60), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("frozen_reason", sa.String(40), nullable=True),
        sa.Column("frozen_at", _MOMENT, nullable=True),
        sa.Column("credit_limit_fen", sa.BigInteger(), nullable=True),
        sa.Column("used_fen", sa.BigInteger(), nullable=True),
        sa.Column("bill_day", sa.Integer(), nullable=True),
        sa.Column("due_day", sa.Integer(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.UniqueConstraint("number"),
    )
    op.create_index("ix_cards_customer_id", "cards", ["customer_id"])
    op.create_index("ix_cards_tail", "cards", ["tail"])


def _create_card_bills() -> None:
    op.create_table(
        "card_bills",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("card_id", _KEY, sa.ForeignKey("cards.id"), nullable=False),
        sa.Column("billed_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("minimum_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_card_bills_card_id", "card_bills", ["card_id"])


def _create_transactions() -> None:
    op.create_table(
        "transactions",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("account_id", _KEY, sa.ForeignKey("accounts.id"), nullable=True),
        sa.Column("card_id", _KEY, sa.ForeignKey("cards.id"), nullable=True),
        sa.Column("occurred_at", _MOMENT, nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("balance_fen", sa.BigInteger(), nullable=True),
        sa.Column("summary", sa.String(60), nullable=False),
        sa.Column("counterparty", sa.String(80), nullable=True),
        sa.Column("channel", sa.String(40), nullable=False),
    )
    op.create_index("ix_transactions_account_time", "transactions", ["account_id", "occurred_at"])
    op.create_index("ix_transactions_card_time", "transactions", ["card_id", "occurred_at"])


def _create_transfers() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("account_id", _KEY, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("reference", sa.String(30), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("payee_name", sa.String(60), nullable=False),
        sa.Column("payee_bank", sa.String(60), nullable=False),
        sa.Column("payee_tail", sa.String(4), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expected_at", _MOMENT, nullable=True),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.Column("failure", sa.String(120), nullable=True),
        sa.UniqueConstraint("reference"),
    )
    op.create_index("ix_transfers_account_id", "transfers", ["account_id"])


def _create_holdings() -> None:
    op.create_table(
        "holdings",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("customer_id", _KEY, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("product_code", sa.String(30), nullable=False),
        sa.Column("product_name", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("matures_on", sa.Date(), nullable=True),
    )
    op.create_index("ix_holdings_customer_id", "holdings", ["customer_id"])


def _create_staff() -> None:
    op.create_table(
        "staff",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("username", sa.String(40), nullable=False),
        sa.Column("display_name", sa.String(60), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("totp_secret", sa.String(64), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=True),
        sa.Column("failed_sign_ins", sa.Integer(), nullable=False),
        sa.Column("locked_until", _MOMENT, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("username"),
    )


def _create_staff_sessions() -> None:
    op.create_table(
        "staff_sessions",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("staff_id", _KEY, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_staff_sessions_staff_id", "staff_sessions", ["staff_id"])


def _create_audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("target_kind", sa.String(40), nullable=False),
        sa.Column("target_id", sa.String(80), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at"])
    op.create_index("ix_audit_log_target", "audit_log", ["target_kind", "target_id"])
