"""The customers of the bank's own CRM; each gets a row of ours when first seen."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from integrations.crm.audit.service import record
from integrations.crm.customers import repository
from integrations.crm.customers.directory import LARGEST_LIMIT, within
from integrations.crm.customers.errors import BadDirectoryAnswer
from integrations.crm.customers.rest_client import CrmClient
from integrations.crm.customers.rest_records import NUMBER, PHONE, CustomerRecord
from integrations.crm.models import ContactPoint, Customer

_SYNCED = ("name", "gender", "birth_date", "id_number", "city", "joined_on")
"""Kept as the CRM has them. The tier is taken at first sight only: from then on ours is computed."""

_TAIL = r"[0-9]{4}"


class RestDirectory:
    """See CustomerDirectory; every answer of the CRM is checked before anything of it is stored."""

    def __init__(self, client: CrmClient, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock

    def by_phone(self, session: Session, phone: str) -> Customer | None:
        """See CustomerDirectory."""
        return self._only(session, {"phone": phone}) if _is(PHONE, phone) else None

    def by_phone_and_tail(self, session: Session, phone: str, tail: str) -> Customer | None:
        """See CustomerDirectory."""
        if not (_is(PHONE, phone) and _is(_TAIL, tail)):
            return None
        return self._only(session, {"phone": phone, "card_tail": tail})

    def by_number(self, session: Session, number: str) -> Customer | None:
        """See CustomerDirectory."""
        found = self._client.customer(number) if _is(NUMBER, number) else None
        if found is None:
            return None
        if found.number != number:
            raise BadDirectoryAnswer(reason="another_customer")
        return remember(session, found, self._clock())

    def by_openid(self, session: Session, openid: str, *, account: str = "default") -> Customer | None:
        """See CustomerDirectory."""
        return self._only(session, {"openid": openid, "account": account})

    def by_card_tail(self, session: Session, tail: str, limit: int = 20) -> Sequence[Customer]:
        """See CustomerDirectory."""
        return self._several(session, {"card_tail": tail}, limit) if _is(_TAIL, tail) else []

    def search(self, session: Session, text: str, limit: int = 20) -> Sequence[Customer]:
        """See CustomerDirectory."""
        return self._several(session, {"text": text.strip()}, limit) if text.strip() else []

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _only(self, session: Session, wanted: dict[str, str]) -> Customer | None:
        found = self._client.search(wanted, limit=LARGEST_LIMIT)
        # Whoever has another number must never be taken for the caller, whatever the CRM answers.
        if "phone" in wanted and any(wanted["phone"] not in one.phones for one in found):
            raise BadDirectoryAnswer(reason="another_customer")
        return remember(session, found[0], self._clock()) if len(found) == 1 else None

    def _several(self, session: Session, wanted: dict[str, str], limit: int) -> list[Customer]:
        found = self._client.search(wanted, limit=within(limit))
        return [remember(session, one, self._clock()) for one in found]


def _is(pattern: str, text: str) -> bool:
    """Whether the text can be asked for at all."""
    return re.fullmatch(pattern, text) is not None


def remember(session: Session, found: CustomerRecord, now: datetime) -> Customer:
    """The customer's row, made or brought up to date; audited where something changes.

    Two requests that see the same customer first end with one row. Raises BadDirectoryAnswer where the
    ID number belongs to another customer of ours.
    """
    customer = repository.customer_by_number(session, found.number)
    try:
        with session.begin_nested():
            if customer is None:
                customer, changed = _add(session, found, now), ["customer"]
            else:
                changed = _update(customer, found)
            changed += _sync_contacts(session, customer.id, found)
            session.flush()
    except IntegrityError:
        customer = repository.customer_by_number(session, found.number)
        if customer is None or customer.id_number != found.id_number:
            raise BadDirectoryAnswer(reason="id_number_taken") from None
        return customer
    if changed:
        record(
            session,
            at=now,
            actor="system",
            action="customer.sync",
            target_kind="customer",
            target_id=customer.id,
            data={"fields": changed},
        )
    return customer


def _add(session: Session, found: CustomerRecord, now: datetime) -> Customer:
    values = {name: getattr(found, name) for name in _SYNCED}
    customer = Customer(number=found.number, tier=found.tier, created_at=now, **values)
    session.add(customer)
    session.flush()
    return customer


def _update(customer: Customer, found: CustomerRecord) -> list[str]:
    changed = [name for name in _SYNCED if getattr(customer, name) != getattr(found, name)]
    for name in changed:
        setattr(customer, name, getattr(found, name))
    return changed


def _sync_contacts(session: Session, customer_id: int, found: CustomerRecord) -> list[str]:
    """Exactly the CRM's phones and e-mail: a number that was given up may be a stranger's by now."""
    wanted = {("phone", phone): place == 0 for place, phone in enumerate(found.phones)}
    if found.email is not None:
        wanted["email", found.email] = True
    known = session.scalars(select(ContactPoint).where(ContactPoint.customer_id == customer_id)).all()
    changed = set()
    for point in known:
        primary = wanted.pop((point.kind, point.value), None)
        if primary is None:
            session.delete(point)
            changed.add(point.kind)
        elif point.is_primary != primary:
            point.is_primary = primary
            changed.add(point.kind)
    for (kind, value), primary in wanted.items():
        session.add(ContactPoint(customer_id=customer_id, kind=kind, value=value, is_primary=primary))
        changed.add(kind)
    return sorted(changed)
