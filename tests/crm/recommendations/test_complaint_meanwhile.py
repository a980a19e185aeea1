"""A complaint or an opt-out that another transaction stores at the same moment: never an offer after it."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from integrations.crm.database import Database
from integrations.crm.models import Recommendation
from integrations.crm.recommendations import marketing, service
from tests.builders import NOW
from tests.crm.recommendations.test_service import complain, rich_customer

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
WAIT = 0.5
"""Seconds in which a transaction that nobody holds up would long be over."""


def offer(session: Session, customer_id: int) -> int:
    return len(
        service.recommend(session, customer_id, now=NOW, surface="bot", source_key=f"offer-{customer_id}")
    )


def apart(database: Database, work: Callable[[Session], object]) -> tuple[threading.Thread, list[object]]:
    """Do it in a transaction and a thread of its own; the list gets the result."""
    found: list[object] = []

    def run() -> None:
        with database.transaction() as session:
            found.append(work(session))

    thread = threading.Thread(target=run)
    thread.start()
    return thread, found


def opt_out(session: Session, customer_id: int) -> None:
    marketing.record_choice(session, customer_id, False, "web", NOW)


@pytest.mark.parametrize("silences", ["complaint", "opt-out"])
def test_an_offer_waits_for_what_may_silence_it(database: Database, silences: str) -> None:
    with database.transaction() as session:
        customer = rich_customer(session)
    with database.transaction() as session:
        complain(session, customer) if silences == "complaint" else opt_out(session, customer.id)
        thread, offered = apart(database, lambda other: offer(other, customer.id))
        thread.join(WAIT)
        assert thread.is_alive()
    thread.join()
    assert offered == [0]
    with database.reading() as session:
        assert session.query(Recommendation).count() == 0


def test_a_complaint_waits_for_an_offer_that_was_made_before_it(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session)
    with database.transaction() as session:
        assert offer(session, customer.id) > 0
        thread, _ = apart(database, lambda other: complain(other, customer))
        thread.join(WAIT)
        assert thread.is_alive()
    thread.join()
    with database.transaction() as session:
        assert service.silence(session, customer.id, NOW) == "open_complaint"
