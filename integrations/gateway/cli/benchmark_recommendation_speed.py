"""`qiantai benchmark recommendation-speed`: how long a recommendation takes on the CRM's own database."""

import random
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from uuid import uuid4

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from integrations.crm.bank.catalogue import Product, read_products
from integrations.crm.bank.errors import BadBankData
from integrations.crm.database import Database
from integrations.crm.models import Customer
from integrations.crm.recommendations.collaborative import Model
from integrations.crm.recommendations.errors import BadInteractions
from integrations.crm.recommendations.rebuild import learn_from_customers
from integrations.crm.recommendations.service import recommend
from integrations.crm.settings import Settings
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.progress import working

_WARM_UP = 50
_SEED = 11


def benchmark_recommendation_speed(products: int, requests: int, settings: Settings) -> list[str]:
    """Time `requests` recommendations for random customers; return the lines of the figures. Raises CliError.

    The catalogue is filled up to `products` with copies under other codes. From the first query to the
    stored impression; everything is rolled back, so customers' histories stay as they were.
    """
    if products < 1 or requests < 1:
        raise CliError("Give at least one product and one request.")
    database = Database(settings.database_url, busy_seconds=settings.database_busy_seconds)
    try:
        return _measure(database, _filled_up(products), requests)
    except BadBankData as error:
        raise CliError(f"A file of products or tiers is wrong: {error}") from error
    except BadInteractions as error:
        raise CliError(f"Nothing can be learned: {error}; make customers with `qiantai seed`.") from error
    except SQLAlchemyError as error:
        raise CliError(f"The CRM's database cannot be used: {getattr(error, 'orig', error)}") from error
    finally:
        database.engine.dispose()


def _measure(database: Database, products: Mapping[str, Product], requests: int) -> list[str]:
    now = datetime.now(UTC)
    with database.reading() as session:
        customers = session.scalar(select(func.count(Customer.id))) or 0
        first, last = session.execute(select(func.min(Customer.id), func.max(Customer.id))).one()
        if not customers:
            raise CliError("There are no customers: make some with `qiantai seed`.")
        with working(f"{customers} 位客户：学习推荐模型"):
            start = time.perf_counter()
            model = learn_from_customers(session, now, products)
            learned = time.perf_counter() - start
    rng = random.Random(_SEED)  # noqa: S311 - which customers are asked for must come out the same again
    milliseconds, shown = [], 0
    with working(f"{requests} 次推荐"):
        for number in range(_WARM_UP + requests):
            with Session(database.engine) as session:
                customer_id = _some_customer(session, rng.randint(first, last))
                took, offers = _timed(session, customer_id, now, model, products)
            if number >= _WARM_UP:
                milliseconds.append(took)
                shown += offers
    p50, p95, p99 = np.percentile(milliseconds, [50, 95, 99])
    return [
        f"customers: {customers}",
        f"products: {len(products)}",
        f"learning_seconds: {learned:.1f}",
        f"offers_each: {shown / requests:.2f}",
        f"p50_ms: {p50:.1f}",
        f"p99_ms: {p99:.1f}",
        f"p95_ms: {p95:.1f}",
    ]


def _timed(
    session: Session, customer_id: int, now: datetime, model: Model, products: Mapping[str, Product]
) -> tuple[float, int]:
    start = time.perf_counter()
    offers = recommend(
        session,
        customer_id,
        now=now,
        surface="bot",
        source_key=f"benchmark-{uuid4().hex}",
        model=model,
        products=products,
    )
    took = (time.perf_counter() - start) * 1000
    session.rollback()
    return took, len(offers)


def _some_customer(session: Session, beginning: int) -> int:
    return session.scalars(
        select(Customer.id).where(Customer.id >= beginning).order_by(Customer.id).limit(1)
    ).one()


def _filled_up(wanted: int) -> dict[str, Product]:
    products = dict(list(read_products().items())[:wanted])
    originals = list(products.values())
    codes = _free_codes(products)
    while len(products) < wanted:
        source = originals[len(products) % len(originals)]
        code = next(codes, None)
        if code is None:
            raise CliError(f"There are codes for {len(products)} products at most.")
        products[code] = source.model_copy(update={"code": code, "name": f"{source.name} {code}"})
    return products


def _free_codes(taken: Mapping[str, Product]) -> Iterator[str]:
    codes = (f"YC-{letter}{number:03d}" for letter in "ZYXVUTS" for number in range(1000))
    return (code for code in codes if code not in taken)
