"""Weights are chosen by what was before a day, and set by hand where that is too little."""

from dataclasses import replace

import numpy as np
import pytest

from integrations.crm.bank.catalogue import Product
from integrations.crm.recommendations.blending import DEFAULT_BLEND
from integrations.crm.recommendations.collaborative import OWN_RECIPE
from integrations.crm.recommendations.evaluation import split_at
from integrations.crm.recommendations.histories import Interactions
from integrations.crm.recommendations.validation import FEWEST, choose_weights, situations
from tests.crm.recommendations.builders import make_product
from tests.crm.recommendations.test_movements import movements

DAYS = 1000.0
CODES = tuple(f"YC-X{place:03d}" for place in range(12))
USERS = 1200


def catalogue(**fields: object) -> dict[str, Product]:
    return {code: make_product(code, **fields) for code in CODES}


def bank(users: int, later: np.ndarray, **columns: object) -> Interactions:
    """Everybody chooses something at random, then what `later` says, at any time."""
    rng = np.random.default_rng(2)
    who = np.arange(users)
    first = rng.integers(0, 6, users)
    at = rng.uniform(0, DAYS, users)
    return Interactions.of(
        np.concatenate([who, who]),
        np.concatenate([first, later]),
        np.concatenate([at, at + rng.uniform(1, 200, users)]),
        CODES,
        tiers=np.full(2 * users, 2),
        births=np.full(2 * users, -35 * 365.0),
        **columns,
    )


def test_movements_count_where_they_foretell() -> None:
    rng = np.random.default_rng(3)
    rents = rng.random(USERS) < 0.5
    later = np.where(rents, 6 + rng.integers(0, 3, USERS), 9 + rng.integers(0, 3, USERS))
    paid = {user: {"rent": -5.0} if rents[user] else {"salary": -5.0} for user in range(USERS)}
    known = bank(USERS, later, movements=movements(paid))
    found = choose_weights(known, catalogue())
    assert found.users >= FEWEST
    assert found.recipe.movements > 0
    assert found.ndcg > choose_weights(replace(known, movements=None), catalogue()).ndcg


def test_movements_that_foretell_nothing_may_count_for_nothing() -> None:
    rng = np.random.default_rng(4)
    later = 6 + rng.integers(0, 6, USERS)
    assert choose_weights(bank(USERS, later), catalogue()).recipe.movements == 0


def test_the_life_stage_counts_more_where_customers_follow_it() -> None:
    rng = np.random.default_rng(5)
    products = catalogue(life_stages=("young",))
    for code in CODES[9:]:
        products[code] = make_product(code, life_stages=("family",))
    follows = choose_weights(bank(USERS, 9 + rng.integers(0, 3, USERS)), products)
    against = choose_weights(bank(USERS, 6 + rng.integers(0, 3, USERS)), products)
    assert follows.blend.stage >= against.blend.stage
    assert follows.ndcg > 0.5


def test_a_new_bank_takes_what_was_set_by_hand() -> None:
    known = bank(30, np.full(30, 8))
    found = choose_weights(known, catalogue())
    assert (found.recipe, found.blend, found.users) == (OWN_RECIPE, DEFAULT_BLEND, 0)
    assert choose_weights(known.where(np.zeros(len(known), bool)), catalogue()).users == 0


def test_people_are_seen_as_they_were_on_the_day() -> None:
    known = bank(40, np.full(40, 8), movements=movements({user: {"rent": 500.0} for user in range(40)}))
    early, late = split_at(known, 400.0), split_at(known, 700.0)
    assert {one.moved for one in situations(early)} == {frozenset()}
    assert {one.moved for one in situations(late)} == {frozenset({"rent"})}
    for one in situations(late):
        assert one.person.age == pytest.approx(36, abs=1)
        assert one.last in one.had
