"""Which products may be offered to whom. Pure.

Sources: 金融机构产品适当性管理办法 (2025 No. 7, in force 2026-02-01) for risk levels, the validity of an
assessment, private placements and capacity; 个人信息保护法 Art 24 for the marketing opt-out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from integrations.crm.bank.catalogue import Product
from integrations.crm.customers.periods import today

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
    return (*_of_product(product, today(now)), *_of_person(product, person, now))


def suitable(products: Iterable[Product], person: Person, now: datetime) -> list[Product]:
    """Those of the products that may be offered, in their order."""
    day = today(now)
    return [one for one in products if not _of_product(one, day) and not _of_person(one, person, now)]


def refusals_for_anyone(product: Product, now: datetime) -> tuple[Refusal, ...]:
    """Reasons that hold for a visitor of whom nothing is known: a rated product needs an assessment."""
    unassessed = () if product.risk is None else (Refusal.NOT_ASSESSED,)
    return (*_of_product(product, today(now)), *unassessed)


def silence(person: Person) -> Refusal | None:
    """Why nothing at all is offered to this person, or None."""
    return next(iter(_silencing(person)), None)


def _of_product(product: Product, day: date) -> list[Refusal]:
    found = []
    if product.private:
        found.append(Refusal.PRIVATE)
    if not product.on_sale(day):
        found.append(Refusal.OFF_SALE)
    return found


def _of_person(product: Product, person: Person, now: datetime) -> list[Refusal]:
    found = _silencing(person)
    if person.age < product.min_age:
        found.append(Refusal.TOO_YOUNG)
    if person.age > product.max_age:
        found.append(Refusal.TOO_OLD)
    if person.tier not in product.tiers:
        found.append(Refusal.TIER)
    if product.cities is not None and person.city not in product.cities:
        found.append(Refusal.REGION)
    if _too_little(product, person):
        found.append(Refusal.MINIMUM)
    about_risk = _risk(product, person, now)
    return found if about_risk is None else [*found, about_risk]


def _silencing(person: Person) -> list[Refusal]:
    found = []
    if person.open_complaint:
        found.append(Refusal.OPEN_COMPLAINT)
    if person.opted_out:
        found.append(Refusal.OPTED_OUT)
    if not person.capacity:
        found.append(Refusal.NO_CAPACITY)
    return found


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
