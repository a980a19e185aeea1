"""Turns what a demo customer has bought into cards to issue, deposits to open and holdings."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from integrations.crm.seed.months import add_months
from integrations.crm.seed.profiles import CreditPlan, DepositPlan, HoldingPlan
from integrations.crm.seed.tastes import Purchase

TIME_DEPOSIT = "YC-D001"
"""Kept as an account of its own, not as a holding."""
_TERMS = (3, 6, 12, 24, 36, 60)
_LOAN_MONTHS, _MORTGAGE_MONTHS = 36, 240
_MORTGAGE = "YC-L501"


def credit_plans(rng: Random, purchases: Sequence[Purchase], wealth: float) -> tuple[CreditPlan, ...]:
    """The credit cards among the purchases; most bills are paid in full, some late or not at all."""
    return tuple(
        CreditPlan(
            product=purchase.product.name,
            limit_fen=max(int(20 * wealth), 3) * 100_000,
            bill_day=rng.randrange(1, 29),
            pays=rng.choices(("full", "minimum", "skips_last"), (85, 11, 4))[0],
            pays_before=rng.randrange(7),
            issued_on=purchase.since,
        )
        for purchase in purchases
        if purchase.product.kind == "credit_card"
    )


def deposit_plans(
    rng: Random, purchases: Sequence[Purchase], means_yuan: int, today: date
) -> tuple[DepositPlan, ...]:
    """One to three time deposits for whoever bought one, the first on that day."""
    since = next((one.since for one in purchases if one.product.code == TIME_DEPOSIT), None)
    if since is None:
        return ()
    days = [since, *(since + timedelta(days=rng.randrange(400)) for _ in range(rng.randrange(3)))]
    return tuple(
        DepositPlan(
            amount_fen=max(int(means_yuan * rng.uniform(0.1, 0.6)) // 1000, 1) * 100_000,
            months=rng.choice(_TERMS),
            opened_on=day,
        )
        for day in days
        if day <= today
    )


def holding_plans(
    rng: Random, purchases: Sequence[Purchase], means_yuan: int, today: date
) -> tuple[HoldingPlan, ...]:
    """Everything else; what has matured was renewed for the same term."""
    return tuple(
        HoldingPlan(
            code=purchase.product.code,
            name=purchase.product.name,
            kind=purchase.product.kind,
            amount_fen=_amount_yuan(rng, purchase, means_yuan) * 100,
            since=purchase.since,
            matures_on=_maturity(purchase, today),
        )
        for purchase in purchases
        if purchase.product.kind != "credit_card" and purchase.product.code != TIME_DEPOSIT
    )


def _amount_yuan(rng: Random, purchase: Purchase, means_yuan: int) -> int:
    product = purchase.product
    if product.kind == "loan":
        largest = 1_500_000 if product.code == _MORTGAGE else 200_000
        return int(rng.uniform(0.1, 1) * largest) // 1000 * 1000
    if product.kind == "insurance":
        return int(product.minimum_yuan * rng.uniform(1, 3)) // 10 * 10
    return max(product.minimum_yuan, int(means_yuan * rng.uniform(0.05, 0.6)) // 100 * 100, 100)


def _maturity(purchase: Purchase, today: date) -> date | None:
    product = purchase.product
    if product.kind == "loan":
        return add_months(purchase.since, _MORTGAGE_MONTHS if product.code == _MORTGAGE else _LOAN_MONTHS)
    if not product.months:
        return None
    term = product.months
    matures = add_months(purchase.since, term)
    while matures <= today:
        term += product.months
        matures = add_months(purchase.since, term)
    return matures
