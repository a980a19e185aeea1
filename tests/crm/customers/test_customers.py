"""Finding customers, their cards and balances."""

from datetime import date

import pytest
from sqlalchemy import event

from integrations.crm.customers import service
from integrations.crm.customers.errors import AmbiguousCard, CardNotFound, CustomerNotFound
from integrations.crm.database import Database
from tests.builders import NOW, make_account, make_bill, make_card, make_customer, make_transfer

TODAY = date(2026, 11, 22)


def test_find_by_phone(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session, phone="13900000001")
        assert service.find_by_phone(session, "13900000001") is lin
        assert service.find_by_phone(session, "13900000002") is None


def test_a_shared_phone_needs_the_card(database: Database) -> None:
    with database.transaction() as session:
        wife, husband = (make_customer(session, phone="13900000001") for _ in range(2))
        make_card(session, wife, "1111")
        make_card(session, husband, "2222")
        make_card(session, husband, "3333", status="cancelled")
        assert service.find_by_phone(session, "13900000001") is None
        assert service.find_by_phone_and_tail(session, "13900000001", "2222") is husband
        assert service.find_by_phone_and_tail(session, "13900000001", "3333") is None
        make_card(session, wife, "2222")
        assert service.find_by_phone_and_tail(session, "13900000001", "2222") is None


def test_get_and_search(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session, name="林晓雯", number="6000000001", phone="13900000001")
        make_customer(session, name="马林")
        assert list(service.search(session, "林")) == [lin]
        assert list(service.search(session, "6000000001")) == [lin]
        assert list(service.search(session, " 13900000001 ")) == [lin]
        assert list(service.search(session, "%")) == []
        assert list(service.search(session, " ")) == []
        assert service.find_by_number(session, "6000000001") is lin
        assert service.phone_of(session, lin.id) == "13900000001"
        with pytest.raises(CustomerNotFound):
            service.get_customer(session, 999_999)


def test_cards_and_tails(database: Database) -> None:
    with database.transaction() as session:
        lin, other = make_customer(session), make_customer(session)
        credit = make_card(session, lin, "1024", kind="credit")
        debit = make_card(session, lin, "6688", status="frozen")
        make_card(session, lin, "9999", status="cancelled")
        make_card(session, other, "5555")
        assert list(service.cards_of(session, lin.id)) == [debit, credit]
        assert list(service.cards_of(session, lin.id, kind="credit")) == [credit]
        assert service.find_card_by_tail(session, lin.id, "6688") is debit
        assert service.find_card_by_tail(session, lin.id, "9999") is None
        assert service.find_card_by_tail(session, lin.id, "5555") is None


def test_two_cards_with_the_same_tail_are_never_guessed(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        make_card(session, lin, "6688")
        credit = make_card(session, lin, "6688", kind="credit", product="云川标准信用卡")
        with pytest.raises(AmbiguousCard) as caught:
            service.find_card_by_tail(session, lin.id, "6688")
        assert caught.value.data["cards"] == [("debit", "云川借记卡"), ("credit", "云川标准信用卡")]
        assert service.find_card_by_tail(session, lin.id, "6688", kind="credit") is credit


def test_balances(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        account = make_account(session, lin, balance_fen=100_000, frozen_fen=30_000)
        make_account(session, lin, status="closed", balance_fen=0)
        make_account(session, lin, kind="time", balance_fen=5_000_000, matures_on=TODAY)
        make_card(session, lin, "6688", account_id=account.id)
        make_card(session, lin, "1024", kind="credit", used_fen=1_200_000)
        found = service.balances(session, lin.id)
    assert [(a.card_tails, a.available_fen) for a in found.accounts] == [(("6688",), 70_000)]
    assert [line.available_fen for line in found.credit_lines] == [0]
    assert found.current_fen == 100_000
    assert found.total_fen == 5_100_000
    deposit = found.deposits[0]
    assert deposit.matured(TODAY)
    assert not deposit.matured(date(2026, 11, 21))


def test_balances_of_a_customer_with_nothing(database: Database) -> None:
    with database.transaction() as session:
        found = service.balances(session, make_customer(session).id)
    assert (found.accounts, found.deposits, found.credit_lines, found.total_fen) == ((), (), (), 0)


def test_balances_take_a_fixed_number_of_queries(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        for tail in ("1111", "2222", "3333"):
            make_card(session, lin, tail, account_id=make_account(session, lin).id)
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *said: statements.append(said[2]))
    with database.reading() as session:
        service.balances(session, lin.id)
    assert sum(statement.startswith("SELECT") for statement in statements) == 3


def test_bills(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        card = make_card(session, lin, "1024", kind="credit")
        make_card(session, lin, "6688")
        make_bill(session, card, date(2026, 10, 7), date(2026, 10, 27), paid_fen=50_000)
        make_bill(session, card, date(2026, 11, 7), date(2026, 11, 27), paid_fen=4_000)
        (newest,) = service.credit_card_bills(session, lin.id)
        both = service.credit_card_bills(session, lin.id, tail="1024", per_card=6)
        with pytest.raises(CardNotFound):
            service.credit_card_bills(session, lin.id, tail="6688")
    assert (newest.remaining_fen, newest.minimum_remaining_fen) == (46_000, 1_000)
    assert [bill.billed_on.month for bill in both] == [11, 10]
    assert not newest.overdue(date(2026, 11, 27))
    assert newest.overdue(date(2026, 11, 28))
    assert not both[1].overdue(date(2027, 1, 1))


def test_transfers(database: Database) -> None:
    with database.transaction() as session:
        lin, other = make_customer(session), make_customer(session)
        account = make_account(session, lin)
        old = make_transfer(session, account, created_at=NOW.replace(day=1), amount_fen=12_345)
        new = make_transfer(session, account, status="processing", payee_name="李娜")
        make_transfer(session, make_account(session, other))
        assert list(service.recent_transfers(session, lin.id)) == [new, old]
        assert list(service.recent_transfers(session, lin.id, amount_fen=12_345)) == [old]
        assert list(service.recent_transfers(session, lin.id, payee="李娜")) == [new]
        assert list(service.recent_transfers(session, lin.id, status="failed")) == []
        assert list(service.recent_transfers(session, lin.id, start=TODAY, end=TODAY)) == [new]
        assert list(service.recent_transfers(session, lin.id, end=date(2026, 11, 1))) == [old]
        assert list(service.recent_transfers(session, lin.id, limit=1)) == [new]
