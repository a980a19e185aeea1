"""The audit log."""

from datetime import timedelta

import pytest

from integrations.crm.audit.service import entries, record
from integrations.crm.database import Database
from tests.builders import NOW

HOUR = timedelta(hours=1)


def test_filters_and_order(database: Database) -> None:
    with database.transaction() as session:
        for place, (actor, action, target) in enumerate(
            [
                ("staff:a", "customer.reveal", 1),
                ("staff:b", "customer.reveal", 2),
                ("staff:a", "export", 1),
            ]
        ):
            record(
                session,
                at=NOW + place * HOUR,
                actor=actor,
                action=action,
                target_kind="customer",
                target_id=target,
            )
    with database.reading() as session:

        def found(**filters: object) -> list[str]:
            return [f"{e.actor} {e.action} {e.target_id}" for e in entries(session, **filters)]  # type: ignore[arg-type]

        everything = ["staff:a export 1", "staff:b customer.reveal 2", "staff:a customer.reveal 1"]
        assert found() == everything
        assert found(limit=1) == everything[:1]
        assert found(actor="staff:b") == everything[1:2]
        assert found(action="customer.reveal") == everything[1:]
        assert found(target_kind="customer", target_id=1) == [everything[0], everything[2]]
        assert found(since=NOW + HOUR, until=NOW + 2 * HOUR) == everything[1:2]
        assert found(target_kind="card") == []


def test_a_record_falls_with_its_transaction(database: Database) -> None:
    def act_and_fail() -> None:
        with database.transaction() as session:
            record(session, at=NOW, actor="bot", action="x", target_kind="y", target_id=1)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        act_and_fail()
    with database.reading() as session:
        assert entries(session) == []
