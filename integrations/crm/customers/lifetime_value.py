"""What a customer will still bring in (客户终身价值). Pure; the rates stand in `lifetime_value.yml`.

    value = Σ (t = 1 … horizon) margin · (stay · discount)^t

- `margin`: a month's income, (assets × asset margin + loans × loan margin + yearly volume × fees − cost) / 12
- `stay`: the share that stays from month to month, (1 − p)^(1/3), p the probability of leaving in 90 days
- `discount`: (1 + yearly rate)^(−1/12)

Σ stay^t alone is the expected number of months that the customer remains within the horizon. Amounts are fen.
A customer who costs more than they bring in has a negative value.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from integrations.crm.bank.data import Entry, Percent, read_file

LIFETIME_VALUE_FILE = Path(__file__).resolve().parent / "lifetime_value.yml"
_THIRD = Decimal(1) / 3
_TWELFTH = Decimal(1) / 12


class LifetimeRates(Entry):
    """The bank's rates; percent a year unless named otherwise."""

    asset_margin_percent: Percent
    loan_margin_percent: Percent
    fee_percent: Percent
    cost_yuan_a_year: Annotated[int, Field(strict=True, ge=0, le=100_000)]
    discount_percent: Percent
    horizon_months: Annotated[int, Field(strict=True, ge=1, le=360)]
    usual_churn_percent: Percent


@dataclass(frozen=True, slots=True)
class Business:
    """What a customer has with the bank, in fen; the volume is that of the last twelve months."""

    assets_fen: int
    loans_fen: int
    year_volume_fen: int


@lru_cache
def read_lifetime_rates(path: Path = LIFETIME_VALUE_FILE) -> LifetimeRates:
    """The rates. Raises BadBankData, which names the entry."""
    return read_file(path, LifetimeRates)


def lifetime_value_fen(business: Business, churn: float | None, rates: LifetimeRates) -> int:
    """The value today, rounded half up; `churn` None takes the usual share. Raises ValueError outside 0–1."""
    factor = _stay(churn, rates) * (1 + rates.discount_percent / 100) ** -_TWELFTH
    value = yearly_margin_fen(business, rates) / 12 * _sum_of_powers(factor, rates.horizon_months)
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def expected_months(churn: float | None, rates: LifetimeRates) -> float:
    """How many of the horizon's months the customer is expected to remain. Raises ValueError outside 0–1."""
    return float(_sum_of_powers(_stay(churn, rates), rates.horizon_months))


def yearly_margin_fen(business: Business, rates: LifetimeRates) -> Decimal:
    """A year's income less the cost of serving, exact."""
    percents = (
        (business.assets_fen, rates.asset_margin_percent),
        (business.loans_fen, rates.loan_margin_percent),
        (business.year_volume_fen, rates.fee_percent),
    )
    return sum((fen * percent / 100 for fen, percent in percents), Decimal(0)) - rates.cost_yuan_a_year * 100


def _stay(churn: float | None, rates: LifetimeRates) -> Decimal:
    leaves = rates.usual_churn_percent / 100 if churn is None else Decimal(str(churn))
    if not 0 <= leaves <= 1:
        raise ValueError(f"a probability of {churn}")
    return (1 - leaves) ** _THIRD


def _sum_of_powers(factor: Decimal, count: int) -> Decimal:
    """factor + factor² + … (`count` terms)."""
    if factor == 1:
        return Decimal(count)
    return factor * (1 - factor**count) / (1 - factor)
