"""A lost card is frozen once, exactly, and with a record."""

import threading
from datetime import timedelta

import pytest

from integrations.crm.audit.service import entries
from integrations.crm.customers import service
from integrations.crm.customers.errors import CardCancelled, UnknownFreezeReason
from integrations.crm.database import Database
from integrations.crm.models import Card
from tests.builders import NOW, make_card, make_customer


def test_freeze_and_its_record(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        card, other = make_card(session, lin, "6688"), make_card(session, lin, "1024", kind="credit")
        assert service.freeze_card(session, card, "lost", NOW, "customer")
    with database.reading() as session:
        frozen = session.get_one(Card, card.id)
        assert (frozen.status, frozen.frozen_reason, frozen.frozen_at) == ("frozen", "lost", NOW)
        assert session.get_one(Card, other.id).status == "active"
        (entry,) = entries(session, target_kind="card", target_id=card.id)
        assert (entry.action, entry.actor, entry.at) == ("card.freeze", "customer", NOW)
        assert entry.data == {"tail": "6688", "reason": "lost"}


def test_freezing_again_changes_nothing(database: Database) -> None:
    with database.transaction() as session:
        card = make_card(session, make_customer(session))
        assert service.freeze_card(session, card, "lost", NOW, "customer")
        assert not service.freeze_card(session, card, "stolen", NOW + timedelta(hours=1), "bot")
    with database.reading() as session:
        again = session.get_one(Card, card.id)
        assert (again.frozen_reason, again.frozen_at) == ("lost", NOW)
        assert len(entries(session, action="card.freeze")) == 1


def test_nothing_is_frozen_when_the_transaction_fails(database: Database) -> None:
    with database.transaction() as session:
        card = make_card(session, make_customer(session))

    def freeze_and_fail() -> None:
        with database.transaction() as session:
            service.freeze_card(session, session.get_one(Card, card.id), "lost", NOW, "customer")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        freeze_and_fail()
    with database.reading() as session:
        assert session.get_one(Card, card.id).status == "active"
        assert entries(session) == []


def test_what_cannot_be_frozen(database: Database) -> None:
    with database.transaction() as session:
        card = make_card(session, make_customer(session), status="cancelled")
        with pytest.raises(CardCancelled):
            service.freeze_card(session, card, "lost", NOW, "customer")
        with pytest.raises(UnknownFreezeReason):
            service.freeze_card(session, card, "annoyed", NOW, "customer")


def test_two_requests_at_once_freeze_once(database: Database) -> None:
    with database.transaction() as session:
        card = make_card(session, make_customer(session))
    done: list[bool] = []

    def freeze() -> None:
        with database.transaction() as session:
            done.append(service.freeze_card(session, session.get_one(Card, card.id), "lost", NOW, "customer"))

    threads = [threading.Thread(target=freeze) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, False, False, True]
