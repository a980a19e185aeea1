"""What the churn model looks at, made from the facts of a day. Pure.

Everything is counted backwards from the cut: months of 30 days, `recent` the last three, `earlier` the three
before. Customers who joined within those earlier months have no trend (NaN), not a falling one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from integrations.crm.customers.ages import age_on
from integrations.crm.customers.churn_repository import PERIODS, Cut
from integrations.crm.customers.churn_scores import Labels, Numbers
from integrations.crm.customers.periods import today

LEAST_TENURE_DAYS = 90

GROUPS: dict[str, tuple[str, ...]] = {
    "activity": ("own_recent", "own_trend", "own_month", "month_trend", "unsteady"),
    "purchases": ("purchases_recent", "purchases_trend"),
    "amount": ("out_recent", "out_trend"),
    "recency": ("idle_days", "idle_per_gap"),
    "income": ("income_recent", "income_trend"),
    "balance": ("balance", "balance_trend"),
    "credit_card": ("card_recent", "card_trend", "credit_limit", "billed"),
    "bills": ("bills_missed",),
    "complaints": ("complaints", "complaints_open"),
    "contacts": ("contacts",),
    "products": ("kinds_held", "credit_cards", "time_deposits", "invested", "lent"),
    "person": ("age", "tenure"),
}
"""Features that mean the same thing to a person; a reason is one group."""
FEATURES = tuple(name for names in GROUPS.values() for name in names)
GROUP_NAMES = {
    "activity": "自主交易笔数",
    "purchases": "消费次数",
    "amount": "支出金额",
    "recency": "距上次交易的天数",
    "income": "收入入账",
    "balance": "活期余额",
    "credit_card": "信用卡使用",
    "bills": "账单还款",
    "complaints": "投诉",
    "contacts": "在线咨询",
    "products": "持有产品",
    "person": "年龄与开户年限",
}
"""What the groups are called in reports."""


@dataclass(frozen=True)
class Known:
    """Customers at a cut, one place each: raw figures (fen, counts, days) and what the model sees of them."""

    ids: npt.NDArray[np.int64]
    raw: dict[str, Numbers]
    features: Numbers
    gone: Labels  # 1: nothing of their own within 90 days after the cut; means nothing while these run

    def at(self, places: Any) -> "Known":
        """Only these places."""
        raw = {name: values[places] for name, values in self.raw.items()}
        return Known(self.ids[places], raw, self.features[places], self.gone[places])


def joined_known(parts: Sequence[Known]) -> Known:
    """Several sets behind each other."""
    names = parts[0].raw
    return Known(
        np.concatenate([part.ids for part in parts]),
        {name: np.concatenate([part.raw[name] for part in parts]) for name in names},
        np.vstack([part.features for part in parts]),
        np.concatenate([part.gone for part in parts]),
    )


def known_at(facts: dict[int, dict[str, Any]], cut: Cut) -> Known:
    """The facts of churn_repository as numbers."""
    ids = sorted(facts)
    rows = [facts[one] for one in ids]
    raw = {name: _column(rows, name) for name in _RAW}
    raw["tenure_days"] = np.array([(cut.day - row["joined_on"]).days for row in rows], dtype=np.float64)
    raw["age"] = np.array([age_on(cut.day, row["birth_date"]) for row in rows], dtype=np.float64)
    raw["idle_days"] = np.array([_idle(row, cut) for row in rows], dtype=np.float64)
    for name in ("own", "out"):
        months = [raw[f"{name}_{place}"] for place in range(1, PERIODS + 1)]
        raw[f"{name}_recent"] = np.sum(months[:3], axis=0)
        raw[f"{name}_earlier"] = np.sum(months[3:], axis=0)
    raw["balance"] = raw["balance_now"] - raw["moved_since"]
    raw["balance_before"] = raw["balance_now"] - raw["moved_since_90"]
    features = _features(raw)
    matrix = np.column_stack([features[name] for name in FEATURES]) if ids else np.empty((0, len(FEATURES)))
    gone = (raw["after"] == 0).astype(np.int64)
    return Known(np.array(ids, dtype=np.int64), raw, matrix, gone)


def still_here(known: Known) -> npt.NDArray[np.bool_]:
    """Whom the model may judge: customers for three months, who did something within the last three."""
    return np.asarray((known.raw["tenure_days"] >= LEAST_TENURE_DAYS) & (known.raw["own_recent"] > 0))


_RAW = (
    *(f"{name}_{place}" for name in ("own", "out") for place in range(1, PERIODS + 1)),
    *(f"{name}_{when}" for name in ("purchases", "card", "income") for when in ("recent", "earlier")),
    *("after", "moved_since", "moved_since_90", "balance_now", "time_deposits"),
    *("kinds_held", "invested", "lent", "credit_cards", "credit_limit"),
    *("bills_missed", "billed", "complaints", "complaints_open", "contacts"),
)


def _features(raw: dict[str, Numbers]) -> dict[str, Numbers]:
    young = raw["tenure_days"] < PERIODS * 30
    months = np.vstack([raw[f"own_{place}"] for place in range(1, PERIODS + 1)])
    middle = (raw["own_2"] + raw["own_3"]) / 2
    made = raw["own_recent"] + raw["own_earlier"]
    found = {
        "own_recent": raw["own_recent"],
        "own_month": raw["own_1"],
        "month_trend": np.log((raw["own_1"] + 0.5) / (middle + 0.5)),
        "unsteady": months.std(axis=0) / np.maximum(months.mean(axis=0), 1),
        "out_trend": _trend(raw["out_recent"] / 100, raw["out_earlier"] / 100, 100),
        "balance_trend": _trend(np.maximum(raw["balance"], 0) / 100, raw["balance_before"] / 100, 100),
        "idle_days": raw["idle_days"],
        "idle_per_gap": raw["idle_days"] * made / np.minimum(raw["tenure_days"] + 1, PERIODS * 30),
        "age": raw["age"],
        "tenure": raw["tenure_days"] / 365,
    }
    for name in ("own", "purchases", "card", "income"):
        found[f"{name}_trend"] = _trend(raw[f"{name}_recent"], raw[f"{name}_earlier"], 1)
    for name in ("own", "purchases", "card", "income", "out"):
        found[f"{name}_trend"] = np.where(young, np.nan, found[f"{name}_trend"])
    for name in ("out_recent", "balance", "time_deposits", "invested", "lent", "credit_limit", "billed"):
        found[name] = np.log1p(np.maximum(raw[name], 0) / 100)
    return found | {name: raw[name] for name in FEATURES if name not in found}


def _trend(recent: Numbers, earlier: Numbers, floor: float) -> Numbers:
    """How many times as much, as a logarithm; `floor` keeps small numbers from looking like great changes."""
    return np.asarray(np.log((recent + floor) / (np.maximum(earlier, 0) + floor)), dtype=np.float64)


def _column(rows: list[dict[str, Any]], name: str) -> Numbers:
    # PostgreSQL adds BIGINTs up to a Decimal; customers without such rows have none.
    return np.array([float(row.get(name) or 0) for row in rows], dtype=np.float64)


def _idle(row: dict[str, Any], cut: Cut) -> int:
    """Whole days before the cut without anything of their own; at most what is looked at."""
    last = row.get("last_own")
    return (cut.day - today(last)).days if last is not None else PERIODS * 30
