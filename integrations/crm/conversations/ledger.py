"""The promise in figures: what was acknowledged is stored, answered and shown, once and in order."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from integrations.crm.models import Conversation, Message, OutboxItem


@dataclass(frozen=True)
class Ledger:
    """Counts over all conversations. Nothing is missing when every field but the first three is 0."""

    received: int  # customers' messages stored
    replies: int  # messages to customers stored
    shown: int  # of these, confirmed by the customer's side
    waiting: int  # customers' messages whose turn is not done
    unanswered: int  # done or failed turns without any reply
    without_outbox: int  # messages to customers that nobody would deliver
    gaps: int  # conversations whose seq numbers are not 1..n


def take_ledger(session: Session) -> Ledger:
    """Count. Every figure is one query."""

    def count(*where: object) -> int:
        return session.scalar(select(func.count(Message.id)).where(*where)) or 0  # type: ignore[arg-type]

    to_customer = Message.sender.in_(("bot", "agent", "system"))
    answered = select(Message.reply_to).where(Message.reply_to.is_not(None))
    has_outbox = select(OutboxItem.message_id)
    per_conversation = (
        select(Message.conversation_id, func.count().label("n"), func.max(Message.seq).label("top"))
        .group_by(Message.conversation_id)
        .subquery()
    )
    gaps = session.scalar(
        select(func.count())
        .select_from(per_conversation)
        .join(Conversation, Conversation.id == per_conversation.c.conversation_id)
        .where(
            (per_conversation.c.n != per_conversation.c.top)
            | (Conversation.last_seq != per_conversation.c.top)
        )
    )
    return Ledger(
        received=count(Message.sender == "customer"),
        replies=count(to_customer),
        shown=session.scalar(select(func.count()).where(OutboxItem.status == "shown")) or 0,
        waiting=count(Message.turn == "pending"),
        unanswered=count(Message.turn.in_(("done", "failed")), Message.id.not_in(answered)),
        without_outbox=count(to_customer, Message.id.not_in(has_outbox)),
        gaps=gaps or 0,
    )
