"""The right column of the desk: who the customer is, why they came to a person, what else is going on."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from integrations.console import customer_queries, queries, wording
from integrations.crm.conversations import verification
from integrations.crm.conversations.handoff import URGENT_REASONS
from integrations.crm.conversations.sending import Sending, sending_state
from integrations.crm.customers.masking import mask_id_number, mask_name, mask_phone
from integrations.crm.models import Conversation, Staff


@dataclass(frozen=True)
class OtherThread:
    """Another conversation of the same customer."""

    public_id: str
    channel: str
    since: datetime


@dataclass(frozen=True)
class Facts:
    """The right column: masked facts, never raw personal data.

    `note` is what the bot has tried, `threads` are the customer's other conversations; `number` leads to the
    customer's page where the reader may open it.
    """

    known: bool
    rows: list[tuple[str, str]]
    level: str
    reason: str | None
    urgent: bool
    queued_at: datetime | None
    note: str | None
    said: str | None
    understood: dict[str, Any] | None
    tickets: list[dict[str, Any]] = field(default_factory=list)
    sending: Sending | None = None
    threads: list[OtherThread] = field(default_factory=list)
    number: str | None = None


def facts_of(session: Session, conversation: Conversation, reader: Staff, now: datetime) -> Facts:
    """Everything the right column shows `reader` about the customer and why they came to a person."""
    said = queries.last_understood(session, conversation.id)
    tickets = [
        {
            "number": t.number,
            "kind": t.kind,
            "status": t.status,
            "title": t.title,
            "at": t.created_at,
            "urgent": t.priority == "urgent",
        }
        for t in queries.tickets_of(session, conversation)
    ]
    return Facts(
        known=conversation.customer is not None,
        rows=_customer_rows(session, conversation),
        level=verification.level_of(conversation, now),
        reason=conversation.queue_reason,
        urgent=conversation.queue_reason in URGENT_REASONS,
        queued_at=conversation.queued_at,
        note=conversation.handoff_note,
        said=said.text if said else None,
        understood=said.understood if said else None,
        tickets=tickets,
        sending=sending_state(session, conversation, now),
        threads=[
            OtherThread(other.public_id, other.channel, other.queued_at or other.last_message_at)
            for other in queries.other_threads(session, conversation)
        ],
        number=_number(session, conversation, reader),
    )


def _customer_rows(session: Session, conversation: Conversation) -> list[tuple[str, str]]:
    customer = conversation.customer
    if customer is None:
        return []
    phone = queries.contact(session, customer.id, "phone")
    return [
        (wording.FACT_NAME, mask_name(customer.name)),
        (wording.FACT_GENDER, wording.GENDERS.get(customer.gender, customer.gender)),
        (wording.FACT_TIER, wording.TIERS.get(customer.tier, customer.tier)),
        (wording.FACT_NUMBER, customer.number),
        (wording.FACT_PHONE, mask_phone(phone) if phone else "—"),
        (wording.FACT_ID, mask_id_number(customer.id_number)),
        (wording.FACT_CITY, customer.city),
        (wording.FACT_SINCE, customer.joined_on.isoformat()),
    ]


def _number(session: Session, conversation: Conversation, reader: Staff) -> str | None:
    customer = conversation.customer
    if customer is None or customer_queries.customer_for(session, reader, customer.number) is None:
        return None
    return customer.number
