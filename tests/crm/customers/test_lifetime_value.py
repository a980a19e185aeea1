"""Lifetime value: the documented sum to the fen, and rates that must make sense."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.crm.bank.errors import BadBankData
from integrations.crm.customers.lifetime_value import (
    LIFETIME_VALUE_FILE,
    Business,
    LifetimeRates,
    expected_months,
    lifetime_value_fen,
    read_lifetime_rates,
    yearly_margin_fen,
)

RATES = LifetimeRates(
    asset_margin_percent=Decimal("1.2"),
    loan_margin_percent=Decimal("2.4"),
    fee_percent=Decimal("0.05"),
    cost_yuan_a_year=24,
    discount_percent=Decimal("4"),
    horizon_months=24,
    usual_churn_percent=Decimal("3"),
)
BUSINESS = Business(assets_fen=10_000_000, loans_fen=5_000_000, year_volume_fen=20_000_000)


def test_the_margin_is_exact() -> None:
    # 100,000 × 1.2 % + 50,000 × 2.4 % + 200,000 × 0.05 % − 24 = 2,476 yuan
    assert yearly_margin_fen(BUSINESS, RATES) == 247_600


@given(st.floats(0, 1), st.integers(0, 10**11), st.integers(0, 10**11), st.integers(0, 10**11))
def test_the_value_is_the_documented_sum(churn: float, assets: int, loans: int, volume: int) -> None:
    business = Business(assets, loans, volume)
    stay, discount = (1 - churn) ** (1 / 3), 1.04 ** (-1 / 12)
    month = float(yearly_margin_fen(business, RATES)) / 12
    expected = sum(month * (stay * discount) ** t for t in range(1, 25))
    assert lifetime_value_fen(business, churn, RATES) == pytest.approx(expected, rel=1e-9, abs=1.001)


def test_who_surely_leaves_is_worth_nothing_and_who_surely_stays_the_whole_horizon() -> None:
    assert lifetime_value_fen(BUSINESS, 1.0, RATES) == 0 and expected_months(1.0, RATES) == 0
    undiscounted = RATES.model_copy(update={"discount_percent": Decimal(0)})
    assert lifetime_value_fen(BUSINESS, 0.0, undiscounted) == 2 * 247_600
    assert expected_months(0.0, undiscounted) == 24


def test_the_more_likely_to_leave_the_smaller_the_value() -> None:
    values = [lifetime_value_fen(BUSINESS, p / 20, RATES) for p in range(21)]
    assert values == sorted(values, reverse=True) and len(set(values)) == 21


def test_without_an_estimate_the_usual_share_counts() -> None:
    assert lifetime_value_fen(BUSINESS, None, RATES) == lifetime_value_fen(BUSINESS, 0.03, RATES)
    assert expected_months(None, RATES) == expected_months(0.03, RATES)


def test_who_costs_more_than_they_bring_has_a_negative_value() -> None:
    assert lifetime_value_fen(Business(0, 0, 0), 0.1, RATES) < 0


@pytest.mark.parametrize("churn", [-0.01, 1.01])
def test_what_is_no_probability_is_refused(churn: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        lifetime_value_fen(BUSINESS, churn, RATES)


def test_the_banks_own_file_is_valid() -> None:
    assert read_lifetime_rates().horizon_months >= 12


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ('asset_margin_percent: "0.8"', "asset_margin_percent: 0.8"),
        ("horizon_months: 60", "horizon_months: 0"),
        ("horizon_months: 60", "horizon_months: sixty"),
        ('discount_percent: "4"', 'discount_percent: "-1"'),
        ("cost_yuan_a_year: 36", "cost: 36"),
    ],
)
def test_a_rate_that_is_wrong_is_named(tmp_path: Path, wrong: str, named: str) -> None:
    file = tmp_path / "lifetime_value.yml"
    sound = LIFETIME_VALUE_FILE.read_text(encoding="utf-8")
    assert wrong in sound
    file.write_text(sound.replace(wrong, named), encoding="utf-8")
    with pytest.raises(BadBankData, match=named.split(":")[0]):
        read_lifetime_rates(file)
