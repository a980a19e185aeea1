"""What is computed of a customer every night: figures, tiers, value and churn risk, and how they changed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from integrations.crm.models.base import Base, Code, Fen, ForeignId, PrimaryKey


class CustomerProfile(Base):
    """The newest figures and tiers of one customer. The value tier is kept in `customers.tier` too."""

    __tablename__ = "customer_profiles"

    customer_id: Mapped[ForeignId] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    year_volume_fen: Mapped[Fen]  # sum of all movements of 12 months, in and out
    year_transactions: Mapped[int]
    year_services: Mapped[int]  # kinds of service used within 12 months
    assets_fen: Mapped[Fen]  # deposits and investments
    loans_fen: Mapped[Fen]
    last_active_on: Mapped[date | None]
    value: Mapped[Code] = mapped_column(index=True)  # vip | important | standard
    behaviour: Mapped[Code]  # active | potential | lost
    risk: Mapped[Code]  # low | medium | high
    lifecycle: Mapped[Code]  # new | growing | mature | declining
    lifetime_value_fen: Mapped[Fen | None]
    churn_probability: Mapped[float | None] = mapped_column(index=True)
    churn_reasons: Mapped[list[Any]] = mapped_column(default=list)
    computed_at: Mapped[datetime]


class TierChange(Base):
    """One dimension of a customer's tiers changed, and why."""

    __tablename__ = "tier_changes"
    __table_args__ = (Index("ix_tier_changes_customer_at", "customer_id", "at"),)

    id: Mapped[PrimaryKey]
    customer_id: Mapped[ForeignId] = mapped_column(ForeignKey("customers.id"))
    dimension: Mapped[Code]  # value | behaviour | risk | lifecycle
    before: Mapped[Code | None]  # None: computed for the first time
    after: Mapped[Code]
    reason: Mapped[str] = mapped_column(String(200))  # in Chinese, with the figures that decided
    at: Mapped[datetime]
