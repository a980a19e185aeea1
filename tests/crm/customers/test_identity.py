"""Binding a channel's user to a customer, and showing personal data with a record."""

import threading

import pytest
from sqlalchemy import func, select

from integrations.crm.audit.service import entries
from integrations.crm.customers.errors import ReasonRequired
from integrations.crm.customers.identity import bind_identity, bound_customer_id, find_identity, reveal
from integrations.crm.database import Database
from integrations.crm.models import ChannelIdentity
from tests.builders import NOW, make_customer

VISITOR = ("web", "default", "visitor-1")


def test_bind_and_unbind(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        assert find_identity(session, *VISITOR) is None
        assert bound_customer_id(session, *VISITOR) is None
        bind_identity(session, *VISITOR, customer_id=lin.id, now=NOW)
        bind_identity(session, *VISITOR, customer_id=lin.id, now=NOW)
        assert bound_customer_id(session, *VISITOR) == lin.id
        assert bound_customer_id(session, "wechat", "default", "visitor-1") is None
        bind_identity(session, *VISITOR, customer_id=None, now=NOW)
        assert bound_customer_id(session, *VISITOR) is None
        session.flush()
        actions = [entry.action for entry in entries(session, target_kind="customer", target_id=lin.id)]
        assert actions == ["identity.unbind", "identity.bind"]


def test_binding_at_once_makes_one_row(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)

    def bind() -> None:
        with database.transaction() as session:
            bind_identity(session, *VISITOR, customer_id=lin.id, now=NOW)

    threads = [threading.Thread(target=bind) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.scalar(select(func.count(ChannelIdentity.id))) == 1
        assert bound_customer_id(session, *VISITOR) == lin.id


def test_reveal_needs_a_reason_and_is_recorded(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session, phone="13900000001")
        with pytest.raises(ReasonRequired):
            reveal(session, lin.id, reason=" ", actor="staff:xiaoli", now=NOW)
        assert entries(session) == []
        shown = reveal(session, lin.id, reason="核对挂失人身份", actor="staff:xiaoli", now=NOW)
        assert shown["phone"] == "13900000001"
        assert shown["name"] == "林晓雯"
        (entry,) = entries(session, action="customer.reveal")
        assert entry.data == {"reason": "核对挂失人身份"}
        assert "13900000001" not in str(entry.data)
