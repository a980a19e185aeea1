"""What a customer does with tickets."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from integrations.crm.database import Database
from integrations.crm.models import Ticket
from integrations.crm.tickets import handling, service
from integrations.crm.tickets.errors import TicketEnded, TicketNotFound, UnknownTicketKind
from tests.builders import NOW, make_attachment, make_conversation, make_customer


def make_ticket(session: Session, key: str = "c:1", **columns: Any) -> Ticket:
    values: dict[str, Any] = {
        "kind": "complaint",
        "source_key": key,
        "customer_id": None,
        "conversation_id": None,
        "title": "ATM 吞卡无人处理",
        "details": {"channel": "ATM", "amount": "500"},
        "now": NOW,
    }
    return service.open_ticket(session, **values | columns)


def test_a_complaint_and_its_three_clocks(database: Database) -> None:
    with database.transaction() as session:
        number = make_ticket(session).number
    with database.reading() as session:
        ticket = service.get_ticket(session, number)
        assert number == "TS202611220001"
        assert (ticket.status, ticket.priority) == ("open", "normal")
        assert ticket.details == {"channel": "ATM", "amount": "500"}
        assert ticket.first_response_due == NOW + timedelta(hours=24)
        assert ticket.resolve_due == NOW + timedelta(hours=48)
        assert ticket.regulatory_due == NOW + timedelta(days=15)
        assert [event.kind for event in service.timeline(session, ticket)] == ["created"]


def test_numbers_by_kind_and_shanghai_day(database: Database) -> None:
    before_midnight = datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)
    midnight = before_midnight + timedelta(seconds=1)
    with database.transaction() as session:
        opened = [
            make_ticket(session, f"{place}", kind=kind, now=now)
            for place, (kind, now) in enumerate(
                [
                    ("complaint", before_midnight),
                    ("complaint", before_midnight),
                    ("card_loss", before_midnight),
                    ("fraud", before_midnight),
                    ("left_message", before_midnight),
                    ("complaint", midnight),
                ]
            )
        ]
        assert [ticket.number for ticket in opened] == [
            "TS202611220001",
            "TS202611220002",
            "GS202611220001",
            "FX202611220001",
            "LY202611220001",
            "TS202611230001",
        ]
        assert [ticket.priority for ticket in opened] == ["normal"] * 3 + ["urgent"] + ["normal"] * 2


def test_the_ten_thousandth_ticket_of_a_day(database: Database) -> None:
    with database.transaction() as session:
        make_ticket(session, "a").number = "TS202611229999"
        session.flush()
        assert make_ticket(session, "b").number == "TS2026112210000"
        assert make_ticket(session, "c").number == "TS2026112210001"


def test_the_same_request_opens_one_ticket(database: Database) -> None:
    with database.transaction() as session:
        first = make_ticket(session, "c:7")
    with database.transaction() as session:
        again = make_ticket(session, "c:7", title="另一个标题", now=NOW + timedelta(hours=1))
        assert (again.id, again.title) == (first.id, first.title)
        assert len(service.timeline(session, again)) == 1


def test_many_at_once_get_different_numbers(database: Database) -> None:
    def open_some(worker: int) -> None:
        for place in range(5):
            key = f"shared:{place}" if place < 2 else f"{worker}:{place}"
            with database.transaction() as session:
                make_ticket(session, key)

    threads = [threading.Thread(target=open_some, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        numbers = sorted(ticket.number for ticket in handling.work_list(session))
    assert numbers == [f"TS20261122{sequence:04d}" for sequence in range(1, 2 + 6 * 3 + 1)]


def test_other_integrity_errors_are_not_taken_for_a_race(database: Database) -> None:
    with database.transaction() as session:
        with pytest.raises(IntegrityError):
            make_ticket(session, customer_id=999_999)
        with pytest.raises(UnknownTicketKind):
            make_ticket(session, kind="praise")
        assert make_ticket(session).number == "TS202611220001"


def test_a_long_title_is_cut(database: Database) -> None:
    with database.transaction() as session:
        assert len(make_ticket(session, title="投" * 300).title) == 120


def test_add_to_a_ticket_once_per_request(database: Database) -> None:
    with database.transaction() as session:
        ticket = make_ticket(session)
        for _ in range(2):
            service.add_to_ticket(session, ticket, "还少了两百", source_key="c:9", now=NOW)
        added = service.timeline(session, ticket)[1:]
        assert [(event.kind, event.data, event.actor) for event in added] == [
            ("added", {"text": "还少了两百"}, "customer")
        ]
        assert ticket.status == "open"


def test_withdrawing_ends_the_case_that_day(database: Database) -> None:
    """银保监会令2020年第3号 Art 15 [V]."""
    later = NOW + timedelta(hours=3)
    with database.transaction() as session:
        ticket = make_ticket(session)
        assert service.withdraw_ticket(session, ticket, source_key="c:2", now=later, reason="已解决")
        assert not service.withdraw_ticket(session, ticket, source_key="c:3", now=later)
    with database.transaction() as session:
        ended = service.get_ticket(session, ticket.number)
        assert (ended.status, ended.resolved_at) == ("withdrawn", later)
        assert [event.kind for event in service.timeline(session, ended)] == ["created", "withdrawn"]
        with pytest.raises(TicketEnded):
            service.add_to_ticket(session, ended, "等等", source_key="c:4", now=later)


def test_a_resolved_case_cannot_be_withdrawn(database: Database) -> None:
    with database.transaction() as session:
        ticket = make_ticket(session)
        handling.resolve(session, ticket, "已退回 500 元", actor="staff:xiaoli", now=NOW)
        with pytest.raises(TicketEnded) as caught:
            service.withdraw_ticket(session, ticket, source_key="c:2", now=NOW)
        assert caught.value.data == {"number": ticket.number, "status": "resolved"}


def test_another_customers_number_is_answered_like_none(database: Database) -> None:
    with database.transaction() as session:
        lin, other = make_customer(session), make_customer(session)
        mine = make_ticket(session, "a", customer_id=lin.id)
        theirs = make_ticket(session, "b", customer_id=other.id)
        nobodys = make_ticket(session, "c")

        def find(number: str) -> Ticket | None:
            return service.find_by_number(session, number, visible_to_customer_id=lin.id)

        assert find(mine.number) is mine
        assert find(f" {mine.number.lower()} ") is mine
        assert find(theirs.number) is find(nobodys.number) is find("TS000000000000") is None
        with pytest.raises(TicketNotFound):
            service.get_ticket(session, "TS000000000000")


def test_tickets_of_a_customer(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        old = make_ticket(session, "a", customer_id=lin.id)
        loss = make_ticket(session, "b", customer_id=lin.id, kind="card_loss", now=NOW + timedelta(hours=1))
        make_ticket(session, "c", customer_id=make_customer(session).id)
        service.withdraw_ticket(session, old, source_key="w", now=NOW)
        assert list(service.tickets_of_customer(session, lin.id)) == [loss, old]
        assert list(service.tickets_of_customer(session, lin.id, open_only=True)) == [loss]
        assert list(service.tickets_of_customer(session, lin.id, kind="complaint")) == [old]
        assert list(service.tickets_of_customer(session, lin.id, limit=1)) == [loss]


def test_images_of_the_own_conversation_only(database: Database) -> None:
    with database.transaction() as session:
        here, there = make_conversation(session), make_conversation(session)
        first, second, foreign = (make_attachment(session, place) for place in (here, here, there))
        ticket = make_ticket(session, conversation_id=here.id)
        assert service.link_attachments(session, ticket, [first.public_id, foreign.public_id]) == 1
        assert service.link_attachments(session, ticket) == 1
        assert service.link_attachments(session, ticket) == 0
        assert list(service.attachments_of(session, ticket)) == [first, second]
        assert list(service.tickets_of_conversation(session, here.id)) == [ticket]
        session.refresh(foreign)
        assert foreign.ticket_id is None
        assert service.link_attachments(session, make_ticket(session, "no conversation")) == 0
