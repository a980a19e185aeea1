"""What the tests put into the database about customers besides what `World` does."""

from datetime import date, timedelta
from itertools import count
from typing import Any

from integrations.console import customer360
from integrations.console.rendering import render
from integrations.crm.bank.catalogue import Product, read_products
from integrations.crm.models import (
    Account,
    Customer,
    CustomerProfile,
    RiskAssessment,
    Staff,
    Transaction,
)
from integrations.crm.recommendations import marketing
from tests.console.world import World

_numbers = count(1)
WORTH_FEN = 1_000_000
MARKUP = '<img src=x onerror="alert(1)">'


def account(room: World, customer: Customer, fen: int = 500_000_000, **columns: Any) -> int:
    """A current account, with enough for every minimum unless told otherwise; its id."""
    values = {
        "customer_id": customer.id,
        "number": f"7199{next(_numbers):012d}",
        "kind": "current",
        "balance_fen": fen,
        "opened_on": date(2019, 3, 8),
    }
    with room.database.transaction() as session:
        row = Account(**values | columns)
        session.add(row)
        session.flush()
        return row.id


def movement(room: World, account_id: int, at: Any, fen: int) -> None:
    """A movement on an account."""
    with room.database.transaction() as session:
        session.add(
            Transaction(
                account_id=account_id, occurred_at=at, amount_fen=fen, summary="转账汇款", channel="app"
            )
        )


def assessed(room: World, customer: Customer, level: int, *, valid: timedelta = timedelta(days=100)) -> None:
    """The newest risk assessment: `valid` is how long it still counts, negative for an expired one."""
    number, now = next(_numbers), room.clock()
    with room.database.transaction() as session:
        session.add(
            RiskAssessment(
                customer_id=customer.id,
                source_key=f"test:{number}",
                level=level,
                score=50,
                answers={},
                channel="branch",
                taken_at=now - timedelta(days=300) + timedelta(seconds=number),
                expires_at=now + valid,
            )
        )


def likely_to_leave(room: World, customer: Customer, probability: float | None, *reasons: str) -> None:
    """A profile with a churn probability."""
    with room.database.transaction() as session:
        session.merge(
            CustomerProfile(
                customer_id=customer.id,
                year_volume_fen=0,
                year_transactions=0,
                year_services=0,
                assets_fen=0,
                loans_fen=0,
                value="standard",
                behaviour="potential",
                risk="low",
                lifecycle="mature",
                churn_probability=probability,
                lifetime_value_fen=WORTH_FEN,
                churn_reasons=list(reasons),
                computed_at=room.clock(),
            )
        )


def managed_by(room: World, customer: Customer, staff: Staff | None) -> None:
    """The customer's dedicated manager."""
    with room.database.transaction() as session:
        session.get_one(Customer, customer.id).manager_id = staff.id if staff else None


def opts_out(room: World, customer: Customer) -> None:
    """The customer wants no recommendations."""
    with room.database.transaction() as session:
        marketing.record_choice(session, customer.id, False, "web", room.clock())


def rich_customer(room: World, name: str = "林晓雯") -> Customer:
    """A VIP with money for every minimum."""
    customer = room.customer(name, "vip")
    account(room, customer)
    return customer


def rated_products() -> dict[int, Product]:
    """One product of each risk that a rich VIP of 38 years in Kunming may have at C5."""
    found = {
        product.risk: product
        for product in read_products().values()
        if product.risk is not None
        and not product.private
        and product.min_age <= 38 <= product.max_age
        and product.cities is None
        and "vip" in product.tiers
    }
    assert sorted(found) == [1, 2, 3, 4, 5]
    return dict(sorted(found.items()))


def opened(room: World, reader: Staff, customer: Customer | str) -> customer360.Customer360:
    """The customer's page as `reader` gets it."""
    number = customer if isinstance(customer, str) else customer.number
    with room.database.transaction() as session:
        return customer360.open_customer(session, reader, number, room.clock())


def html_of(page: customer360.Customer360) -> str:
    """Everything that our templates make of it."""
    return (
        render("customer_head.html", p=page.person)
        + render("customer_who.html", p=page.person, revealed=None)
        + render("customer_side.html", c=page)
        + render("activity_table.html", months=page.months)
        + render("customer_main.html", c=page)
    )
