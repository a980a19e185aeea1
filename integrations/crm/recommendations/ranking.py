"""Which of the suitable products come first, and the factors that decided. Pure.

The score is a sum of named factors, so that an explanation can tell what truly mattered:
what goes with the customer's products (`held`), what customers of the same tier and life stage have
(`alike`), what many have (`popular`), whether the product is made for this life stage (`stage`), what the
bank's strategy for tier and lifecycle prefers (`strategy`), and money that has just become free (`matured`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from integrations.crm.bank.catalogue import Product
from integrations.crm.recommendations.collaborative import EVERYONE, Model
from integrations.crm.recommendations.situation import Situation

FACTORS = ("matured", "held", "alike", "stage", "strategy", "popular")
"""Of equal factors the first one is named."""
_MODEL_WEIGHT = 1.0
_STAGE_WEIGHT = 0.15
_STRATEGY_WEIGHT = 0.10
_MATURED_WEIGHT = 1.2
_SAME_KIND = 0.35
"""What a card of a kind that is already shown must be better by, once for each."""
_STRATEGY: Mapping[str, tuple[str, ...]] = {
    "vip": ("wealth", "fund", "insurance"),
    "important": ("wealth", "deposit"),
    "standard": ("deposit",),
    "new": ("deposit", "credit_card"),
    "growing": ("wealth", "credit_card"),
    "mature": ("wealth", "insurance"),
    "declining": ("deposit",),
}
"""Kinds of products by value tier and by lifecycle."""

_NOTHING: tuple[dict[str, float], str | None] = ({}, None)


@dataclass(frozen=True, slots=True)
class Choice:
    """A product, what each factor added to its score, and what the explanation needs.

    `neighbour` is the held product that counted most for it; `matured_days` as in Situation.
    """

    product: Product
    factors: Mapping[str, float]
    stage: str
    neighbour: str | None = None
    matured_days: int | None = None

    @property
    def score(self) -> float:
        """The sum of the factors."""
        return sum(self.factors.values())

    @property
    def because(self) -> str:
        """The factor that added most."""
        return max(FACTORS, key=lambda name: self.factors.get(name, 0.0))


def signals_of(tier: str, stage: str) -> frozenset[str]:
    """What the model is told of a customer besides their products."""
    return frozenset({EVERYONE, f"tier={tier}", f"stage={stage}", f"tier={tier}&stage={stage}"})


def rank(
    situation: Situation, allowed: Sequence[Product], model: Model | None, *, limit: int
) -> tuple[Choice, ...]:
    """The best `limit` of the allowed products, various in kind; of equal ones the first in `allowed`."""
    learned = _learned(situation, allowed, model)
    choices = [
        Choice(
            product=product,
            factors=learned.get(product.code, _NOTHING)[0] | _known(product, situation),
            stage=situation.stage,
            neighbour=learned.get(product.code, _NOTHING)[1],
            matured_days=situation.matured_days,
        )
        for product in allowed
    ]
    return _various(choices, limit)


def _learned(
    situation: Situation, allowed: Sequence[Product], model: Model | None
) -> dict[str, tuple[dict[str, float], str | None]]:
    """By product code: what the inputs add (the best estimate being 1), and which held one counts most."""
    if model is None or not allowed:
        return {}
    places = {code: place for place, code in enumerate(model.codes)}
    wanted = [product.code for product in allowed if product.code in places]
    inputs, rows = model.contributions(situation.held, signals_of(situation.person.tier, situation.stage))
    if not wanted or not inputs:
        return {}
    rows = rows[:, [places[code] for code in wanted]]
    largest = float(np.abs(rows.sum(axis=0)).max()) or 1.0
    rows = rows * (_MODEL_WEIGHT / largest)
    factor_of = [_factor(name, situation) for name in inputs]
    held_rows = [place for place, factor in enumerate(factor_of) if factor == "held"]
    found = {}
    for column, code in enumerate(wanted):
        factors: dict[str, float] = {}
        for factor, value in zip(factor_of, rows[:, column].tolist(), strict=True):
            factors[factor] = factors.get(factor, 0.0) + value
        best = max(held_rows, key=lambda place, at=column: rows[place, at], default=None)  # type: ignore[misc]
        found[code] = (factors, None if best is None else inputs[best])
    return found


def _factor(name: str, situation: Situation) -> str:
    if name in situation.held:
        return "held"
    return "popular" if name == EVERYONE else "alike"


def _known(product: Product, situation: Situation) -> dict[str, float]:
    preferred = (_STRATEGY.get(situation.person.tier, ()), _STRATEGY.get(situation.lifecycle or "", ()))
    return {
        "stage": _STAGE_WEIGHT * (situation.stage in product.life_stages),
        "strategy": _STRATEGY_WEIGHT * sum(product.kind in kinds for kinds in preferred) / 2,
        "matured": _MATURED_WEIGHT * _follows_deposit(product) * (situation.matured_days is not None),
    }


def _follows_deposit(product: Product) -> float:
    """How well the product takes up a deposit that has ended: as safe as that was, for a while."""
    if product.kind == "deposit":
        return 1.0 if product.months and product.months >= 6 else 0.6
    if product.kind == "wealth" and product.risk is not None:
        return {1: 0.6, 2: 0.5}.get(product.risk, 0.0)
    return 0.0


def _various(choices: Sequence[Choice], limit: int) -> tuple[Choice, ...]:
    """Maximal marginal relevance: each further card of a kind loses _SAME_KIND."""
    left, taken = list(choices), list[Choice]()
    while left and len(taken) < limit:
        kinds = [one.product.kind for one in taken]
        best = max(left, key=lambda one: one.score - _SAME_KIND * kinds.count(one.product.kind))
        taken.append(best)
        left.remove(best)
    return tuple(taken)
