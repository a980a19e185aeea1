"""Learns the recommendation model from everything customers have chosen; run every night."""

from array import array
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from integrations.crm.bank.catalogue import Product, read_products
from integrations.crm.customers.periods import today
from integrations.crm.recommendations import model_file, repository
from integrations.crm.recommendations.collaborative import OWN_RECIPE, Model, learn
from integrations.crm.recommendations.histories import TIERS, Interactions
from integrations.crm.recommendations.situation import product_code


def rebuild(session: Session, now: datetime, path: Path | None = None) -> Model:
    """Learn and store the model (default: the file in use), which running processes pick up by themselves.

    Raises BadInteractions for a bank whose customers have chosen nothing yet: the old file stays.
    """
    model = learn_from_customers(session, now, read_products())
    model_file.save(model, model_file.in_use() if path is None else path)
    return model


def learn_from_customers(session: Session, now: datetime, products: Mapping[str, Product]) -> Model:
    """Learn from everything customers have chosen of these products. Raises BadInteractions for nothing."""
    day = today(now)
    return learn(own_interactions(session, products), OWN_RECIPE, day=float(day.toordinal()), learned_on=day)


def own_interactions(session: Session, products: Mapping[str, Product]) -> Interactions:
    """What each customer chose and when, of the products in the catalogue; days are ordinals.

    The tier is the one of today: the time before profiles is not kept. The age is the one of that day.
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
    )
