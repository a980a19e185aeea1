"""Loan payments against a second way of computing them: paying month by month."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.crm.bank.errors import BadLoanTerms
from integrations.crm.bank.loans import ANNUITY, LINEAR, loan_payment

MILLION = Decimal(1_000_000)
NEAR = Decimal("0.01")


def test_the_usual_mortgage() -> None:
    plan = loan_payment(MILLION, Decimal("3.5"), 360, ANNUITY)
    assert plan.first_month == plan.last_month == Decimal("4490.45")
    assert plan.total_interest == Decimal("616560.88")
    assert plan.total_payment == Decimal("1616560.88")


def test_the_usual_mortgage_with_equal_principal() -> None:
    plan = loan_payment(MILLION, Decimal("3.5"), 360, LINEAR)
    assert (plan.first_month, plan.last_month) == (Decimal("5694.44"), Decimal("2785.88"))
    assert plan.monthly_decrease == Decimal("8.10")
    assert plan.total_interest == Decimal("526458.33")


@pytest.mark.parametrize("method", [ANNUITY, LINEAR])
def test_without_interest(method: str) -> None:
    plan = loan_payment(Decimal(1200), Decimal(0), 12, method)
    assert (plan.first_month, plan.last_month, plan.total_interest) == (
        Decimal(100),
        Decimal(100),
        Decimal(0),
    )


@pytest.mark.parametrize("method", [ANNUITY, LINEAR])
def test_one_month(method: str) -> None:
    plan = loan_payment(Decimal("1200.00"), Decimal(12), 1, method)
    assert (plan.first_month, plan.total_interest) == (Decimal("1212.00"), Decimal("12.00"))


@given(
    principal=st.decimals("100", "10000000", places=2),
    rate=st.decimals("0.01", "36", places=2),
    months=st.integers(1, 480),
    method=st.sampled_from([ANNUITY, LINEAR]),
)
def test_paying_month_by_month_ends_at_zero(
    principal: Decimal, rate: Decimal, months: int, method: str
) -> None:
    plan = loan_payment(principal, rate, months, method)
    owed, interest = principal, Decimal(0)
    for month in range(months):
        of_month = owed * rate / 1200
        payment = plan.first_month - month * plan.monthly_decrease
        share = principal / months if method == LINEAR else payment - of_month
        owed, interest = owed - share, interest + of_month
    # The monthly payment is rounded to the fen, which interest multiplies over the years.
    allowed = NEAR * months * (1 + rate / 1200) ** months
    assert abs(owed) <= allowed
    assert abs(interest - plan.total_interest) <= allowed
    assert plan.total_payment == principal + plan.total_interest


@pytest.mark.parametrize(
    ("field", "terms"),
    [
        ("principal", (Decimal(0), Decimal(3), 12, ANNUITY)),
        ("principal", (Decimal("NaN"), Decimal(3), 12, ANNUITY)),
        ("principal", (Decimal(100_000_001), Decimal(3), 12, ANNUITY)),
        ("rate", (MILLION, Decimal(-1), 12, ANNUITY)),
        ("rate", (MILLION, Decimal("36.01"), 12, ANNUITY)),
        ("months", (MILLION, Decimal(3), 0, ANNUITY)),
        ("months", (MILLION, Decimal(3), 481, ANNUITY)),
        ("method", (MILLION, Decimal(3), 12, "先息后本")),
    ],
)
def test_what_cannot_be_computed(field: str, terms: tuple[Decimal, Decimal, int, str]) -> None:
    with pytest.raises(BadLoanTerms) as caught:
        loan_payment(*terms)
    assert caught.value.data["field"] == field
