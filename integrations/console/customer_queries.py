"""Queries of the pages about customers: few, and each for a whole list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from integrations.crm.customers import service
from integrations.crm.models import (
    Account,
    AuditEntry,
    ContactPoint,
    Conversation,
    Customer,
    CustomerProfile,
    Rating,
    Staff,
    Transaction,
)


@dataclass(frozen=True, slots=True)
class MonthSums:
    """Money in and out (positive, fen) and the number of movements in the month with this place."""

    place: int
    in_fen: int
    out_fen: int
    count: int


def reachable_by(staff: Staff) -> ColumnElement[bool]:
    """Condition on `customers`: those an agent serves now, has served, or is the dedicated manager of."""
    theirs = Conversation.customer_id == Customer.id
    serves = exists().where(
        theirs, Conversation.agent_id == staff.id, Conversation.holder.in_(("human", "closed"))
    )
    # Handing back and the customer's next message take the agent out of the conversation itself.
    served = exists().where(
        theirs,
        AuditEntry.target_kind == "conversation",
        AuditEntry.target_id == Conversation.public_id,
        AuditEntry.action == "conversation.taken",
        AuditEntry.actor == f"staff:{staff.username}",
    )
    return or_(Customer.manager_id == staff.id, serves, served)


def customer_for(session: Session, staff: Staff, number: str) -> Customer | None:
    """The customer with this number if this person may open them."""
    query = select(Customer).where(Customer.number == number)
    if staff.role == "agent":
        query = query.where(reachable_by(staff))
    return session.scalar(query)


def find(session: Session, staff: Staff, text: str, limit: int) -> Sequence[Customer]:
    """Customers by the beginning of the name, the number or the phone, whom this person may open.

    Without words an agent gets those served last, anybody else nobody.
    """
    if staff.role != "agent":
        return service.search(session, text, limit)
    if not text:
        return _served_last(session, staff.id, limit)
    return service.search(session, text, limit, within=reachable_by(staff))


def _served_last(session: Session, staff_id: int, limit: int) -> Sequence[Customer]:
    latest = func.max(Conversation.last_message_at)
    query = (
        select(Customer)
        .join(Conversation, Conversation.customer_id == Customer.id)
        .where(Conversation.agent_id == staff_id, Conversation.holder.in_(("human", "closed")))
        .group_by(Customer.id)
        .order_by(latest.desc(), Customer.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def contacts_of(session: Session, customer_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Main phone and e-mail of each customer, unmasked."""
    rows = session.execute(
        select(ContactPoint.customer_id, ContactPoint.kind, ContactPoint.value)
        .where(ContactPoint.customer_id.in_(customer_ids))
        .order_by(ContactPoint.is_primary.desc(), ContactPoint.id)
    )
    found: dict[int, dict[str, str]] = {}
    for customer_id, kind, value in rows:
        found.setdefault(customer_id, {}).setdefault(kind, value)
    return found


def open_accounts(session: Session, customer_id: int) -> Sequence[Account]:
    """Current accounts first, then time deposits by maturity."""
    return session.scalars(
        select(Account)
        .where(Account.customer_id == customer_id, Account.status != "closed")
        .order_by(Account.kind, Account.matures_on, Account.id)
    ).all()


def month_sums(session: Session, customer_id: int, bounds: Sequence[datetime]) -> list[MonthSums]:
    """Movements on current accounts between each bound and the next; months without any are left out."""
    at, amount = Transaction.occurred_at, Transaction.amount_fen
    place = case(*((at < bound, index) for index, bound in enumerate(bounds[1:])))
    accounts = select(Account.id).where(Account.customer_id == customer_id, Account.kind == "current")
    months = (
        select(
            place.label("place"),
            case((amount > 0, amount), else_=0).label("money_in"),
            case((amount < 0, -amount), else_=0).label("money_out"),
        )
        .where(Transaction.account_id.in_(accounts), at >= bounds[0], at < bounds[-1])
        .subquery()
    )
    rows = session.execute(
        select(
            months.c.place, func.sum(months.c.money_in), func.sum(months.c.money_out), func.count()
        ).group_by(months.c.place)
    )
    return [MonthSums(int(place), int(into), int(out), int(count)) for place, into, out, count in rows]


def conversations_of(session: Session, customer_id: int, limit: int) -> Sequence[Conversation]:
    """The conversations last written to, with their agents."""
    return session.scalars(
        select(Conversation)
        .options(joinedload(Conversation.agent))
        .where(Conversation.customer_id == customer_id)
        .order_by(Conversation.last_message_at.desc(), Conversation.id.desc())
        .limit(limit)
    ).all()


def serves_now(session: Session, customer_id: int, staff_id: int) -> bool:
    """Whether this agent holds a conversation of the customer."""
    held = select(Conversation.id).where(
        Conversation.customer_id == customer_id,
        Conversation.holder == "human",
        Conversation.agent_id == staff_id,
    )
    return session.scalar(held.limit(1)) is not None


def ratings_of(session: Session, customer_id: int, limit: int) -> Sequence[Rating]:
    """The newest ratings of all the customer's conversations."""
    return session.scalars(
        select(Rating)
        .join(Conversation)
        .where(Conversation.customer_id == customer_id)
        .order_by(Rating.created_at.desc(), Rating.id.desc())
        .limit(limit)
    ).all()


def rating_figures(session: Session, customer_id: int) -> tuple[int, float | None]:
    """How many ratings there are, and their average."""
    row = session.execute(
        select(func.count(Rating.id), func.avg(Rating.score))
        .join(Conversation)
        .where(Conversation.customer_id == customer_id)
    ).one()
    return int(row[0]), None if row[1] is None else float(row[1])


def anybody_judged(session: Session) -> bool:
    """Whether the churn model has given any customer a probability."""
    judged = select(CustomerProfile.customer_id).where(CustomerProfile.churn_probability.is_not(None))
    return session.scalar(judged.limit(1)) is not None
