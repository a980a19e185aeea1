"""The split in time: nothing that is learnt or looked at happened after the day of the judgement."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from integrations.crm.customers import churn, churn_repository
from integrations.crm.customers.churn_settings import read_churn_rules
from integrations.crm.customers.churn_split import LOOKS_BACK_DAYS, splits
from integrations.crm.customers.periods import start_of, today
from integrations.crm.database import Database
from integrations.crm.models import (
    Account,
    Card,
    CardBill,
    Conversation,
    Holding,
    Ticket,
    Transaction,
)
from integrations.crm.seed import seed
from tests.builders import NOW, make_account, make_customer, make_movement

DAY = date(2026, 11, 22)
TEST_DAY = DAY - timedelta(days=90)


@pytest.mark.parametrize(("months", "cuts"), [(12, 1), (13, 2), (14, 3), (18, 5), (60, 5)])
def test_every_training_label_is_known_on_the_test_day_and_every_cut_has_its_past(
    months: int, cuts: int
) -> None:
    history_from = DAY - timedelta(days=months * 30 + 1)
    strict = splits(history_from, DAY)[0]
    assert strict.apart and strict.test_day == TEST_DAY and strict.labels_end <= TEST_DAY
    assert len(strict.train_days) == cuts and max(strict.train_days) == TEST_DAY - timedelta(days=90)
    assert min(strict.train_days) - timedelta(days=LOOKS_BACK_DAYS) >= history_from


@pytest.mark.parametrize("days", [0, 100, 359])
def test_a_history_that_is_too_short_has_the_nearer_cuts_only(days: int) -> None:
    (near,) = splits(DAY - timedelta(days=days), DAY)
    assert not near.apart and len(near.train_days) == 3 and max(near.train_days) < near.test_day


def test_the_history_begins_with_the_first_movement(database: Database) -> None:
    with database.transaction() as session:
        assert churn_repository.history_from(session) is None
        account = make_account(session, make_customer(session))
        for days in (3, 400, 20):
            make_movement(session, account, NOW - timedelta(days=days), -100)
        assert churn_repository.history_from(session) == DAY - timedelta(days=400)


@pytest.fixture(scope="module")
def bank(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A part of the demo bank."""
    path = tmp_path_factory.mktemp("split") / "crm.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    seed(database, customers=150, now=NOW)
    yield database
    database.engine.dispose()


def test_nothing_after_the_test_day_is_learnt_from_or_looked_at(bank: Database) -> None:
    """The bank as it was on the test day teaches the same, and shows the same of those who are judged."""
    with bank.transaction() as session:
        history_from = churn_repository.history_from(session)
        split = splits(history_from, today(NOW))[0]
        rules = read_churn_rules()
        assert split.apart and len(split.train_days) == 5
        past, test = churn._sets(session, split, NOW, rules)
        _forget(session, split.test_day)
        past_then, test_then = churn._sets(session, split, NOW, rules)
        session.rollback()
    np.testing.assert_array_equal(past.ids, past_then.ids)
    np.testing.assert_array_equal(past.features, past_then.features)
    np.testing.assert_array_equal(past.gone, past_then.gone)
    np.testing.assert_array_equal(test.features, test_then.features)
    assert past.gone.any() and test_then.gone.all()  # what happens after the test day is to be foretold
    assert 0 < test.gone.mean() < 0.5


def _forget(session: Session, day: date) -> None:
    """Undo everything from that day on; balances go back to what they were."""
    begins = start_of(day)
    later = Transaction.occurred_at >= begins
    for account_id, moved in session.execute(
        select(Transaction.account_id, func.sum(Transaction.amount_fen))
        .where(later, Transaction.account_id.is_not(None))
        .group_by(Transaction.account_id)
    ).all():
        session.execute(
            update(Account)
            .where(Account.id == account_id)
            .values(balance_fen=Account.balance_fen - int(moved))
        )
    for condition, table in (
        (later, Transaction),
        (CardBill.billed_on >= day, CardBill),
        (Holding.since >= day, Holding),
        (Ticket.created_at >= begins, Ticket),
        (Conversation.started_at >= begins, Conversation),
        ((Account.kind == "time") & (Account.opened_on >= day), Account),
        ((Card.kind == "credit") & (Card.issued_on >= day), Card),
    ):
        session.execute(delete(table).where(condition))
