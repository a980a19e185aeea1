"""Learns the recommendation model from everything customers have chosen; run every night."""

from array import array
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import numpy as np
import structlog
from sqlalchemy.orm import Session

from integrations.crm.bank.catalogue import Product, read_products
from integrations.crm.customers.periods import today
from integrations.crm.recommendations import model_file, movement_repository, repository
from integrations.crm.recommendations.collaborative import Model, learn
from integrations.crm.recommendations.histories import TIERS, Interactions, Movements, Numbers
from integrations.crm.recommendations.movement_kinds import MOVEMENT_NAMES
from integrations.crm.recommendations.situation import movements_since, product_code
from integrations.crm.recommendations.validation import choose_weights

_log = structlog.get_logger()


def rebuild(session: Session, now: datetime, path: Path | None = None) -> Model:
    """Learn and store the model (default: the file in use), which running processes pick up by themselves.

    Raises BadInteractions for a bank whose customers have chosen nothing yet: the old file stays.
    """
    model = learn_from_customers(session, now, read_products())
    model_file.save(model, model_file.in_use() if path is None else path)
    return model


def learn_from_customers(session: Session, now: datetime, products: Mapping[str, Product]) -> Model:
    """Learn from everything customers have chosen of these products, with weights chosen by validation.

    Raises BadInteractions for nothing.
    """
    day, known = today(now), own_interactions(session, now, products)
    weights = choose_weights(known, products)
    model = learn(known, weights.recipe, day=float(day.toordinal()), learned_on=day, blend=weights.blend)
    _log.info(
        "learning.recommendations",
        judged=weights.users,
        ndcg=round(weights.ndcg, 4),
        movements=weights.recipe.movements,
        stage=weights.blend.stage,
        strategy=weights.blend.strategy,
    )
    return model


def own_interactions(session: Session, now: datetime, products: Mapping[str, Product]) -> Interactions:
    """What each customer chose and when, of the products in the catalogue; days are ordinals.

    The tier is the one of today: the time before profiles is not kept. The age is the one of that day, and
    of the movements only those of MOVEMENT_DAYS are known.
    """
    codes = list(products)
    places = {code: place for place, code in enumerate(codes)}
    code_of_name = {one.name: one.code for one in products.values()}
    tiers = {tier: place for place, tier in enumerate(TIERS)}
    columns = [array("q") for _ in range(5)]
    for source, name, customer, since, tier, birth in repository.purchases(session):
        place = places.get(product_code(source, name, code_of_name) or "")
        if place is not None:
            row = (customer, place, since.toordinal(), tiers.get(tier, -1), birth.toordinal())
            for column, value in zip(columns, row, strict=True):
                column.append(value)
    users, items, days, tier_places, births = (np.array(column, dtype=np.int64) for column in columns)
    return Interactions.of(
        users,
        items,
        days.astype(np.float64),
        codes,
        tiers=tier_places,
        births=births.astype(np.float64),
        movements=own_movements(session, now),
    )


def own_movements(session: Session, now: datetime) -> Movements:
    """When each customer first made each kind of movement within the last MOVEMENT_DAYS."""
    found: dict[int, Numbers] = {}
    for customer_id, moments in movement_repository.first_movements(session, movements_since(now)):
        days = np.array([_ordinal(moment) for moment in moments], dtype=np.float32)
        found[customer_id] = np.fmin(found[customer_id], days) if customer_id in found else days
    users = sorted(found)
    first = [found[user] for user in users]
    shape = (len(users), len(MOVEMENT_NAMES))
    return Movements(np.array(users, dtype=np.int64), np.array(first, dtype=np.float32).reshape(shape))


def _ordinal(moment: datetime | None) -> float:
    return np.nan if moment is None else today(moment).toordinal()
