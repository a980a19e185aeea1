"""Who may be offered what: 金融机构产品适当性管理办法 (2025 No. 7) [S], 个人信息保护法 Art 24 [V]."""

from datetime import UTC, date, datetime, timedelta
from itertools import product as combinations

import pytest

from integrations.crm.recommendations.suitability import (
    Refusal,
    refusals,
    refusals_for_anyone,
    silence,
)
from tests.crm.recommendations.builders import NOW, make_person, make_product

SECOND = timedelta(seconds=1)
VALID, JUST_VALID, EXPIRED = NOW + timedelta(days=1), NOW + SECOND, NOW - SECOND


@pytest.mark.parametrize("kind", ["wealth", "fund", "insurance"])
@pytest.mark.parametrize(("risk", "level"), list(combinations(range(1, 6), range(1, 6))))
def test_risk_against_tolerance(kind: str, risk: int, level: int) -> None:
    product = make_product(kind=kind, risk=risk)
    too_risky = (Refusal.TOO_RISKY,) if risk > level else ()
    for until in (VALID, JUST_VALID):
        assert refusals(product, make_person(level=level, assessed_until=until), NOW) == too_risky
    for until in (NOW, EXPIRED):
        expired = make_person(level=level, assessed_until=until)
        assert refusals(product, expired, NOW) == (Refusal.ASSESSMENT_EXPIRED,)
    missing = make_person(level=None, assessed_until=None)
    assert refusals(product, missing, NOW) == (Refusal.NOT_ASSESSED,)
    for lower in range(1, level):
        downgraded = make_person(level=lower)
        assert (refusals(product, downgraded, NOW) == ()) is (risk <= lower)


@pytest.mark.parametrize("level", [0, 6, -1, 99])
def test_a_level_that_does_not_exist_counts_as_none(level: int) -> None:
    assert refusals(make_product(risk=1), make_person(level=level), NOW) == (Refusal.NOT_ASSESSED,)


def test_a_level_without_end_counts_as_none() -> None:
    assert refusals(make_product(), make_person(assessed_until=None), NOW) == (Refusal.NOT_ASSESSED,)


@pytest.mark.parametrize("kind", ["deposit", "credit_card", "loan", "insurance"])
def test_what_has_no_risk_level_needs_no_assessment(kind: str) -> None:
    unassessed = make_person(level=None, assessed_until=None)
    assert refusals(make_product(kind=kind, risk=None), unassessed, NOW) == ()


@pytest.mark.parametrize(("yuan", "enough"), [(9_999, False), (10_000, True), (10_001, True), (None, True)])
def test_minimum_amount(yuan: int | None, enough: bool) -> None:
    found = refusals(make_product(minimum_yuan=10_000), make_person(investable_yuan=yuan), NOW)
    assert found == (() if enough else (Refusal.MINIMUM,))


@pytest.mark.parametrize("kind", ["credit_card", "loan"])
def test_what_is_lent_has_no_minimum_to_pay(kind: str) -> None:
    product = make_product(kind=kind, risk=None, minimum_yuan=10_000)
    assert refusals(product, make_person(investable_yuan=0), NOW) == ()


@pytest.mark.parametrize(
    ("age", "expected"),
    [(24, (Refusal.TOO_YOUNG,)), (25, ()), (60, ()), (61, (Refusal.TOO_OLD,))],
)
def test_ages_at_the_limits(age: int, expected: tuple[Refusal, ...]) -> None:
    assert refusals(make_product(min_age=25, max_age=60), make_person(age=age), NOW) == expected


@pytest.mark.parametrize(
    ("tiers", "tier"),
    list(combinations([("vip",), ("vip", "important"), ("standard",)], ["vip", "standard"])),
)
def test_tier(tiers: tuple[str, ...], tier: str) -> None:
    found = refusals(make_product(tiers=tiers), make_person(tier=tier), NOW)
    assert found == (() if tier in tiers else (Refusal.TIER,))


@pytest.mark.parametrize(
    ("cities", "expected"),
    [(None, ()), (["成都", "昆明"], ()), (["昆明"], (Refusal.REGION,)), ([], (Refusal.REGION,))],
)
def test_region(cities: list[str] | None, expected: tuple[Refusal, ...]) -> None:
    assert refusals(make_product(cities=cities), make_person(city="成都"), NOW) == expected


def test_private_placements_are_never_offered() -> None:
    best = make_person(level=5, tier="vip", investable_yuan=100_000_000)
    assert refusals(make_product(private=True, risk=1), best, NOW) == (Refusal.PRIVATE,)


@pytest.mark.parametrize(
    ("now", "sold"),
    [
        (datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC), False),  # the day before in Shanghai
        (datetime(2026, 11, 21, 16, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 30, 16, 0, tzinfo=UTC), False),
    ],
)
def test_sale_period_in_shanghai(now: datetime, sold: bool) -> None:
    product = make_product(on_sale_from=date(2026, 11, 22), on_sale_until=date(2026, 11, 30))
    assert refusals(product, make_person(), now) == (() if sold else (Refusal.OFF_SALE,))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"open_complaint": True}, Refusal.OPEN_COMPLAINT),
        ({"opted_out": True}, Refusal.OPTED_OUT),
        ({"capacity": False}, Refusal.NO_CAPACITY),
    ],
)
def test_whom_nothing_is_offered(fields: dict[str, bool], reason: Refusal) -> None:
    person = make_person(**fields)
    for product in (make_product(), make_product(kind="deposit", risk=None)):
        assert refusals(product, person, NOW) == (reason,)
    assert silence(person) == reason
    assert silence(make_person()) is None


def test_every_reason_is_given() -> None:
    product = make_product(
        private=True,
        on_sale_from=date(2027, 1, 1),
        min_age=20,
        tiers=["vip"],
        cities=["昆明"],
        minimum_yuan=9,
    )
    person = make_person(
        age=17, capacity=False, level=None, investable_yuan=0, open_complaint=True, opted_out=True
    )
    assert set(refusals(product, person, NOW)) == set(Refusal) - {
        Refusal.TOO_OLD,
        Refusal.ASSESSMENT_EXPIRED,
        Refusal.TOO_RISKY,
    }


def test_a_visitor_sees_what_needs_no_assessment() -> None:
    assert refusals_for_anyone(make_product(kind="deposit", risk=None), NOW) == ()
    assert refusals_for_anyone(make_product(risk=1), NOW) == (Refusal.NOT_ASSESSED,)
    hidden = make_product(private=True, on_sale_from=date(2027, 1, 1))
    assert refusals_for_anyone(hidden, NOW) == (Refusal.PRIVATE, Refusal.OFF_SALE, Refusal.NOT_ASSESSED)
