"""Which customer the user of a channel is: bound by a verification, unbound when they ask for it."""

from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from integrations.crm.customers.identity import bind_identity
from integrations.crm.models import Conversation

BANK_SIGNED = "customer:"
"""Begins the visitor's name where the bank's own site says who it is."""
_WEB = "web"  # a browser is nobody's for long: its visitors are not remembered

Outcome = Literal["unbound", "not_bound", "bank_site"]


def bind(session: Session, conversation: Conversation, customer_id: int, now: datetime) -> None:
    """The conversation is this customer's, and so will be the user's next one on the same channel."""
    conversation.customer_id = customer_id
    if conversation.channel != _WEB:
        _remember(session, conversation, customer_id, now)


def unbind(session: Session, conversation: Conversation, now: datetime) -> Outcome:
    """Make the user a stranger again, with nothing left of what the bot knew.

    `bank_site`: only signing out there helps, where they were named.
    """
    if conversation.external_user.startswith(BANK_SIGNED):
        return "bank_site"
    if conversation.customer_id is None:
        return "not_bound"
    conversation.customer_id = None
    conversation.level = "none"
    conversation.verified_until = None
    conversation.bot_session += 1
    if conversation.channel != _WEB:
        _remember(session, conversation, None, now)
    return "unbound"


def _remember(session: Session, conversation: Conversation, customer_id: int | None, now: datetime) -> None:
    bind_identity(
        session,
        conversation.channel,
        conversation.account,
        conversation.external_user,
        customer_id=customer_id,
        now=now,
    )
