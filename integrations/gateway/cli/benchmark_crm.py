"""`qiantai benchmark crm`: how long finding a customer and recommending take, and how that grows."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count, pairwise
from pathlib import Path
from random import Random

import numpy as np
from rich.table import Table
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from integrations.crm.bank.catalogue import Product, read_products
from integrations.crm.customers.directory import SqlDirectory
from integrations.crm.database import Database
from integrations.crm.migrations.migrate import upgrade
from integrations.crm.models import Card, ChannelIdentity, ContactPoint, Customer, RiskAssessment
from integrations.crm.recommendations.collaborative import Model
from integrations.crm.recommendations.rebuild import learn_from_customers
from integrations.crm.recommendations.service import recommend
from integrations.crm.seed import seed_multitude
from integrations.crm.settings import Settings
from integrations.gateway.cli.customers import recompute_everybody
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.generated_products import MOST, grow_products
from integrations.gateway.cli.plots import growth_lines
from integrations.gateway.cli.progress import bar, console, working
from integrations.gateway.cli.scratch_postgresql import scratch_database

SMALLEST, LARGEST = 1000, 10_000_000
_WARM_UP = 100
_ORDER = "phone", "phone_and_tail", "card_tail", "openid", "recommend"
_SEED = 20_261_128


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of one kind of call."""

    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """Customers to look for, chosen evenly."""

    phones: list[str]
    phones_and_tails: list[tuple[str, str]]
    tails: list[str]
    openids: list[str]
    assessed: list[int]  # ids of customers to whom most can be offered


def benchmark_crm(
    sizes: str,
    settings: Settings,
    *,
    server: str | None = None,
    products: int = 500,
    calls: int = 1000,
    recompute: bool = False,
    plot: Path | None = None,
) -> list[str]:
    """Make a bank of each size on PostgreSQL and measure it; return the lines of the figures.

    `sizes` are numbers of customers between commas, growing; `server` is the URL of any database of the
    server (default: that of the settings). Each bank has a database of its own, dropped at the end. `calls`
    of each kind are made, one after the other, each in its own transaction as in the product. The
    catalogue is grown to `products`; recommendations are stored and committed. With `recompute` everybody's
    figures and tiers are computed at the end, as every night. Raises CliError.
    """
    counts = read_sizes(sizes)
    if not 1 <= products <= MOST:
        raise CliError(f"--products must be between 1 and {MOST}, not {products}.")
    if calls < 1:
        raise CliError(f"--calls must be at least 1, not {calls}.")
    catalogue = grow_products(read_products(), products)
    model: Model | None = None
    found: dict[int, dict[str, Times]] = {}
    lines = [f"products: {len(catalogue)}"]
    for size in counts:
        with scratch_database(server or settings.database_url) as url:
            database = Database(url)
            try:
                seconds = _fill(database, url, size, catalogue)
                model = model or _learn(database, catalogue)
                with working(f"{size} 位客户 (lookups and recommendations)"):
                    found[size] = measure(database, catalogue, model, calls)
                lines.append(f"seed_seconds_{size}: {seconds:.0f}")
                if recompute:
                    lines.append(f"recompute_seconds_{size}: {_recompute(database):.0f}")
            finally:
                database.engine.dispose()
    _show(found)
    if plot is not None:
        _draw(plot, found)
    return [*lines, *_figures(found)]


def read_sizes(sizes: str) -> list[int]:
    """Numbers between commas, growing. Raises CliError."""
    try:
        counts = [int(part) for part in sizes.split(",")]
    except ValueError as error:
        raise CliError(
            f"--sizes must be numbers between commas such as 10000,100000, not {sizes}."
        ) from error
    if any(not SMALLEST <= size <= LARGEST for size in counts):
        raise CliError(f"--sizes must be between {SMALLEST} and {LARGEST}, not {sizes}.")
    if counts != sorted(set(counts)):
        raise CliError(f"--sizes must grow, not {sizes}.")
    return counts


def measure(
    database: Database, catalogue: Mapping[str, Product], model: Model, number: int
) -> dict[str, Times]:
    """The times of each kind of call, on a bank that is there."""
    directory = SqlDirectory()
    with database.reading() as session:
        asked = _choose(session, number)
    find = partial(_find, database)
    calls: dict[str, list[Callable[[], None]]] = {
        "phone": [partial(find, directory.by_phone, one) for one in asked.phones],
        "phone_and_tail": [
            partial(find, directory.by_phone_and_tail, *one) for one in asked.phones_and_tails
        ],
        "card_tail": [partial(find, directory.by_card_tail, one) for one in asked.tails],
        "openid": [partial(find, directory.by_openid, one) for one in asked.openids],
    }
    keys = count()
    now = datetime.now(UTC)

    def offer(customer_id: int) -> None:
        key = f"benchmark-{next(keys)}"
        with database.transaction() as session:
            recommend(
                session, customer_id, now=now, surface="bot", source_key=key, model=model, products=catalogue
            )

    calls["recommend"] = [partial(offer, one) for one in asked.assessed]
    return {name: _times(calls[name]) for name in _ORDER}


def _find(database: Database, look: Callable[..., object], *wanted: str) -> None:
    with database.reading() as session:
        if not look(session, *wanted):
            raise CliError("A customer who is there was not found: the figures would mean nothing.")


def _fill(database: Database, url: str, size: int, catalogue: Mapping[str, Product]) -> float:
    """Seconds of making the customers."""
    upgrade(url)
    with bar(f"{size} 位客户", size) as progress:
        task = progress.task_ids[0]
        start = time.perf_counter()
        seed_multitude(
            database,
            customers=size,
            now=datetime.now(UTC),
            products=catalogue,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
        return time.perf_counter() - start


def _recompute(database: Database) -> float:
    """Seconds of computing everybody's figures and tiers."""
    start = time.perf_counter()
    recompute_everybody(database, datetime.now(UTC))
    return time.perf_counter() - start


def _learn(database: Database, catalogue: Mapping[str, Product]) -> Model:
    """What the smallest bank's customers chose: the model's size depends on the products alone."""
    with working("推荐模型"), database.reading() as session:
        return learn_from_customers(session, datetime.now(UTC), catalogue)


def _choose(session: Session, number: int) -> _Asked:
    rng = Random(_SEED)  # noqa: S311 - the same customers each time
    largest = session.scalar(select(func.max(Customer.id))) or 0
    ids = [rng.randint(1, largest) for _ in range(20 * number)]
    phones = select(ContactPoint.customer_id, ContactPoint.value).where(
        ContactPoint.kind == "phone", ContactPoint.customer_id.in_(ids)
    )
    tails = select(Card.customer_id, Card.tail).where(Card.kind == "debit", Card.customer_id.in_(ids))
    openids = select(ChannelIdentity.customer_id, ChannelIdentity.external_user).where(
        ChannelIdentity.customer_id.in_(ids)
    )
    assessed = select(RiskAssessment.customer_id).where(RiskAssessment.customer_id.in_(ids)).distinct()
    phone_of = dict(session.execute(phones).all())
    tail_of = dict(session.execute(tails).all())
    openid_of = dict(session.execute(openids).all())
    able = set(session.scalars(assessed))
    known = [one for one in ids if one in phone_of and one in tail_of]
    return _Asked(
        phones=[phone_of[one] for one in known][:number],
        phones_and_tails=[(phone_of[one], tail_of[one]) for one in known][:number],
        tails=[tail_of[one] for one in known][:number],
        openids=[openid_of[one] for one in known if one in openid_of][:number],
        assessed=[one for one in known if one in able][:number],
    )


def _times(calls: Sequence[Callable[[], None]]) -> Times:
    for call in calls[:_WARM_UP]:
        call()
    milliseconds = []
    for call in calls:
        start = time.perf_counter()
        call()
        milliseconds.append((time.perf_counter() - start) * 1000)
    return Times(float(np.percentile(milliseconds, 50)), float(np.percentile(milliseconds, 95)))


def _figures(found: Mapping[int, Mapping[str, Times]]) -> list[str]:
    lines = []
    for name in _ORDER:
        for size, times in found.items():
            lines.append(f"{name}_p50_ms_{size}: {times[name].p50:.2f}")
            lines.append(f"{name}_p95_ms_{size}: {times[name].p95:.2f}")
    sizes = list(found)
    for before, after in pairwise(sizes):
        for name in _ORDER:
            median = found[after][name].p50 / found[before][name].p50
            tail = found[after][name].p95 / found[before][name].p95
            lines.append(f"growth_{name}_p50_{before}_{after}: {median:.2f}")
            lines.append(f"growth_{name}_p95_{before}_{after}: {tail:.2f}")
    return lines


def _show(found: Mapping[int, Mapping[str, Times]]) -> None:
    table = Table("customers", *_ORDER, title="p50 / p95, milliseconds")
    for size, times in found.items():
        table.add_row(f"{size:,}", *(f"{times[name].p50:.2f} / {times[name].p95:.2f}" for name in _ORDER))
    console.print(table)


def _draw(file: Path, found: Mapping[int, Mapping[str, Times]]) -> None:
    series = {f"{name} p95": [times[name].p95 for times in found.values()] for name in _ORDER}
    growth_lines(file, list(found), series, ("customers", "milliseconds"))
