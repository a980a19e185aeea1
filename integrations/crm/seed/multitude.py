"""Fills an empty database with the named customers and very many others, without their movements."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.crm.bank.catalogue import Product, read_products
from integrations.crm.database import Database
from integrations.crm.models import Base, Card, Customer
from integrations.crm.seed import bulk
from integrations.crm.seed.crowd import TABLES, Crowd
from integrations.crm.seed.demo import NAMED, advance_sequences, fill, largest_ids

_SEED = 20_261_123
_PORTION = 5000  # customers written at once: a few ten thousand rows in memory


def seed_multitude(
    database: Database,
    *,
    customers: int,
    now: datetime,
    products: Mapping[str, Product] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Add the five named customers with their movements and `customers - 5` others without movements.

    Returns how many were added: 0 where there are some already. The same `now`, number and `products`
    (default: the catalogue) give the same data. All or nothing: one transaction. Memory does not grow with
    the number. `progress` is told (done, all) after every portion.
    """
    wanted = max(customers, NAMED)
    tell = progress or (lambda _done, _all: None)
    with database.transaction() as session:
        if session.scalar(select(Customer.id).limit(1)) is not None:
            return 0
        fill(session, NAMED, now, lambda _done, _all: None)
        if not database.is_sqlite:
            advance_sequences(session)  # COPY takes the next numbers of those whose ids it does not give
        _add(session, wanted, now, products or read_products(), tell)
        if not database.is_sqlite:
            advance_sequences(session)
    if not database.is_sqlite:
        _vacuum(database)
    return wanted


def _add(
    session: Session,
    wanted: int,
    now: datetime,
    products: Mapping[str, Product],
    progress: Callable[[int, int], None],
) -> None:
    rng = Random(_SEED)  # noqa: S311 - demo data must come out the same again
    taken = [*session.scalars(select(Customer.id_number)), *session.scalars(select(Card.number))]
    crowd = Crowd(rng, products, now, largest_ids(session), taken)
    connection = session.connection()
    # The server writes one portion while the next one is made.
    with ThreadPoolExecutor(1) as writer:
        under_way: Future[None] | None = None
        for index in range(NAMED + 1, wanted + 1):
            crowd.add(index)
            if index % _PORTION and index != wanted:
                continue
            if under_way is not None:
                under_way.result()
            under_way = writer.submit(bulk.write, connection, TABLES, crowd.take())
            progress(index, wanted)
        if under_way is not None:
            under_way.result()


def _vacuum(database: Database) -> None:
    # Without statistics the first queries would be planned for empty tables, and without a vacuum each would
    # mark the rows it reads as committed, page by page, until autovacuum has come.
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in TABLES:
            connection.exec_driver_sql(f"VACUUM (ANALYZE) {Base.metadata.tables[table].name}")
