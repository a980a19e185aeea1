"""What happened with a customer: tickets, conversations, ratings, recommendations; as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from integrations.console import customer_queries
from integrations.crm.bank.catalogue import product_by_code
from integrations.crm.models import Conversation, Rating, Recommendation, Staff, Ticket
from integrations.crm.recommendations import impressions
from integrations.crm.tickets import service as tickets

NEWEST = 20


@dataclass(frozen=True)
class Case:
    """A ticket."""

    number: str
    kind: str
    status: str
    title: str
    at: datetime
    urgent: bool


@dataclass(frozen=True)
class Talk:
    """A conversation; `link` None where the reader may not open it."""

    channel: str
    holder: str
    agent: str | None
    started_at: datetime
    last_message_at: datetime
    link: str | None


@dataclass(frozen=True)
class Score:
    """One rating, 1 to 5."""

    score: int
    comment: str | None
    at: datetime


@dataclass(frozen=True)
class Shown:
    """A product that was shown, the sentence that went with it, and its fate."""

    product: str
    reason: str
    surface: str
    outcome: str
    shown_at: datetime
    outcome_at: datetime | None


@dataclass(frozen=True)
class History:
    """The newest of everything; `average` and `rated` count all ratings."""

    cases: tuple[Case, ...]
    talks: tuple[Talk, ...]
    scores: tuple[Score, ...]
    rated: int
    average: float | None
    shown: tuple[Shown, ...]


def history_of(session: Session, customer_id: int, reader: Staff) -> History:
    """The newest NEWEST of each list."""
    rated, average = customer_queries.rating_figures(session, customer_id)
    talks = customer_queries.conversations_of(session, customer_id, NEWEST)
    serves = customer_queries.serves_now(session, customer_id, reader.id)
    return History(
        cases=tuple(_case(row) for row in tickets.tickets_of_customer(session, customer_id, limit=NEWEST)),
        talks=tuple(_talk(row, reader, serves) for row in talks),
        scores=tuple(_score(row) for row in customer_queries.ratings_of(session, customer_id, 5)),
        rated=rated,
        average=average,
        shown=_shown(impressions.history(session, customer_id, NEWEST)),
    )


def _case(row: Ticket) -> Case:
    return Case(row.number, row.kind, row.status, row.title, row.created_at, row.priority == "urgent")


def _talk(row: Conversation, reader: Staff, serves: bool) -> Talk:
    return Talk(
        channel=row.channel,
        holder=row.holder,
        agent=row.agent.display_name if row.agent else None,
        started_at=row.started_at,
        last_message_at=row.last_message_at,
        link=_link(row, reader, serves),
    )


def _link(row: Conversation, reader: Staff, serves: bool) -> str | None:
    """Supervisors read every transcript; agents what `desk.visible` lets them see; admins none."""
    if reader.role == "supervisor":
        return f"/console/review/{row.public_id}"
    own = row.agent_id == reader.id and row.holder in ("human", "closed")
    if reader.role == "agent" and (row.holder == "queued" or own or serves):
        return f"/console/desk?c={row.public_id}"
    return None


def _score(row: Rating) -> Score:
    return Score(row.score, row.comment, row.created_at)


def _shown(rows: Sequence[Recommendation]) -> tuple[Shown, ...]:
    return tuple(
        Shown(
            product=_name(row.product_code),
            reason=row.reason,
            surface=row.surface,
            outcome=row.outcome,
            shown_at=row.shown_at,
            outcome_at=max((event.at for event in row.events), default=None),
        )
        for row in rows
    )


def _name(code: str) -> str:
    product = product_by_code(code)
    return product.name if product else code
