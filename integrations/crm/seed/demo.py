"""Fills an empty database with the demo bank."""

from collections.abc import Callable
from datetime import datetime
from random import Random

from faker import Faker
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from integrations.crm.bank.catalogue import read_products
from integrations.crm.customers.periods import today
from integrations.crm.database import Database
from integrations.crm.models import Base, Customer
from integrations.crm.seed.history import History
from integrations.crm.seed.named import named_profiles
from integrations.crm.seed.people import make_pool, random_profile
from integrations.crm.seed.rows import Rows
from integrations.crm.seed.tastes import Tastes

_SEED = 20_261_122
NAMED = 5
"""Customers of the demonstration, who come first."""
_PORTION = 100  # customers written at once
_TABLES = (
    "customers",
    "contact_points",
    "accounts",
    "cards",
    "card_bills",
    "transactions",
    "transfers",
    "holdings",
    "risk_assessments",
    "marketing_choices",
)
_WITH_GIVEN_IDS = ("customers", "accounts", "cards")


def seed(
    database: Database,
    *,
    customers: int = 2000,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Add the five named and `customers - 5` random customers whose history ends at `now` (aware).

    Returns how many customers were added: 0 where there are some already. The same `now` gives the same
    data. All or nothing: one transaction. `progress` is told (done, all) after every portion.
    """
    with database.transaction() as session:
        if session.scalar(select(Customer.id).limit(1)) is not None:
            return 0
        fill(session, max(customers, NAMED), now, progress or (lambda _done, _all: None))
        if not database.is_sqlite:
            advance_sequences(session)
    return max(customers, NAMED)


def fill(session: Session, wanted: int, now: datetime, progress: Callable[[int, int], None]) -> None:
    """Write the customers 1 to `wanted`, and tell `progress` (done, all) after every portion."""
    faker = Faker("zh_CN")
    faker.seed_instance(_SEED)
    pool = make_pool(faker)
    named = named_profiles(now)
    rows = Rows(largest_ids(session), now)
    tastes = Tastes(read_products())
    for index in range(1, wanted + 1):
        rng = Random(f"{_SEED}:{index}")  # noqa: S311 - demo data must come out the same again
        profile = named[index - 1] if index <= len(named) else None
        profile = profile or random_profile(faker, rng, pool, tastes, index, today(now))
        history = History(profile, rng, pool, now)
        history.play()
        rows.add(profile, history, rng, index)
        if index % _PORTION == 0 or index == wanted:
            _write(session, rows)
            progress(index, wanted)


def _write(session: Session, rows: Rows) -> None:
    for table in _TABLES:
        if rows.tables[table]:
            session.execute(insert(Base.metadata.tables[table]), rows.tables[table])
    rows.tables.clear()


def largest_ids(session: Session) -> dict[str, int]:
    """The largest id of each table whose ids the seed gives."""
    tables = Base.metadata.tables
    return {name: session.scalar(select(func.max(tables[name].c.id))) or 0 for name in _WITH_GIVEN_IDS}


def advance_sequences(session: Session) -> None:
    """Let new rows have ids beyond those that were given."""
    # PostgreSQL's sequences do not notice ids that were given.
    for name in _WITH_GIVEN_IDS:
        largest = select(func.max(Base.metadata.tables[name].c.id)).scalar_subquery()
        session.execute(select(func.setval(func.pg_get_serial_sequence(name, "id"), largest)))
