"""Who a customer is, and what can be told or done about their accounts and cards."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from integrations.crm.audit.service import record
from integrations.crm.customers import periods, repository
from integrations.crm.customers.errors import (
    AmbiguousCard,
    CardCancelled,
    CardNotFound,
    CustomerNotFound,
    UnknownFreezeReason,
)
from integrations.crm.customers.views import (
    AccountBalance,
    Balances,
    Bill,
    CreditLine,
    Movement,
    Statement,
    TimeDeposit,
)
from integrations.crm.models import Card, Customer, Holding, Transfer

FREEZE_REASONS = ("lost", "stolen", "fraud")


def get_customer(session: Session, customer_id: int) -> Customer:
    """The customer. Raises CustomerNotFound."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise CustomerNotFound
    return customer


def find_by_number(session: Session, number: str) -> Customer | None:
    """The customer with this customer number (the `customer_ref` of a signed token)."""
    return repository.customer_by_number(session, number)


def find_by_phone(session: Session, phone: str) -> Customer | None:
    """The one customer with this phone number; None for nobody, and for several who share it."""
    found = repository.customers_by_phone(session, phone)
    return found[0] if len(found) == 1 else None


def find_by_phone_and_tail(session: Session, phone: str, tail: str) -> Customer | None:
    """The one customer with this phone number and a card ending in `tail`, for verification."""
    sharing = repository.customers_by_phone(session, phone)
    found = [customer for customer in sharing if repository.cards(session, customer.id, tail=tail)]
    return found[0] if len(found) == 1 else None


def search(
    session: Session, text: str, limit: int = 20, within: ColumnElement[bool] | None = None
) -> Sequence[Customer]:
    """For staff: by the beginning of the name, the customer number or the phone number.

    `within` is a further condition on `customers`: whom the reader may see.
    """
    return repository.search_customers(session, text.strip(), limit, within) if text.strip() else []


def phone_of(session: Session, customer_id: int) -> str | None:
    """The customer's primary phone number, unmasked."""
    return repository.contact(session, customer_id, "phone")


def cards_of(session: Session, customer_id: int, *, kind: str | None = None) -> Sequence[Card]:
    """Cards that are not cancelled, debit first; `kind` debit or credit narrows."""
    return repository.cards(session, customer_id, kind=kind)


def find_card_by_tail(
    session: Session, customer_id: int, tail: str, *, kind: str | None = None
) -> Card | None:
    """The customer's card with these last four digits, or None.

    Raises AmbiguousCard where several fit: the wrong card must not be frozen.
    """
    found = repository.cards(session, customer_id, kind=kind, tail=tail)
    if len(found) > 1:
        raise AmbiguousCard(tail=tail, cards=[(card.kind, card.product) for card in found])
    return found[0] if found else None


def holdings_of(session: Session, customer_id: int) -> Sequence[Holding]:
    """Loans, wealth products, funds and insurance, the oldest first."""
    return repository.holdings(session, customer_id)


def balances(session: Session, customer_id: int) -> Balances:
    """Current accounts with what is available, time deposits, and credit lines."""
    cards = repository.cards(session, customer_id)
    tails: dict[int, list[str]] = defaultdict(list)
    for card in cards:
        if card.account_id is not None:
            tails[card.account_id].append(card.tail)
    accounts = tuple(
        AccountBalance(
            account_id=row.id,
            number=row.number,
            account_class=row.account_class,
            status=row.status,
            card_tails=tuple(tails[row.id]),
            balance_fen=row.balance_fen,
            frozen_fen=row.frozen_fen,
        )
        for row in repository.accounts(session, customer_id, "current")
    )
    deposits = tuple(
        TimeDeposit(row.number, row.balance_fen, row.opened_on, row.matures_on)
        for row in repository.accounts(session, customer_id, "time")
    )
    lines = tuple(
        CreditLine(card.tail, card.product, card.status, card.credit_limit_fen or 0, card.used_fen or 0)
        for card in cards
        if card.kind == "credit"
    )
    return Balances(accounts, deposits, lines)


def transactions(
    session: Session,
    customer_id: int,
    start: date,
    end: date,
    limit: int = 10,
    *,
    tail: str | None = None,
    kind: str = "debit",
) -> Statement:
    """Movements from `start` to `end`, both days included, Asia/Shanghai; the newest `limit` as rows.

    With `tail`, of that card (a debit card stands for its account); else of all current accounts, or
    with kind "credit" of all credit cards (mixing both would count a repayment twice).
    Raises CardNotFound or AmbiguousCard for the tail.
    """
    where = _scope(session, customer_id, tail, kind)
    since, until = periods.bounds(start, end)
    count, in_fen, out_fen = repository.movement_totals(session, where, since, until)
    rows = tuple(
        Movement(row.occurred_at, row.amount_fen, row.balance_fen, row.summary, row.counterparty, row.channel)
        for row in repository.movements(session, where, since, until, limit)
    )
    return Statement(start, end, rows, count, in_fen, out_fen)


def credit_card_bills(
    session: Session, customer_id: int, *, tail: str | None = None, per_card: int = 1
) -> tuple[Bill, ...]:
    """The newest `per_card` bills of each credit card (or of the one ending in `tail`), newest first.

    Raises CardNotFound where the customer has no credit card with this tail.
    """
    cards = repository.cards(session, customer_id, kind="credit", tail=tail)
    if tail is not None and not cards:
        raise CardNotFound(tail=tail)
    return tuple(
        Bill(
            tail=card.tail,
            product=card.product,
            billed_on=row.billed_on,
            due_on=row.due_on,
            amount_fen=row.amount_fen,
            minimum_fen=row.minimum_fen,
            paid_fen=row.paid_fen,
        )
        for card in cards
        for row in repository.bills(session, card.id, per_card)
    )


def recent_transfers(
    session: Session,
    customer_id: int,
    *,
    amount_fen: int | None = None,
    payee: str | None = None,
    status: str | None = None,
    start: date | None = None,
    end: date | None = None,
    limit: int = 5,
) -> Sequence[Transfer]:
    """Outgoing transfers, the newest first; every given filter must fit, days are inclusive (Shanghai)."""
    return repository.transfers(
        session,
        customer_id,
        amount_fen=amount_fen,
        payee=payee,
        status=status,
        since=periods.bounds(start, start)[0] if start else None,
        until=periods.bounds(end, end)[1] if end else None,
        limit=limit,
    )


def freeze_card(session: Session, card: Card, reason: str, now: datetime, actor: str) -> bool:
    """Freeze the card at once and for good; True if this call did it, False if it was frozen already.

    A repeated call changes nothing: the first reason and moment stay. The audit log says who asked.
    Raises UnknownFreezeReason (only FREEZE_REASONS) and CardCancelled.
    """
    if reason not in FREEZE_REASONS:
        raise UnknownFreezeReason(reason=reason)
    session.flush()  # refresh would throw away what is not written yet
    session.refresh(card, with_for_update=True)
    if card.status == "cancelled":
        raise CardCancelled(tail=card.tail)
    if card.status == "frozen":
        return False
    card.status, card.frozen_reason, card.frozen_at = "frozen", reason, now
    record(
        session,
        at=now,
        actor=actor,
        action="card.freeze",
        target_kind="card",
        target_id=card.id,
        data={"tail": card.tail, "reason": reason},
    )
    return True


def _scope(session: Session, customer_id: int, tail: str | None, kind: str) -> ColumnElement[bool]:
    if tail is not None:
        card = find_card_by_tail(session, customer_id, tail)
        if card is None:
            raise CardNotFound(tail=tail)
        if card.account_id is not None:
            return repository.on_accounts([card.account_id])
        return repository.on_credit_cards([card.id])
    if kind == "credit":
        return repository.on_credit_cards([card.id for card in cards_of(session, customer_id, kind="credit")])
    return repository.on_accounts([row.id for row in repository.accounts(session, customer_id, "current")])
