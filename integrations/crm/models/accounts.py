"""Accounts, cards, bills and the movements on them. Every amount is in fen."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from integrations.crm.models.base import Base, Code, Fen, ForeignId, PrimaryKey


class Account(Base):
    """A deposit account (活期 current or 定期 time deposit)."""

    __tablename__ = "accounts"

    id: Mapped[PrimaryKey]
    customer_id: Mapped[ForeignId] = mapped_column(ForeignKey("customers.id"), index=True)
    number: Mapped[str] = mapped_column(String(30), unique=True)
    kind: Mapped[Code]  # current | time
    account_class: Mapped[int] = mapped_column(default=1)  # I, II or III
    balance_fen: Mapped[Fen]
    frozen_fen: Mapped[Fen] = mapped_column(default=0)
    status: Mapped[Code] = mapped_column(default="active")  # active | dormant | closed
    opened_on: Mapped[date]
    matures_on: Mapped[date | None]


class Card(Base):
    """A debit card (on an account) or a credit card (with its own limit and cycle)."""

    __tablename__ = "cards"
    __table_args__ = (Index("ix_cards_tail_customer", "tail", "customer_id"),)

    id: Mapped[PrimaryKey]
    customer_id: Mapped[ForeignId] = mapped_column(ForeignKey("customers.id"), index=True)
    account_id: Mapped[ForeignId | None] = mapped_column(ForeignKey("accounts.id"))
    number: Mapped[str] = mapped_column(String(19), unique=True)  # Luhn-valid
    tail: Mapped[str] = mapped_column(String(4))
    kind: Mapped[Code]  # debit | credit
    product: Mapped[str] = mapped_column(String(60))
    status: Mapped[Code] = mapped_column(default="active")  # active | frozen | cancelled
    frozen_reason: Mapped[Code | None]  # lost | stolen | fraud
    frozen_at: Mapped[datetime | None]
    credit_limit_fen: Mapped[Fen | None]
    used_fen: Mapped[Fen | None]
    bill_day: Mapped[int | None]
    due_day: Mapped[int | None]
    issued_on: Mapped[date]

    account: Mapped[Account | None] = relationship()


class CardBill(Base):
    """A monthly credit-card bill."""

    __tablename__ = "card_bills"

    id: Mapped[PrimaryKey]
    card_id: Mapped[ForeignId] = mapped_column(ForeignKey("cards.id"), index=True)
    billed_on: Mapped[date]
    due_on: Mapped[date]
    amount_fen: Mapped[Fen]
    minimum_fen: Mapped[Fen]
    paid_fen: Mapped[Fen] = mapped_column(default=0)


class Transaction(Base):
    """One movement on a current account or a credit card; negative = money out."""

    __tablename__ = "transactions"
    __table_args__ = (
        Index("ix_transactions_account_time", "account_id", "occurred_at"),
        Index("ix_transactions_card_time", "card_id", "occurred_at"),
    )

    id: Mapped[PrimaryKey]
    account_id: Mapped[ForeignId | None] = mapped_column(ForeignKey("accounts.id"))
    card_id: Mapped[ForeignId | None] = mapped_column(ForeignKey("cards.id"))
    occurred_at: Mapped[datetime]
    amount_fen: Mapped[Fen]
    balance_fen: Mapped[Fen | None]  # after the movement, current accounts only
    summary: Mapped[str] = mapped_column(String(60))  # 工资, 消费, 转账, ATM取款 …
    counterparty: Mapped[str | None] = mapped_column(String(80))
    channel: Mapped[Code]  # app | web | atm | counter | pos | third_party


class Transfer(Base):
    """An outgoing transfer and where it stands."""

    __tablename__ = "transfers"

    id: Mapped[PrimaryKey]
    account_id: Mapped[ForeignId] = mapped_column(ForeignKey("accounts.id"), index=True)
    reference: Mapped[str] = mapped_column(String(30), unique=True)
    amount_fen: Mapped[Fen]
    payee_name: Mapped[str] = mapped_column(String(60))
    payee_bank: Mapped[str] = mapped_column(String(60))
    payee_tail: Mapped[str] = mapped_column(String(4))
    status: Mapped[Code]  # processing | succeeded | failed | returned
    created_at: Mapped[datetime]
    expected_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(String(120))  # the bank's reason, in Chinese


class Holding(Base):
    """A product the customer holds besides accounts and cards."""

    __tablename__ = "holdings"

    id: Mapped[PrimaryKey]
    customer_id: Mapped[ForeignId] = mapped_column(ForeignKey("customers.id"), index=True)
    product_code: Mapped[str] = mapped_column(String(30))
    product_name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[Code]  # deposit | wealth | fund | insurance | loan
    amount_fen: Mapped[Fen]
    since: Mapped[date]
    matures_on: Mapped[date | None]
