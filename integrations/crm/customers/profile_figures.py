"""The figures of many customers at once: a handful of queries for the whole set, none per customer."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from integrations.crm.customers.periods import start_of, today
from integrations.crm.customers.tiering import TREND_MONTHS, YEAR_MONTHS, Figures, months_before
from integrations.crm.customers.tiering_settings import FigureRules
from integrations.crm.models import Account, Card, CardBill, Customer, Holding, Transaction

_Numbers = dict[int, dict[str, Any]]


def figures_of(
    session: Session, customer_ids: Collection[int], now: datetime, rules: FigureRules
) -> dict[int, Figures]:
    """The figures of these customers at `now` (aware), by id; ids of nobody are left out.

    Movements after `now` do not count; balances, holdings and cards are as they stand. What has matured or
    been repaid by today is no longer held; the money on an account that has matured is still there.
    """
    ids, day = sorted(set(customer_ids)), today(now)
    joined = {row.id: row.joined_on for row in session.execute(_customers(ids))}
    on_accounts = _by_customer(session, _account_movements(ids, now, rules))
    on_cards = _by_customer(session, _card_movements(ids, now, rules))
    balances = _by_customer(session, _balances(ids, day))
    credit = _by_customer(session, _credit(ids))
    holdings = _by_customer(session, _holdings(ids, day, rules))
    overdue = _by_customer(session, _overdue(ids, day))
    found = {}
    for one, joined_on in joined.items():
        parts = [known.get(one, {}) for known in (on_accounts, on_cards, balances, credit, holdings, overdue)]
        found[one] = _figures(joined_on, *parts, rules=rules)
    silent = [one for one, figures in found.items() if figures.last_active_on is None]
    for one, last in _last_movements(session, silent, now, rules).items():
        found[one] = replace(found[one], last_active_on=last)
    return found


def _figures(
    joined_on: date,
    account: dict[str, Any],
    card: dict[str, Any],
    balance: dict[str, Any],
    credit: dict[str, Any],
    holding: dict[str, Any],
    overdue: dict[str, Any],
    *,
    rules: FigureRules,
) -> Figures:
    moments = [part["last"] for part in (account, card) if part.get("last")]
    used_fen = credit.get("used_fen") or 0
    has = {kind for kind in ("wealth", "fund", "insurance", "loan") if holding.get(kind)}
    has |= {"credit_card"} if card.get("count") else set()
    has |= {"time_deposit"} if balance.get("time_deposits") or holding.get("deposit") else set()
    services = sum(
        bool(account.get(f"service_{place}")) if service.summaries else service.has in has
        for place, service in enumerate(rules.services)
    )
    return Figures(
        joined_on=joined_on,
        year_volume_fen=_sum("volume_fen", account, card),
        year_transactions=_sum("count", account, card),
        recent_transactions=_sum("recent", account, card),
        earlier_transactions=_sum("count", account, card) - _sum("recent", account, card),
        year_services=services,
        last_active_on=today(max(moments)) if moments else None,
        assets_fen=_sum("balance_fen", balance) + _sum("assets_fen", holding),
        loans_fen=_sum("loans_fen", holding) + used_fen,
        unsecured_fen=_sum("unsecured_fen", holding),
        credit_limit_fen=_sum("limit_fen", credit),
        credit_used_fen=used_fen,
        overdue_since=overdue.get("since"),
        fraud_frozen_cards=_sum("fraud_frozen", credit),
    )


def _sum(name: str, *parts: dict[str, Any]) -> int:
    # PostgreSQL adds BIGINTs up to a Decimal.
    return int(sum(part.get(name) or 0 for part in parts))


def _by_customer(session: Session, query: Any) -> _Numbers:
    return {row["customer_id"]: dict(row) for row in session.execute(query).mappings()}


def _customers(ids: list[int]) -> Any:
    return select(Customer.id, Customer.joined_on).where(Customer.id.in_(ids))


def _own(now: datetime, rules: FigureRules) -> list[ColumnElement[bool]]:
    """Movements that the customer made, not the bank, up to now."""
    return [Transaction.occurred_at <= now, Transaction.summary.not_in(rules.made_by_bank)]


def _year_figures(now: datetime) -> list[ColumnElement[Any]]:
    half = start_of(_day_after(months_before(today(now), TREND_MONTHS)))
    return [
        func.count().label("count"),
        func.sum(func.abs(Transaction.amount_fen)).label("volume_fen"),
        func.sum(_one_if(Transaction.occurred_at >= half)).label("recent"),
        func.max(Transaction.occurred_at).label("last"),
    ]


def _account_movements(ids: list[int], now: datetime, rules: FigureRules) -> Any:
    services = [
        func.max(_one_if(Transaction.summary.in_(service.summaries))).label(f"service_{place}")
        for place, service in enumerate(rules.services)
        if service.summaries
    ]
    return (
        select(Account.customer_id, *_year_figures(now), *services)
        .join(Transaction, Transaction.account_id == Account.id)
        .where(Account.customer_id.in_(ids), Transaction.occurred_at >= year_start(now), *_own(now, rules))
        .group_by(Account.customer_id)
    )


def _card_movements(ids: list[int], now: datetime, rules: FigureRules) -> Any:
    """What was spent by credit card; a repayment is a movement of the account that it came from."""
    return (
        select(Card.customer_id, *_year_figures(now))
        .join(Transaction, Transaction.card_id == Card.id)
        .where(
            Card.customer_id.in_(ids),
            Transaction.account_id.is_(None),
            Transaction.amount_fen < 0,
            Transaction.occurred_at >= year_start(now),
            *_own(now, rules),
        )
        .group_by(Card.customer_id)
    )


def _balances(ids: list[int], day: date) -> Any:
    running = and_(Account.kind == "time", _runs(Account.matures_on, day))
    return (
        select(
            Account.customer_id,
            func.sum(Account.balance_fen).label("balance_fen"),
            func.sum(_one_if(running)).label("time_deposits"),
        )
        .where(Account.customer_id.in_(ids), Account.status != "closed")
        .group_by(Account.customer_id)
    )


def _credit(ids: list[int]) -> Any:
    fraud = and_(Card.status == "frozen", Card.frozen_reason == "fraud")
    return (
        select(
            Card.customer_id,
            func.sum(func.coalesce(Card.credit_limit_fen, 0)).label("limit_fen"),
            func.sum(func.coalesce(Card.used_fen, 0)).label("used_fen"),
            func.sum(_one_if(fraud)).label("fraud_frozen"),
        )
        .where(Card.customer_id.in_(ids), Card.status != "cancelled")
        .group_by(Card.customer_id)
    )


def _holdings(ids: list[int], day: date, rules: FigureRules) -> Any:
    kinds = ("deposit", "wealth", "fund", "insurance", "loan")
    unsecured = and_(Holding.kind == "loan", Holding.product_code.not_in(rules.secured_loans))
    return (
        select(
            Holding.customer_id,
            _amount_if(Holding.kind.in_(rules.asset_kinds), "assets_fen"),
            _amount_if(Holding.kind == "loan", "loans_fen"),
            _amount_if(unsecured, "unsecured_fen"),
            *(func.sum(_one_if(Holding.kind == kind)).label(kind) for kind in kinds),
        )
        .where(Holding.customer_id.in_(ids), _runs(Holding.matures_on, day))
        .group_by(Holding.customer_id)
    )


def _overdue(ids: list[int], day: date) -> Any:
    """Due day of the oldest unpaid bill; a later bill that was paid has taken the earlier debt along."""
    later = aliased(CardBill)
    settled = exists().where(
        later.card_id == CardBill.card_id,
        later.due_on > CardBill.due_on,
        later.paid_fen >= later.minimum_fen,
    )
    return (
        select(Card.customer_id, func.min(CardBill.due_on).label("since"))
        .join(CardBill, CardBill.card_id == Card.id)
        .where(
            Card.customer_id.in_(ids),
            CardBill.due_on < day,
            CardBill.paid_fen < CardBill.minimum_fen,
            ~settled,
        )
        .group_by(Card.customer_id)
    )


def _last_movements(session: Session, ids: list[int], now: datetime, rules: FigureRules) -> dict[int, date]:
    """The last day with a movement for those who had none within the year."""
    found: dict[int, date] = {}
    owners: tuple[tuple[type[Account] | type[Card], InstrumentedAttribute[int | None]], ...] = (
        (Account, Transaction.account_id),
        (Card, Transaction.card_id),
    )
    for owner, key in owners:
        spent = or_(literal(owner is Account), Transaction.amount_fen < 0)
        rows: Any = session.execute(
            select(owner.customer_id, func.max(Transaction.occurred_at).label("last"))
            .join(Transaction, key == owner.id)
            .where(owner.customer_id.in_(ids), spent, *_own(now, rules))
            .group_by(owner.customer_id)
        )
        for row in rows:
            day = today(row.last)
            found[row.customer_id] = max(day, found.get(row.customer_id, day))
    return found


def year_start(now: datetime) -> datetime:
    """First moment of the twelve months that end with today (Shanghai)."""
    return start_of(_day_after(months_before(today(now), YEAR_MONTHS)))


def _day_after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def _runs(matures_on: InstrumentedAttribute[date | None], day: date) -> ColumnElement[bool]:
    """On the day that it matures it is over, as recommendations have it."""
    return or_(matures_on.is_(None), matures_on > day)


def _one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=literal(0, Integer))


def _amount_if(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.sum(case((condition, Holding.amount_fen), else_=0)).label(name)
