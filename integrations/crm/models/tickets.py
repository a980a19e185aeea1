"""Tickets: complaints, fraud reports, card losses, messages left for the staff, appointments."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from integrations.crm.models.base import Base, Code, ForeignId, PrimaryKey


RUNNING = ("open", "in_progress")
"""Statuses of a case that has not ended."""


class Ticket(Base):
    """A case. Its state is what its events say; `status` is that state, kept for queries."""

    __tablename__ = "tickets"
    __table_args__ = (Index("ix_tickets_kind_status", "kind", "status"),)

    id: Mapped[PrimaryKey]
    number: Mapped[str] = mapped_column(String(20), unique=True)  # TS202611220001
    source_key: Mapped[str] = mapped_column(String(80), unique=True)  # one per request: idempotent
    kind: Mapped[Code]  # complaint | fraud | card_loss | left_message | appointment
    status: Mapped[Code] = mapped_column(default="open")  # open | in_progress | resolved | withdrawn
    priority: Mapped[Code] = mapped_column(default="normal")  # normal | urgent
    customer_id: Mapped[ForeignId | None] = mapped_column(ForeignKey("customers.id"), index=True)
    conversation_id: Mapped[ForeignId | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    first_response_due: Mapped[datetime | None]  # our promise: 24 h
    resolve_due: Mapped[datetime | None]  # our promise: 48 h
    regulatory_due: Mapped[datetime | None]  # 银保监会令2020年第3号: 15 days
    first_response_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]

    events: Mapped[list["TicketEvent"]] = relationship(
        back_populates="ticket", order_by="TicketEvent.id", cascade="all, delete-orphan"
    )


class TicketEvent(Base):
    """One line of a ticket's timeline."""

    __tablename__ = "ticket_events"

    id: Mapped[PrimaryKey]
    ticket_id: Mapped[ForeignId] = mapped_column(ForeignKey("tickets.id"), index=True)
    kind: Mapped[Code]  # created | added | assigned | responded | resolved | withdrawn
    actor: Mapped[str] = mapped_column(String(80))  # customer | bot | staff:<username>
    source_key: Mapped[str | None] = mapped_column(String(80), unique=True)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]

    ticket: Mapped[Ticket] = relationship(back_populates="events")
