"""Figures as the database gives them: whose movements count, of which days, and what the customer has."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from integrations.crm.customers.periods import start_of
from integrations.crm.customers.profile_figures import figures_of, year_start
from integrations.crm.customers.tiering import Figures
from integrations.crm.customers.tiering_settings import read_tiering
from integrations.crm.database import Database
from integrations.crm.models import Customer, Holding
from tests.builders import NOW, make_account, make_bill, make_card, make_customer, make_movement

SECOND = timedelta(seconds=1)
TODAY = date(2026, 11, 22)


def figures(session: Session, customer: Customer, now: datetime = NOW) -> Figures:
    session.flush()
    return figures_of(session, [customer.id], now, read_tiering().figures)[customer.id]


def hold(session: Session, customer: Customer, kind: str, code: str, yuan: int, **columns: Any) -> None:
    values = {"product_name": code, "since": date(2025, 1, 1)}
    session.add(
        Holding(
            customer_id=customer.id, kind=kind, product_code=code, amount_fen=yuan * 100, **values | columns
        )
    )


def test_a_customer_with_nothing(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        assert figures(session, lin) == Figures(joined_on=date(2019, 3, 8))
        assert figures_of(session, [], NOW, read_tiering().figures) == {}
        assert figures_of(session, [lin.id + 1], NOW, read_tiering().figures) == {}


def test_the_year_and_its_halves_begin_at_midnight_in_shanghai(database: Database) -> None:
    year, half = start_of(date(2025, 11, 23)), start_of(date(2026, 5, 23))
    assert year_start(NOW) == year
    moments = (year - SECOND, year, half - SECOND, half, NOW, NOW + SECOND)
    with database.transaction() as session:
        account = make_account(session, lin := make_customer(session))
        for place, at in enumerate(moments):
            make_movement(session, account, at, (-1) ** place * 10**place)
        found = figures(session, lin)
    assert found.year_volume_fen == 10 + 100 + 1_000 + 10_000
    assert (found.year_transactions, found.recent_transactions, found.earlier_transactions) == (4, 2, 2)
    assert found.last_active_on == TODAY


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2028, 2, 28), date(2027, 3, 1)),
        (date(2028, 2, 29), date(2027, 3, 1)),
        (date(2029, 2, 28), date(2028, 2, 29)),
        (date(2028, 12, 31), date(2028, 1, 1)),
    ],
)
def test_years_around_a_leap_day(day: date, first: date) -> None:
    assert year_start(start_of(day)) == start_of(first)
    assert year_start(start_of(day) + timedelta(days=1) - SECOND) == start_of(first)


def test_what_the_bank_books_is_no_activity(database: Database) -> None:
    with database.transaction() as session:
        account = make_account(session, lin := make_customer(session))
        make_movement(session, account, NOW, 300, summary="结息", channel="counter")
        make_movement(session, account, NOW, 50_000, summary="转账退回")
        found = figures(session, lin)
    assert (found.year_transactions, found.year_volume_fen, found.last_active_on) == (0, 0, None)


def test_the_last_movement_is_found_however_old(database: Database) -> None:
    old = datetime(2021, 5, 1, 16, 30, tzinfo=UTC)  # 2 May in Shanghai
    with database.transaction() as session:
        make_movement(session, make_account(session, lin := make_customer(session)), old, -100)
        chen = make_customer(session)
        card = make_card(session, chen, kind="credit")
        make_movement(session, card, old - timedelta(days=9), -100)
        make_movement(session, card, old, 100)  # a repayment
        wang = make_customer(session)
        make_movement(session, make_account(session, wang), old, 500, summary="结息")
        make_movement(session, make_account(session, wang), NOW + SECOND, 500)
        session.flush()
        found = [figures(session, one) for one in (lin, chen, wang)]
    assert [one.last_active_on for one in found] == [date(2021, 5, 2), date(2021, 4, 23), None]
    assert [one.year_transactions for one in found] == [0, 0, 0]


def test_a_repayment_is_counted_once(database: Database) -> None:
    with database.transaction() as session:
        account = make_account(session, lin := make_customer(session))
        card = make_card(session, lin, kind="credit", used_fen=5_000)
        make_movement(session, card, NOW, -15_000)
        make_movement(session, card, NOW, 10_000, summary="信用卡还款")
        make_movement(session, account, NOW, -10_000, summary="信用卡还款")
        found = figures(session, lin)
    assert (found.year_volume_fen, found.year_transactions) == (25_000, 2)
    assert (found.loans_fen, found.credit_used_fen, found.credit_limit_fen) == (5_000, 5_000, 1_000_000)


def test_services_are_counted_by_kind(database: Database) -> None:
    with database.transaction() as session:
        account = make_account(session, lin := make_customer(session))
        for summary in ("工资", "养老金", "水费", "电费", "ATM取款", "转账汇款", "消费", "理财赎回款"):
            make_movement(session, account, NOW, -100, summary=summary)
        assert figures(session, lin).year_services == 5
        make_movement(session, make_card(session, lin, kind="credit"), NOW, -100)
        assert figures(session, lin).year_services == 6
        make_account(session, lin, kind="time")
        hold(session, lin, "deposit", "YC-D101", 200_000)  # a time deposit, too
        assert figures(session, lin).year_services == 7
        for kind, code in (("wealth", "YC-W101"), ("fund", "YC-F301"), ("insurance", "YC-I401")):
            hold(session, lin, kind, code, 1_000)
            hold(session, lin, kind, code, 1_000)
        hold(session, lin, "loan", "YC-L502", 1_000)
        assert figures(session, lin).year_services == 11


def test_services_of_last_year_are_over(database: Database) -> None:
    with database.transaction() as session:
        account = make_account(session, lin := make_customer(session))
        make_movement(session, account, year_start(NOW) - SECOND, 100, summary="工资")
        make_card(session, lin, kind="credit")  # never used
        assert figures(session, lin).year_services == 0


def test_assets_and_loans(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        make_account(session, lin, balance_fen=123)
        make_account(session, lin, kind="time", balance_fen=5_000_000)
        make_account(session, lin, balance_fen=7_000, status="dormant")
        make_account(session, lin, balance_fen=999, status="closed")
        hold(session, lin, "wealth", "YC-W101", 10_000)
        hold(session, lin, "insurance", "YC-I402", 20_000)
        hold(session, lin, "loan", "YC-L501", 900_000)
        hold(session, lin, "loan", "YC-L502", 30_000)
        make_card(session, lin, kind="credit", used_fen=40_000, credit_limit_fen=100_000)
        make_card(session, lin, kind="credit", used_fen=1, credit_limit_fen=1, status="cancelled")
        found = figures(session, lin)
    assert found.assets_fen == 123 + 5_000_000 + 7_000 + 1_000_000
    assert found.loans_fen == 93_000_000 + 40_000
    assert found.unsecured_fen == 3_000_000
    assert (found.credit_used_fen, found.credit_limit_fen) == (40_000, 100_000)


@pytest.mark.parametrize(
    ("bills", "since"),
    [
        ([(10, 0)], "10"),  # (days since the due day, fen paid of a minimum of 5,000)
        ([(10, 4_999)], "10"),
        ([(10, 5_000)], None),
        ([(0, 0)], None),  # due today
        ([(1, 0)], "1"),
        ([(-5, 0)], None),
        ([(40, 0), (10, 0)], "40"),
        ([(40, 0), (10, 5_000)], None),  # the later bill took the debt along
        ([(70, 0), (40, 5_000), (10, 0)], "10"),
        ([(10, 0), (-20, 5_000)], None),  # paid before it was due
        ([(10, 0), (-20, 0)], "10"),
    ],
)
def test_overdue_bills(database: Database, bills: list[tuple[int, int]], since: str | None) -> None:
    with database.transaction() as session:
        card = make_card(session, lin := make_customer(session), kind="credit")
        for days, paid_fen in bills:
            due = TODAY - timedelta(days=days)
            make_bill(session, card, due - timedelta(days=20), due, paid_fen=paid_fen)
        found = figures(session, lin).overdue_since
    assert found == (TODAY - timedelta(days=int(since)) if since else None)


def test_one_card_paid_does_not_settle_another(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        for days, paid_fen in ((30, 0), (10, 50_000)):
            card = make_card(session, lin, kind="credit", tail=f"00{days}")
            due = TODAY - timedelta(days=days)
            make_bill(session, card, due - timedelta(days=20), due, paid_fen=paid_fen)
        assert figures(session, lin).overdue_since == TODAY - timedelta(days=30)


def test_only_cards_frozen_for_fraud_now(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        states = (("frozen", "fraud"), ("frozen", "lost"), ("active", "fraud"), ("cancelled", "fraud"))
        for place, (status, reason) in enumerate(states):
            make_card(session, lin, f"000{place}", status=status, frozen_reason=reason)
        assert figures(session, lin).fraud_frozen_cards == 1


def test_the_number_of_queries_does_not_grow(database: Database) -> None:
    with database.transaction() as session:
        ids = []
        for place in range(40):
            ids.append(make_customer(session).id)
            account = make_account(session, session.get_one(Customer, ids[-1]))
            make_movement(session, account, NOW, -100 - place)
        session.flush()
        counts = []
        for wanted in (ids[:1], ids):
            statements: list[str] = []
            listen = lambda *args, told=statements: told.append(args[2])  # noqa: E731
            event.listen(database.engine, "before_cursor_execute", listen)
            found = figures_of(session, wanted, NOW, read_tiering().figures)
            event.remove(database.engine, "before_cursor_execute", listen)
            counts.append(len(statements))
    assert [one.year_volume_fen for one in found.values()] == [100 + place for place in range(40)]
    assert counts[0] == counts[1] <= 9


@pytest.mark.parametrize(("days", "held"), [(-400, False), (-1, False), (0, False), (1, True), (None, True)])
def test_what_has_matured_or_been_repaid_is_no_longer_held(
    database: Database, days: int | None, held: bool
) -> None:
    """As recommendations have it: on the day (Shanghai) that it matures it is over."""
    matures_on = None if days is None else TODAY + timedelta(days=days)
    just_after_midnight = start_of(TODAY) + SECOND
    with database.transaction() as session:
        lin = make_customer(session)
        for kind, code in (("wealth", "YC-W104"), ("insurance", "YC-I402"), ("loan", "YC-L502")):
            hold(session, lin, kind, code, 1_000_000, matures_on=matures_on)
        make_account(session, lin, kind="time", balance_fen=700, matures_on=matures_on)
        found = figures(session, lin, just_after_midnight)
    assert found.assets_fen == 700 + 100_000_000 * held  # the deposit's money is still on the account
    assert found.loans_fen == found.unsecured_fen == 100_000_000 * held
    assert found.year_services == 4 * held
