"""What customers were shown, and what became of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from integrations.crm.database import Database
from integrations.crm.models import Recommendation
from integrations.crm.recommendations import impressions, repository, service
from integrations.crm.recommendations.repository import EXPORT
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


def test_an_outcome_is_never_that_of_an_export_which_the_customer_did_not_see(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session)
        code = service.recommend(session, customer.id, source_key="t1", **FOR, limit=1)[0].product.code
        later = NOW + timedelta(hours=1)
        service.recommend(session, customer.id, now=later, surface=EXPORT, source_key="e1", limit=1)
        assert impressions.record_outcome(session, customer.id, code, "declined", later)
        rows = {one.surface: one.outcome for one in session.scalars(select(Recommendation))}
        assert rows == {"bot": "declined", EXPORT: "shown"}
        assert [one.surface for one in impressions.history(session, customer.id)] == ["bot"]


def test_of_an_export_alone_nothing_became(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session)
        (offer,) = service.recommend(session, customer.id, now=NOW, surface=EXPORT, source_key="e1", limit=1)
        assert not impressions.record_outcome(session, customer.id, offer.product.code, "clicked", NOW)
        assert impressions.history(session, customer.id) == []


def test_every_refusal_counts_from_its_own_moment(database: Database) -> None:
    later = NOW + timedelta(days=190)
    with database.transaction() as session:
        customer = rich_customer(session)
        code = service.recommend(session, customer.id, source_key="turn-1", **FOR, limit=1)[0].product.code
        for moment in (NOW, NOW, later, later):
            assert impressions.record_outcome(session, customer.id, code, "declined", moment)
        shown = impressions.history(session, customer.id)[0]
        assert [(one.kind, one.at) for one in shown.events] == [("declined", NOW), ("declined", later)]
        assert repository.declined_since(session, [customer.id], later) == {customer.id: frozenset({code})}


def test_a_refusal_of_what_was_never_offered_is_kept(database: Database) -> None:
    with database.transaction() as session:
        customer, other = rich_customer(session), rich_customer(session)
        for code in ("YC-W101", "YC-D001"):
            for moment in (NOW, NOW + timedelta(days=1)):
                impressions.record_refusal(
                    session, customer.id, code, moment, source_key=f"turn-{moment.day}", conversation_id=None
                )
        kept = impressions.history(session, customer.id)
        assert {(one.product_code, one.surface, one.outcome) for one in kept} == {
            ("YC-W101", "article", "declined"),
            ("YC-D001", "article", "declined"),
        }
        assert [len(one.events) for one in kept] == [2, 2]
        declined = repository.declined_since(session, [customer.id, other.id], NOW)
        assert declined == {customer.id: frozenset({"YC-W101", "YC-D001"}), other.id: frozenset()}
        assert not any(
            offer.product.code in declined[customer.id]
            for offer in service.recommend(session, customer.id, source_key="t", **FOR, limit=100)
        )


def test_a_refusal_counts_for_the_offer_where_there_was_one(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session)
        code = service.recommend(session, customer.id, source_key="t", **FOR, limit=1)[0].product.code
        impressions.record_refusal(session, customer.id, code, NOW, source_key="turn-1", conversation_id=None)
        assert [(one.surface, one.outcome) for one in impressions.history(session, customer.id)] == [
            ("bot", "declined")
        ]
