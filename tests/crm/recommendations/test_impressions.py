"""What customers were shown, and what became of it."""

from datetime import timedelta

import pytest

from integrations.crm.database import Database
from integrations.crm.recommendations import impressions, service
from tests.builders import NOW
from tests.crm.recommendations.test_service import FOR, rich_customer


def test_outcomes(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session)
        offer = service.recommend(session, customer.id, source_key="turn-1", **FOR, limit=1)[0]
        for kind in ("clicked", "clicked", "accepted", "clicked"):
            impressions.record_outcome(session, customer.id, offer.product.code, kind, NOW)
        shown = impressions.history(session, customer.id)[0]
        assert shown.outcome == "accepted"
        assert [one.kind for one in shown.events] == ["clicked", "accepted"]
        assert not impressions.record_outcome(session, customer.id, "YC-NONE", "clicked", NOW)
        with pytest.raises(ValueError, match="bought"):
            impressions.record_outcome(session, customer.id, offer.product.code, "bought", NOW)


def test_an_outcome_counts_for_the_newest_impression_of_this_customer(database: Database) -> None:
    with database.transaction() as session:
        customer, other = rich_customer(session), rich_customer(session)
        code = service.recommend(session, customer.id, source_key="t1", **FOR, limit=1)[0].product.code
        later = NOW + timedelta(days=1)
        service.recommend(session, customer.id, now=later, surface="bot", source_key="t2", limit=1)
        assert not impressions.record_outcome(session, other.id, code, "accepted", later)
        impressions.record_outcome(session, customer.id, code, "accepted", later)
        assert [one.outcome for one in impressions.history(session, customer.id)] == ["accepted", "shown"]
