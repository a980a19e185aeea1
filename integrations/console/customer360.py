"""Everything the console knows of one customer, as plain values for the page. Personal data is masked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy.orm import Session

from integrations.console import customer_history, customer_queries, wording
from integrations.console.customer_history import History
from integrations.console.customer_holdings import Holdings, Month, activity, holdings_of
from integrations.crm.audit.service import record
from integrations.crm.conversations.redaction import redact
from integrations.crm.customers import churn_warnings, identity, profiles
from integrations.crm.customers.ages import age_on
from integrations.crm.customers.errors import CustomerNotFound
from integrations.crm.customers.masking import mask_email, mask_id_number, mask_name, mask_phone
from integrations.crm.customers.periods import today
from integrations.crm.customers.tiering import name_of
from integrations.crm.customers.tiering_settings import Benefits, Strategy, read_tiering
from integrations.crm.models import Customer, CustomerProfile, RiskAssessment, Staff, TierChange
from integrations.crm.recommendations import marketing
from integrations.crm.recommendations import service as recommendations
from integrations.crm.recommendations.risk_assessment import assessment_state, newest_assessment
from integrations.crm.recommendations.service import Offer
from integrations.crm.recommendations.suitability import Refusal

FOUND_AT_ONCE = 50
REASON_MAX = 100
_NUMBER = re.compile(r"[A-Za-z0-9-]{1,20}")
_WITHOUT_PRODUCTS = {
    Refusal.OPEN_COMPLAINT: churn_warnings.COMPLAINT_FIRST,
    Refusal.OPTED_OUT: churn_warnings.SERVICE_ONLY,
    Refusal.NO_CAPACITY: churn_warnings.UNDER_AGE,
}


@dataclass(frozen=True)
class Found:
    """A line of the search."""

    number: str
    name: str
    tier: str
    phone: str
    city: str
    joined_on: date


@dataclass(frozen=True)
class Person:
    """Who the customer is; `marketing` None: never asked."""

    number: str
    name: str
    tier: str
    gender: str
    age: int
    city: str
    joined_on: date
    phone: str
    email: str
    id_number: str
    manager: str | None
    marketing: bool | None
    marketing_at: datetime | None


@dataclass(frozen=True)
class TierNow:
    """One dimension: where the customer stands, why, and since when."""

    dimension: str
    code: str
    name: str
    reason: str | None
    since: datetime | None


@dataclass(frozen=True)
class TierMove:
    """One change in the past; `before` None: computed for the first time."""

    at: datetime
    dimension: str
    before: str | None
    after: str
    reason: str


@dataclass(frozen=True)
class Tiers:
    """The four dimensions with figures, what follows from them, and how they changed, newest first."""

    profile: CustomerProfile | None
    now: tuple[TierNow, ...]
    benefits: Benefits
    strategy: Strategy | None
    moves: tuple[TierMove, ...]


@dataclass(frozen=True)
class Assessment:
    """The risk assessment that counts; `row` None where the state is missing."""

    state: Literal["valid", "expired", "missing"]
    row: RiskAssessment | None


@dataclass(frozen=True)
class Churn:
    """How likely the customer is to leave (0–1), why, and what to do about it (None: nothing known).

    Without a probability the reasons say why the customer is not judged.
    """

    probability: float | None
    reasons: tuple[str, ...]
    todo: str | None


@dataclass(frozen=True)
class Advice:
    """What to offer now: nothing where `silence` says why, else up to three products."""

    silence: Refusal | None
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class Customer360:
    """The whole page."""

    person: Person
    tiers: Tiers
    holdings: Holdings
    months: tuple[Month, ...]
    assessment: Assessment
    churn: Churn | None
    advice: Advice
    history: History


def search(session: Session, staff: Staff, text: str) -> list[Found]:
    """Customers by name, number or phone; an agent finds those they may open, without words the latest."""
    words = "".join(char for char in text if char.isprintable()).strip()
    return _found(session, customer_queries.find(session, staff, words, FOUND_AT_ONCE))


def open_customer(session: Session, reader: Staff, number: str, now: datetime) -> Customer360:
    """The customer's page; that `reader` opened it is audited. In a transaction.

    Raises CustomerNotFound also for a customer whom this person may not open.
    """
    customer = _customer(session, reader, number)
    record(
        session,
        at=now,
        actor=f"staff:{reader.username}",
        action="customer.open",
        target_kind="customer",
        target_id=customer.id,
    )
    tiers, advice = _tiers(session, customer), _advice(session, customer.id, now)
    return Customer360(
        person=_person(session, customer, now),
        tiers=tiers,
        holdings=holdings_of(session, customer.id, today(now)),
        months=activity(session, customer.id, today(now)),
        assessment=_assessment(session, customer.id, now),
        churn=_churn(tiers.profile, advice.silence),
        advice=advice,
        history=customer_history.history_of(session, customer.id, reader),
    )


def reveal(session: Session, reader: Staff, number: str, reason: str, now: datetime) -> dict[str, str]:
    """Unmasked name, ID number, phone and e-mail; audited with the reason.

    Raises CustomerNotFound as `open_customer`, and ReasonRequired.
    """
    customer = _customer(session, reader, number)
    words = redact(" ".join(reason.split())[:REASON_MAX], code_expected=False).text
    actor = f"staff:{reader.username}"
    return identity.reveal(session, customer.id, reason=words, actor=actor, now=now)


def _customer(session: Session, reader: Staff, number: str) -> Customer:
    customer = customer_queries.customer_for(session, reader, number) if _NUMBER.fullmatch(number) else None
    if customer is None:
        raise CustomerNotFound
    return customer


def _found(session: Session, customers: Sequence[Customer]) -> list[Found]:
    contacts = customer_queries.contacts_of(session, [row.id for row in customers])
    return [
        Found(
            number=row.number,
            name=mask_name(row.name),
            tier=row.tier,
            phone=mask_phone(contacts.get(row.id, {}).get("phone", "")),
            city=row.city,
            joined_on=row.joined_on,
        )
        for row in customers
    ]


def _person(session: Session, customer: Customer, now: datetime) -> Person:
    contacts = customer_queries.contacts_of(session, [customer.id]).get(customer.id, {})
    manager = session.get(Staff, customer.manager_id) if customer.manager_id else None
    choice = marketing.newest_choice(session, customer.id)
    email = contacts.get("email")
    return Person(
        number=customer.number,
        name=mask_name(customer.name),
        tier=customer.tier,
        gender=wording.GENDERS.get(customer.gender, customer.gender),
        age=age_on(today(now), customer.birth_date),
        city=customer.city,
        joined_on=customer.joined_on,
        phone=mask_phone(contacts.get("phone", "")),
        email=mask_email(email) if email else "",
        id_number=mask_id_number(customer.id_number),
        manager=manager.display_name if manager else None,
        marketing=choice.granted if choice else None,
        marketing_at=choice.at if choice else None,
    )


def _tiers(session: Session, customer: Customer) -> Tiers:
    profile = profiles.profile_of(session, customer.id)
    changes = profiles.tier_history(session, customer.id, 30)
    return Tiers(
        profile=profile,
        now=tuple(
            _tier_now(dimension, getattr(profile, dimension), changes)
            for dimension in ("value", "behaviour", "risk", "lifecycle")
        )
        if profile
        else (),
        benefits=profiles.benefits(customer.tier),
        strategy=_strategy(profile.lifecycle) if profile else None,
        moves=tuple(_move(change) for change in changes),
    )


def _strategy(lifecycle: str) -> Strategy | None:
    strategies = read_tiering().lifecycle.strategies
    return next((strategy for stage, strategy in strategies.items() if stage == lifecycle), None)


def _tier_now(dimension: str, code: str, changes: Sequence[TierChange]) -> TierNow:
    last = next((one for one in changes if one.dimension == dimension and one.after == code), None)
    return TierNow(
        dimension=dimension,
        code=code,
        name=_tier_name(dimension, code),
        reason=last.reason if last else None,
        since=last.at if last else None,
    )


def _move(change: TierChange) -> TierMove:
    return TierMove(
        at=change.at,
        dimension=change.dimension,
        before=_tier_name(change.dimension, change.before) if change.before else None,
        after=_tier_name(change.dimension, change.after),
        reason=change.reason,
    )


def _tier_name(dimension: str, code: str) -> str:
    return name_of(dimension, code, read_tiering())


def _assessment(session: Session, customer_id: int, now: datetime) -> Assessment:
    state = assessment_state(session, customer_id, now)
    return Assessment(state, newest_assessment(session, customer_id))


def _churn(profile: CustomerProfile | None, silence: Refusal | None) -> Churn | None:
    if profile is None or (profile.churn_probability is None and not profile.churn_reasons):
        return None
    reasons = tuple(str(reason) for reason in profile.churn_reasons)
    if profile.churn_probability is None:
        return Churn(None, reasons, None)
    return Churn(profile.churn_probability, reasons, _todo(profile.lifecycle, reasons, silence))


def _todo(lifecycle: str, reasons: tuple[str, ...], silence: Refusal | None) -> str | None:
    if silence is not None:
        return _WITHOUT_PRODUCTS[silence]
    return churn_warnings.advice(lifecycle, reasons)[0] if reasons else None


def _advice(session: Session, customer_id: int, now: datetime) -> Advice:
    silence = recommendations.silence(session, customer_id, now)
    if silence:
        return Advice(silence, ())
    offers = recommendations.preview(session, {customer_id: None}, now)
    return Advice(None, offers[customer_id])
