"""Messages on their way through a messenger: taken by one sender at a time, settled with what became of them.

The web chat shows messages itself and only confirms them (`service.mark_shown`). A status is `pending`,
`sending` (taken), `held` (the messenger's rules forbid it now), or final: `shown`, `unknown` (it may have
arrived, so it isn't sent again) and `failed`. `claimed_until` is how long the sender of one that is `sending`
answers for it, and when one that is `pending` is tried again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast, get_args

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select, update
from sqlalchemy.orm import Session

from integrations.crm.conversations.send_window import EARNED, Allowance, Interaction, Kind, allowance
from integrations.crm.database import notify
from integrations.crm.models import (
    ChannelInteraction,
    ChannelSend,
    Conversation,
    Message,
    OutboxItem,
)

LEASE = timedelta(seconds=30)
"""How long a sender answers for what it took; longer than any request of ours may last."""
OTHERS_SERVE = "wecom_state"
"""Why something is held that WeCom refuses while a person serves the customer in its own client."""
OVERTAKEN_AFTER = timedelta(minutes=10)
"""So long after it the bot's answer to what that person has dealt with is no longer sent."""
_FORGOTTEN = max(life for _, life in EARNED.values())
_FINAL = ("shown", "unknown", "failed")


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message to deliver; `parts_sent` of its parts have gone already."""

    item_id: int
    message_id: int
    sender: str
    text: str
    payload: dict[str, object]
    parts_sent: int


def note_interaction(
    session: Session, conversation: Conversation, external_id: str, kind: Kind | None, now: datetime
) -> None:
    """Something that the user did: it opens a window, and what was held back may go again.

    For who left nothing waits any longer: should they come back, it would be old.
    """
    session.add(
        ChannelInteraction(**_user(conversation), external_id=external_id, kind=kind or "other", at=now)
    )
    if kind == "left":
        give_up(session, conversation, "not_following", now)
    elif kind is not None:
        _give_up_overtaken(session, conversation.id, now)
        session.execute(
            update(OutboxItem)
            .where(OutboxItem.conversation_id == conversation.id, OutboxItem.status == "held")
            .values(status="pending")
        )


def is_known(session: Session, channel: str, account: str, external_id: str) -> bool:
    """Whether this push has been taken before."""
    return (
        session.scalar(
            select(ChannelInteraction.id).where(
                ChannelInteraction.channel == channel,
                ChannelInteraction.account == account,
                ChannelInteraction.external_id == external_id,
            )
        )
        is not None
    )


def note_send(session: Session, conversation: Conversation, now: datetime) -> None:
    """A message that counts against the quota has gone."""
    session.add(ChannelSend(**_user(conversation), at=now))


def window_of(session: Session, conversation: Conversation, now: datetime) -> Allowance:
    """What the messenger still takes for the conversation's user."""
    since = now - _FORGOTTEN
    done = session.execute(
        select(ChannelInteraction.at, ChannelInteraction.kind)
        .where(
            *_of_user(ChannelInteraction, conversation),
            ChannelInteraction.at > since,
            ChannelInteraction.kind.in_(get_args(Kind)),
        )
        .order_by(ChannelInteraction.id)
    ).all()
    sent = session.scalars(
        select(ChannelSend.at).where(*_of_user(ChannelSend, conversation), ChannelSend.at > since)
    ).all()
    return allowance([Interaction(at, cast(Kind, kind)) for at, kind in done], sent, now)


def last_interaction(session: Session, conversation: Conversation) -> datetime | None:
    """When the conversation's user last did anything."""
    return session.scalar(
        select(ChannelInteraction.at)
        .where(*_of_user(ChannelInteraction, conversation))
        .order_by(ChannelInteraction.at.desc())
        .limit(1)
    )


def waiting(session: Session, channel: str, account: str, now: datetime) -> Sequence[str]:
    """Public ids of conversations with something due to be sent that no open request takes along."""
    not_awaited = or_(Conversation.reply_awaited_until.is_(None), Conversation.reply_awaited_until < now)
    left_behind = and_(OutboxItem.status == "sending", OutboxItem.claimed_until < now)
    return session.scalars(
        select(Conversation.public_id)
        .join(OutboxItem, OutboxItem.conversation_id == Conversation.id)
        .where(
            Conversation.channel == channel,
            Conversation.account == account,
            or_(_is_due(now), left_behind),
            not_awaited,
        )
        .distinct()
    ).all()


def has_news(session: Session, conversation: Conversation) -> bool:
    """Whether anything waits to be sent or is on its way."""
    return count_pending(session, conversation) > 0


def take(
    session: Session, conversation: Conversation, now: datetime, *, due_only: bool = True
) -> list[Parcel]:
    """Everything that waits, oldest first, for the caller to deliver; nothing while another delivers.

    `conversation` must be locked. What a sender took and never settled may have arrived: it becomes
    `unknown`. `due_only` leaves what is to be tried again later.
    """
    if is_being_sent(session, conversation, now):
        return []
    left_behind = (OutboxItem.conversation_id == conversation.id, OutboxItem.status == "sending")
    session.execute(
        update(OutboxItem)
        .where(*left_behind)
        .values(status="unknown", last_error="interrupted", finished_at=now)
    )
    rows = session.execute(
        select(OutboxItem, Message)
        .join(Message, Message.id == OutboxItem.message_id)
        .where(
            OutboxItem.conversation_id == conversation.id,
            _is_due(now) if due_only else OutboxItem.status == "pending",
        )
        .order_by(Message.seq)
    ).all()
    for item, _ in rows:
        item.status = "sending"
        item.claimed_until = now + LEASE
        item.attempts += 1
    return [
        Parcel(item.id, message.id, message.sender, message.text, message.payload, item.parts_sent)
        for item, message in rows
    ]


def settle(
    session: Session,
    conversation: Conversation,
    item_id: int,
    status: str,
    now: datetime,
    *,
    parts_sent: int | None = None,
    error: str | None = None,
    retry_at: datetime | None = None,
) -> None:
    """What became of a message that `take` gave; harmless where it has been settled otherwise.

    `sending` keeps it with the sender, more parts are to follow; `pending` with `retry_at` puts it off.
    """
    item = session.get_one(OutboxItem, item_id)
    if item.status in _FINAL:
        return
    item.status = status
    item.claimed_until = now + LEASE if status == "sending" else retry_at
    item.last_error = error
    if parts_sent is not None:
        item.parts_sent = parts_sent
    item.finished_at = now if status in _FINAL else None
    notify(session, conversation=conversation.public_id, kind="delivery")


def keep(session: Session, conversation: Conversation, now: datetime) -> None:
    """The sender of what is on its way is alive and answers for it a while longer."""
    session.execute(
        update(OutboxItem)
        .where(OutboxItem.conversation_id == conversation.id, OutboxItem.status == "sending")
        .values(claimed_until=now + LEASE)
    )


def give_up(session: Session, conversation: Conversation, reason: str, now: datetime) -> None:
    """Nothing that waits is sent any more."""
    session.execute(
        update(OutboxItem)
        .where(OutboxItem.conversation_id == conversation.id, OutboxItem.status.in_(("pending", "held")))
        .values(status="failed", last_error=reason, finished_at=now)
    )


def note_loss(
    session: Session, conversation: Conversation, first: int, last: int, reason: str, now: datetime
) -> None:
    """What the messenger had accepted, the rows `first` to `last`, has not arrived: the desk is told."""
    session.execute(
        update(OutboxItem)
        .where(
            OutboxItem.conversation_id == conversation.id,
            OutboxItem.id.between(first, last),
            OutboxItem.status.in_(("sending", "shown", "unknown")),
        )
        .values(status="failed", last_error=reason, finished_at=now)
    )
    notify(session, conversation=conversation.public_id, kind="delivery")


def undelivered(session: Session, conversation: Conversation) -> Sequence[str]:
    """Why each message that has not got through has not, oldest first; faults of the network: `unknown`."""
    unclear = and_(OutboxItem.status == "unknown", OutboxItem.last_error != "interrupted")
    return session.scalars(
        select(case((unclear, "unknown"), else_=func.coalesce(OutboxItem.last_error, OutboxItem.status)))
        .where(
            OutboxItem.conversation_id == conversation.id,
            OutboxItem.status.in_(("held", "failed", "unknown")),
        )
        .order_by(OutboxItem.id)
    ).all()


def count_pending(session: Session, conversation: Conversation) -> int:
    """How many messages are on their way."""
    query = select(func.count(OutboxItem.id)).where(
        OutboxItem.conversation_id == conversation.id, OutboxItem.status.in_(("pending", "sending"))
    )
    return session.scalar(query) or 0


def _of_user(
    table: type[ChannelInteraction] | type[ChannelSend], conversation: Conversation
) -> tuple[ColumnElement[bool], ...]:
    return tuple(getattr(table, name) == value for name, value in _user(conversation).items())


def _user(conversation: Conversation) -> dict[str, str]:
    return {name: getattr(conversation, name) for name in ("channel", "account", "external_user")}


def _is_due(now: datetime) -> ColumnElement[bool]:
    put_off = and_(OutboxItem.claimed_until.is_not(None), OutboxItem.claimed_until > now)
    return and_(OutboxItem.status == "pending", not_(put_off))


def is_being_sent(session: Session, conversation: Conversation, now: datetime) -> bool:
    """Whether a sender answers for anything of the conversation now."""
    return (
        session.scalar(
            select(OutboxItem.id)
            .where(
                OutboxItem.conversation_id == conversation.id,
                OutboxItem.status == "sending",
                OutboxItem.claimed_until >= now,
            )
            .limit(1)
        )
        is not None
    )


def _give_up_overtaken(session: Session, conversation_id: int, now: datetime) -> None:
    """Of what the bot said while a person served the customer elsewhere, what nobody needs any more."""
    by_bot = select(Message.id).where(Message.sender == "bot", Message.conversation_id == conversation_id)
    session.execute(
        update(OutboxItem)
        .where(
            OutboxItem.conversation_id == conversation_id,
            OutboxItem.status == "held",
            OutboxItem.last_error == OTHERS_SERVE,
            OutboxItem.created_at < now - OVERTAKEN_AFTER,
            OutboxItem.message_id.in_(by_bot),
        )
        .values(status="failed", last_error="wecom_fail_5", finished_at=now)
    )
