"""Early warnings: customers who may leave, why, and what could be offered to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from integrations.console import customer_queries, customer_wording, desk_offers
from integrations.console.customer_queries import AtRisk
from integrations.crm.audit.service import record
from integrations.crm.customers.masking import mask_name, mask_phone
from integrations.crm.customers.tiering import name_of
from integrations.crm.customers.tiering_settings import read_tiering
from integrations.crm.models import Staff
from integrations.crm.recommendations import service as recommendations
from integrations.crm.recommendations.service import Offer

THRESHOLD = 0.5
"""Whoever is more likely to leave than to stay."""
PAGE = 20
EXPORT_LIMIT = 300
"""Most customers of one export: an export is a work list, not a copy of the customers."""


@dataclass(frozen=True)
class Warned:
    """One customer of the list; `why_not` says why nothing is offered where that is so."""

    number: str
    name: str
    phone: str
    tier: str
    lifecycle: str
    probability: float
    reasons: tuple[str, ...]
    active_on: date | None
    manager: str | None
    offer: Offer | None
    why_not: str | None


@dataclass(frozen=True)
class Warnings:
    """One page of the list."""

    rows: tuple[Warned, ...]
    count: int
    page: int
    pages: int


def reasons_in_words(reasons: Sequence[Any]) -> tuple[str, ...]:
    """The model's reasons as text: they are stored as sentences, or as objects that carry one."""
    words = [one.get("text", "") if isinstance(one, Mapping) else one for one in reasons]
    return tuple(str(one) for one in words if one)


def warnings(session: Session, viewer: Staff, page: int, now: datetime) -> Warnings:
    """A page of the customers above THRESHOLD, the likeliest first; an agent sees their own.

    Looking makes no impression: what could be offered is worked out and rolled back, hence a transaction.
    """
    count = customer_queries.count_at_risk(session, viewer, THRESHOLD)
    pages = max(-(-count // PAGE), 1)
    page = min(max(page, 1), pages)
    found = customer_queries.at_risk(session, viewer, THRESHOLD, PAGE, (page - 1) * PAGE)
    contacts = customer_queries.contacts_of(session, [row.customer.id for row in found])
    rows = tuple(
        _warned(session, row, contacts, now, desk_offers.preview(session, row.customer.id, now, 1))
        for row in found
    )
    return Warnings(rows, count, page, pages)


def export(session: Session, viewer: Staff, key: str, now: datetime) -> tuple[Warned, ...]:
    """The first EXPORT_LIMIT of the list with at most one suitable product each; audited. In a transaction.

    Each product in it is an impression of the surface "export"; `key` names this export.
    """
    found = customer_queries.at_risk(session, viewer, THRESHOLD, EXPORT_LIMIT, 0)
    contacts = customer_queries.contacts_of(session, [row.customer.id for row in found])
    rows = []
    for row in found:
        customer_id = row.customer.id
        source = f"export:{key}:{customer_id}"
        offers = recommendations.recommend(
            session, customer_id, now=now, surface="export", source_key=source, limit=1
        )
        rows.append(_warned(session, row, contacts, now, offers))
    record(
        session,
        at=now,
        actor=f"staff:{viewer.username}",
        action="warnings.export",
        target_kind="warnings",
        target_id=key,
        data={"customers": len(rows), "offers": sum(row.offer is not None for row in rows)},
    )
    return tuple(rows)


def _warned(
    session: Session,
    row: AtRisk,
    contacts: dict[int, dict[str, str]],
    now: datetime,
    offers: Sequence[Offer],
) -> Warned:
    customer, profile = row.customer, row.profile
    silence = None if offers else recommendations.silence(session, customer.id, now)
    return Warned(
        number=customer.number,
        name=mask_name(customer.name),
        phone=mask_phone(contacts.get(customer.id, {}).get("phone", "")),
        tier=customer.tier,
        lifecycle=name_of("lifecycle", profile.lifecycle, read_tiering()),
        probability=profile.churn_probability or 0.0,
        reasons=reasons_in_words(profile.churn_reasons),
        active_on=profile.last_active_on,
        manager=row.manager,
        offer=offers[0] if offers else None,
        why_not=customer_wording.WHY_NOT[silence] if silence else None,
    )
