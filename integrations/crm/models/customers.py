"""Who the customer is and how they reach us."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from integrations.crm.models.base import Base, Code, ForeignId, PrimaryKey


class Customer(Base):
    """A person known to the bank. C2 personal data (JR/T 0171-2020): masked on display."""

    __tablename__ = "customers"
    # With these operators the beginning of a name is found by the index in any collation.
    __table_args__ = (Index("ix_customers_name", "name", postgresql_ops={"name": "varchar_pattern_ops"}),)

    id: Mapped[PrimaryKey]
    number: Mapped[str] = mapped_column(String(20), unique=True)  # the bank's customer number
    name: Mapped[str] = mapped_column(String(60))
    gender: Mapped[Code]  # male | female
    birth_date: Mapped[date]
    id_number: Mapped[str] = mapped_column(String(18), unique=True)
    city: Mapped[str] = mapped_column(String(40))
    tier: Mapped[Code] = mapped_column(default="standard")  # vip | important | standard
    joined_on: Mapped[date]
    manager_id: Mapped[ForeignId | None] = mapped_column(ForeignKey("staff.id"))  # the dedicated manager
    created_at: Mapped[datetime]

    contact_points: Mapped[list["ContactPoint"]] = relationship(back_populates="customer")


class ContactPoint(Base):
    """A phone number or e-mail address of a customer."""

    __tablename__ = "contact_points"
    __table_args__ = (Index("ix_contact_points_kind_value", "kind", "value"),)

    id: Mapped[PrimaryKey]
    customer_id: Mapped[ForeignId] = mapped_column(ForeignKey("customers.id"), index=True)
    kind: Mapped[Code]  # phone | email
    value: Mapped[str] = mapped_column(String(120))
    is_primary: Mapped[bool] = mapped_column(default=True)

    customer: Mapped[Customer] = relationship(back_populates="contact_points")


class ChannelIdentity(Base):
    """A user of a channel (a web visitor, a WeChat openid) bound to a customer."""

    __tablename__ = "channel_identities"
    __table_args__ = (UniqueConstraint("channel", "account", "external_user"),)

    id: Mapped[PrimaryKey]
    channel: Mapped[Code]  # web | wechat
    account: Mapped[str] = mapped_column(String(80), default="default")
    external_user: Mapped[str] = mapped_column(String(80))
    customer_id: Mapped[ForeignId | None] = mapped_column(ForeignKey("customers.id"), index=True)
    bound_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
