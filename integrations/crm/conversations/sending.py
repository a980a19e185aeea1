"""What an agent should know before writing to a messenger's user, and what didn't get through."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from integrations.crm.conversations import channel_accounts, outbox
from integrations.crm.conversations.errors import CannotSend
from integrations.crm.models import Conversation

MESSENGERS = ("wechat", "wecom")


@dataclass(frozen=True)
class Sending:
    """`remaining` messages can be sent until `closes_at`; None where the account can't send by itself.

    `reason` is open, spent or closed; `undelivered` messages have not got through, the last of them because
    of `undelivered_reason`; `problem` is the account's, for an operator.
    """

    remaining: int | None
    closes_at: datetime | None
    reason: str
    undelivered: int
    undelivered_reason: str | None
    problem: str | None


def sending_state(session: Session, conversation: Conversation, now: datetime) -> Sending | None:
    """The state of a messenger's conversation; None for other channels."""
    if conversation.channel not in MESSENGERS:
        return None
    account = channel_accounts.find_account(session, conversation.channel, conversation.account)
    window = outbox.window_of(session, conversation, now)
    by_itself = account is None or account.may_send is not False
    undelivered = outbox.undelivered(session, conversation)
    return Sending(
        remaining=max(window.remaining - outbox.count_pending(session, conversation), 0)
        if by_itself
        else None,
        closes_at=window.closes_at if by_itself else None,
        reason=window.reason,
        undelivered=len(undelivered),
        undelivered_reason=undelivered[-1] if undelivered else None,
        problem=account.problem if account else None,
    )


def check_sendable(session: Session, conversation: Conversation, now: datetime) -> None:
    """Raises CannotSend where a message would not get through before the customer writes again.

    An account that can't send by itself keeps the message for then, as everybody at the desk is told.
    """
    state = sending_state(session, conversation, now)
    if state is not None and state.remaining == 0:
        raise CannotSend(reason="window_closed" if state.reason == "closed" else "quota_spent")
