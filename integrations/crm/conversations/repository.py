"""Queries on conversations and messages."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from integrations.crm.conversations.errors import ConversationNotFound
from integrations.crm.models import Conversation, Customer, Message, OutboxItem, VerificationChallenge


def get_conversation(session: Session, public_id: str, *, external_user: str | None = None) -> Conversation:
    """The conversation; with `external_user`, only that visitor's own. Raises ConversationNotFound."""
    query = select(Conversation).where(Conversation.public_id == public_id)
    if external_user is not None:
        query = query.where(Conversation.external_user == external_user)
    conversation = session.scalar(query)
    if conversation is None:
        raise ConversationNotFound
    return conversation


def lock_conversation(session: Session, public_id: str, *, external_user: str | None = None) -> Conversation:
    """The same, its row locked until the commit (SQLite: the whole transaction is)."""
    conversation = get_conversation(session, public_id, external_user=external_user)
    session.refresh(conversation, with_for_update=True)
    return conversation


def latest_of_visitor(
    session: Session, channel: str, account: str, external_user: str
) -> Conversation | None:
    """The visitor's newest conversation."""
    return session.scalar(
        select(Conversation)
        .where(
            Conversation.channel == channel,
            Conversation.account == account,
            Conversation.external_user == external_user,
        )
        .order_by(Conversation.id.desc())
        .limit(1)
    )


def find_message(session: Session, channel: str, account: str, external_id: str) -> Message | None:
    """The message a channel already delivered under this id."""
    return session.scalar(
        select(Message).where(
            Message.channel == channel, Message.account == account, Message.external_id == external_id
        )
    )


def messages_after(
    session: Session, conversation_id: int, seq: int = 0, limit: int = 500
) -> Sequence[Message]:
    """Messages with a larger `seq`, oldest first."""
    return session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.seq > seq)
        .order_by(Message.seq)
        .limit(limit)
    ).all()


def waiting_turns(session: Session, now: datetime) -> Sequence[str]:
    """Public ids of conversations with a message for the bot and no turn in flight, longest wait first."""
    return session.scalars(
        select(Conversation.public_id)
        .join(Message, Message.conversation_id == Conversation.id)
        .where(
            Message.turn == "pending",
            or_(Conversation.turn_lease_until.is_(None), Conversation.turn_lease_until < now),
        )
        .group_by(Conversation.public_id)
        .order_by(func.min(Message.id))
    ).all()


def next_pending(session: Session, conversation_id: int) -> Message | None:
    """The oldest message of a conversation that still waits for the bot."""
    return session.scalar(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.turn == "pending")
        .order_by(Message.seq)
        .limit(1)
    )


def pending_turns(session: Session, conversation_id: int) -> Sequence[Message]:
    """Messages of a conversation that still wait for the bot."""
    return session.scalars(
        select(Message).where(Message.conversation_id == conversation_id, Message.turn == "pending")
    ).all()


def clear_leases(session: Session) -> None:
    """Forget all turns in flight."""
    session.execute(
        update(Conversation).where(Conversation.turn_lease_until.is_not(None)).values(turn_lease_until=None)
    )


def open_challenge(session: Session, conversation_id: int, now: datetime) -> VerificationChallenge | None:
    """The one-time code that this conversation still waits for."""
    return session.scalar(
        select(VerificationChallenge)
        .where(
            VerificationChallenge.conversation_id == conversation_id,
            VerificationChallenge.status == "open",
            VerificationChallenge.expires_at > now,
        )
        .order_by(VerificationChallenge.id.desc())
        .limit(1)
    )


def latest_challenge(session: Session, conversation_id: int) -> VerificationChallenge | None:
    """The newest challenge of a conversation, whatever became of it."""
    return session.scalar(
        select(VerificationChallenge)
        .where(VerificationChallenge.conversation_id == conversation_id)
        .order_by(VerificationChallenge.id.desc())
        .limit(1)
    )


def close_challenges(session: Session, conversation_id: int) -> None:
    """A new code makes the conversation's earlier ones worthless."""
    session.execute(
        update(VerificationChallenge)
        .where(
            VerificationChallenge.conversation_id == conversation_id, VerificationChallenge.status == "open"
        )
        .values(status="expired")
    )


def wrong_attempts_since(session: Session, customer_id: int, since: datetime) -> int:
    """Wrong codes for a customer after their last correct one, within a period, over all conversations."""
    session.flush()
    return session.scalar(_unpassed(func.sum(VerificationChallenge.wrong_attempts), customer_id, since)) or 0


def challenges_since(session: Session, customer_id: int, since: datetime) -> int:
    """Codes made for a customer after their last correct one, within a period, over all conversations."""
    return session.scalar(_unpassed(func.count(VerificationChallenge.id), customer_id, since)) or 0


def _unpassed(figure: ColumnElement[int], customer_id: int, since: datetime) -> Select[int]:
    last_passed = (
        select(func.coalesce(func.max(VerificationChallenge.id), 0))
        .where(VerificationChallenge.customer_id == customer_id, VerificationChallenge.status == "passed")
        .scalar_subquery()
    )
    return select(figure).where(
        VerificationChallenge.customer_id == customer_id,
        VerificationChallenge.id > last_passed,
        VerificationChallenge.created_at > since,
    )


def lock_customer(session: Session, customer_id: int) -> None:
    """Let one conversation at a time try a code for a customer (SQLite: the whole transaction is locked)."""
    session.execute(select(Customer.id).where(Customer.id == customer_id).with_for_update())


def queue(session: Session) -> Sequence[Conversation]:
    """Conversations that wait for a person, in the order they will be served."""
    return session.scalars(
        select(Conversation)
        .options(joinedload(Conversation.customer))
        .where(Conversation.holder == "queued")
        .order_by(Conversation.priority.desc(), Conversation.queued_at, Conversation.id)
    ).all()


def ahead_in_queue(session: Session, conversation: Conversation) -> int:
    """How many wait before this queued conversation."""
    before = or_(
        Conversation.priority > conversation.priority,
        and_(
            Conversation.priority == conversation.priority,
            or_(
                Conversation.queued_at < conversation.queued_at,
                and_(Conversation.queued_at == conversation.queued_at, Conversation.id < conversation.id),
            ),
        ),
    )
    return (
        session.scalar(select(func.count(Conversation.id)).where(Conversation.holder == "queued", before))
        or 0
    )


def held_by(session: Session, staff_id: int) -> Sequence[Conversation]:
    """Conversations an agent holds now, the most recently written to first."""
    return session.scalars(
        select(Conversation)
        .options(joinedload(Conversation.customer))
        .where(Conversation.holder == "human", Conversation.agent_id == staff_id)
        .order_by(Conversation.last_message_at.desc())
    ).all()


def search(
    session: Session,
    *,
    text: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    customer: str | None = None,
    channel: str | None = None,
    limit: int = 100,
) -> Sequence[Conversation]:
    """Conversations by words said in them, time of the last message, customer name or number, and channel."""
    query: Select[Conversation] = (
        select(Conversation)
        .options(joinedload(Conversation.customer), joinedload(Conversation.agent))
        .order_by(Conversation.last_message_at.desc())
        .limit(limit)
    )
    if text:
        said = Message.text.contains(text, autoescape=True)
        query = query.where(exists().where(Message.conversation_id == Conversation.id, said))
    if since:
        query = query.where(Conversation.last_message_at >= since)
    if until:
        query = query.where(Conversation.last_message_at < until)
    if channel:
        query = query.where(Conversation.channel == channel)
    if customer:
        query = query.join(Customer).where(
            or_(Customer.name.contains(customer, autoescape=True), Customer.number == customer)
        )
    return session.scalars(query).unique().all()


def unshown(session: Session, conversation_id: int, seq: int) -> Sequence[OutboxItem]:
    """Outbox rows of a conversation up to `seq` that the customer's side has not confirmed yet."""
    return session.scalars(
        select(OutboxItem)
        .join(Message, Message.id == OutboxItem.message_id)
        .where(
            OutboxItem.conversation_id == conversation_id, OutboxItem.status != "shown", Message.seq <= seq
        )
    ).all()


def outbox_counts(session: Session) -> dict[str, int]:
    """How many outbox rows there are in each status."""
    rows = session.execute(select(OutboxItem.status, func.count()).group_by(OutboxItem.status))
    return {row[0]: row[1] for row in rows}
