"""What the staff does with tickets."""

from datetime import timedelta

import pytest

from integrations.crm.audit.service import entries
from integrations.crm.database import Database
from integrations.crm.tickets import handling
from integrations.crm.tickets.errors import ConflictOfInterest, ExtensionRefused, TicketEnded
from tests.builders import NOW, make_staff
from tests.crm.tickets.test_tickets import make_ticket

ACTOR = "staff:xiaoli"


def test_from_assignment_to_resolution(database: Database) -> None:
    hour = timedelta(hours=1)
    with database.transaction() as session:
        ticket, handler = make_ticket(session), make_staff(session)
        handling.assign(session, ticket, handler, actor="staff:boss", now=NOW)
        assert ticket.status == "in_progress"
        handling.respond(session, ticket, "正在核查", actor=ACTOR, now=NOW + hour)
        handling.respond(session, ticket, "还需一天", actor=ACTOR, now=NOW + 2 * hour)
        assert ticket.first_response_at == NOW + hour
        handling.resolve(session, ticket, "已退款", actor=ACTOR, now=NOW + 3 * hour)
        assert (ticket.status, ticket.resolved_at) == ("resolved", NOW + 3 * hour)
        session.flush()
        said = [entry.action for entry in entries(session, target_kind="ticket", target_id=ticket.number)]
        assert said == ["ticket.resolve", "ticket.respond", "ticket.respond", "ticket.assign"]
        with pytest.raises(TicketEnded):
            handling.respond(session, ticket, "再说一句", actor=ACTOR, now=NOW)


def test_resolving_at_once_is_also_the_first_response(database: Database) -> None:
    with database.transaction() as session:
        ticket = make_ticket(session)
        handling.resolve(session, ticket, "已退款", actor=ACTOR, now=NOW)
        assert ticket.first_response_at == NOW


@pytest.mark.parametrize("accused", ["xiaoli", ["xiaoli", "xiaowang"]])
def test_the_staff_member_complained_about_cannot_be_assigned(database: Database, accused: object) -> None:
    """RULES.md, Complaints [S]: the handler has no conflict of interest."""
    with database.transaction() as session:
        ticket = make_ticket(session, details={"staff_complained_about": accused})
        with pytest.raises(ConflictOfInterest):
            handling.assign(session, ticket, make_staff(session, "xiaoli"), actor=ACTOR, now=NOW)
        handling.assign(session, ticket, make_staff(session, "xiaochen"), actor=ACTOR, now=NOW)


def test_no_extension_without_approver_and_notice(database: Database) -> None:
    """RULES.md, Complaints [S]: 30 days if complex, 60 at most, with approval and notice."""
    with database.transaction() as session:
        ticket = make_ticket(session)
        agent, boss = make_staff(session), make_staff(session, "boss", "supervisor")
        gone = make_staff(session, "gone", "supervisor", active=False)
        message = make_ticket(session, "m", kind="left_message")
        for reason, subject, days, approver, notice in (
            ("approver", ticket, 30, agent, "已电话告知"),
            ("approver", ticket, 30, gone, "已电话告知"),
            ("notice", ticket, 30, boss, " "),
            ("days", ticket, 61, boss, "已电话告知"),
            ("days", ticket, 15, boss, "已电话告知"),
            ("not_complaint", message, 30, boss, "已电话告知"),
        ):
            with pytest.raises(ExtensionRefused) as caught:
                handling.extend(session, subject, days=days, approver=approver, notice=notice, now=NOW)
            assert caught.value.data["reason"] == reason
        assert ticket.regulatory_due == NOW + timedelta(days=15)


def test_an_extension_moves_only_the_regulatory_clock(database: Database) -> None:
    with database.transaction() as session:
        ticket, boss = make_ticket(session), make_staff(session, "boss", "supervisor")
        handling.extend(session, ticket, days=30, approver=boss, notice="已电话告知", now=NOW)
        assert ticket.regulatory_due == NOW + timedelta(days=30)
        assert ticket.resolve_due == NOW + timedelta(hours=48)
        assert ticket.status == "open"
        with pytest.raises(ExtensionRefused):
            handling.extend(session, ticket, days=20, approver=boss, notice="已电话告知", now=NOW)


def test_the_work_list_shows_urgent_cases_first(database: Database) -> None:
    with database.transaction() as session:
        later = make_ticket(session, "a", now=NOW + timedelta(hours=1))
        first = make_ticket(session, "b", now=NOW)
        urgent = make_ticket(session, "c", kind="fraud", now=NOW + timedelta(hours=2))
        done = make_ticket(session, "d", now=NOW)
        handling.resolve(session, done, "已退款", actor=ACTOR, now=NOW)
        assert list(handling.work_list(session)) == [urgent, first, later]
        assert list(handling.work_list(session, kind="fraud")) == [urgent]
        assert done in handling.work_list(session, statuses=None)
