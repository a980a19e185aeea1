"""Customers leave at different moments and speeds, some come back; every tier has somebody in the demo."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import func, select

from integrations.crm.customers import profiles
from integrations.crm.customers.tiering_settings import read_tiering
from integrations.crm.database import Database
from integrations.crm.migrations.migrate import upgrade
from integrations.crm.models import Account, CustomerProfile, Transaction
from integrations.crm.seed import seed
from integrations.crm.seed.habits import Habits, draw_habits
from tests.builders import NOW

TODAY = date(2026, 11, 22)
LONG_AGO = date(2015, 1, 1)
DRAWN = 3000


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A seeded SQLite database with tiers that is only read."""
    url = f"sqlite:///{tmp_path_factory.mktemp('habits') / 'crm.db'}"
    upgrade(url)
    database = Database(url)
    seed(database, customers=400, now=NOW)
    profiles.recompute_all(database, NOW)
    yield database
    database.engine.dispose()


def _drawn(products: int = 1) -> list[Habits]:
    return [draw_habits(Random(number), LONG_AGO, TODAY, products) for number in range(DRAWN)]


def _leaves(habits: Habits) -> bool:
    return bool(habits.slowdowns) and habits.slowdowns[-1].share < 0.05 and habits.income_until is not None


def test_who_leaves_begins_four_to_fourteen_months_ago_and_takes_different_times() -> None:
    leaving = [one for one in _drawn() if _leaves(one)]
    begins = [(TODAY - one.slowdowns[0].since).days for one in leaving]
    lasts = [(one.slowdowns[-1].since - one.slowdowns[0].since).days for one in leaving]
    assert min(begins) >= 120 and max(begins) < 430
    assert min(begins) < 150 and max(begins) > 400
    assert 0.2 < sum(days == 0 for days in lasts) / len(lasts) < 0.4  # at once
    assert max(lasts) > 150
    assert 0.15 < len(leaving) / DRAWN < 0.25


def test_others_change_without_leaving() -> None:
    drawn = _drawn()
    back = [one for one in drawn if len(one.slowdowns) > 1 and one.slowdowns[-1].share >= 0.7]
    less = [one for one in drawn if len(one.slowdowns) == 1 and one.slowdowns[0].share >= 0.25]
    without_income = [one for one in drawn if one.income_until is not None and not one.slowdowns]
    for found in (back, less, without_income):
        assert len(found) > DRAWN * 0.03
    assert sum(one == Habits() for one in drawn) > DRAWN / 2


def test_slowdowns_are_in_order_and_nobody_changes_before_they_are_known() -> None:
    for one in _drawn():
        days = [slowdown.since for slowdown in one.slowdowns]
        assert days == sorted(days)
        assert all(0 <= slowdown.share <= 1 for slowdown in one.slowdowns)
    for number in range(DRAWN):
        assert draw_habits(Random(number), TODAY - timedelta(days=100), TODAY, 0) == Habits()


def test_whoever_holds_several_products_leaves_less_often() -> None:
    few, many = (sum(_leaves(one) for one in _drawn(products)) for products in (0, 4))
    assert few > 2 * many > 0


def test_every_behaviour_and_stage_has_somebody(bank: Database) -> None:
    names = read_tiering().names
    with bank.reading() as session:
        behaviours = Counter(session.scalars(select(CustomerProfile.behaviour)))
        stages = Counter(session.scalars(select(CustomerProfile.lifecycle)))
    assert set(behaviours) == set(names.behaviour) and set(stages) == set(names.lifecycle)
    assert min(behaviours.values()) >= 10 and min(stages.values()) >= 5


def test_the_lost_are_mostly_customers_who_once_were_active(bank: Database) -> None:
    with bank.reading() as session:
        movements = (
            select(Account.customer_id, func.count(Transaction.id).label("made"))
            .join(Transaction, Transaction.account_id == Account.id)
            .where(Transaction.summary != "结息")
            .group_by(Account.customer_id)
            .subquery()
        )
        lost = session.execute(
            select(CustomerProfile.last_active_on, func.coalesce(movements.c.made, 0))
            .outerjoin(movements, movements.c.customer_id == CustomerProfile.customer_id)
            .where(CustomerProfile.behaviour == "lost")
        ).all()
    faded = [last for last, made in lost if made > 10]
    assert len(faded) > len(lost) / 2
    assert all(last <= TODAY - timedelta(days=180) for last in faded)
