"""News of a ticket reaches the customer's conversation, whatever its channel."""

import pytest
from sqlalchemy import select

from integrations.crm.conversations import ticket_progress
from integrations.crm.database import Database
from integrations.crm.models import Message, OutboxItem
from integrations.crm.tickets.service import PREFIXES
from integrations.crm.tickets.wording import KINDS, KINDS_FOR_STAFF
from tests.builders import NOW, make_conversation, make_staff
from tests.crm.tickets.test_tickets import make_ticket


def test_a_response_and_the_result_are_told_with_a_survey(database: Database) -> None:
    with database.transaction() as session:
        conversation, staff = make_conversation(session, channel="wechat"), make_staff(session)
        ticket = make_ticket(session, conversation_id=conversation.id)
        ticket_progress.respond(session, ticket, "已核实", agent=staff, now=NOW)
        ticket_progress.resolve(session, ticket, "已退款", agent=staff, now=NOW)
        told = session.scalars(select(Message).order_by(Message.id)).all()
        assert [(one.sender, ticket.number in one.text) for one in told] == [("system", True)] * 2
        assert "已核实" in told[0].text and "已办结：已退款" in told[1].text
        assert told[1].payload["buttons"][0]["payload"] == "评价5分"
        assert len(session.scalars(select(OutboxItem)).all()) == 2
        assert ticket.status == "resolved"


def test_a_ticket_without_a_conversation_is_told_to_nobody(database: Database) -> None:
    with database.transaction() as session:
        staff, ticket = make_staff(session), make_ticket(session)
        ticket_progress.respond(session, ticket, "已核实", agent=staff, now=NOW)
        assert session.scalars(select(Message)).all() == []


@pytest.mark.parametrize("kind", KINDS)
def test_customers_and_staff_read_what_kind_of_ticket_it_is(database: Database, kind: str) -> None:
    with database.transaction() as session:
        conversation, staff = make_conversation(session), make_staff(session)
        ticket = make_ticket(session, conversation_id=conversation.id)
        ticket.kind = kind
        ticket_progress.respond(session, ticket, "已核实", agent=staff, now=NOW)
        told = session.scalars(select(Message)).one()
    assert told.text.startswith(f"您的{KINDS[kind]}（") and KINDS_FOR_STAFF[kind]


def test_every_kind_that_can_be_opened_has_a_name() -> None:
    assert set(PREFIXES) <= set(KINDS)
