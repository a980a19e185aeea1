"""How a loan is paid back. Pure, exact decimals; yuan in, yuan out."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from integrations.crm.bank.errors import BadLoanTerms

ANNUITY = "等额本息"
LINEAR = "等额本金"
METHODS = (ANNUITY, LINEAR)
LARGEST_PRINCIPAL = Decimal(100_000_000)
HIGHEST_RATE = Decimal(36)
LONGEST_MONTHS = 480

_FEN = Decimal("0.01")
_DIGITS = 60  # (1 + r)^480 needs far more than the usual 28 to be exact to the fen


@dataclass(frozen=True)
class LoanPlan:
    """What the customer pays, in yuan rounded to the fen (half up) at the end of the computation.

    With 等额本息 every month costs `first_month`; with 等额本金 each month is `monthly_decrease` cheaper
    than the one before, down to `last_month`.
    """

    method: str
    months: int
    first_month: Decimal
    last_month: Decimal
    monthly_decrease: Decimal
    total_payment: Decimal
    total_interest: Decimal


def loan_payment(
    principal_yuan: Decimal, annual_rate_percent: Decimal, months: int, method: str = ANNUITY
) -> LoanPlan:
    """Monthly payments and total interest of a loan; a month's interest is a twelfth of the year's.

    Raises BadLoanTerms: principal over 0 to 100 million yuan, rate 0 to 36 percent, 1 to 480 months.
    """
    _check(principal_yuan, annual_rate_percent, months, method)
    with localcontext(prec=_DIGITS):
        rate = annual_rate_percent / 1200
        if method == ANNUITY:
            monthly = _annuity(principal_yuan, rate, months)
            first, last, decrease = monthly, monthly, Decimal(0)
            interest = monthly * months - principal_yuan
        else:
            share = principal_yuan / months
            first, last, decrease = share + principal_yuan * rate, share * (1 + rate), share * rate
            interest = principal_yuan * rate * (months + 1) / 2
        interest = interest.quantize(_FEN, ROUND_HALF_UP)
        return LoanPlan(
            method=method,
            months=months,
            first_month=first.quantize(_FEN, ROUND_HALF_UP),
            last_month=last.quantize(_FEN, ROUND_HALF_UP),
            monthly_decrease=decrease.quantize(_FEN, ROUND_HALF_UP),
            total_payment=principal_yuan + interest,
            total_interest=interest,
        )


def _annuity(principal: Decimal, rate: Decimal, months: int) -> Decimal:
    if rate == 0:
        return principal / months
    growth = (1 + rate) ** months
    return principal * rate * growth / (growth - 1)


def _check(principal: Decimal, rate: Decimal, months: int, method: str) -> None:
    if not (principal.is_finite() and _FEN <= principal <= LARGEST_PRINCIPAL):
        raise BadLoanTerms(field="principal")
    if not (rate.is_finite() and 0 <= rate <= HIGHEST_RATE):
        raise BadLoanTerms(field="rate")
    if not 1 <= months <= LONGEST_MONTHS:
        raise BadLoanTerms(field="months")
    if method not in METHODS:
        raise BadLoanTerms(field="method")
