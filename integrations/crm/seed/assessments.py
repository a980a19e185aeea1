"""When a demo customer's risk was assessed, and with which result."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from integrations.crm.bank.catalogue import LifeStage, Tier
from integrations.crm.seed.months import add_months
from integrations.crm.seed.tastes import Purchase

_VALID_MONTHS = 12  # 金融机构产品适当性管理办法
_NEVER_ASSESSED = 0.28
_RENEWS = 0.5  # of those whose assessment has expired
_PROTECTED_AGE, _PROTECTED_LEVEL = 65, 3  # as a rule of the risk questionnaire has it
_BANDS = (0, 21, 41, 61, 81, 101)
"""The smallest score of each level, C1 first."""
_LEVELS = (1, 2, 3, 4, 5)
_LEVEL_WEIGHTS: dict[LifeStage, tuple[int, ...]] = {
    "young": (5, 22, 35, 27, 11),
    "family": (8, 28, 36, 20, 8),
    "established": (12, 34, 32, 16, 6),
    "retired": (38, 42, 18, 2, 0),
}


@dataclass(frozen=True, slots=True)
class Assessment:
    """A questionnaire answered on a day; `level` is 1–5 (C1–C5)."""

    taken_on: date
    level: int
    score: int


def draw_level(rng: Random, stage: LifeStage, tier: Tier, age: int) -> int | None:
    """The risk a customer can bear, 1–5; None for those who never let it be assessed."""
    if rng.random() < _NEVER_ASSESSED:
        return None
    level = rng.choices(_LEVELS, _LEVEL_WEIGHTS[stage])[0]
    if tier != "standard" and rng.random() < 0.3:
        level = min(level + 1, 5)
    return min(level, _PROTECTED_LEVEL) if age >= _PROTECTED_AGE else level


def assessments(
    rng: Random, level: int, purchases: Sequence[Purchase], joined_on: date, today: date
) -> tuple[Assessment, ...]:
    """One before each purchase of a rated product that no earlier one covers, and perhaps a renewal.

    Without such a purchase one at any time; some have expired by today.
    """
    days: list[date] = []
    for purchase in purchases:
        if purchase.product.risk is not None and not (days and valid(days[-1], purchase.since)):
            days.append(max(purchase.since - timedelta(days=rng.randrange(15)), joined_on))
    if not days:
        days.append(today - timedelta(days=rng.randrange(min((today - joined_on).days, 600) + 1)))
    if not valid(days[-1], today) and rng.random() < _RENEWS:
        expired = add_months(days[-1], _VALID_MONTHS)
        days.append(today - timedelta(days=rng.randrange(min((today - expired).days, 300) + 1)))
    return tuple(Assessment(day, level, draw_score(rng, level)) for day in days)


def draw_score(rng: Random, level: int) -> int:
    """Points of the questionnaire that give this level."""
    return rng.randrange(_BANDS[level - 1], _BANDS[level])


def valid(taken_on: date, day: date) -> bool:
    """Whether an assessment counts on that day."""
    return taken_on <= day < add_months(taken_on, _VALID_MONTHS)
