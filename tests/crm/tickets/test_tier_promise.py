"""The first response that a value tier promises is the ticket's limit; the other clocks are everybody's."""

from datetime import timedelta

import pytest

from integrations.crm.database import Database
from integrations.crm.tickets import service, sla
from tests.builders import NOW, make_customer


@pytest.mark.parametrize(
    ("tier", "hours"), [("vip", 2), ("important", 8), ("standard", 24), ("gold", 24), (None, 24)]
)
def test_first_response_by_tier(database: Database, tier: str | None, hours: int) -> None:
    with database.transaction() as session:
        customer_id = make_customer(session, tier=tier).id if tier else None
        ticket = service.open_ticket(
            session,
            kind="complaint",
            source_key="one",
            customer_id=customer_id,
            conversation_id=None,
            title="手续费",
            details={},
            now=NOW,
        )
        assert ticket.first_response_due == NOW + timedelta(hours=hours)
        assert ticket.resolve_due == NOW + timedelta(hours=48)
        assert ticket.regulatory_due == NOW + timedelta(days=15)


def test_no_tier_is_promised_less_than_everybody() -> None:
    assert sla.deadlines("fraud", NOW, timedelta(hours=25)) == sla.deadlines("fraud", NOW)
