"""Plausible figures of customers whose history is not played, as a night's computation would leave them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from integrations.crm.bank.catalogue import Tier
from integrations.crm.customers.periods import today
from integrations.crm.seed.profiles import HoldingPlan

COLUMNS = (
    "customer_id", "year_volume_fen", "year_transactions", "year_services", "assets_fen", "loans_fen",
    "last_active_on", "value", "behaviour", "risk", "lifecycle", "lifetime_value_fen", "churn_probability",
    "churn_reasons", "computed_at",
)  # fmt: skip
"""Of `customer_profiles`."""
# Smallest and largest yearly volume in yuan, fewest and most services, as the tiers are defined.
_VOLUME: dict[Tier, tuple[int, int]] = {
    "vip": (1_000_001, 4_000_000),
    "important": (500_001, 1_000_000),
    "standard": (50_000, 480_000),
}
_SERVICES: dict[Tier, tuple[int, int]] = {"vip": (5, 10), "important": (3, 9), "standard": (1, 8)}
_ASSETS = ("deposit", "wealth", "fund")
_LOST, _POTENTIAL, _MEDIUM_RISK, _HIGH_RISK, _DECLINING = 0.05, 0.15, 0.08, 0.02, 0.12
_NEW_DAYS, _GROWING_DAYS = 182, 730


@dataclass(frozen=True, slots=True)
class Basis:
    """What the figures follow from; `owned_fen` is the money on all accounts."""

    tier: Tier
    joined_on: date
    owned_fen: int


def figures(rng: Random, basis: Basis, holdings: Sequence[HoldingPlan], now: datetime) -> tuple[Any, ...]:
    """The values of all COLUMNS but the first."""
    day = today(now)
    behaviour = _behaviour(rng, basis.tier)
    lifecycle = _lifecycle(rng, (day - basis.joined_on).days, behaviour)
    volume_yuan, transactions = _movements(rng, basis.tier, behaviour)
    lost_days = rng.randrange(180, 360) if behaviour == "lost" else rng.randrange(30)
    churn = rng.uniform(0.5, 0.95) if lifecycle == "declining" else rng.betavariate(1.2, 9)
    return (
        volume_yuan * 100,
        transactions,
        rng.randint(*_SERVICES[basis.tier]),
        basis.owned_fen + sum(one.amount_fen for one in holdings if one.kind in _ASSETS),
        sum(one.amount_fen for one in holdings if one.kind == "loan"),
        max(day - timedelta(days=lost_days), basis.joined_on),
        basis.tier,
        behaviour,
        _risk(rng),
        lifecycle,
        int(rng.uniform(0.5, 1.5) * volume_yuan * 3 * (1 - churn)),
        round(churn, 4),
        [],
        now,
    )


def _behaviour(rng: Random, tier: Tier) -> str:
    if tier == "vip":
        return "active"  # such a volume is activity
    how = rng.random()
    return "lost" if how < _LOST else "potential" if how < _LOST + _POTENTIAL else "active"


def _lifecycle(rng: Random, days: int, behaviour: str) -> str:
    if days < _NEW_DAYS:
        return "new"
    if behaviour == "lost" or rng.random() < _DECLINING:
        return "declining"
    return "growing" if days < _GROWING_DAYS else "mature"


def _movements(rng: Random, tier: Tier, behaviour: str) -> tuple[int, int]:
    smallest, largest = _VOLUME[tier]
    if behaviour == "active" or tier != "standard":
        return rng.randrange(smallest, largest), rng.randrange(40, 400)
    return rng.randrange(1_000, smallest), rng.randrange(1, 40)


def _risk(rng: Random) -> str:
    how = rng.random()
    return "high" if how < _HIGH_RISK else "medium" if how < _HIGH_RISK + _MEDIUM_RISK else "low"
