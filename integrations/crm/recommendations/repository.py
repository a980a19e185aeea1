"""Queries on what is known of a customer, what was recommended, and who holds what."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    exists,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from integrations.crm.models import (
    Account,
    Card,
    Customer,
    CustomerProfile,
    Holding,
    MarketingChoice,
    Recommendation,
    RecommendationEvent,
    RiskAssessment,
    Ticket,
)
from integrations.crm.models.tickets import RUNNING

EXPORT = "export"
"""The surface of what stands in a manager's list of early warnings: the customer has not seen it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One customer's row of facts; `level` and `granted` are None without assessment or choice."""

    customer_id: int
    birth_date: date
    tier: str
    city: str
    lifecycle: str | None
    level: int | None
    assessed_until: datetime | None
    granted: bool | None
    open_complaint: bool


@dataclass(frozen=True, slots=True)
class Owned:
    """Something the customer has: `source` is account, card or holding, `name` its kind, product or code."""

    source: str
    name: str
    kind: str
    amount_fen: int
    since: date
    matures_on: date | None


def standings(session: Session, customer_ids: Collection[int]) -> dict[int, Standing]:
    """Tier, assessment, choice and complaint of customers in one query; nobody's ids are left out."""
    assessment = (
        select(RiskAssessment.id)
        .where(RiskAssessment.customer_id == Customer.id)
        .order_by(RiskAssessment.taken_at.desc(), RiskAssessment.id.desc())
        .limit(1)
        .correlate(Customer)
    )
    complaint = exists().where(
        Ticket.customer_id == Customer.id, Ticket.kind == "complaint", Ticket.status.in_(RUNNING)
    )
    rows = session.execute(
        select(
            Customer.id,
            Customer.birth_date,
            Customer.tier,
            Customer.city,
            CustomerProfile.lifecycle,
            RiskAssessment.level,
            RiskAssessment.expires_at,
            newest_choice(Customer.id)
            .with_only_columns(MarketingChoice.granted)
            .correlate(Customer)
            .scalar_subquery(),
            complaint,
        )
        .outerjoin(CustomerProfile, CustomerProfile.customer_id == Customer.id)
        .outerjoin(RiskAssessment, RiskAssessment.id == assessment.scalar_subquery())
        .where(Customer.id.in_(customer_ids))
    )
    return {row[0]: Standing(*row) for row in rows}


def newest_choice(
    customer_id: int | ColumnElement[int] | InstrumentedAttribute[int],
) -> Select[MarketingChoice]:
    """The yes or no to recommendations that counts."""
    return (
        select(MarketingChoice)
        .where(MarketingChoice.customer_id == customer_id)
        .order_by(MarketingChoice.at.desc(), MarketingChoice.id.desc())
        .limit(1)
    )


def owned(session: Session, customer_ids: Collection[int]) -> dict[int, list[Owned]]:
    """Open accounts, credit cards that are not cancelled, and holdings of each customer in one query."""
    no_day = type_coerce(literal(None), Date)
    accounts = select(
        Account.customer_id,
        literal("account"),
        Account.kind,
        Account.kind,
        Account.balance_fen - Account.frozen_fen,
        Account.opened_on,
        Account.matures_on,
    ).where(Account.customer_id.in_(customer_ids), Account.status != "closed")
    cards = select(
        Card.customer_id, literal("card"), Card.product, Card.kind, literal(0), Card.issued_on, no_day
    ).where(Card.customer_id.in_(customer_ids), Card.kind == "credit", Card.status != "cancelled")
    holdings = select(
        Holding.customer_id,
        literal("holding"),
        Holding.product_code,
        Holding.kind,
        Holding.amount_fen,
        Holding.since,
        Holding.matures_on,
    ).where(Holding.customer_id.in_(customer_ids))
    everything: CompoundSelect[int, str, str, str, int, date, date | None] = union_all(
        accounts, cards, holdings
    )
    found: dict[int, list[Owned]] = {one: [] for one in customer_ids}
    for row in session.execute(everything).all():
        found[row[0]].append(Owned(*row[1:]))
    return found


def declined_since(
    session: Session, customer_ids: Collection[int], since: datetime
) -> dict[int, frozenset[str]]:
    """Codes of products that each customer said no to at `since` or later."""
    rows = session.execute(
        select(Recommendation.customer_id, Recommendation.product_code)
        .join(RecommendationEvent)
        .where(
            Recommendation.customer_id.in_(customer_ids),
            RecommendationEvent.kind == "declined",
            RecommendationEvent.at >= since,
        )
    )
    found: dict[int, set[str]] = {one: set() for one in customer_ids}
    for customer_id, code in rows:
        found[customer_id].add(code)
    return {one: frozenset(codes) for one, codes in found.items()}


def by_source_key(session: Session, source_key: str) -> Sequence[Recommendation]:
    """What this request showed, in the order of the cards."""
    return session.scalars(
        select(Recommendation).where(Recommendation.source_key == source_key).order_by(Recommendation.place)
    ).all()


def newest_impression(session: Session, customer_id: int, product_code: str) -> Recommendation | None:
    """The last time the product was shown to the customer."""
    return session.scalar(
        select(Recommendation)
        .where(*_shown_to(customer_id), Recommendation.product_code == product_code)
        .order_by(Recommendation.shown_at.desc(), Recommendation.id.desc())
        .limit(1)
    )


def shown_to(session: Session, customer_id: int, limit: int) -> Sequence[Recommendation]:
    """What was shown to the customer with what became of it, the newest first."""
    return session.scalars(
        select(Recommendation)
        .options(selectinload(Recommendation.events))
        .where(*_shown_to(customer_id))
        .order_by(Recommendation.shown_at.desc(), Recommendation.id.desc())
        .limit(limit)
    ).all()


def shown_in(session: Session, customer_id: int, conversation_id: int, since: datetime) -> frozenset[str]:
    """Codes of products that the customer was shown in a conversation at `since` or later."""
    return frozenset(
        session.scalars(
            select(Recommendation.product_code).where(
                Recommendation.customer_id == customer_id,
                Recommendation.shown_at >= since,
                Recommendation.conversation_id == conversation_id,
            )
        )
    )


def _shown_to(customer_id: int) -> tuple[ColumnElement[bool], ...]:
    """Only what the customer saw."""
    return Recommendation.customer_id == customer_id, Recommendation.surface != EXPORT


def lock_customer(session: Session, customer_id: int) -> None:
    """Let other transactions that lock this customer wait for this one (SQLite has one writer anyway).

    On PostgreSQL a new row that refers to the customer (a ticket, a choice about marketing) locks them too,
    by its foreign key: it waits for this transaction, and this call for it.
    """
    session.execute(select(Customer.id).where(Customer.id == customer_id).with_for_update())


def assessment_by_source_key(session: Session, source_key: str) -> RiskAssessment | None:
    """The assessment that this request stored."""
    return session.scalar(select(RiskAssessment).where(RiskAssessment.source_key == source_key))


def newest_assessment(session: Session, customer_id: int) -> RiskAssessment | None:
    """The assessment that counts."""
    return session.scalar(
        select(RiskAssessment)
        .where(RiskAssessment.customer_id == customer_id)
        .order_by(RiskAssessment.taken_at.desc(), RiskAssessment.id.desc())
        .limit(1)
    )


def assessments_since(session: Session, customer_id: int, since: datetime) -> int:
    """How many assessments were taken at `since` or later."""
    return (
        session.scalar(
            select(func.count(RiskAssessment.id)).where(
                RiskAssessment.customer_id == customer_id, RiskAssessment.taken_at >= since
            )
        )
        or 0
    )


def purchases(session: Session) -> Iterator[tuple[str, str, int, date, str, date]]:
    """Everything anybody has or had: source, name (as in Owned), customer, since, tier and birth date.

    Closed accounts and cancelled cards are choices too. Streamed: memory does not grow with the bank.
    """
    accounts = (
        select(
            literal("account"),
            Account.kind,
            Customer.id,
            Account.opened_on,
            Customer.tier,
            Customer.birth_date,
        )
        .join(Customer, Customer.id == Account.customer_id)
        .where(Account.kind == "time")
    )
    cards = (
        select(literal("card"), Card.product, Customer.id, Card.issued_on, Customer.tier, Customer.birth_date)
        .join(Customer, Customer.id == Card.customer_id)
        .where(Card.kind == "credit")
    )
    holdings = select(
        literal("holding"),
        Holding.product_code,
        Customer.id,
        Holding.since,
        Customer.tier,
        Customer.birth_date,
    ).join(Customer, Customer.id == Holding.customer_id)
    for query in (accounts, cards, holdings):
        for row in session.execute(query.execution_options(yield_per=10_000)):
            source, name, customer_id, since, tier, birth_date = row
            yield source, name, customer_id, since, tier, birth_date
