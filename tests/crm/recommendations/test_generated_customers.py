"""100,000 generated customers and all products: nothing unsuitable passes. RULES: suitability [S]."""

from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np

from integrations.crm.bank.catalogue import Product, read_products
from integrations.crm.recommendations.collaborative import Model
from integrations.crm.recommendations.histories import all_signals
from integrations.crm.recommendations.service import choose
from integrations.crm.recommendations.suitability import Person, suitable
from tests.crm.recommendations.builders import NOW, make_product, make_situation

CUSTOMERS, RANKED = 100_000, 3_000
CITIES = ("成都", "昆明", "重庆", "上海")
PAID = ("deposit", "wealth", "fund", "insurance")


def catalogue() -> dict[str, Product]:
    """The bank's products, and some that are out of the ordinary."""
    odd = [
        make_product("YC-X901", cities=["昆明"], risk=1),
        make_product("YC-X902", cities=["上海"], kind="deposit", risk=None, minimum_yuan=50),
        make_product("YC-X903", on_sale_from=NOW.date() + timedelta(days=1), risk=1),
        make_product("YC-X904", on_sale_until=NOW.date() - timedelta(days=1), risk=1),
        make_product("YC-X905", private=True, risk=1),
        make_product("YC-X906", min_age=0, max_age=17, kind="deposit", risk=None),
    ]
    return read_products() | {one.code: one for one in odd}


def generated(rng: Random) -> Person:
    age = rng.choice((rng.randrange(0, 110), 17, 18, 30, 31, 60, 65, 70))
    level = rng.choice((None, 1, 2, 3, 4, 5))
    return Person(
        age=age,
        tier=rng.choice(("vip", "important", "standard", "")),
        city=rng.choice(CITIES),
        capacity=age >= 18,
        level=level,
        assessed_until=None if level is None else NOW + timedelta(seconds=rng.choice((-1, 0, 1, 9_999))),
        investable_yuan=rng.choice((None, rng.randrange(0, 2_000_000), 0, 1, 9_999, 10_000, 200_000)),
        open_complaint=rng.random() < 0.1,
        opted_out=rng.random() < 0.1,
    )


def forbidden(product: Product, person: Person) -> bool:
    """The rules once more, as they are written, and not as they are implemented."""
    assessed = person.level is not None and person.assessed_until is not None and person.assessed_until > NOW
    day = (NOW + timedelta(hours=8)).date()
    return (
        person.age < 18
        or person.open_complaint
        or person.opted_out
        or product.private
        or not product.min_age <= person.age <= product.max_age
        or person.tier not in product.tiers
        or (product.cities is not None and person.city not in product.cities)
        or (product.risk is not None and (not assessed or product.risk > (person.level or 0)))
        or product.on_sale_from > day
        or (product.on_sale_until is not None and product.on_sale_until < day)
        or (
            product.kind in PAID
            and person.investable_yuan is not None
            and person.investable_yuan < product.minimum_yuan
        )
    )


def test_no_generated_customer_gets_an_unsuitable_product() -> None:
    rng, products = Random(5), catalogue()
    unsuitable = passed = 0
    for _ in range(CUSTOMERS):
        person = generated(rng)
        allowed = suitable(products.values(), person, NOW)
        passed += len(allowed)
        unsuitable += sum(forbidden(product, person) for product in allowed)
    assert unsuitable == 0
    assert passed > CUSTOMERS  # the policy is no wall


def test_nothing_suitable_is_refused() -> None:
    rng, products = Random(6), catalogue()
    for _ in range(RANKED):
        person = generated(rng)
        expected = [one.code for one in products.values() if not forbidden(one, person)]
        assert [one.code for one in suitable(products.values(), person, NOW)] == expected


def test_the_ranking_adds_nothing_and_repeats_nothing() -> None:
    rng, products = Random(7), catalogue()
    codes = tuple(products)
    signals = all_signals(codes)
    numbers = np.random.default_rng(7)
    model = Model(
        codes=codes,
        signals=signals,
        weights=numbers.normal(size=(len(codes) + len(signals), len(codes))).astype(np.float32),
        trend=numbers.random(len(codes)).astype(np.float32),
        learned_on=datetime(2026, 11, 22, tzinfo=UTC).date(),
        customers=1,
    )
    for _ in range(RANKED):
        person = generated(rng)
        held = frozenset(rng.sample(codes, rng.randrange(4)))
        declined = frozenset(rng.sample(codes, rng.randrange(3)))
        situation = make_situation(
            person,
            held=held,
            had=held,
            last=min(held, default=None),
            declined=declined,
            matured_days=rng.choice((None, 3)),
        )
        chosen = choose(situation, NOW, model, products=products, limit=5)
        shown = [one.product.code for one in chosen]
        assert not any(forbidden(one.product, person) for one in chosen)
        assert len(set(shown)) == len(shown)
        assert not set(shown) & (held | declined)
