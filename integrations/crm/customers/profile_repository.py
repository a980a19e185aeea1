"""Queries on profiles and tier changes, for whole sets of customers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from integrations.crm.models import Customer, CustomerProfile, TierChange

_KEPT = {"customer_id", "churn_probability", "churn_reasons", "lifetime_value_fen"}
"""What an update of the figures leaves alone."""
_DIMENSIONS = ("value", "behaviour", "risk", "lifecycle")


def lock_tiers(session: Session, ids: list[int]) -> dict[int, str]:
    """The value tier in `customers` by id, the rows locked until the commit: two runs never do the same one
    at once (SQLite: the whole transaction is locked). Rows that refer to the customer can still be added."""
    rows = session.execute(
        select(Customer.id, Customer.tier)
        .where(Customer.id.in_(ids))
        .order_by(Customer.id)
        .with_for_update(key_share=True)
    )
    return {row.id: row.tier for row in rows}


def stored_codes(session: Session, ids: list[int]) -> dict[int, dict[str, str]]:
    """The codes of each dimension as stored, by customer."""
    columns = [getattr(CustomerProfile, name) for name in _DIMENSIONS]
    rows = session.execute(
        select(CustomerProfile.customer_id, *columns).where(CustomerProfile.customer_id.in_(ids))
    ).mappings()
    return {row["customer_id"]: {name: row[name] for name in _DIMENSIONS} for row in rows}


def ids_to_compute(session: Session, after_id: int, not_since: datetime | None, limit: int) -> Sequence[int]:
    """The next customers by id."""
    query = _to_compute(select(Customer.id), not_since).where(Customer.id > after_id)
    return session.scalars(query.order_by(Customer.id).limit(limit)).all()


def count_to_compute(session: Session, not_since: datetime | None) -> int:
    """How many customers there are, or with `not_since` how many are left."""
    return session.scalar(_to_compute(select(func.count(Customer.id)), not_since)) or 0


def _to_compute(query: Select[Any], not_since: datetime | None) -> Select[Any]:
    if not_since is None:
        return query
    return query.outerjoin(CustomerProfile, CustomerProfile.customer_id == Customer.id).where(
        or_(CustomerProfile.customer_id.is_(None), CustomerProfile.computed_at < not_since)
    )


def changes(session: Session, customer_id: int, limit: int) -> Sequence[TierChange]:
    """A customer's tier changes, the newest first."""
    return session.scalars(
        select(TierChange)
        .where(TierChange.customer_id == customer_id)
        .order_by(TierChange.at.desc(), TierChange.id.desc())
        .limit(limit)
    ).all()


def store_profiles(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write profiles, new ones or over the old."""
    if not rows:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(CustomerProfile)
    written = {name: statement.excluded[name] for name in rows[0] if name not in _KEPT}
    session.execute(statement.on_conflict_do_update(index_elements=["customer_id"], set_=written), rows)


def store_changes(session: Session, rows: list[dict[str, Any]]) -> None:
    """Add lines of history."""
    if rows:
        session.execute(insert(TierChange), rows)


def store_tiers(session: Session, tiers: dict[int, str]) -> None:
    """Write `customers.tier`, by customer."""
    if not tiers:
        return
    customers = Customer.__table__
    session.connection().execute(
        update(customers).where(customers.c.id == bindparam("one")).values(tier=bindparam("new")),  # type: ignore[arg-type]
        [{"one": one, "new": tier} for one, tier in tiers.items()],
    )


def refresh(session: Session, customer_ids: Collection[int]) -> None:
    """Whoever holds these customers or profiles in this session sees what was written past it."""
    for row in list(session.identity_map.values()):
        if (isinstance(row, CustomerProfile) and row.customer_id in customer_ids) or (
            isinstance(row, Customer) and row.id in customer_ids
        ):
            session.refresh(row)
