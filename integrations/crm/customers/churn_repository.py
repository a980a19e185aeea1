"""Queries for the churn model: what was known of many customers on a day, one query for each kind of fact."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, case, func, literal, or_, select, union_all, update
from sqlalchemy.orm import Session

from integrations.crm.customers.churn_settings import ChurnRules
from integrations.crm.customers.periods import start_of, today
from integrations.crm.models import (
    Account,
    Card,
    CardBill,
    Conversation,
    Customer,
    CustomerProfile,
    Holding,
    Ticket,
    Transaction,
)
from integrations.crm.models.tickets import RUNNING

PERIOD_DAYS = 30
PERIODS = 6
HORIZON_DAYS = 90
"""Who does nothing for so long is gone."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cut:
    """A day at whose beginning (Shanghai) the customers are looked at: nothing later is known."""

    day: date

    def days(self, offset: int) -> datetime:
        """The moment so many days after the cut (negative: before)."""
        return start_of(self.day + timedelta(days=offset))


def facts(session: Session, ids: Sequence[int], cut: Cut, now: datetime, rules: ChurnRules) -> dict[int, Row]:
    """What was known of these customers at the cut, and as `after` what they did themselves within 90 days.

    Balances of that day are those of today minus the movements since. Ended holdings and cancelled cards
    count while they ran, so the bank must keep their rows. The bank keeps no history of the rest: at every
    cut time deposits, holdings, loans and credit limits have today's amounts, and a bill paid late counts
    as paid.
    """
    found: dict[int, Row] = {}
    queries = [
        select(Customer.id.label("customer_id"), Customer.birth_date, Customer.joined_on).where(
            Customer.id.in_(ids)
        ),
        _movements(ids, cut, now, rules),
        _accounts(ids, cut),
        _holdings(ids, cut),
        _cards(ids, cut),
        _bills(ids, cut),
        _complaints(ids, cut),
        _contacts(ids, cut),
    ]
    for query in queries:
        for row in session.execute(query).mappings():
            found.setdefault(row["customer_id"], {}).update(row)
    return found


def customers_joined_by(session: Session, day: date, after_id: int, limit: int, every: int) -> Sequence[int]:
    """Ids above `after_id` of customers who had joined; `every` 3 takes a third of all ids."""
    return session.scalars(
        select(Customer.id)
        .where(Customer.joined_on <= day, Customer.id > after_id, Customer.id % every == 0)
        .order_by(Customer.id)
        .limit(limit)
    ).all()


def history_from(session: Session) -> date | None:
    """The day of the first movement there is; None where nothing has moved."""
    first = session.scalar(select(func.min(Transaction.occurred_at)))
    return None if first is None else today(first)


def count_joined_by(session: Session, day: date) -> int:
    """How many customers had joined."""
    return session.scalar(select(func.count(Customer.id)).where(Customer.joined_on <= day)) or 0


def profiles(session: Session, ids: Sequence[int]) -> Sequence[Any]:
    """Customer id, assets, loans and yearly volume of those who have a profile."""
    return session.execute(
        select(
            CustomerProfile.customer_id,
            CustomerProfile.assets_fen,
            CustomerProfile.loans_fen,
            CustomerProfile.year_volume_fen,
        )
        .where(CustomerProfile.customer_id.in_(ids))
        .order_by(CustomerProfile.customer_id)
    ).all()


def store(session: Session, rows: Iterable[Row]) -> None:
    """Write `churn_probability`, `churn_reasons` and `lifetime_value_fen` of each `customer_id`."""
    written = list(rows)
    if not written:
        return
    table: Any = CustomerProfile.__table__
    names = ("churn_probability", "churn_reasons", "lifetime_value_fen")
    values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    session.execute(
        update(table).where(table.c.customer_id == bindparam("one")).values(values),
        [{"one": row["customer_id"], **{f"new_{name}": row[name] for name in names}} for row in written],
    )
    known = {row["customer_id"] for row in written}
    for held in list(session.identity_map.values()):
        # Whoever holds these rows in this session must see what was written past it.
        if isinstance(held, CustomerProfile) and held.customer_id in known:
            session.refresh(held)


def _movements(ids: Sequence[int], cut: Cut, now: datetime, rules: ChurnRules) -> Any:
    moves = _moves(ids, cut, now).subquery()
    at, fen, summary, on_card = moves.c.at, moves.c.fen, moves.c.summary, moves.c.on_card
    own, in_balance = summary.not_in(rules.not_own), moves.c.in_balance == 1
    spent = case((fen < 0, -fen), else_=0)
    recent, earlier = _between(at, cut, -90, 0), _between(at, cut, -180, -90)
    columns = []
    for place in range(PERIODS):
        within = own & _between(at, cut, -PERIOD_DAYS * (place + 1), -PERIOD_DAYS * place)
        columns.append(_count(within, f"own_{place + 1}"))
        columns.append(_sum(within, spent, f"out_{place + 1}"))
    bought = summary.in_(rules.purchases)
    income = summary.in_(rules.incomes)
    for name, within in (("recent", recent), ("earlier", earlier)):
        columns.append(_count(bought & within, f"purchases_{name}"))
        columns.append(_count(bought & within & (on_card == 1), f"card_{name}"))
        columns.append(_count(income & within, f"income_{name}"))
    return select(
        moves.c.customer_id,
        *columns,
        func.max(case((own & (at < cut.days(0)), at))).label("last_own"),
        _count(own & _between(at, cut, 0, HORIZON_DAYS), "after"),
        _sum(in_balance & (at >= cut.days(0)), fen, "moved_since"),
        _sum(in_balance & (at >= cut.days(-90)), fen, "moved_since_90"),
    ).group_by(moves.c.customer_id)


def _moves(ids: Sequence[int], cut: Cut, now: datetime) -> Any:
    wanted = [Transaction.occurred_at >= cut.days(-PERIOD_DAYS * PERIODS), Transaction.occurred_at <= now]
    columns = (
        Transaction.occurred_at.label("at"),
        Transaction.amount_fen.label("fen"),
        Transaction.summary.label("summary"),
    )
    # The balance of a later account counts as little as what moved on it.
    opened = case((Account.opened_on < cut.day, 1), else_=0)
    on_accounts = (
        select(
            Account.customer_id.label("customer_id"),
            *columns,
            literal(0, Integer).label("on_card"),
            opened.label("in_balance"),
        )
        .join(Transaction, Transaction.account_id == Account.id)
        .where(Account.customer_id.in_(ids), *wanted)
    )
    on_cards = (
        select(
            Card.customer_id.label("customer_id"),
            *columns,
            literal(1, Integer).label("on_card"),
            literal(0, Integer).label("in_balance"),
        )
        .join(Transaction, Transaction.card_id == Card.id)
        .where(Card.customer_id.in_(ids), Transaction.account_id.is_(None), *wanted)
    )
    return union_all(on_accounts, on_cards)


def _accounts(ids: Sequence[int], cut: Cut) -> Any:
    running = or_(Account.matures_on.is_(None), Account.matures_on > cut.day)
    return (
        select(
            Account.customer_id,
            _sum(Account.kind == "current", Account.balance_fen, "balance_now"),
            _sum((Account.kind == "time") & running, Account.balance_fen, "time_deposits"),
        )
        .where(Account.customer_id.in_(ids), Account.opened_on < cut.day)
        .group_by(Account.customer_id)
    )


def _holdings(ids: Sequence[int], cut: Cut) -> Any:
    running = or_(Holding.matures_on.is_(None), Holding.matures_on > cut.day)
    return (
        select(
            Holding.customer_id,
            func.count(Holding.kind.distinct()).label("kinds_held"),
            _sum(Holding.kind.in_(("deposit", "wealth", "fund")), Holding.amount_fen, "invested"),
            _sum(Holding.kind == "loan", Holding.amount_fen, "lent"),
        )
        .where(Holding.customer_id.in_(ids), Holding.since < cut.day, running)
        .group_by(Holding.customer_id)
    )


def _cards(ids: Sequence[int], cut: Cut) -> Any:
    return (
        select(
            Card.customer_id,
            _count(Card.kind == "credit", "credit_cards"),
            _sum(Card.kind == "credit", func.coalesce(Card.credit_limit_fen, 0), "credit_limit"),
        )
        .where(Card.customer_id.in_(ids), Card.issued_on < cut.day)
        .group_by(Card.customer_id)
    )


def _bills(ids: Sequence[int], cut: Cut) -> Any:
    due = (CardBill.due_on < cut.day) & (CardBill.due_on >= today(cut.days(-180)))
    month_ago = today(cut.days(-PERIOD_DAYS))
    return (
        select(
            Card.customer_id,
            _count(due & (CardBill.paid_fen < CardBill.minimum_fen), "bills_missed"),
            _sum(CardBill.billed_on >= month_ago, CardBill.amount_fen, "billed"),
        )
        .join(CardBill, CardBill.card_id == Card.id)
        .where(
            Card.customer_id.in_(ids),
            CardBill.billed_on < cut.day,
            CardBill.billed_on >= today(cut.days(-210)),
        )
        .group_by(Card.customer_id)
    )


def _complaints(ids: Sequence[int], cut: Cut) -> Any:
    still_open = Ticket.resolved_at.is_(None) & Ticket.status.in_(RUNNING)
    return (
        select(
            Ticket.customer_id,
            _count(Ticket.created_at >= cut.days(-180), "complaints"),
            _count(still_open | (Ticket.resolved_at >= cut.days(0)), "complaints_open"),
        )
        .where(
            Ticket.customer_id.in_(ids),
            Ticket.kind == "complaint",
            Ticket.created_at < cut.days(0),
        )
        .group_by(Ticket.customer_id)
    )


def _contacts(ids: Sequence[int], cut: Cut) -> Any:
    return (
        select(Conversation.customer_id, func.count(Conversation.id).label("contacts"))
        .where(
            Conversation.customer_id.in_(ids),
            Conversation.started_at >= cut.days(-180),
            Conversation.started_at < cut.days(0),
        )
        .group_by(Conversation.customer_id)
    )


def _between(at: Any, cut: Cut, start: int, end: int) -> ColumnElement[bool]:
    within: ColumnElement[bool] = (at >= cut.days(start)) & (at < cut.days(end))
    return within


def _count(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=literal(0, Integer))).label(name)


def _sum(condition: ColumnElement[bool], amount: Any, name: str) -> ColumnElement[int]:
    return func.sum(case((condition, amount), else_=0)).label(name)
