"""`qiantai benchmark recommendations`: our lists against popularity and chance, judged by later choices."""

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError, ProgrammingError, SQLAlchemyError

from integrations.crm.bank.catalogue import read_products
from integrations.crm.bank.errors import BadBankData
from integrations.crm.database import Database
from integrations.crm.migrations.migrate import upgrade
from integrations.crm.recommendations.comparison import (
    CUT,
    Comparison,
    Served,
    compare,
    compare_last_fifth,
    served,
)
from integrations.crm.recommendations.errors import BadInteractions
from integrations.crm.recommendations.evaluation import AT, Quality
from integrations.crm.recommendations.histories import Interactions
from integrations.crm.recommendations.rebuild import own_interactions
from integrations.crm.seed import seed
from integrations.crm.settings import Settings
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.progress import working
from integrations.gateway.cli.text_files import numbered_lines

SEEDED_CUSTOMERS = 6_000
MOST_ITEMS = 6000
"""The model is a table of items by items: of more only those chosen most before the cut take part."""
_MILLISECONDS_FROM = 1e11  # as seconds the year 5138
_SECONDS_A_DAY = 86_400.0


def benchmark_recommendations(interactions: Path | None, settings: Settings) -> list[str]:
    """Compare with popularity and chance; return the lines of the figures. Raises CliError.

    One moment cuts the time, 80 % of all choices before it: nothing from then on is learned. Judged are
    users with a good choice before and one after, by what they chose after and did not have before. The
    recipe of the model is chosen on three parts of the time before the cut. A choice of a file is good
    from the mean rating before the cut on. Without a file the CRM's own customers are taken, or seeded
    ones where it has none; there `ndcg@5` judges the lists as customers see them, blended and mixed.
    """
    try:
        if interactions is None:
            return _of_crm(settings)
        return _of_file(interactions)
    except BadInteractions as error:
        raise CliError(f"There is nothing to compare: {error}.") from error


def read_interactions(file: Path) -> Interactions:
    """Lines of user, item, rating and time (seconds) between tabs; a header line is skipped.

    Raises CliError, which names the line.
    """
    lines = numbered_lines(file)
    if _is_header(lines[0][1]):
        lines = lines[1:]
    rows = [_row(line, f"{file}, line {number}") for number, line in lines]
    users, user_places = np.unique([row[0] for row in rows], return_inverse=True)
    items, item_places = np.unique([row[1] for row in rows], return_inverse=True)
    if len(users) < 2 or len(items) < 2:
        raise CliError(f"{file} needs at least two users and two items.")
    ratings = np.array([row[2] for row in rows])
    times = np.array([row[3] for row in rows])
    if np.median(times) > _MILLISECONDS_FROM:
        times = times / 1000
    before = times < np.quantile(times, CUT)
    good = ratings >= ratings[before].mean() if before.any() else np.ones(len(rows), bool)
    return Interactions.of(
        user_places.astype(np.int64),
        item_places.astype(np.int64),
        times / _SECONDS_A_DAY,
        [str(one) for one in items],
        liked=good,
    )


def _of_file(file: Path) -> list[str]:
    everything = read_interactions(file)
    shown, left_out = _most_chosen(everything)
    with working(f"{len(shown)} 条记录：选择参数并比较"):
        found = compare(shown)
    with working("按每位用户的时间先后再比较一次"):
        fifth = _last_fifth(shown)
    return [
        f"interactions: {len(everything)}",
        f"items_left_out: {left_out}",
        *_about(found),
        *fifth,
        *_last_lines(found.ours, found),
    ]


def _last_fifth(shown: Interactions) -> list[str]:
    try:
        found = compare_last_fifth(shown)
    except BadInteractions:
        return []
    return [
        f"last_fifth_users: {found.users}",
        f"last_fifth_popularity_ndcg@{AT}: {found.popularity.ndcg:.4f}",
        f"last_fifth_ndcg@{AT}: {found.ours.ndcg:.4f}",
    ]


def _of_crm(settings: Settings) -> list[str]:
    try:
        products = read_products()
        everything = _own(settings) or _seeded()
        with working(f"{len(everything)} 条记录：选择参数并比较"):
            found = compare(everything)
            shown = served(everything, products)
    except BadBankData as error:
        raise CliError(f"A file of products or tiers is wrong: {error}") from error
    return [
        f"interactions: {len(everything)}",
        *_about(found),
        f"model_ndcg@{AT}: {found.ours.ndcg:.4f}",
        *_weights(shown),
        *_last_lines(shown.ours, found),
    ]


def _weights(shown: Served) -> list[str]:
    recipe, blend = shown.weights.recipe, shown.weights.blend
    return [
        f"weights: movements {recipe.movements:g}, stage {blend.stage:g}, strategy {blend.strategy:g}",
        f"validation_ndcg@{AT}: {shown.weights.ndcg:.4f}",
        f"weights_by_hand_ndcg@{AT}: {shown.by_hand.ndcg:.4f}",
        *(f"movements_{weight:g}_ndcg@{AT}: {one.ndcg:.4f}" for weight, one in shown.by_movements.items()),
    ]


def _about(found: Comparison) -> list[str]:
    recipe = found.recipe
    return [
        f"users: {found.users}",
        f"recipe: {recipe.way}, penalty {recipe.penalty:g}, half-life {recipe.half_life_days:g} days, "
        f"trend {recipe.trend:g}",
        f"random_ndcg@{AT}: {found.random.ndcg:.4f}",
        f"recent_popularity_ndcg@{AT}: {found.recent_popularity.ndcg:.4f}",
        f"popularity_hit_rate@{AT}: {found.popularity.hit_rate:.4f}",
        f"popularity_coverage: {found.popularity.coverage:.4f}",
        f"popularity_novelty: {found.popularity.novelty:.2f}",
    ]


def _last_lines(ours: Quality, found: Comparison) -> list[str]:
    return [
        f"novelty: {ours.novelty:.2f}",
        f"ndcg@{AT}: {ours.ndcg:.4f}",
        f"popularity_ndcg@{AT}: {found.popularity.ndcg:.4f}",
        f"hit_rate@{AT}: {ours.hit_rate:.4f}",
        f"coverage: {ours.coverage:.4f}",
    ]


def _most_chosen(everything: Interactions) -> tuple[Interactions, int]:
    items = len(everything.codes)
    if items <= MOST_ITEMS:
        return everything, 0
    before = everything.days < np.quantile(everything.days, CUT)
    counts = np.bincount(everything.items[before], minlength=items)
    kept = np.sort(np.argsort(-counts, kind="stable")[:MOST_ITEMS])
    rows = everything.where(np.isin(everything.items, kept))
    codes = [everything.codes[place] for place in kept]
    places = np.searchsorted(kept, rows.items).astype(np.int64)
    shown = Interactions.of(rows.users, places, rows.days, codes, liked=rows.liked)
    return shown, items - MOST_ITEMS


def _own(settings: Settings) -> Interactions | None:
    """What the CRM's customers chose; None without database, tables or customers."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).exists()):
        return None  # connecting would make an empty file
    database = Database(settings.database_url, busy_seconds=settings.database_busy_seconds)
    try:
        return _read(database)
    except (OperationalError, ProgrammingError) as error:
        if "no such table" in str(error.orig) or "does not exist" in str(error.orig):
            return None
        raise CliError(f"The CRM's database cannot be read: {error.orig}") from error
    except SQLAlchemyError as error:
        raise CliError(f"The CRM's database cannot be read: {error}") from error
    finally:
        database.engine.dispose()


def _read(database: Database) -> Interactions | None:
    with database.reading() as session:
        found = own_interactions(session, datetime.now(UTC), read_products())
    return found if len(found) else None


def _seeded() -> Interactions:
    with _temporary_database() as database:
        with working(f"演示客户 {SEEDED_CUSTOMERS}"):
            seed(database, customers=SEEDED_CUSTOMERS, now=datetime.now(UTC))
        found = _read(database)
    assert found is not None
    return found


@contextmanager
def _temporary_database() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'seeded.db'}"
        upgrade(url)
        database = Database(url)
        try:
            yield database
        finally:
            database.engine.dispose()


def _is_header(line: str) -> bool:
    fields = line.split("\t")
    return len(fields) == 4 and not any(_number(field) is not None for field in fields[2:])


def _row(line: str, where: str) -> tuple[str, str, float, float]:
    fields = [field.strip() for field in line.split("\t")]
    if len(fields) != 4:
        raise CliError(f"{where}: {len(fields)} fields instead of user, item, rating and time between tabs.")
    user, item, *numbers = fields
    if not user or not item:
        raise CliError(f"{where}: the user or the item is empty.")
    rating, time = (_number(field) for field in numbers)
    if rating is None or time is None:
        raise CliError(f"{where}: rating and time must be numbers.")
    return user, item, rating, time


def _number(field: str) -> float | None:
    try:
        found = float(field)
    except ValueError:
        return None
    return found if math.isfinite(found) else None
