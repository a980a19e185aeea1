"""Queries on movements of MOVEMENT_KINDS: of everybody, to learn from, and of one customer."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from integrations.crm.models import Account, Card, Transaction
from integrations.crm.recommendations.movement_kinds import MOVEMENT_KINDS, NEWEST, MovementKind, kinds_of


def first_movements(session: Session, since: datetime) -> Iterator[tuple[int, tuple[datetime | None, ...]]]:
    """Customers who moved money at `since` or later, and when first in each way of MOVEMENT_KINDS.

    A customer with a credit card comes twice: once for accounts, once for cards. Streamed.
    """
    at = Transaction.occurred_at
    firsts = [func.min(case((_is_of(kind), at))) for kind in MOVEMENT_KINDS]
    on_accounts = (
        select(Account.customer_id, *firsts)
        .join(Transaction, Transaction.account_id == Account.id)
        .where(at >= since)
        .group_by(Account.customer_id)
    )
    on_cards = (
        select(Card.customer_id, *firsts)
        .join(Transaction, Transaction.card_id == Card.id)
        .where(at >= since, Transaction.account_id.is_(None))
        .group_by(Card.customer_id)
    )
    for query in (on_accounts, on_cards):
        for customer_id, *moments in session.execute(query.execution_options(yield_per=10_000)):
            yield customer_id, tuple(moments)


def moved(session: Session, customer_id: int, since: datetime) -> frozenset[str]:
    """Names of the MOVEMENT_KINDS that a customer made at `since` or later, among their NEWEST movements."""
    accounts = select(Account.id).where(Account.customer_id == customer_id, Account.kind == "current")
    cards = select(Card.id).where(Card.customer_id == customer_id, Card.kind == "credit")
    found = set[str]()
    for owner in (Transaction.account_id.in_(accounts), Transaction.card_id.in_(cards)):
        newest = (
            select(Transaction.summary, Transaction.counterparty, Transaction.amount_fen)
            .where(owner, Transaction.occurred_at >= since)
            .order_by(Transaction.occurred_at.desc())
            .limit(NEWEST)
            .subquery()
        )
        amount = newest.c.amount_fen
        alike = select(newest.c.summary, newest.c.counterparty, func.min(amount), func.max(amount)).group_by(
            newest.c.summary, newest.c.counterparty
        )
        for summary, counterparty, least_fen, most_fen in session.execute(alike):
            found |= kinds_of(f"{summary} {counterparty or ''}", least_fen, most_fen)
    return frozenset(found)


def _is_of(kind: MovementKind) -> ColumnElement[bool]:
    amount = Transaction.amount_fen
    size = amount >= kind.from_fen if kind.money == "in" else amount <= -kind.from_fen
    if not kind.words:
        return size
    texts = (Transaction.summary, Transaction.counterparty)
    return and_(size, or_(*(text.contains(word) for text in texts for word in kind.words)))
