"""Write and read the audit log (JR/T 0171-2020: reveals, sign-ins, takeovers, exports and changes)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.crm.models import AuditEntry


def record(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    target_kind: str,
    target_id: str | int,
    data: dict[str, Any] | None = None,
) -> AuditEntry:
    """Add one line in the caller's transaction, so that the act and its record stand or fall together.

    `actor` is `staff:<username>`, `customer`, `bot` or `system`; `action` a word like `card.freeze`.
    `data` must hold no secrets and no unmasked personal data.
    """
    entry = AuditEntry(
        at=at,
        actor=actor,
        action=action,
        target_kind=target_kind,
        target_id=str(target_id),
        data=data or {},
    )
    session.add(entry)
    return entry


def entries(
    session: Session,
    *,
    actor: str | None = None,
    action: str | None = None,
    target_kind: str | None = None,
    target_id: str | int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> Sequence[AuditEntry]:
    """Lines that fit every given filter, the newest first; `since` is included, `until` is not."""
    query = select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(limit)
    if actor is not None:
        query = query.where(AuditEntry.actor == actor)
    if action is not None:
        query = query.where(AuditEntry.action == action)
    if target_kind is not None:
        query = query.where(AuditEntry.target_kind == target_kind)
    if target_id is not None:
        query = query.where(AuditEntry.target_id == str(target_id))
    if since is not None:
        query = query.where(AuditEntry.at >= since)
    if until is not None:
        query = query.where(AuditEntry.at < until)
    return session.scalars(query).all()
