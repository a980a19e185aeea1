"""What supervisors look up: conversations, how the bot understood them, who held them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from integrations.console import desk, queries, wording
from integrations.console.desk_facts import Facts, facts_of
from integrations.crm.audit.service import record
from integrations.crm.conversations import repository
from integrations.crm.conversations.errors import ConversationNotFound
from integrations.crm.customers.periods import start_of
from integrations.crm.models import Conversation, Staff

LIMIT = 100
"""Most rows of one search."""


@dataclass(frozen=True)
class Search:
    """What is looked for; dates are days in Shanghai, both included."""

    text: str = ""
    since: date | None = None
    until: date | None = None
    customer: str = ""
    channel: str = ""


@dataclass(frozen=True)
class Found:
    """A line of the result table."""

    public_id: str
    name: str
    tier: str | None
    channel: str
    holder: str
    agents: tuple[str, ...]
    messages: int
    failed_turns: int
    started_at: datetime
    last_message_at: datetime


@dataclass(frozen=True)
class Change:
    """A moment at which someone else began to answer."""

    at: datetime
    text: str


@dataclass(frozen=True)
class Transcript:
    """A whole conversation for review."""

    head: desk.Head
    facts: Facts
    lines: list[desk.Line]
    changes: list[Change]
    turns: int
    failed_turns: int
    started_at: datetime


def search(session: Session, wanted: Search) -> list[Found]:
    """The newest `LIMIT` conversations that fit, the last written to first."""
    rows = repository.search(
        session,
        text=wanted.text.strip() or None,
        since=start_of(wanted.since) if wanted.since else None,
        until=start_of(date.fromordinal(wanted.until.toordinal() + 1)) if wanted.until else None,
        customer=wanted.customer.strip() or None,
        channel=wanted.channel or None,
        limit=LIMIT,
    )
    figures = queries.figures(session, rows)
    return [_found(row, figures.get(row.id, queries.Figures(0, 0, ()))) for row in rows]


def open_transcript(session: Session, reader: Staff, public_id: str, now: datetime) -> Transcript:
    """The whole conversation; that `reader` opened it is audited. Raises ConversationNotFound."""
    conversation = queries.with_people(session, public_id)
    if conversation is None:
        raise ConversationNotFound
    lines = desk.lines_of(session, queries.all_messages(session, conversation.id))
    record(
        session,
        at=now,
        actor=f"staff:{reader.username}",
        action="conversation.read",
        target_kind="conversation",
        target_id=public_id,
    )
    return Transcript(
        head=desk.head_of(conversation),
        facts=facts_of(session, conversation, reader, now),
        lines=lines,
        changes=_changes(session, public_id),
        turns=sum(line.turn in ("done", "failed") for line in lines),
        failed_turns=sum(line.turn == "failed" for line in lines),
        started_at=conversation.started_at,
    )


def _changes(session: Session, public_id: str) -> list[Change]:
    names = queries.names_of_staff(session)
    words = {
        "conversation.taken": wording.TAKEN_LINE,
        "conversation.handed_back": wording.HANDED_BACK_LINE,
        "conversation.closed": wording.CLOSED_LINE,
    }
    changes: Sequence[tuple[datetime, str, str]] = [
        (entry.at, entry.action, entry.actor.removeprefix("staff:"))
        for entry in queries.holding_changes(session, public_id)
    ]
    return [Change(at, words[action].format(agent=names.get(name, name))) for at, action, name in changes]


def _found(row: Conversation, figures: queries.Figures) -> Found:
    return Found(
        public_id=row.public_id,
        name=desk.display_name(row),
        tier=row.customer.tier if row.customer else None,
        channel=row.channel,
        holder=row.holder,
        agents=figures.agents,
        messages=figures.messages,
        failed_turns=figures.failed_turns,
        started_at=row.started_at,
        last_message_at=row.last_message_at,
    )
