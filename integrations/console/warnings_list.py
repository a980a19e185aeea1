"""Early warnings as the console shows and exports them: who may leave, why, what to do, what to offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from integrations.console import customer_queries, queries
from integrations.crm.audit.service import record
from integrations.crm.customers import churn_warnings
from integrations.crm.customers.churn_warnings import EarlyWarning
from integrations.crm.customers.masking import mask_name, mask_phone
from integrations.crm.customers.tiering import name_of
from integrations.crm.customers.tiering_settings import read_tiering
from integrations.crm.models import Staff
from integrations.crm.recommendations import service as recommendations
from integrations.crm.recommendations.repository import EXPORT
from integrations.crm.recommendations.service import Offer

PAGE = 20
LIMIT = 300
"""Most customers of the list and of one export: a work list, not a copy of the customers."""


@dataclass(frozen=True)
class Warned:
    """One customer of the list; `advice` is what to do, `offer` one suitable product or None."""

    number: str
    name: str
    phone: str
    tier: str
    lifecycle: str
    probability: float
    at_risk_fen: int
    reasons: tuple[str, ...]
    advice: str
    manager: str | None
    offer: Offer | None


@dataclass(frozen=True)
class Warnings:
    """One page of the list; not `judged`: no customer has a churn probability, so nobody is warned of."""

    rows: tuple[Warned, ...]
    count: int
    page: int
    pages: int
    judged: bool


def warnings(session: Session, viewer: Staff, page: int, now: datetime) -> Warnings:
    """A page of the warnings, the largest expected loss first; an agent sees their own customers.

    Looking makes no impression.
    """
    found = _found(session, viewer, now)
    pages = max(-(-len(found) // PAGE), 1)
    page = min(max(page, 1), pages)
    shown = found[(page - 1) * PAGE : page * PAGE]
    kinds = {one.customer_id: one.product_kinds for one in shown}
    offers = recommendations.preview(session, kinds, now, limit=1)
    judged = bool(found) or customer_queries.anybody_judged(session)
    return Warnings(_warned(session, shown, offers), len(found), page, pages, judged)


def export(session: Session, viewer: Staff, key: str, now: datetime) -> tuple[Warned, ...]:
    """The whole list with at most one suitable product each; audited. In a transaction.

    Each product in it is recorded with the surface EXPORT: the customer has not seen it. `key` names this
    export.
    """
    found = _found(session, viewer, now)
    offers = {
        one.customer_id: recommendations.recommend(
            session,
            one.customer_id,
            now=now,
            surface=EXPORT,
            source_key=f"export:{key}:{one.customer_id}",
            kinds=one.product_kinds,
            limit=1,
        )
        for one in found
        if one.product_kinds
    }
    rows = _warned(session, found, offers)
    record(
        session,
        at=now,
        actor=f"staff:{viewer.username}",
        action="warnings.export",
        target_kind="warnings",
        target_id=key,
        data={"customers": len(rows), "offers": sum(row.offer is not None for row in rows)},
    )
    return rows


def _found(session: Session, viewer: Staff, now: datetime) -> Sequence[EarlyWarning]:
    manager_id = viewer.id if viewer.role == "agent" else None
    return churn_warnings.warnings(session, now, LIMIT, manager_id)


def _warned(
    session: Session, found: Sequence[EarlyWarning], offers: dict[int, tuple[Offer, ...]]
) -> tuple[Warned, ...]:
    contacts = customer_queries.contacts_of(session, [one.customer_id for one in found])
    managers = queries.names_by_id(session)
    return tuple(
        Warned(
            number=one.number,
            name=mask_name(one.name),
            phone=mask_phone(contacts.get(one.customer_id, {}).get("phone", "")),
            tier=one.value,
            lifecycle=name_of("lifecycle", one.lifecycle, read_tiering()),
            probability=one.churn_probability,
            at_risk_fen=one.at_risk_fen,
            reasons=one.reasons,
            advice=one.offer,
            manager=managers.get(one.manager_id) if one.manager_id is not None else None,
            offer=next(iter(offers.get(one.customer_id, ())), None),
        )
        for one in found
    )
