"""What demo customers hold was allowed, and has the structure that the README tells of."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select

from integrations.crm.bank.catalogue import Product, read_products
from integrations.crm.customers.ages import age_on
from integrations.crm.customers.periods import today
from integrations.crm.database import Database
from integrations.crm.migrations.migrate import upgrade
from integrations.crm.models import (
    Account,
    Card,
    Customer,
    Holding,
    MarketingChoice,
    RiskAssessment,
    Transaction,
)
from integrations.crm.seed import preferences, seed
from integrations.crm.seed.assessments import assessments, draw_level
from integrations.crm.seed.tastes import Purchase, Shopper, Tastes
from tests.builders import NOW

CUSTOMERS = 600
TODAY = date(2026, 11, 22)
PRODUCTS = read_products()
BY_NAME = {product.name: product for product in PRODUCTS.values()}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A seeded SQLite database that is only read."""
    url = f"sqlite:///{tmp_path_factory.mktemp('preferences') / 'crm.db'}"
    upgrade(url)
    database = Database(url)
    seed(database, customers=CUSTOMERS, now=NOW)
    yield database
    database.engine.dispose()


def _purchases(bank: Database) -> dict[int, list[Purchase]]:
    """What each customer holds, the oldest first."""
    found = defaultdict(list)
    with bank.reading() as session:
        for holding in session.scalars(select(Holding)):
            found[holding.customer_id].append(Purchase(PRODUCTS[holding.product_code], holding.since))
        for card in session.scalars(select(Card).where(Card.kind == "credit")):
            found[card.customer_id].append(Purchase(BY_NAME[card.product], card.issued_on))
        for account in session.scalars(select(Account).where(Account.kind == "time")):
            found[account.customer_id].append(Purchase(PRODUCTS["YC-D001"], account.opened_on))
    return {owner: sorted(bought, key=lambda one: one.since) for owner, bought in found.items()}


def test_whatever_is_held_is_in_the_catalogue_under_its_name(bank: Database) -> None:
    with bank.reading() as session:
        holdings = session.scalars(select(Holding)).all()
    assert len(holdings) > CUSTOMERS / 2
    for holding in holdings:
        product = PRODUCTS[holding.product_code]
        assert (holding.product_name, holding.kind) == (product.name, product.kind)
        assert holding.amount_fen >= product.minimum_yuan * 100
        assert holding.matures_on is None or holding.matures_on > TODAY
    assert all(product in PRODUCTS for product in preferences.FOLLOWERS)
    assert all(product in PRODUCTS for after in preferences.FOLLOWERS.values() for product in after)


def test_everything_was_suitable_on_the_day_it_was_bought(bank: Database) -> None:
    with bank.reading() as session:
        customers = {one.id: one for one in session.scalars(select(Customer))}
        taken = defaultdict(list)
        for one in session.scalars(select(RiskAssessment)):
            taken[one.customer_id].append(one)
    rated = 0
    for owner, bought in _purchases(bank).items():
        customer = customers[owner]
        for purchase in bought:
            product = purchase.product
            assert not product.private
            assert customer.joined_on <= purchase.since <= TODAY
            if owner > 5:  # the named ones' cards are older than what the catalogue sells now
                assert product.on_sale(purchase.since)
                assert product.min_age <= age_on(purchase.since, customer.birth_date) <= product.max_age
                assert customer.tier in product.tiers
                assert product.cities is None or customer.city in product.cities
            if product.risk is not None:
                rated += 1
                valid = [
                    one.level
                    for one in taken[owner]
                    if today(one.taken_at) <= purchase.since < today(one.expires_at)
                ]
                assert max(valid) >= product.risk, (owner, product.code)
    assert rated > 150


def test_most_hold_two_to_five_products(bank: Database) -> None:
    held = Counter(len({one.product.code for one in bought}) for bought in _purchases(bank).values())
    several = sum(count for number, count in held.items() if 2 <= number <= 5)
    assert 0.55 < several / CUSTOMERS < 0.72
    assert max(held) <= 6


def test_segments_differ(bank: Database) -> None:
    with bank.reading() as session:
        born = {one.id: one.birth_date for one in session.scalars(select(Customer))}
    liked: dict[str, Counter[str]] = defaultdict(Counter)
    for owner, bought in _purchases(bank).items():
        for purchase in bought:
            liked[preferences.stage_of(age_on(TODAY, born[owner]))][purchase.product.code] += 1
    share = {
        stage: {code: count / found.total() for code, count in found.items()}
        for stage, found in liked.items()
    }
    assert share["retired"]["YC-D001"] > 2 * share["young"].get("YC-D001", 0)
    assert share["family"]["YC-I403"] > 2 * share["established"].get("YC-I403", 0)
    assert share["young"]["YC-K605"] > 0.03
    assert "YC-K605" not in liked["retired"]


def test_one_thing_follows_another_more_often_than_the_other_way_round(bank: Database) -> None:
    forwards = backwards = 0
    for bought in _purchases(bank).values():
        for place, purchase in enumerate(bought):
            followers = preferences.FOLLOWERS.get(purchase.product.code, {})
            forwards += sum(later.product.code in followers for later in bought[place + 1 :])
            backwards += sum(earlier.product.code in followers for earlier in bought[:place])
    assert forwards > 2 * backwards > 0


def test_who_was_assessed_and_who_wants_no_advertising(bank: Database) -> None:
    with bank.reading() as session:
        newest = {
            one.customer_id: one
            for one in session.scalars(select(RiskAssessment).order_by(RiskAssessment.taken_at))
        }
        refused = session.scalars(select(MarketingChoice)).all()
    assert 0.66 < len(newest) / CUSTOMERS < 0.78
    assert 0.1 < sum(one.expires_at <= NOW for one in newest.values()) / len(newest) < 0.35
    assert {one.level for one in newest.values()} == {1, 2, 3, 4, 5}
    assert all(one.taken_at <= NOW for one in newest.values())
    assert 0.01 < len(refused) / CUSTOMERS < 0.06
    assert not any(one.granted for one in refused)


def test_the_named_customers_assessments(bank: Database) -> None:
    with bank.reading() as session:
        lin, chen, wang, zhao, ma = session.scalars(select(Customer.id).order_by(Customer.id).limit(5)).all()
        newest = {
            one.customer_id: (f"C{one.level}", one.expires_at > NOW)
            for one in session.scalars(select(RiskAssessment).order_by(RiskAssessment.taken_at))
        }
    found = [newest.get(one) for one in (lin, chen, wang, zhao, ma)]
    assert found == [("C2", True), ("C1", True), ("C4", True), ("C3", False), None]


def test_some_fade_by_stages_and_stop(bank: Database) -> None:
    """At least so many that somebody who was busy half a year ago has done nothing for a month."""
    early, late, last = Counter[int](), Counter[int](), dict[int, datetime]()
    with bank.reading() as session:
        rows = session.execute(
            select(Account.customer_id, Transaction.occurred_at)
            .join(Account, Account.id == Transaction.account_id)
            .where(Transaction.summary != "结息")
        ).all()
    for owner, at in rows:
        early[owner] += NOW - timedelta(days=365) < at < NOW - timedelta(days=245)
        late[owner] += NOW - timedelta(days=60) < at
        last[owner] = max(at, last.get(owner, at))
    busy = [owner for owner, count in early.items() if count >= 12]
    stopped = [owner for owner in busy if last[owner] < NOW - timedelta(days=31)]
    assert 0.06 < len(stopped) / len(busy) < 0.16
    assert sum(late[owner] >= 5 for owner in busy) / len(busy) > 0.8


def test_nobody_buys_what_the_catalogue_forbids() -> None:
    """Hostile catalogue: only a product that the shopper may never have."""
    private = PRODUCTS["YC-W501"]
    vip = Shopper(date(1980, 5, 1), "vip", "成都", 5, 10_000_000, date(2015, 1, 1))
    assert Tastes({private.code: private}).purchases(Random(1), vip, TODAY) == ()
    assert Tastes({}).purchases(Random(1), vip, TODAY) == ()


@pytest.mark.parametrize("level", [None, 1, 2, 3, 4, 5])
def test_purchases_stay_within_the_level(level: int | None) -> None:
    rng, tastes = Random(7), Tastes(PRODUCTS)
    shopper = Shopper(date(1985, 2, 28), "vip", "昆明", level, 5_000_000, date(2018, 3, 1))
    bought = [one for _ in range(400) for one in tastes.purchases(rng, shopper, TODAY)]
    risks = {one.product.risk for one in bought if one.product.risk is not None}
    assert risks == (set(range(1, level + 1)) if level else set())


def test_a_new_customer_has_bought_nothing_before_joining() -> None:
    rng, tastes = Random(3), Tastes(PRODUCTS)
    shopper = Shopper(date(1999, 2, 28), "standard", "昆明", 3, 50_000, TODAY)
    bought = [one for _ in range(100) for one in tastes.purchases(rng, shopper, TODAY)]
    assert bought
    assert {one.since for one in bought} == {TODAY}


def test_nobody_of_sixty_five_can_bear_much() -> None:
    rng = Random(5)
    levels = {draw_level(rng, "retired", "vip", 65) for _ in range(2000)}
    assert levels == {None, 1, 2, 3}


def test_every_rated_purchase_is_covered() -> None:
    rng, product = Random(2), _rated()
    days = [TODAY - timedelta(days=days) for days in (900, 700, 690, 300)]
    taken = assessments(rng, 3, [Purchase(product, day) for day in days], TODAY - timedelta(days=950), TODAY)
    assert all(any(one.taken_on <= day for one in taken) for day in days)
    assert [one.taken_on for one in taken] == sorted(one.taken_on for one in taken)
    assert all(41 <= one.score <= 60 for one in taken)


def _rated() -> Product:
    return next(product for product in PRODUCTS.values() if product.risk == 2)
