"""What a demo customer has bought and when: by taste, one thing after the other, within what was suitable."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from integrations.crm.bank.catalogue import LifeStage, Product, Tier
from integrations.crm.customers.ages import age_on
from integrations.crm.seed.preferences import FOLLOWERS, liking, stage_of

_HOW_MANY = (0, 1, 2, 3, 4, 5)
_HOW_MANY_WEIGHTS = tuple(accumulate((13, 17, 22, 22, 16, 10)))
_FOLLOWS = 0.52  # the next thing follows from one they hold
_AT_RANDOM = 0.1  # it has nothing to do with anything: a friend's advice, a stand in the branch
_LOOKS_BACK = 0.3  # it follows from something older than the last purchase
_DAYS_BETWEEN = 110
_LONGEST_AGO = 1000
_TRIES = 8

Choice = tuple[tuple[Product, ...], tuple[float, ...]]
"""Products, and their weights added up."""


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who is buying.

    `level` is 1–5 (C1–C5), None where no risk assessment was ever taken; `means_yuan` is the most they can
    put into one product.
    """

    birth_date: date
    tier: Tier
    city: str
    level: int | None
    means_yuan: int
    joined_on: date


@dataclass(frozen=True, slots=True)
class Purchase:
    """A product bought on a day."""

    product: Product
    since: date


class Tastes:
    """Draws purchases; the same generator in the same state gives the same ones."""

    def __init__(self, products: Mapping[str, Product]) -> None:
        self._products = products
        self._liked: dict[tuple[LifeStage, Tier, int | None], Choice] = {}

    def purchases(self, rng: Random, shopper: Shopper, today: date) -> tuple[Purchase, ...]:
        """None to five different products, the oldest first, each allowed on the day it was bought."""
        wanted = rng.choices(_HOW_MANY, cum_weights=_HOW_MANY_WEIGHTS)[0]
        ago = rng.uniform(0.5, 1.5) * wanted * _DAYS_BETWEEN
        longest = min((today - shopper.joined_on).days, _LONGEST_AGO)
        day = today - timedelta(days=min(int(ago), longest))
        bought: list[Purchase] = []
        while len(bought) < wanted and day <= today:
            product = self._next(rng, shopper, bought, day)
            if product is not None:
                bought.append(Purchase(product, day))
            day += timedelta(days=4 + int(rng.expovariate(1 / _DAYS_BETWEEN)))
        return tuple(bought)

    def _next(self, rng: Random, shopper: Shopper, bought: list[Purchase], day: date) -> Product | None:
        held = {purchase.product.code for purchase in bought}
        age = age_on(day, shopper.birth_date)
        for _ in range(_TRIES):
            product = self._draw(rng, shopper, bought, stage_of(age))
            if product is None or product.code in held:
                continue
            if _suits(product, shopper, age) and product.on_sale(day):
                return product
        return None

    def _draw(
        self, rng: Random, shopper: Shopper, bought: list[Purchase], stage: LifeStage
    ) -> Product | None:
        how = rng.random()
        if bought and how < _FOLLOWS:
            back = bought if rng.random() < _LOOKS_BACK else bought[-1:]
            followers = FOLLOWERS.get(rng.choice(back).product.code)
            if followers:
                code = rng.choices(list(followers), list(followers.values()))[0]
                return self._products.get(code)
        products, weights = self._choice(shopper, stage)
        if not products:
            return None
        if how > 1 - _AT_RANDOM:
            return rng.choice(products)
        return rng.choices(products, cum_weights=weights)[0]

    def _choice(self, shopper: Shopper, stage: LifeStage) -> Choice:
        key = (stage, shopper.tier, shopper.level)
        if key not in self._liked:
            weights = {
                code: liking(product, stage, shopper.tier)
                for code, product in self._products.items()
                if _within_level(product, shopper.level)
            }
            liked = [code for code, weight in weights.items() if weight > 0]
            self._liked[key] = (
                tuple(self._products[code] for code in liked),
                tuple(accumulate(weights[code] for code in liked)),
            )
        return self._liked[key]


def _within_level(product: Product, level: int | None) -> bool:
    """Never riskier than assessed, and never a private placement."""
    if product.private:
        return False
    return product.risk is None or (level is not None and product.risk <= level)


def _suits(product: Product, shopper: Shopper, age: int) -> bool:
    return (
        _within_level(product, shopper.level)
        and product.min_age <= age <= product.max_age
        and product.minimum_yuan <= shopper.means_yuan
        and shopper.tier in product.tiers
        and (product.cities is None or shopper.city in product.cities)
    )
