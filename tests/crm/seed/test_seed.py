"""The demo bank adds up, is the same every time, and shows what its README promises."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from integrations.crm.conversations.redaction import luhn_valid
from integrations.crm.customers import service
from integrations.crm.database import Database
from integrations.crm.migrations.migrate import upgrade
from integrations.crm.models import (
    Account,
    Base,
    Card,
    CardBill,
    ContactPoint,
    Customer,
    Transaction,
    Transfer,
)
from integrations.crm.seed import seed
from tests.builders import NOW, make_account, make_card, make_customer

CUSTOMERS = 120
TODAY = date(2026, 11, 22)
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A seeded SQLite database that is only read."""
    database = _new_database(tmp_path_factory.mktemp("seed") / "crm.db")
    assert seed(database, customers=CUSTOMERS, now=NOW) == CUSTOMERS
    yield database
    database.engine.dispose()


def _new_database(path: Path) -> Database:
    upgrade(f"sqlite:///{path}")
    return Database(f"sqlite:///{path}")


def test_every_balance_is_the_sum_of_its_movements(bank: Database) -> None:
    with bank.reading() as session:
        for account in session.scalars(select(Account).where(Account.kind == "current")):
            rows = session.scalars(
                select(Transaction)
                .where(Transaction.account_id == account.id)
                .order_by(Transaction.occurred_at, Transaction.id)
            ).all()
            for before, after in pairwise(rows):
                assert before.balance_fen is not None
                assert before.balance_fen + after.amount_fen == after.balance_fen
            if rows:
                assert rows[-1].balance_fen == account.balance_fen
            assert 0 <= account.frozen_fen <= account.balance_fen


def test_every_credit_card_owes_what_was_spent_and_not_paid(bank: Database) -> None:
    with bank.reading() as session:
        for card in session.scalars(select(Card).where(Card.kind == "credit")):
            moved = session.scalar(
                select(func.coalesce(func.sum(Transaction.amount_fen), 0)).where(
                    Transaction.card_id == card.id
                )
            )
            paid = session.scalar(
                select(func.coalesce(func.sum(CardBill.paid_fen), 0)).where(CardBill.card_id == card.id)
            )
            repaid = session.scalar(
                select(func.coalesce(func.sum(Transaction.amount_fen), 0)).where(
                    Transaction.card_id == card.id, Transaction.amount_fen > 0
                )
            )
            assert card.used_fen == -(moved or 0)
            assert paid == repaid
            assert 0 <= (card.used_fen or 0) <= (card.credit_limit_fen or 0)


def test_bills_are_due_twenty_days_later(bank: Database) -> None:
    """As the articles of the knowledge base tell customers (facts.yml: credit_card.due_after_bill)."""
    with bank.reading() as session:
        bills = session.scalars(select(CardBill)).all()
    assert bills
    assert {bill.due_on - bill.billed_on for bill in bills} == {timedelta(days=20)}
    assert all(bill.minimum_fen <= bill.amount_fen for bill in bills)


def test_numbers_check_out(bank: Database) -> None:
    with bank.reading() as session:
        cards = session.scalars(select(Card)).all()
        customers = session.scalars(select(Customer)).all()
    assert all(luhn_valid(card.number) for card in cards)
    assert all(card.number.startswith("622999") and card.number.endswith(card.tail) for card in cards)
    assert {len(card.number) for card in cards} == {16, 19}
    for customer in customers:
        digits = customer.id_number
        total = sum(int(digit) * weight for digit, weight in zip(digits[:17], ID_WEIGHTS, strict=True))
        assert digits[17] == "10X98765432"[total % 11]
        assert digits[6:14] == f"{customer.birth_date:%Y%m%d}"
        assert (int(digits[16]) % 2 == 1) == (customer.gender == "male")


def test_phones_are_unique(bank: Database) -> None:
    with bank.reading() as session:
        phones = session.scalars(select(ContactPoint.value).where(ContactPoint.kind == "phone")).all()
    assert len(phones) == len(set(phones)) == CUSTOMERS
    assert all(len(phone) == 11 for phone in phones)


def test_nothing_lies_in_the_future_or_before_the_customer(bank: Database) -> None:
    with bank.reading() as session:
        for moment in (Transaction.occurred_at, Transfer.created_at):
            last = session.scalar(select(func.max(moment)))
            assert last is not None
            assert last <= NOW
        first = session.scalar(select(func.min(Transaction.occurred_at)))
        assert first is not None
        assert timedelta(days=540) < NOW - first < timedelta(days=560)
        early = session.scalars(
            select(Account).join(Customer).where(Account.opened_on < Customer.joined_on)
        ).all()
        assert early == []


def test_transfers_are_in_every_status(bank: Database) -> None:
    with bank.reading() as session:
        found = session.scalars(select(Transfer)).all()
    assert {transfer.status for transfer in found} == {"processing", "succeeded", "failed", "returned"}
    for transfer in found:
        assert (transfer.finished_at is None) == (transfer.status == "processing")
        assert (transfer.failure is not None) == (transfer.status in ("failed", "returned"))


def _named(bank: Database, phone: str) -> int:
    with bank.reading() as session:
        customer = service.find_by_phone(session, phone)
        assert customer is not None
        return customer.id


def test_lin_has_a_transfer_under_way_and_a_bill_to_pay(bank: Database) -> None:
    lin = _named(bank, "13900000001")
    with bank.reading() as session:
        newest = service.recent_transfers(session, lin)[0]
        assert (newest.status, newest.amount_fen, newest.payee_name) == ("processing", 500_000, "张伟")
        (bill,) = service.credit_card_bills(session, lin)
        assert 0 <= (bill.due_on - TODAY).days <= 5
        assert bill.remaining_fen == bill.amount_fen > 0
        assert service.find_card_by_tail(session, lin, "6688") is not None
        assert service.transactions(session, lin, TODAY - timedelta(days=364), TODAY).count > 60


def test_chen_has_a_matured_deposit(bank: Database) -> None:
    chen = _named(bank, "13900000002")
    with bank.reading() as session:
        deposits = service.balances(session, chen).deposits
    assert [(deposit.matured(TODAY), deposit.balance_fen) for deposit in deposits] == [
        (False, 10_000_000),
        (True, 20_000_000),
    ]


def test_wang_is_a_vip_with_four_cards(bank: Database) -> None:
    wang = _named(bank, "13900000003")
    with bank.reading() as session:
        assert service.get_customer(session, wang).tier == "vip"
        tails = [card.tail for card in service.cards_of(session, wang)]
        assert sorted(tails) == ["6600", "6619", "8800", "8818"]
        assert {holding.kind for holding in service.holdings_of(session, wang)} == {
            "wealth",
            "fund",
            "insurance",
        }


def test_zhao_has_an_overdue_bill(bank: Database) -> None:
    zhao = _named(bank, "13900000004")
    with bank.reading() as session:
        (bill,) = service.credit_card_bills(session, zhao)
    assert bill.overdue(TODAY)
    assert bill.paid_fen == 0
    assert 6 <= (TODAY - bill.due_on).days <= 9


def test_ma_got_a_transfer_back(bank: Database) -> None:
    ma = _named(bank, "13900000005")
    with bank.reading() as session:
        (returned,) = service.recent_transfers(session, ma, status="returned")
        (failed,) = service.recent_transfers(session, ma, status="failed")
        rows = service.transactions(session, ma, TODAY - timedelta(days=3), TODAY, 50).rows
    assert (returned.amount_fen, returned.failure) == (1_200_000, "收款账号与户名不符")
    assert failed.amount_fen == 300_000
    amounts = [row.amount_fen for row in rows if row.summary in ("转账汇款", "转账退回")]
    assert amounts == [1_200_000, -1_200_000]


def test_the_same_moment_gives_the_same_bank(bank: Database, tmp_path: Path) -> None:
    second = _new_database(tmp_path / "again.db")
    seed(second, customers=CUSTOMERS, now=NOW)
    with bank.reading() as one, second.reading() as other:
        for table in Base.metadata.sorted_tables:
            order = f"SELECT * FROM {table.name} ORDER BY 1"
            assert one.execute(text(order)).all() == other.execute(text(order)).all()
    second.engine.dispose()


@pytest.mark.parametrize(
    "day", ["2027-01-01", "2027-03-01", "2027-03-31", "2028-02-29", "2027-08-31", "2027-12-31"]
)
def test_the_promises_hold_on_awkward_days(sqlite_url: str, day: str) -> None:
    now = datetime.fromisoformat(f"{day}T00:10:00+08:00")
    database = Database(sqlite_url)
    assert seed(database, customers=5, now=now) == 5
    with database.reading() as session:
        lin, chen, _, zhao, ma = session.scalars(select(Customer.id).order_by(Customer.id)).all()
        (due,), (late,) = (service.credit_card_bills(session, one) for one in (lin, zhao))
        assert 0 <= (due.due_on - now.date()).days <= 5
        assert due.remaining_fen > 0
        assert late.overdue(now.date())
        assert any(deposit.matured(now.date()) for deposit in service.balances(session, chen).deposits)
        assert service.recent_transfers(session, lin)[0].status == "processing"
        assert service.recent_transfers(session, ma, status="returned")
    database.engine.dispose()


def test_a_bank_with_customers_is_left_alone(database: Database) -> None:
    with database.transaction() as session:
        make_customer(session)
    assert seed(database, customers=10, now=NOW) == 0
    with database.reading() as session:
        assert session.scalar(select(func.count(Customer.id))) == 1


def test_progress_and_new_rows_afterwards(database: Database) -> None:
    told: list[tuple[int, int]] = []
    seed(database, customers=205, now=NOW, progress=lambda done, wanted: told.append((done, wanted)))
    assert told == [(100, 205), (200, 205), (205, 205)]
    with database.transaction() as session:
        # On PostgreSQL the sequences must have moved past the ids that the seed gave.
        customer = make_customer(session, number="7000000001")
        make_card(session, customer, account_id=make_account(session, customer, number="8").id)
