"""Movements of a period: inclusive days in Shanghai, and sums that do not depend on what is shown."""

from datetime import UTC, date, datetime, timedelta

import pytest

from integrations.crm.customers import service
from integrations.crm.customers.errors import CardNotFound
from integrations.crm.database import Database
from tests.builders import make_account, make_card, make_customer, make_movement

OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))
FIRST = datetime(2026, 9, 30, 16, 0, tzinfo=UTC)  # 1 October 00:00 in Shanghai
LAST = datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC)  # 31 October 23:59:59 in Shanghai
SECOND = timedelta(seconds=1)


def test_both_days_belong_to_the_period(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        account = make_account(session, lin)
        for at, fen in ((FIRST - SECOND, -1), (FIRST, -10), (LAST, 100), (LAST + SECOND, 1_000)):
            make_movement(session, account, at, fen)
        found = service.transactions(session, lin.id, *OCTOBER)
    assert [row.amount_fen for row in found.rows] == [100, -10]
    assert (found.count, found.in_fen, found.out_fen, found.hidden) == (2, 100, 10, 0)


def test_sums_are_of_the_whole_period(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        account = make_account(session, lin)
        for minute in range(30):
            make_movement(session, account, FIRST + timedelta(minutes=minute), -minute if minute % 3 else 50)
        found = service.transactions(session, lin.id, *OCTOBER, 5)
    assert len(found.rows) == 5
    assert found.rows[0].occurred_at > found.rows[-1].occurred_at
    assert (found.count, found.hidden, found.in_fen) == (30, 25, 500)
    assert found.out_fen == sum(minute for minute in range(30) if minute % 3)


def test_movements_of_the_same_moment_keep_their_order(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        account = make_account(session, lin)
        for fen in (1, 2, 3):
            make_movement(session, account, FIRST, fen)
        found = service.transactions(session, lin.id, *OCTOBER)
    assert [row.amount_fen for row in found.rows] == [3, 2, 1]


def test_cards_and_accounts_are_kept_apart(database: Database) -> None:
    with database.transaction() as session:
        lin, other = make_customer(session), make_customer(session)
        account, second = make_account(session, lin), make_account(session, lin)
        make_card(session, lin, "6688", account_id=account.id)
        credit = make_card(session, lin, "1024", kind="credit")
        make_movement(session, account, FIRST, -1)
        make_movement(session, second, FIRST, -2)
        make_movement(session, credit, FIRST, -4)
        make_movement(session, make_account(session, other), FIRST, -8)

        def spent(**choice: str) -> int:
            return service.transactions(session, lin.id, *OCTOBER, **choice).out_fen  # type: ignore[arg-type]

        assert spent() == 3
        assert spent(kind="credit") == 4
        assert spent(tail="6688") == 1
        assert spent(tail="1024") == 4
        with pytest.raises(CardNotFound):
            spent(tail="0000")


def test_nothing_happened(database: Database) -> None:
    with database.transaction() as session:
        found = service.transactions(session, make_customer(session).id, *OCTOBER)
    assert (found.rows, found.count, found.in_fen, found.out_fen) == ((), 0, 0, 0)


def test_sums_beyond_32_bits(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        account = make_account(session, lin)
        for _ in range(3):
            make_movement(session, account, FIRST, 9_000_000_000_000_01)
        found = service.transactions(session, lin.id, *OCTOBER)
    assert found.in_fen == 3 * 9_000_000_000_000_01
    assert isinstance(found.in_fen, int)
