"""What counts how much, chosen by how well it would have foretold the last choices before a day. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise, product

import numpy as np

from integrations.crm.bank.catalogue import Product
from integrations.crm.recommendations.blending import (
    DEFAULT_BLEND,
    Blend,
    preferred_kinds,
    stage_fit,
    strategy_fit,
)
from integrations.crm.recommendations.collaborative import OWN_RECIPE, Recipe, estimates, learn
from integrations.crm.recommendations.evaluation import Split, ndcg, split_at, top
from integrations.crm.recommendations.histories import TIERS, Floats, Interactions, states_at
from integrations.crm.recommendations.movement_kinds import MOVEMENT_NAMES
from integrations.crm.recommendations.situation import Situation, life_stage
from integrations.crm.recommendations.suitability import Person

WINDOWS = (0.625, 0.75, 0.875, 1.0)
"""Shares of the choices at which the parts that are foretold begin and end."""
FEWEST = 200
"""Users that must be judged; of fewer nothing is concluded."""
MOVEMENT_WEIGHTS = (0.0, 0.25, 0.5, 1.0)
# The bank's own strategy always decides between products that are alike otherwise.
_STAGES = (0.01, 0.03, 0.10, 0.20, 0.40)
_STRATEGIES = (0.01, 0.03, 0.05, 0.10, 0.20)


@dataclass(frozen=True, slots=True)
class Weights:
    """How to learn and to blend, and how well that foretold: `ndcg` is the mean over the windows.

    `users` were judged; 0 where the weights are those set by hand.
    """

    recipe: Recipe
    blend: Blend
    ndcg: float
    users: int


def choose_weights(known: Interactions, products: Mapping[str, Product]) -> Weights:
    """The weights that did best on the windows before now, each learned from what was before it alone.

    Those set by hand where fewer than FEWEST users can be judged. Of equal ones the smaller count.
    """
    parts = list(_windows(known))
    users = sum(len(part.users) for part in parts)
    if users < FEWEST:
        return Weights(OWN_RECIPE, DEFAULT_BLEND, 0.0, 0)
    catalogue = [products[code] for code in known.codes]
    moving = known.movements is not None and len(known.movements.users) > 0
    recipes = [replace(OWN_RECIPE, movements=weight) for weight in (MOVEMENT_WEIGHTS if moving else (0.0,))]
    tried = [
        Weights(recipe, blend, found / len(parts), users)
        for recipe in recipes
        for blend, found in _foretold(parts, catalogue, recipe).items()
    ]
    return max(tried, key=lambda one: one.ndcg)


def situations(split: Split) -> Iterator[Situation]:
    """The judged users as they were on the day of the split, without accounts and assessments."""
    known = split.known
    moved = _moved(split)
    for place, user in enumerate(split.users.tolist()):
        first, end = np.searchsorted(known.users, [user, user + 1])
        had = [known.codes[item] for item in known.items[first:end]]
        age = int((split.day - known.births[first]) // 365.2425)
        yield Situation(
            person=Person(age, TIERS[known.tiers[first]], "", True, None, None, None, False, False),
            stage=life_stage(age, frozenset(had)),
            lifecycle=None,
            held=frozenset(had),
            had=frozenset(had),
            last=had[-1],
            matured_days=None,
            moved=moved[place],
        )


def _windows(known: Interactions) -> Iterator[Split]:
    if not len(known):
        return
    moments = [float(np.quantile(known.days, share)) for share in WINDOWS]
    for start, end in pairwise(moments):
        part = split_at(known, start, end)
        if len(part.users):
            yield part


def _foretold(parts: Sequence[Split], catalogue: Sequence[Product], recipe: Recipe) -> dict[Blend, float]:
    totals = {Blend(*both): 0.0 for both in product(_STAGES, _STRATEGIES)}
    for part in parts:
        model = learn(part.known, recipe, day=part.day, learned_on=date.min)
        users, states = states_at(part.known, part.day)
        learned = estimates(model, states[np.searchsorted(users, part.users)])
        stage, strategy = _fits(part, catalogue)
        for blend in totals:
            lists = top(learned + blend.stage * stage + blend.strategy * strategy, part.seen)
            totals[blend] += float(ndcg(lists, part.relevant).mean())
    return totals


def _fits(part: Split, catalogue: Sequence[Product]) -> tuple[Floats, Floats]:
    people = list(situations(part))
    stages = {one.stage for one in people}
    by_stage = {stage: [stage_fit(one, stage) for one in catalogue] for stage in stages}
    kinds = {tier: preferred_kinds(tier, None) for tier in TIERS}
    by_tier = {tier: [strategy_fit(one, found) for one in catalogue] for tier, found in kinds.items()}
    return (
        np.array([by_stage[one.stage] for one in people]),
        np.array([by_tier[one.person.tier] for one in people]),
    )


def _moved(split: Split) -> list[frozenset[str]]:
    movements = split.known.movements
    if movements is None:
        return [frozenset()] * len(split.users)
    made = movements.before(split.users, np.full(len(split.users), split.day))
    return [frozenset(np.array(MOVEMENT_NAMES)[row].tolist()) for row in made]
