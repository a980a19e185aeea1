"""Queries on customers, their cards, accounts and movements."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select, true, union_all
from sqlalchemy.orm import Session

from integrations.crm.models import (
    Account,
    Card,
    CardBill,
    ChannelIdentity,
    ContactPoint,
    Customer,
    Holding,
    Transaction,
    Transfer,
)


def customers_by_phone(session: Session, phone: str) -> Sequence[Customer]:
    """Everyone reached under this phone number (a family may share one)."""
    return session.scalars(
        select(Customer)
        .join(ContactPoint)
        .where(ContactPoint.kind == "phone", ContactPoint.value == phone)
        .distinct()
        .order_by(Customer.id)
    ).all()


def customers_by_card_tail(session: Session, tail: str, limit: int) -> Sequence[Customer]:
    """The first customers with a card not cancelled that ends in these digits, the longest known first."""
    # The limit stands inside, where the index has the order: a million customers have 130 cards of each tail.
    owners = (
        select(Card.customer_id)
        .where(Card.tail == tail, Card.status != "cancelled")
        .distinct()
        .order_by(Card.customer_id)
        .limit(limit)
    )
    return session.scalars(select(Customer).where(Customer.id.in_(owners)).order_by(Customer.id)).all()


def customer_by_number(session: Session, number: str) -> Customer | None:
    """The customer with this customer number."""
    return session.scalar(select(Customer).where(Customer.number == number))


def search_customers(
    session: Session, text: str, limit: int, within: ColumnElement[bool] | None = None
) -> Sequence[Customer]:
    """Customers whose name begins with the text, or whose number or phone is the text.

    `within` is a further condition on `customers`.
    """
    narrowed = true() if within is None else within
    named = (
        select(Customer.id)
        .where(Customer.name.startswith(text, autoescape=True), narrowed)
        .order_by(Customer.id)
        .limit(limit)
        .subquery()
    )
    # Three queries that have an index each: one with OR would read the whole table.
    found = union_all(
        select(named.c.id),
        select(Customer.id).where(Customer.number == text),
        select(ContactPoint.customer_id).where(ContactPoint.kind == "phone", ContactPoint.value == text),
    )
    return session.scalars(
        select(Customer).where(Customer.id.in_(found), narrowed).order_by(Customer.id).limit(limit)
    ).all()


def contact(session: Session, customer_id: int, kind: str) -> str | None:
    """The customer's phone or e-mail, the primary one first."""
    return session.scalar(
        select(ContactPoint.value)
        .where(ContactPoint.customer_id == customer_id, ContactPoint.kind == kind)
        .order_by(ContactPoint.is_primary.desc(), ContactPoint.id)
        .limit(1)
    )


def cards(
    session: Session, customer_id: int, *, kind: str | None = None, tail: str | None = None
) -> Sequence[Card]:
    """Cards that are not cancelled, debit cards first, the oldest first."""
    query = select(Card).where(Card.customer_id == customer_id, Card.status != "cancelled")
    if kind is not None:
        query = query.where(Card.kind == kind)
    if tail is not None:
        query = query.where(Card.tail == tail)
    return session.scalars(query.order_by(Card.kind.desc(), Card.issued_on, Card.id)).all()


def accounts(session: Session, customer_id: int, kind: str) -> Sequence[Account]:
    """Open accounts of a kind, the oldest first."""
    return session.scalars(
        select(Account)
        .where(Account.customer_id == customer_id, Account.kind == kind, Account.status != "closed")
        .order_by(Account.opened_on, Account.id)
    ).all()


def holdings(session: Session, customer_id: int) -> Sequence[Holding]:
    """Products besides accounts and cards, the oldest first."""
    return session.scalars(
        select(Holding).where(Holding.customer_id == customer_id).order_by(Holding.since, Holding.id)
    ).all()


def movements(
    session: Session, where: ColumnElement[bool], since: datetime, until: datetime, limit: int
) -> Sequence[Transaction]:
    """The newest movements with since ≤ time < until."""
    return session.scalars(
        select(Transaction)
        .where(where, Transaction.occurred_at >= since, Transaction.occurred_at < until)
        .order_by(Transaction.occurred_at.desc(), Transaction.id.desc())
        .limit(limit)
    ).all()


def movement_totals(
    session: Session, where: ColumnElement[bool], since: datetime, until: datetime
) -> tuple[int, int, int]:
    """Count, sum in and sum out (both positive, fen) with since ≤ time < until."""
    amount = Transaction.amount_fen
    row = session.execute(
        select(
            func.count(Transaction.id),
            func.coalesce(func.sum(case((amount > 0, amount), else_=0)), 0),
            func.coalesce(func.sum(case((amount < 0, -amount), else_=0)), 0),
        ).where(where, Transaction.occurred_at >= since, Transaction.occurred_at < until)
    ).one()
    return int(row[0]), int(row[1]), int(row[2])


def on_accounts(account_ids: Sequence[int]) -> ColumnElement[bool]:
    """Movements of these deposit accounts."""
    return Transaction.account_id.in_(account_ids)


def on_credit_cards(card_ids: Sequence[int]) -> ColumnElement[bool]:
    """Movements of these credit cards."""
    return Transaction.card_id.in_(card_ids) & Transaction.account_id.is_(None)


def bills(session: Session, card_id: int, limit: int) -> Sequence[CardBill]:
    """The newest bills of a credit card."""
    return session.scalars(
        select(CardBill).where(CardBill.card_id == card_id).order_by(CardBill.billed_on.desc()).limit(limit)
    ).all()


def transfers(
    session: Session,
    customer_id: int,
    *,
    amount_fen: int | None = None,
    payee: str | None = None,
    status: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 5,
) -> Sequence[Transfer]:
    """The customer's newest outgoing transfers that fit every given filter."""
    query = select(Transfer).join(Account).where(Account.customer_id == customer_id)
    if amount_fen is not None:
        query = query.where(Transfer.amount_fen == amount_fen)
    if payee is not None:
        query = query.where(Transfer.payee_name == payee)
    if status is not None:
        query = query.where(Transfer.status == status)
    if since is not None:
        query = query.where(Transfer.created_at >= since)
    if until is not None:
        query = query.where(Transfer.created_at < until)
    return session.scalars(query.order_by(Transfer.created_at.desc(), Transfer.id.desc()).limit(limit)).all()


def identity(session: Session, channel: str, account: str, external_user: str) -> ChannelIdentity | None:
    """The user of a channel, bound to a customer or not."""
    return session.scalar(
        select(ChannelIdentity).where(
            ChannelIdentity.channel == channel,
            ChannelIdentity.account == account,
            ChannelIdentity.external_user == external_user,
        )
    )
