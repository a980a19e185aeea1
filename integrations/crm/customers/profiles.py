"""Compute and read the profiles of customers: figures, tiers, and how the tiers changed."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from integrations.crm.customers import profile_repository
from integrations.crm.customers.errors import CustomerNotFound
from integrations.crm.customers.profile_figures import figures_of
from integrations.crm.customers.tiering import Figures, Tiers, tiers_of
from integrations.crm.customers.tiering_settings import (
    VALUE_TIERS,
    Benefits,
    Lifecycle,
    Strategy,
    Tiering,
    ValueTier,
    read_tiering,
)
from integrations.crm.database import Database
from integrations.crm.models import CustomerProfile, TierChange

PORTION = 1_000
"""Customers computed in one transaction."""
_REASON_MAX = 200
_STORED = (
    "year_volume_fen",
    "year_transactions",
    "year_services",
    "assets_fen",
    "loans_fen",
    "last_active_on",
)


@dataclass(frozen=True)
class Standing:
    """A customer's figures and tiers as they are now, computed and not stored."""

    figures: Figures
    tiers: Tiers


def recompute(
    session: Session, customer_ids: Collection[int], now: datetime, settings: Tiering | None = None
) -> int:
    """Compute and store the profiles of these customers; how many there were. Ids of nobody are left out.

    Each dimension that changed gets a TierChange with its reason; the value tier goes to `customers.tier`
    too. Churn and lifetime value belong to others and stay. A second call at the same moment changes nothing.
    """
    rules = settings or read_tiering()
    wanted = sorted(set(customer_ids))
    count = 0
    for start in range(0, len(wanted), PORTION):
        count += _recompute(session, wanted[start : start + PORTION], now, rules)
    return count


def next_portion(session: Session, after_id: int, not_since: datetime | None = None) -> Sequence[int]:
    """Ids of the next customers after `after_id`, at most PORTION; empty where there are no more.

    With `not_since`, only those whose profile is older than that moment or missing: so a run that was
    killed goes on where it stopped.
    """
    return profile_repository.ids_to_compute(session, after_id, not_since, PORTION)


def recompute_all(
    database: Database,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
    *,
    not_since: datetime | None = None,
) -> int:
    """Compute everybody (or, with `not_since`, whoever is left), a transaction for each portion; how many.

    `progress` is told (done, all) after every portion. It may be killed at any time: what is committed stays.
    """
    with database.reading() as session:
        total = profile_repository.count_to_compute(session, not_since)
    done, last_id = 0, 0
    while True:
        with database.reading() as session:
            ids = next_portion(session, last_id, not_since)
        if not ids:
            return done
        with database.transaction() as session:
            done += recompute(session, ids, now)
        last_id = ids[-1]
        if progress is not None:
            progress(done, max(total, done))


def standing(session: Session, customer_id: int, now: datetime) -> Standing:
    """Figures and tiers with all reasons, as they would be stored now. Raises CustomerNotFound."""
    rules = read_tiering()
    figures = figures_of(session, [customer_id], now, rules.figures).get(customer_id)
    if figures is None:
        raise CustomerNotFound
    return Standing(figures, tiers_of(figures, now, rules))


def profile_of(session: Session, customer_id: int) -> CustomerProfile | None:
    """What was computed last; None before the first time."""
    return session.get(CustomerProfile, customer_id)


def tier_history(session: Session, customer_id: int, limit: int = 100) -> Sequence[TierChange]:
    """The changes of a customer's tiers, the newest first."""
    return profile_repository.changes(session, customer_id, limit)


def benefits(value_tier: str) -> Benefits:
    """What a value tier brings; for a code that the settings do not know, what everybody gets."""
    known: ValueTier = next((tier for tier in VALUE_TIERS if tier == value_tier), "standard")
    return read_tiering().value.of(known)


def strategy(lifecycle: Lifecycle) -> Strategy:
    """How to treat customers in this stage."""
    return read_tiering().lifecycle.strategies[lifecycle]


def _recompute(session: Session, ids: list[int], now: datetime, rules: Tiering) -> int:
    session.flush()
    stored_tiers = profile_repository.lock_tiers(session, ids)
    before = profile_repository.stored_codes(session, ids)
    computed = {
        one: (figures, tiers_of(figures, now, rules))
        for one, figures in figures_of(session, list(stored_tiers), now, rules.figures).items()
    }
    changes = [
        change
        for one, (_, tiers) in computed.items()
        for change in _changes(one, tiers, before.get(one, {}), stored_tiers[one], now)
    ]
    rows = [_profile_row(one, figures, tiers, now) for one, (figures, tiers) in computed.items()]
    codes = {one: tiers.value.code for one, (_, tiers) in computed.items()}
    profile_repository.store_profiles(session, rows)
    profile_repository.store_changes(session, changes)
    profile_repository.store_tiers(
        session, {one: code for one, code in codes.items() if code != stored_tiers[one]}
    )
    profile_repository.refresh(session, computed)
    return len(computed)


def _changes(
    customer_id: int, tiers: Tiers, before: dict[str, str], tier: str, now: datetime
) -> Iterable[dict[str, Any]]:
    """A row for each dimension that differs. The value tier is compared with the customer's own column."""
    for dimension, placed in tiers.by_dimension().items():
        known = before.get(dimension)
        if dimension == "value" and (known is not None or tier != placed.code):
            known = tier
        if known != placed.code:
            yield {
                "customer_id": customer_id,
                "dimension": dimension,
                "before": known,
                "after": placed.code,
                "reason": placed.reason[:_REASON_MAX],
                "at": now,
            }


def _profile_row(customer_id: int, figures: Figures, tiers: Tiers, now: datetime) -> dict[str, Any]:
    codes = {dimension: placed.code for dimension, placed in tiers.by_dimension().items()}
    stored = {name: getattr(figures, name) for name in _STORED}
    return {"customer_id": customer_id, **stored, **codes, "churn_reasons": [], "computed_at": now}
