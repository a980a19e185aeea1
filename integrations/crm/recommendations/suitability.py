"""Which products may be offered to whom. Pure.

Sources: 金融机构产品适当性管理办法 (2025 No. 7, in force 2026-02-01) for risk levels, the validity of an
assessment, private placements and capacity; 个人信息保护法 Art 24 for the marketing opt-out.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from integrations.crm.bank.catalogue import Product
from integrations.crm.customers.periods import today

ADULT_AGE = 18
"""Full capacity for civil acts begins here (民法典 Arts 17 and 18)."""
PAID_FROM_SAVINGS = frozenset({"deposit", "wealth", "fund", "insurance"})
"""Kinds whose minimum amount must be there; the minimum of a loan or card is lent, not paid in."""
LEVELS = range(1, 6)


class Refusal(StrEnum):
    """Why a product is not offered."""

    PRIVATE = "private"
    OFF_SALE = "off_sale"
    NO_CAPACITY = "no_capacity"
    TOO_YOUNG = "too_young"
    TOO_OLD = "too_old"
    TIER = "tier"
    REGION = "region"
    MINIMUM = "minimum"
    NOT_ASSESSED = "not_assessed"
    ASSESSMENT_EXPIRED = "assessment_expired"
    TOO_RISKY = "too_risky"
    OPEN_COMPLAINT = "open_complaint"
    OPTED_OUT = "opted_out"


ABOUT_OFFERING = frozenset({Refusal.OPEN_COMPLAINT, Refusal.OPTED_OUT})
"""Reasons not to offer anything that do not forbid answering a question about a product."""


@dataclass(frozen=True, slots=True)
class Person:
    """What the policy needs to know of a customer.

    `level` is 1–5 (C1–C5) of the newest assessment, which counts before `assessed_until`; None without one.
    `investable_yuan` is None where it is not known: then no minimum is checked.
    """

    age: int
    tier: str
    city: str
    capacity: bool
    level: int | None
    assessed_until: datetime | None
    investable_yuan: int | None
    open_complaint: bool
    opted_out: bool


def refusals(product: Product, person: Person, now: datetime) -> tuple[Refusal, ...]:
    """Every reason not to offer the product; empty where it may be offered."""
    checks = {
        **_of_product(product, now),
        Refusal.NO_CAPACITY: not person.capacity,
        Refusal.TOO_YOUNG: person.age < product.min_age,
        Refusal.TOO_OLD: person.age > product.max_age,
        Refusal.TIER: person.tier not in product.tiers,
        Refusal.REGION: product.cities is not None and person.city not in product.cities,
        Refusal.MINIMUM: _too_little(product, person),
        Refusal.OPEN_COMPLAINT: person.open_complaint,
        Refusal.OPTED_OUT: person.opted_out,
    }
    found = [reason for reason, holds in checks.items() if holds]
    about_risk = _risk(product, person, now)
    return tuple(found) if about_risk is None else (*found, about_risk)


def refusals_for_anyone(product: Product, now: datetime) -> tuple[Refusal, ...]:
    """Reasons that hold for a visitor of whom nothing is known: a rated product needs an assessment."""
    found = [reason for reason, holds in _of_product(product, now).items() if holds]
    return tuple(found) if product.risk is None else (*found, Refusal.NOT_ASSESSED)


def silence(person: Person) -> Refusal | None:
    """Why nothing at all is offered to this person, or None."""
    checks = {
        Refusal.OPEN_COMPLAINT: person.open_complaint,
        Refusal.OPTED_OUT: person.opted_out,
        Refusal.NO_CAPACITY: not person.capacity,
    }
    return next((reason for reason, holds in checks.items() if holds), None)


def age_on(day: date, birth_date: date) -> int:
    """Completed years (周岁): a year is completed on the birthday, 28 February's next day for 29 February."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def _of_product(product: Product, now: datetime) -> dict[Refusal, bool]:
    return {Refusal.PRIVATE: product.private, Refusal.OFF_SALE: not product.on_sale(today(now))}


def _too_little(product: Product, person: Person) -> bool:
    if product.kind not in PAID_FROM_SAVINGS or person.investable_yuan is None:
        return False
    return person.investable_yuan < product.minimum_yuan


def _risk(product: Product, person: Person, now: datetime) -> Refusal | None:
    if product.risk is None:
        return None
    if person.level is None or person.level not in LEVELS or person.assessed_until is None:
        return Refusal.NOT_ASSESSED
    if now >= person.assessed_until:
        return Refusal.ASSESSMENT_EXPIRED
    return Refusal.TOO_RISKY if product.risk > person.level else None
