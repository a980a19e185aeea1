"""Which days the churn model learns from, and on which day it is judged. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from integrations.crm.customers.churn_repository import HORIZON_DAYS, PERIOD_DAYS, PERIODS

LOOKS_BACK_DAYS = PERIOD_DAYS * PERIODS
"""So much of the time before a cut is looked at."""
_MOST_CUTS = 5
_NEAR_CUTS = 3
_DAYS_BETWEEN_CUTS = 30
_NEAR_DAYS = 30
"""From the last training cut to the test day where the history is too short for more."""


@dataclass(frozen=True, slots=True)
class Split:
    """Days at whose beginning customers are looked at; the training days from the newest on."""

    train_days: tuple[date, ...]
    test_day: date

    @property
    def labels_end(self) -> date:
        """The day from which on all training labels are known."""
        return max(self.train_days) + timedelta(days=HORIZON_DAYS)

    @property
    def apart(self) -> bool:
        """Whether all that is learnt was known on the test day."""
        return self.labels_end <= self.test_day


def splits(history_from: date | None, day: date) -> tuple[Split, ...]:
    """The possible splits on `day`, the better one first; `history_from` is the day of the first movement.

    Strictly in time wherever one training cut has its whole time before it within the history. The nearer
    cuts are for what is left: their label windows run beyond the test day, only the customers differ.
    """
    test_day = day - timedelta(days=HORIZON_DAYS)
    strict = Split(_cuts(test_day - timedelta(days=HORIZON_DAYS), _MOST_CUTS, history_from), test_day)
    near = Split(_cuts(test_day - timedelta(days=_NEAR_DAYS), _NEAR_CUTS, None), test_day)
    return (strict, near) if strict.train_days else (near,)


def _cuts(newest: date, count: int, history_from: date | None) -> tuple[date, ...]:
    days = [newest - timedelta(days=number * _DAYS_BETWEEN_CUTS) for number in range(count)]
    if history_from is None:
        return tuple(days)
    return tuple(day for day in days if day - timedelta(days=LOOKS_BACK_DAYS) >= history_from)
