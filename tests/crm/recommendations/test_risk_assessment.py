"""How often the questionnaire may be taken: 金融机构产品适当性管理办法 (2025 No. 7) [S]."""

from datetime import UTC, date, datetime, timedelta

import pytest

from integrations.crm.audit.service import entries
from integrations.crm.customers.errors import CustomerNotFound
from integrations.crm.database import Database
from integrations.crm.models import RiskAssessment
from integrations.crm.recommendations.errors import (
    IncompleteAnswers,
    NoCapacity,
    SourceKeyTaken,
    TooManyAssessments,
)
from integrations.crm.recommendations.risk_assessment import (
    check_may_take,
    expiry,
    has_capacity,
    newest_assessment,
    questions,
    record_assessment,
)
from integrations.crm.settings import SHANGHAI
from tests.builders import NOW, make_customer
from tests.crm.recommendations.test_risk_questionnaire import BOLDEST

SECOND = timedelta(seconds=1)


def take(session, customer, key, now=NOW, **answers):
    return record_assessment(session, customer.id, BOLDEST | answers, channel="web", source_key=key, now=now)


def test_an_assessment_is_stored_and_audited(database: Database) -> None:
    with database.transaction() as session:
        customer = make_customer(session)
        found = take(session, customer, "a")
        assert (found.level, found.score, found.answers) == (5, 100, BOLDEST)
        assert newest_assessment(session, customer.id) is found
        assert [entry.data["level"] for entry in entries(session, action="risk.assess")] == [5]
        assert len(questions()) == 10


def test_the_birth_date_counts_whatever_is_answered(database: Database) -> None:
    with database.transaction() as session:
        customer = make_customer(session, birth_date=date(1961, 11, 22))
        assert take(session, customer, "a").level == 3
        younger = make_customer(session, birth_date=date(1961, 11, 23))
        assert take(session, younger, "b").level == 5


def test_the_same_request_counts_once(database: Database) -> None:
    with database.transaction() as session:
        customer = make_customer(session)
        first = take(session, customer, "a")
        assert take(session, customer, "a", loss="A") is first
        assert session.query(RiskAssessment).count() == 1
        with pytest.raises(SourceKeyTaken):
            take(session, make_customer(session), "a")


def test_two_a_day_in_shanghai(database: Database) -> None:
    midnight = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    with database.transaction() as session:
        customer = make_customer(session)
        take(session, customer, "a", datetime(2026, 11, 21, 16, 0, tzinfo=UTC))
        take(session, customer, "b", midnight - 2 * SECOND)
        with pytest.raises(TooManyAssessments) as raised:
            take(session, customer, "c", midnight - SECOND)
        assert raised.value.data == {"limit": "day"}
        take(session, customer, "c", midnight)
        assert session.query(RiskAssessment).count() == 3


def test_eight_in_twelve_months(database: Database) -> None:
    first = datetime(2026, 1, 15, 12, 0, tzinfo=SHANGHAI)
    a_year_later = datetime(2027, 1, 15, 12, 0, tzinfo=SHANGHAI)
    with database.transaction() as session:
        customer = make_customer(session)
        for number in range(8):
            take(session, customer, f"k{number}", first + timedelta(days=number))
        for now in (first + timedelta(days=100), a_year_later - SECOND):
            with pytest.raises(TooManyAssessments) as raised:
                check_may_take(session, customer.id, now)
            assert raised.value.data == {"limit": "year"}
        check_may_take(session, customer.id, a_year_later)
        check_may_take(session, make_customer(session).id, first + timedelta(days=100))


@pytest.mark.parametrize(
    ("taken", "ends"),
    [
        ((2026, 11, 22, 17, 0, 0), (2027, 11, 22, 17, 0, 0)),
        ((2028, 2, 29, 9, 0, 0), (2029, 2, 28, 9, 0, 0)),
        ((2026, 12, 31, 23, 59, 59), (2027, 12, 31, 23, 59, 59)),
    ],
)
def test_valid_twelve_months(taken: tuple[int, ...], ends: tuple[int, ...]) -> None:
    assert expiry(datetime(*taken, tzinfo=SHANGHAI)) == datetime(*ends, tzinfo=SHANGHAI)


def test_refused_answers_do_not_count(database: Database) -> None:
    with database.transaction() as session:
        customer = make_customer(session)
        for number in range(3):
            with pytest.raises(IncompleteAnswers):
                take(session, customer, f"k{number}", loss="Z")
        take(session, customer, "a")
        with pytest.raises(CustomerNotFound):
            record_assessment(session, 404, BOLDEST, channel="web", source_key="n", now=NOW)


def test_a_minor_is_not_assessed(database: Database) -> None:
    """RULES.md, suitability: persons without capacity; the day of 18 begins at midnight in Shanghai."""
    birthday = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
    with database.transaction() as session:
        customer = make_customer(session, birth_date=date(2008, 11, 22))
        assert not has_capacity(customer, birthday - SECOND)
        with pytest.raises(NoCapacity):
            take(session, customer, "a", birthday - SECOND, loss="Z")
        assert session.query(RiskAssessment).count() == 0 and not entries(session, action="risk.assess")
        assert has_capacity(customer, birthday) and take(session, customer, "a", birthday)
