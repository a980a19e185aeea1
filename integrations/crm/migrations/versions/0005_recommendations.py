"""Customer profiles with tiers, risk assessments, marketing choices and recommendations.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables and the column; find names by their beginning, and card tails in order."""
    with op.batch_alter_table("customers") as customers:
        customers.add_column(
            sa.Column("manager_id", _KEY, sa.ForeignKey("staff.id", name="fk_customers_manager_id_staff"))
        )
    _index_names({"name": "varchar_pattern_ops"})
    op.drop_index("ix_cards_tail", "cards")
    op.create_index("ix_cards_tail_customer", "cards", ["tail", "customer_id"])
    _create_profiles()
    _create_tier_changes()
    _create_risk_assessments()
    _create_marketing_choices()
    _create_recommendations()
    _create_recommendation_events()


def downgrade() -> None:
    """Drop them."""
    for table in (
        "recommendation_events",
        "recommendations",
        "marketing_choices",
        "risk_assessments",
        "tier_changes",
        "customer_profiles",
    ):
        op.drop_table(table)
    op.drop_index("ix_cards_tail_customer", "cards")
    op.create_index("ix_cards_tail", "cards", ["tail"])
    _index_names({})
    with op.batch_alter_table("customers") as customers:
        customers.drop_constraint("fk_customers_manager_id_staff", type_="foreignkey")
        customers.drop_column("manager_id")


def _index_names(operators: dict[str, str]) -> None:
    op.drop_index("ix_customers_name", "customers")
    op.create_index("ix_customers_name", "customers", ["name"], postgresql_ops=operators)


def _create_profiles() -> None:
    op.create_table(
        "customer_profiles",
        sa.Column("customer_id", _KEY, sa.ForeignKey("customers.id"), primary_key=True),
        sa.Column("year_volume_fen", sa.BigInteger(), nullable=False),
        sa.Column("year_transactions", sa.Integer(), nullable=False),
        sa.Column("year_services", sa.Integer(), nullable=False),
        sa.Column("assets_fen", sa.BigInteger(), nullable=False),
        sa.Column("loans_fen", sa.BigInteger(), nullable=False),
        sa.Column("last_active_on", sa.Date(), nullable=True),
        sa.Column("value", sa.String(40), nullable=False),
        sa.Column("behaviour", sa.String(40), nullable=False),
        sa.Column("risk", sa.String(40), nullable=False),
        sa.Column("lifecycle", sa.String(40), nullable=False),
        sa.Column("lifetime_value_fen", sa.BigInteger(), nullable=True),
        sa.Column("churn_probability", sa.Double(), nullable=True),
        sa.Column("churn_reasons", sa.JSON(), nullable=False),
        sa.Column("computed_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_customer_profiles_value", "customer_profiles", ["value"])
    op.create_index("ix_customer_profiles_churn_probability", "customer_profiles", ["churn_probability"])


def _create_tier_changes() -> None:
    op.create_table(
        "tier_changes",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("customer_id", _KEY, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("dimension", sa.String(40), nullable=False),
        sa.Column("before", sa.String(40), nullable=True),
        sa.Column("after", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("ix_tier_changes_customer_at", "tier_changes", ["customer_id", "at"])


def _create_risk_assessments() -> None:
    op.create_table(
        "risk_assessments",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("customer_id", _KEY, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("source_key", sa.String(80), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("taken_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("source_key"),
    )
    op.create_index("ix_risk_assessments_customer_taken", "risk_assessments", ["customer_id", "taken_at"])


def _create_marketing_choices() -> None:
    op.create_table(
        "marketing_choices",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("customer_id", _KEY, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("ix_marketing_choices_customer_at", "marketing_choices", ["customer_id", "at"])


def _create_recommendations() -> None:
    op.create_table(
        "recommendations",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("customer_id", _KEY, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("conversation_id", _KEY, sa.ForeignKey("conversations.id"), nullable=True),
        sa.Column("source_key", sa.String(80), nullable=False),
        sa.Column("product_code", sa.String(30), nullable=False),
        sa.Column("surface", sa.String(40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("shown_at", _MOMENT, nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("ticket_id", _KEY, sa.ForeignKey("tickets.id"), nullable=True),
    )
    op.create_index("ix_recommendations_customer_shown", "recommendations", ["customer_id", "shown_at"])
    op.create_index(
        "ix_recommendations_source", "recommendations", ["source_key", "product_code"], unique=True
    )


def _create_recommendation_events() -> None:
    op.create_table(
        "recommendation_events",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("recommendation_id", _KEY, sa.ForeignKey("recommendations.id"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index(
        "ix_recommendation_events_recommendation_id", "recommendation_events", ["recommendation_id"]
    )
