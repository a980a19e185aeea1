"""What a customer has with the bank, and what moved on their accounts, as plain values for the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from integrations.console import customer_queries, customer_wording
from integrations.crm.bank.catalogue import product_by_code
from integrations.crm.customers import repository
from integrations.crm.customers.masking import format_date, format_yuan, mask_account, mask_card
from integrations.crm.customers.periods import start_of
from integrations.crm.models import Account, Card, Holding

MONTHS = 12


@dataclass(frozen=True)
class Held:
    """One account, card or product; `over`: it has matured, `soon`: within 30 days."""

    kind: str
    name: str
    amount: str
    detail: str
    state: str | None = None
    over: bool = False
    soon: bool = False
    risk: int | None = None


@dataclass(frozen=True)
class Holdings:
    """Everything the customer has."""

    accounts: tuple[Held, ...]
    cards: tuple[Held, ...]
    products: tuple[Held, ...]


@dataclass(frozen=True)
class Month:
    """One calendar month (Shanghai) of the activity chart; amounts in fen, both positive."""

    name: str
    in_fen: int
    out_fen: int
    count: int


def holdings_of(session: Session, customer_id: int, day: date) -> Holdings:
    """Accounts, cards and products on that day; numbers are masked."""
    return Holdings(
        accounts=tuple(_account(row, day) for row in customer_queries.open_accounts(session, customer_id)),
        cards=tuple(_card(row) for row in repository.cards(session, customer_id)),
        products=tuple(_product(row, day) for row in repository.holdings(session, customer_id)),
    )


def activity(session: Session, customer_id: int, day: date) -> tuple[Month, ...]:
    """The twelve calendar months that end with the one of `day`, oldest first; quiet months are zero."""
    firsts = month_starts(day, MONTHS)
    bounds = [start_of(first) for first in firsts] + [start_of(day + timedelta(days=1))]
    sums = {row.place: row for row in customer_queries.month_sums(session, customer_id, bounds)}
    return tuple(
        Month(f"{first:%Y-%m}", row.in_fen, row.out_fen, row.count)
        if row
        else Month(f"{first:%Y-%m}", 0, 0, 0)
        for first, row in ((first, sums.get(place)) for place, first in enumerate(firsts))
    )


def month_starts(day: date, count: int) -> Sequence[date]:
    """The first days of the `count` months that end with the one of `day`."""
    last = day.year * 12 + day.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(last - count + 1, last + 1)]


def _account(row: Account, day: date) -> Held:
    words, over, soon = _maturity(row.matures_on, day)
    frozen = customer_wording.FROZEN_PART.format(amount=format_yuan(row.frozen_fen)) if row.frozen_fen else ""
    return Held(
        kind=customer_wording.ACCOUNT_KINDS.get(row.kind, row.kind),
        name=mask_account(row.number),
        amount=format_yuan(row.balance_fen),
        detail="，".join(part for part in (words, frozen) if part),
        state=None if row.status == "active" else customer_wording.ACCOUNT_STATES.get(row.status, row.status),
        over=over,
        soon=soon,
    )


def _card(row: Card) -> Held:
    credit = row.kind == "credit"
    return Held(
        kind=customer_wording.CARD_KINDS.get(row.kind, row.kind),
        name=f"{row.product} {mask_card(row.number)}",
        amount="",
        detail=customer_wording.USED_OF.format(
            used=format_yuan(row.used_fen or 0), limit=format_yuan(row.credit_limit_fen or 0)
        )
        if credit
        else "",
        state=None if row.status == "active" else customer_wording.CARD_STATES.get(row.status, row.status),
    )


def _product(row: Holding, day: date) -> Held:
    words, over, soon = _maturity(row.matures_on, day)
    since = customer_wording.HELD_SINCE.format(day=format_date(row.since))
    product = product_by_code(row.product_code)
    return Held(
        kind=customer_wording.PRODUCT_KINDS.get(row.kind, row.kind),
        name=row.product_name,
        amount=format_yuan(row.amount_fen),
        detail="，".join(part for part in (since, words) if part),
        over=over,
        soon=soon,
        risk=product.risk if product else None,
    )


def _maturity(matures_on: date | None, day: date) -> tuple[str, bool, bool]:
    """Words, whether it is over, whether it is near."""
    if matures_on is None:
        return "", False, False
    left = (matures_on - day).days
    shown = format_date(matures_on)
    if left < 0:
        return customer_wording.MATURED.format(day=shown), True, False
    if left == 0:
        return customer_wording.MATURES_TODAY, True, False
    words = customer_wording.MATURES_IN if left <= 90 else customer_wording.MATURES
    return words.format(day=shown, n=left), False, left <= 30
