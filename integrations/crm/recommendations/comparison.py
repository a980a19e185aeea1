"""Our recommendations against popularity and chance: the recipe is chosen before what is measured. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise, product

import numpy as np

from integrations.crm.bank.catalogue import Product
from integrations.crm.recommendations.blending import DEFAULT_BLEND, Blend
from integrations.crm.recommendations.collaborative import OWN_RECIPE, Recipe, estimates, learn, trend_of
from integrations.crm.recommendations.errors import BadInteractions
from integrations.crm.recommendations.evaluation import (
    AT,
    Quality,
    Split,
    ndcg,
    quality,
    split_at,
    split_last_fifth,
    top,
)
from integrations.crm.recommendations.histories import Floats, Interactions, states_at
from integrations.crm.recommendations.ranking import rank
from integrations.crm.recommendations.validation import (
    MOVEMENT_WEIGHTS,
    Weights,
    choose_weights,
    situations,
)

CUT = 0.8
"""The share of all choices that lies before the moment from which on is foretold."""
_VALIDATION = (0.5, 0.6, 0.7, CUT)
"""Shares at which the parts that choose the recipe begin and end: all before the cut."""
_SEQUENCES_TO = 600
"""Items up to which `next` is tried: it inverts a matrix of twice the width, and needs many examples."""
_LARGE = 2500
"""Items from which on fewer recipes are tried, so that it stays a matter of minutes."""
_PENALTIES = {"together": (0.02, 0.08, 0.3), "next": (0.0003, 0.003)}
_TRENDS = (
    (15.0, 0.0),
    (7.0, 1.0),
    (7.0, 2.0),
    (15.0, 1.0),
    (15.0, 2.0),
    (60.0, 0.3),
    (60.0, 1.0),
    (365.0, 0.05),
)
"""Half-life in days, and weight."""
_SEED = 7
_NOBODY = "nobody chose something both before and after the cut"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was measured on one split."""

    users: int
    recipe: Recipe
    ours: Quality
    popularity: Quality
    recent_popularity: Quality
    random: Quality


def compare(everything: Interactions, tell: Callable[[str], None] = lambda _what: None) -> Comparison:
    """One moment cuts the time: nothing from then on is learned, or seen when the recipe is chosen.

    Raises BadInteractions where nobody chose something both before and after.
    """
    moments = [float(np.quantile(everything.days, share)) for share in _VALIDATION]
    tell("recipe")
    parts = [split_at(everything, start, end) for start, end in pairwise(moments)]
    recipe = _best([part for part in parts if len(part.users)], len(everything.codes))
    tell("measuring")
    return _measured(split_at(everything, moments[-1]), recipe)


def compare_last_fifth(everything: Interactions) -> Comparison:
    """The last fifth of each user's choices is foretold, with a recipe chosen within the rest."""
    outer = split_last_fifth(everything)
    inner = split_last_fifth(outer.known) if len(outer.known) else outer
    return _measured(outer, _best([inner] if len(inner.users) else [], len(everything.codes)))


@dataclass(frozen=True, slots=True)
class Served:
    """The lists as customers see them; with the weights set by hand; and by the weight of movements."""

    weights: Weights
    ours: Quality
    by_hand: Quality
    by_movements: Mapping[float, Quality]


def served(everything: Interactions, products: Mapping[str, Product]) -> Served:
    """Judge what customers of the bank would have been shown on the day of the cut.

    The weights are chosen before it, as every night. The model is blended and mixed as in `recommend`,
    without what needs the past state of accounts and assessments (suitability, matured deposits,
    lifecycle): all methods choose among all products. Raises BadInteractions as `compare`.
    """
    split = split_at(everything, float(np.quantile(everything.days, CUT)))
    if not len(split.users):
        raise BadInteractions(_NOBODY)
    weights = choose_weights(split.known, products)
    by_movements = {
        weight: _judged(split, replace(weights.recipe, movements=weight), weights.blend, products)
        for weight in MOVEMENT_WEIGHTS
    }
    by_hand = _judged(split, OWN_RECIPE, DEFAULT_BLEND, products)
    return Served(weights, by_movements[weights.recipe.movements], by_hand, by_movements)


def _judged(split: Split, recipe: Recipe, blend: Blend, products: Mapping[str, Product]) -> Quality:
    known = split.known
    model = learn(known, recipe, day=split.day, learned_on=date.min, blend=blend)
    places = {code: place for place, code in enumerate(known.codes)}
    lists = []
    for situation, seen in zip(situations(split), split.seen, strict=True):
        allowed = [products[code] for code, place in places.items() if not seen[place]]
        chosen = [places[one.product.code] for one in rank(situation, allowed, model, limit=AT)]
        lists.append(chosen)
    return quality(split, np.array(lists))


def _measured(split: Split, recipe: Recipe) -> Comparison:
    if not len(split.users):
        raise BadInteractions(_NOBODY)
    everywhere = np.ones((len(split.users), 1))
    recently = Recipe("together", 0.0, recipe.half_life_days, 1.0)
    ways: tuple[Floats, ...] = (
        _scores(split, recipe),
        everywhere * np.bincount(split.known.items, minlength=len(split.known.codes)),
        everywhere * trend_of(split.known, split.day, recently),
        np.random.default_rng(_SEED).random(split.relevant.shape),
    )
    return Comparison(len(split.users), recipe, *(quality(split, top(one, split.seen)) for one in ways))


def _best(parts: Sequence[Split], items: int) -> Recipe:
    """The recipe with the best mean NDCG over the parts; the first one where there are none."""
    totals: dict[Recipe, float] = dict.fromkeys(_recipes(items), 0.0)
    for part in parts:
        for way, penalty in dict.fromkeys((recipe.way, recipe.penalty) for recipe in totals):
            linear = _scores(part, Recipe(way, penalty, 1.0, 0.0))
            for recipe in totals:
                if (recipe.way, recipe.penalty) == (way, penalty):
                    lists = top(linear + trend_of(part.known, part.day, recipe), part.seen)
                    totals[recipe] += float(ndcg(lists, part.relevant).mean())
    return max(totals, key=lambda recipe: totals[recipe])


def _recipes(items: int) -> Iterator[Recipe]:
    for way, penalties in _PENALTIES.items():
        if way == "next" and items > _SEQUENCES_TO:
            continue
        for penalty, (half_life, trend) in product(penalties[:: 2 if items > _LARGE else 1], _TRENDS):
            yield Recipe("next" if way == "next" else "together", penalty, half_life, trend)


def _scores(split: Split, recipe: Recipe) -> Floats:
    model = learn(split.known, recipe, day=split.day, learned_on=date.min)
    users, states = states_at(split.known, split.day)
    return estimates(model, states[np.searchsorted(users, split.users)])
