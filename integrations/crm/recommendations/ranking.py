"""Which of the suitable products come first, and the factors that decided. Pure.

The score is a sum of named factors, so that an explanation can tell what truly mattered:
what goes with the customer's products (`held`), what their movements hint at (`moved`), what customers of
the same tier and life stage have (`alike`), what many have (`popular`), whether the product is made for this
life stage (`stage`), what the bank's strategy for tier and lifecycle prefers (`strategy`), and money that
has just become free (`matured`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from integrations.crm.bank.catalogue import Product
from integrations.crm.recommendations.blending import (
    DEFAULT_BLEND,
    Blend,
    preferred_kinds,
    stage_fit,
    strategy_fit,
)
from integrations.crm.recommendations.collaborative import Model
from integrations.crm.recommendations.histories import EVERYONE, LAST, MOVED, Flags, Numbers, signals_of
from integrations.crm.recommendations.situation import Situation

FACTORS = ("matured", "held", "moved", "alike", "stage", "strategy", "popular")
"""Of equal factors the first one is named."""
_LEARNED = ("held", "moved", "alike", "popular")
_MATURED_WEIGHT = 1.2
_SAME_KIND = 0.20
"""What a card of a kind that is already shown must be better by, once for each."""


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
    def because(self) -> str | None:
        """The factor that added most; None where none added anything."""
        most = max(FACTORS, key=lambda name: self.factors.get(name, 0.0))
        return most if self.factors.get(most, 0.0) > 0 else None


def rank(
    situation: Situation, allowed: Sequence[Product], model: Model | None, *, limit: int
) -> tuple[Choice, ...]:
    """The best `limit` of the allowed products, various in kind; of equal ones the first in `allowed`."""
    learned = _Learned.of(situation, allowed, model)
    preferred = preferred_kinds(situation.person.tier, situation.lifecycle)
    blend = DEFAULT_BLEND if model is None else model.blend
    factors = [learned.factors(one.code) | _known(one, situation, preferred, blend) for one in allowed]
    scores = [sum(found.values()) for found in factors]
    return tuple(
        Choice(
            product=allowed[at],
            factors=factors[at],
            stage=situation.stage,
            neighbour=learned.neighbours.get(allowed[at].code),
            matured_days=situation.matured_days,
        )
        for at in _various(scores, [one.kind for one in allowed], limit)
    )


@dataclass(frozen=True, slots=True)
class _Learned:
    """What the model says of the allowed products that it knows: the best estimate is 1, then the trend."""

    places: Mapping[str, int]
    values: Mapping[str, list[float]]
    neighbours: Mapping[str, str]

    @classmethod
    def of(cls, situation: Situation, allowed: Sequence[Product], model: Model | None) -> "_Learned":
        if model is None:
            return cls({}, {}, {})
        columns = {code: column for column, code in enumerate(model.codes)}
        wanted = [product.code for product in allowed if product.code in columns]
        person = situation.person
        signals = signals_of(person.age, person.tier, situation.last, situation.moved)
        inputs, rows = model.contributions(situation.had, signals)
        if not wanted or not inputs:
            return cls({}, {}, {})
        chosen = [columns[code] for code in wanted]
        rows = rows[:, chosen]
        rows = rows / (float(np.abs(rows.sum(axis=0)).max()) or 1.0)
        factor_of = np.array([_factor(name) for name in inputs])
        values = {factor: rows[factor_of == factor].sum(axis=0) for factor in _LEARNED}
        values["popular"] = values["popular"] + model.trend[chosen]
        return cls(
            places={code: place for place, code in enumerate(wanted)},
            values={factor: numbers.tolist() for factor, numbers in values.items()},
            neighbours=_neighbours(inputs, rows, factor_of == "held", wanted),
        )

    def factors(self, code: str) -> dict[str, float]:
        """What each learned factor adds to a product; nothing for one that the model does not know."""
        place = self.places.get(code)
        return {} if place is None else {name: numbers[place] for name, numbers in self.values.items()}


def _neighbours(inputs: Sequence[str], rows: Numbers, held: Flags, wanted: Sequence[str]) -> dict[str, str]:
    """For each product the one among those the customer has that adds most; only where it does add."""
    names = [name.removeprefix(LAST) for name, is_held in zip(inputs, held, strict=True) if is_held]
    if not names:
        return {}
    totals = {name: np.zeros(rows.shape[1], dtype=np.float32) for name in names}
    for name, row in zip(names, rows[held], strict=True):
        totals[name] = totals[name] + row
    table = np.stack(list(totals.values()))
    codes, best = list(totals), table.argmax(axis=0)
    return {code: codes[best[at]] for at, code in enumerate(wanted) if table[best[at], at] > 0}


def _factor(name: str) -> str:
    if name == EVERYONE:
        return "popular"
    if name.startswith(MOVED):
        return "moved"
    # Signals of people hold a sign that no code has.
    return "alike" if "=" in name and not name.startswith(LAST) else "held"


def _known(
    product: Product, situation: Situation, preferred: Collection[Collection[str]], blend: Blend
) -> dict[str, float]:
    return {
        "stage": blend.stage * stage_fit(product, situation.stage),
        "strategy": blend.strategy * strategy_fit(product, preferred),
        "matured": _MATURED_WEIGHT * _follows_deposit(product) * (situation.matured_days is not None),
    }


def _follows_deposit(product: Product) -> float:
    """How well the product takes up a deposit that has ended: as safe as that was, for a while."""
    if product.kind == "deposit":
        return 1.0 if product.months and product.months >= 6 else 0.6
    if product.kind == "wealth" and product.risk is not None:
        return {1: 0.6, 2: 0.5}.get(product.risk, 0.0)
    return 0.0


def _various(scores: Sequence[float], kinds: Sequence[str], limit: int) -> list[int]:
    """Places of the best by maximal marginal relevance: each further card of a kind loses _SAME_KIND."""
    left, taken = list(range(len(scores))), list[int]()
    lost = dict.fromkeys(kinds, 0.0)
    while left and len(taken) < limit:
        best = max(left, key=lambda at: scores[at] - lost[kinds[at]])
        taken.append(best)
        left.remove(best)
        lost[kinds[best]] += _SAME_KIND
    return taken
