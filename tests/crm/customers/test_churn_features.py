"""What is known of a customer on a day: everything before it, nothing after it."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy.orm import Session

from integrations.crm.customers.churn_features import FEATURES, Known, known_at, still_here
from integrations.crm.customers.churn_repository import Cut, facts
from integrations.crm.customers.churn_settings import read_churn_rules
from integrations.crm.customers.periods import start_of
from integrations.crm.database import Database
from integrations.crm.models import Account, Customer, Holding, Ticket
from tests.builders import (
    NOW,
    make_account,
    make_bill,
    make_card,
    make_conversation,
    make_customer,
    make_movement,
)

CUT = Cut(date(2026, 8, 24))  # 90 days before NOW


def known(session: Session, *customers: Customer) -> Known:
    ids = [customer.id for customer in customers]
    return known_at(facts(session, ids, CUT, NOW, read_churn_rules()), CUT)


def at(days: float) -> datetime:
    """A moment so many days after the cut."""
    return start_of(CUT.day) + timedelta(days=days)


def complaint(customer: Customer, created: datetime, **columns: Any) -> Ticket:
    values = {
        "number": f"TS{created:%m%d%H}",
        "source_key": f"{created}",
        "kind": "complaint",
        "title": "投诉",
    }
    return Ticket(**values | {"customer_id": customer.id, "created_at": created} | columns)


def busy_customer(session: Session) -> tuple[Customer, Account]:
    customer = make_customer(session)
    account = make_account(session, customer, balance_fen=50_000)
    for days in (-1, -29, -31, -89.5, -90.5, -179.5):
        make_movement(session, account, at(days), -1_000)
    make_movement(session, account, at(-2), 800_000, summary="工资")
    make_movement(session, account, at(-5), 10, summary="结息")
    make_movement(session, account, at(-200), -1_000)  # too long ago
    card = make_card(session, customer, kind="credit")
    make_movement(session, card, at(-10), -2_000)
    make_movement(session, card, at(-11), 2_000, summary="信用卡还款")
    make_bill(session, card, CUT.day - timedelta(days=40), CUT.day - timedelta(days=20))
    make_bill(session, card, CUT.day - timedelta(days=70), CUT.day - timedelta(days=50), paid_fen=5_000)
    return customer, account


def test_own_movements_are_counted_by_the_month_they_fall_into(database: Database) -> None:
    with database.transaction() as session:
        customer, _ = busy_customer(session)
        found = known(session, customer).raw
    months = [found[f"own_{place}"][0] for place in range(1, 7)]
    assert months == [3, 1, 1, 1, 0, 1]  # salary, interest and the repayment are none of them
    assert (found["own_recent"][0], found["own_earlier"][0]) == (5, 2)
    assert (found["purchases_recent"][0], found["card_recent"][0]) == (5, 1)
    assert (found["income_recent"][0], found["income_earlier"][0]) == (1, 0)
    assert found["out_recent"][0] == 6_000
    assert found["idle_days"][0] == 1
    assert found["bills_missed"][0] == 1
    assert found["tenure_days"][0] == (CUT.day - date(2019, 3, 8)).days


def test_nothing_after_the_day_changes_what_is_known_of_it(database: Database) -> None:
    with database.transaction() as session:
        customer, account = busy_customer(session)
        before = known(session, customer)
        make_movement(session, account, at(0), -30_000)
        make_movement(session, account, at(30), 90_000, summary="工资")
        account.balance_fen += 60_000  # what those two make of it
        card = make_card(session, customer, "1024", kind="credit", issued_on=CUT.day + timedelta(days=1))
        make_bill(session, card, CUT.day, CUT.day + timedelta(days=20))
        make_conversation(session, customer_id=customer.id, started_at=at(1))
        session.add(complaint(customer, at(2)))
        session.add(
            Holding(
                customer_id=customer.id,
                product_code="YC-W101",
                product_name="理财",
                kind="wealth",
                amount_fen=1,
                since=CUT.day + timedelta(days=1),
            )
        )
        session.flush()
        after = known(session, customer)
    np.testing.assert_array_equal(before.features, after.features)
    assert (before.gone[0], after.gone[0]) == (1, 0)


@pytest.mark.parametrize(
    ("days", "summary", "gone"),
    [
        (0, "消费", 0),
        (89.9, "消费", 0),
        (-0.01, "消费", 1),
        (45, "工资", 1),
        (45, "结息", 1),
        (45, "ATM取款", 0),
    ],
)
def test_gone_is_who_does_nothing_of_their_own_within_90_days(
    database: Database, days: float, summary: str, gone: int
) -> None:
    with database.transaction() as session:
        customer = make_customer(session)
        make_movement(session, make_account(session, customer), at(days), -100, summary=summary)
        assert known(session, customer).gone.tolist() == [gone]


def test_the_balance_is_that_of_the_day(database: Database) -> None:
    with database.transaction() as session:
        customer = make_customer(session)
        account = make_account(session, customer, balance_fen=70_000)
        make_movement(session, account, at(10), -20_000)  # 90,000 at the cut
        make_movement(session, account, at(-30), 50_000)  # 40,000 ninety days before
        found = known(session, customer).raw
    assert (found["balance"][0], found["balance_before"][0]) == (90_000, 40_000)


def test_complaints_and_contacts_of_half_a_year(database: Database) -> None:
    with database.transaction() as session:
        customer, other = make_customer(session), make_customer(session)
        session.add(complaint(customer, at(-10), resolved_at=at(5), status="resolved"))  # open on the day
        session.add(complaint(customer, at(-20), resolved_at=at(-15), status="resolved"))
        session.add(complaint(customer, at(-300), status="withdrawn"))
        make_conversation(session, customer_id=customer.id, started_at=at(-3))
        make_conversation(session, customer_id=customer.id, started_at=at(-190))
        session.flush()
        found = known(session, customer, other).raw
    assert found["complaints"].tolist() == [2, 0] and found["complaints_open"].tolist() == [1, 0]
    assert found["contacts"].tolist() == [1, 0]


def test_only_who_was_active_and_no_newcomer_is_judged(database: Database) -> None:
    with database.transaction() as session:
        silent = make_customer(session)
        new = make_customer(session, joined_on=CUT.day - timedelta(days=89))
        active = make_customer(session, joined_on=CUT.day - timedelta(days=90))
        for customer in (new, active):
            make_movement(session, make_account(session, customer), at(-1), -100)
        found = known(session, silent, new, active)
    assert still_here(found).tolist() == [False, False, True]
    trend = found.features[2, FEATURES.index("own_trend")]
    assert np.isnan(trend)  # a customer of three months has no months before to compare with


def test_of_nobody_nothing_is_known(database: Database) -> None:
    with database.transaction() as session:
        found = known_at(facts(session, [], CUT, NOW, read_churn_rules()), CUT)
        assert found.features.shape == (0, len(FEATURES))
        assert not known_at(facts(session, [424242], CUT, NOW, read_churn_rules()), CUT).ids.size


@pytest.mark.parametrize(("days", "known_of"), [(-1, True), (0, False), (1, False)])
def test_what_was_bought_on_the_day_is_not_known_at_its_beginning(
    database: Database, days: int, known_of: bool
) -> None:
    day = CUT.day + timedelta(days=days)
    with database.transaction() as session:
        customer = make_customer(session)
        make_account(session, customer, kind="time", balance_fen=300, opened_on=day)
        make_card(session, customer, kind="credit", issued_on=day)
        for kind, code, fen in (("wealth", "YC-W101", 100), ("loan", "YC-L502", 200)):
            session.add(
                Holding(
                    customer_id=customer.id,
                    product_code=code,
                    product_name=code,
                    kind=kind,
                    amount_fen=fen,
                    since=day,
                )
            )
        session.flush()
        found = known(session, customer).raw
    names = ("invested", "lent", "kinds_held", "time_deposits", "credit_cards", "credit_limit")
    expected = (100, 200, 2, 300, 1, 1_000_000) if known_of else (0,) * 6
    assert tuple(found[name][0] for name in names) == expected


@pytest.mark.parametrize("days", [0, 10])
def test_an_account_opened_later_leaves_the_balance_of_the_day_as_it_was(
    database: Database, days: int
) -> None:
    with database.transaction() as session:
        customer = make_customer(session)
        make_account(session, customer, balance_fen=70_000)
        later = make_account(session, customer, balance_fen=50_000, opened_on=CUT.day + timedelta(days=days))
        make_movement(session, later, at(days + 0.5), 50_000, summary="转账汇入")
        found = known(session, customer).raw
    assert (found["balance"][0], found["balance_before"][0]) == (70_000, 70_000)
