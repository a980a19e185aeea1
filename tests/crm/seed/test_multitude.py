"""Very many customers: plausible, unique, the same again, with little memory, on both databases."""

import tracemalloc
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import func, select, text

from integrations.crm.bank.catalogue import read_products
from integrations.crm.conversations.redaction import luhn_valid
from integrations.crm.customers import service
from integrations.crm.database import Database
from integrations.crm.migrations.migrate import upgrade
from integrations.crm.models import (
    Account,
    Base,
    Card,
    ChannelIdentity,
    ContactPoint,
    Customer,
    CustomerProfile,
    Holding,
    RiskAssessment,
    Transaction,
)
from integrations.crm.seed import seed_multitude
from integrations.crm.seed.crowd import TABLES, Crowd
from integrations.crm.seed.names import person_name
from integrations.crm.seed.numbers import IdNumbers, serial_card_number
from tests.builders import NOW, make_account, make_card, make_customer

CUSTOMERS = 5300  # more than one portion
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A seeded SQLite database that is only read."""
    url = f"sqlite:///{tmp_path_factory.mktemp('multitude') / 'crm.db'}"
    upgrade(url)
    database = Database(url)
    assert seed_multitude(database, customers=CUSTOMERS, now=NOW) == CUSTOMERS
    yield database
    database.engine.dispose()


def test_everybody_has_what_a_customer_has(bank: Database) -> None:
    with bank.reading() as session:
        counts = {
            model.__tablename__: session.scalar(select(func.count()).select_from(model))
            for model in (Customer, CustomerProfile, ContactPoint, Account, Card, Holding, RiskAssessment)
        }
        identities = session.scalar(select(func.count(ChannelIdentity.id))) or 0
        with_account = session.scalar(
            select(func.count(Account.customer_id.distinct())).where(Account.kind == "current")
        )
        phones = session.scalars(select(ContactPoint.value).where(ContactPoint.kind == "phone")).all()
        with_movements = session.scalar(select(func.count(Transaction.account_id.distinct())))
    assert counts["customers"] == with_account == len(set(phones)) == CUSTOMERS
    assert counts["customer_profiles"] == CUSTOMERS - 5
    assert counts["cards"] > CUSTOMERS
    assert counts["holdings"] > CUSTOMERS
    assert 0.28 < identities / CUSTOMERS < 0.38
    assert with_movements == 5


def test_numbers_check_out_and_belong_to_one_customer(bank: Database) -> None:
    with bank.reading() as session:
        cards = session.scalars(select(Card)).all()
        customers = session.scalars(select(Customer)).all()
    assert all(luhn_valid(card.number) and card.number.endswith(card.tail) for card in cards)
    assert len({card.number for card in cards}) == len(cards)
    assert len({one.id_number for one in customers}) == len(customers)
    assert all(one.id_number[6:14] == f"{one.birth_date:%Y%m%d}" for one in customers)
    assert all((int(one.id_number[16]) % 2 == 1) == (one.gender == "male") for one in customers)
    ages = [(TODAY - one.birth_date).days / 365.25 for one in customers]
    assert min(ages) >= 18
    assert max(ages) < 86
    tails = Counter(card.tail for card in cards)
    assert max(tails.values()) < 10


def test_the_named_customers_are_there_with_their_year(bank: Database) -> None:
    with bank.reading() as session:
        lin = service.find_by_phone_and_tail(session, "13900000001", "6688")
        assert lin is not None
        assert service.transactions(session, lin.id, TODAY - timedelta(days=364), TODAY).count > 60


def test_profiles_agree_with_the_customers(bank: Database) -> None:
    with bank.reading() as session:
        rows = session.execute(select(Customer, CustomerProfile).join(CustomerProfile)).all()
    for customer, profile in rows:
        assert customer.tier == profile.value
        vip = profile.year_volume_fen > 100_000_000 and profile.year_services >= 5
        assert vip == (profile.value == "vip")
        assert profile.churn_probability is not None
        assert 0 <= profile.churn_probability <= 1
        assert (profile.last_active_on or TODAY) <= TODAY
        assert profile.churn_reasons == []


@pytest.mark.parametrize("database", ["postgresql", "sqlite"], indirect=True)
def test_the_same_moment_gives_the_same_bank_on_each_database(bank: Database, database: Database) -> None:
    told: list[tuple[int, int]] = []
    seed_multitude(
        database, customers=CUSTOMERS, now=NOW, progress=lambda done, wanted: told.append((done, wanted))
    )
    assert told == [(5000, CUSTOMERS), (CUSTOMERS, CUSTOMERS)]
    for name in TABLES:
        table = Base.metadata.tables[name]
        query = select(*(column for column in table.columns if column.name != "id" or name == "customers"))
        with bank.reading() as one, database.reading() as other:
            found = [sorted(map(repr, session.execute(query).all())) for session in (one, other)]
        assert found[0] == found[1], name


def test_new_rows_afterwards_and_no_second_filling(database: Database) -> None:
    seed_multitude(database, customers=40, now=NOW)
    with database.transaction() as session:
        # On PostgreSQL the sequences must have moved past the ids that were given.
        customer = make_customer(session, number="7000000001", id_number="510104199506129999")
        make_card(session, customer, account_id=make_account(session, customer, number="8").id)
    assert seed_multitude(database, customers=40, now=NOW) == 0
    with database.reading() as session:
        assert session.scalar(select(func.count(Customer.id))) == 41


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_the_first_queries_find_tables_that_autovacuum_has_nothing_left_to_do_in(database: Database) -> None:
    seed_multitude(database, customers=40, now=NOW)
    with database.reading() as session:
        pages, visible, rows = session.execute(
            text("SELECT relpages, relallvisible, reltuples FROM pg_class WHERE relname = 'customers'")
        ).one()
    assert 0 < pages == visible
    assert rows == 40


def test_a_failure_leaves_the_database_empty(database: Database) -> None:
    def stop(_done: int, _wanted: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed_multitude(database, customers=30, now=NOW, progress=stop)
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM customers")).scalar() == 0


def test_memory_does_not_grow_with_the_number() -> None:
    crowd = Crowd(Random(1), read_products(), NOW, {"customers": 0, "accounts": 0}, [])
    _add(crowd, 1, 3001)
    tracemalloc.start()
    try:
        _add(crowd, 3001, 4501)
        growth, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert growth < 60_000  # one short text kept for each customer would be 90,000


def _add(crowd: Crowd, first: int, end: int) -> None:
    for index in range(first, end):
        crowd.add(index)
        crowd.take()


def test_card_numbers_are_one_to_one() -> None:
    found = {serial_card_number(serial, 16) for serial in range(50_000)}
    assert len(found) == 50_000
    assert all(luhn_valid(number) and len(number) == 16 for number in list(found)[:500])


def test_card_numbers_that_exist_are_not_given_again() -> None:
    first = Crowd(Random(1), read_products(), NOW, {"customers": 0, "accounts": 0}, [])
    first.add(7)
    number, id_number = first.rows["cards"][0][2], first.rows["customers"][0][5]
    second = Crowd(Random(1), read_products(), NOW, {"customers": 0, "accounts": 0}, [number, id_number])
    second.add(7)
    assert second.rows["cards"][0][2] != number
    assert second.rows["customers"][0][5] != id_number


def test_five_hundred_of_a_day_then_the_next_day() -> None:
    first, last = date(2000, 1, 1), date(2000, 1, 3)
    numbers = IdNumbers(first, last, ["510104"], [])
    given = [numbers.next("510104", date(2000, 1, 2), "female") for _ in range(1000)]
    assert len({number for _, number in given}) == 1000
    assert Counter(birth for birth, _ in given) == {date(2000, 1, 2): 500, last: 500}
    with pytest.raises(OverflowError):
        numbers.next("510104", date(2000, 1, 2), "female")
    assert numbers.next("510104", first, "female")[0] == first


def test_there_are_no_numbers_for_too_many_customers() -> None:
    crowd = Crowd(Random(1), read_products(), NOW, {"customers": 0, "accounts": 0}, [])
    with pytest.raises(OverflowError):
        crowd.add(90_000_001)


def test_names_are_as_common_as_they_are() -> None:
    rng = Random(4)
    names = [person_name(rng, gender) for gender in ("male", "female") for _ in range(3000)]
    surnames = Counter(name[0] for name in names)
    assert {surname for surname, _ in surnames.most_common(3)} == {"王", "李", "张"}
    assert all(2 <= len(name) <= 4 for name in names)
    assert len(set(names)) > 4000
