"""Offers from the database: what is offered, recorded, and never offered."""

from datetime import date, timedelta

import pytest
from sqlalchemy.event import listen
from sqlalchemy.exc import IntegrityError

from integrations.crm.audit.service import entries
from integrations.crm.customers.errors import CustomerNotFound
from integrations.crm.database import Database
from integrations.crm.models import Holding, MarketingChoice, RiskAssessment, Ticket
from integrations.crm.recommendations import impressions, marketing, service
from integrations.crm.recommendations.errors import SourceKeyTaken
from integrations.crm.recommendations.risk_assessment import assessment_state
from integrations.crm.recommendations.suitability import Refusal
from tests.builders import NOW, make_account, make_card, make_customer

FOR = {"now": NOW, "surface": "bot"}


def assess(session, customer, level, taken_at=NOW - timedelta(days=1), days=365):
    session.add(
        RiskAssessment(
            customer_id=customer.id,
            source_key=f"assess-{customer.id}-{taken_at.isoformat()}",
            level=level,
            score=0,
            channel="web",
            taken_at=taken_at,
            expires_at=taken_at + timedelta(days=days),
        )
    )
    session.flush()


def rich_customer(session, level=3, **columns):
    customer = make_customer(session, **columns)
    make_account(session, customer, balance_fen=1_000_000_000)
    if level is not None:
        assess(session, customer, level)
    return customer


def complain(session, customer, status="open", kind="complaint"):
    session.add(
        Ticket(
            number=f"TS{customer.id}{status}{kind}"[:20],
            source_key=f"{customer.id}-{status}-{kind}",
            kind=kind,
            status=status,
            customer_id=customer.id,
            title="投诉",
            created_at=NOW,
        )
    )
    session.flush()


def test_offers_are_suitable_various_and_recorded(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session, level=2)
        offers = service.recommend(session, customer.id, source_key="turn-1", **FOR)
        assert len(offers) == 3
        assert len({offer.product.kind for offer in offers}) > 1
        assert all((offer.product.risk or 1) <= 2 for offer in offers)
        shown = impressions.history(session, customer.id)
        assert {one.id for one in shown} == {offer.recommendation_id for offer in offers}
        assert [one.product_code for one in sorted(shown, key=lambda one: one.place)] == [
            offer.product.code for offer in offers
        ]
        assert {(one.surface, one.outcome) for one in shown} == {("bot", "shown")}


def test_the_same_request_shows_the_same_once(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session)
        first = service.recommend(session, customer.id, source_key="turn-1", **FOR)
        assert service.recommend(session, customer.id, source_key="turn-1", **FOR, limit=1) == first
        assert len(impressions.history(session, customer.id)) == len(first)


def test_a_repeated_request_hides_what_has_become_unsuitable(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session, level=4)
        kinds = ("fund",)
        first = service.recommend(session, customer.id, source_key="turn-1", **FOR, kinds=kinds, limit=9)
        assert max(offer.product.risk or 0 for offer in first) == 4
        assess(session, customer, 1, taken_at=NOW)
        again = service.recommend(session, customer.id, source_key="turn-1", **FOR, kinds=kinds, limit=9)
        assert {offer.product.risk for offer in again} == {1}


def test_another_customers_key_is_refused(database: Database) -> None:
    with database.transaction() as session:
        service.recommend(session, rich_customer(session).id, source_key="turn-1", **FOR)
        other = rich_customer(session)
        with pytest.raises(SourceKeyTaken):
            service.recommend(session, other.id, source_key="turn-1", **FOR)
        assert impressions.history(session, other.id) == []


def test_nobody_is_not_found(database: Database) -> None:
    with database.transaction() as session:
        for call in (
            lambda: service.recommend(session, 404, source_key="turn-1", **FOR),
            lambda: service.silence(session, 404, NOW),
            lambda: service.refusals_for(session, 404, "YC-D001", NOW),
            lambda: marketing.record_choice(session, 404, False, "web", NOW),
        ):
            with pytest.raises(CustomerNotFound):
                call()


def test_what_is_held_is_not_offered(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session, level=5, tier="vip")
        make_account(session, customer, kind="time", matures_on=date(2027, 5, 1))
        make_card(session, customer, kind="credit", product="云川标准信用卡")
        session.add(
            Holding(
                customer_id=customer.id,
                product_code="YC-F301",
                product_name="西南稳健债券基金A",
                kind="fund",
                amount_fen=100_000,
                since=date(2025, 1, 1),
            )
        )
        offers = service.recommend(session, customer.id, source_key="all", **FOR, limit=100)
        codes = {offer.product.code for offer in offers}
        assert not codes & {"YC-D001", "YC-F301", "YC-K601"}
        assert "YC-W501" not in codes  # private
        assert len(codes) > 20


def test_a_deposit_that_has_matured_decides(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session, level=2)
        make_account(session, customer, kind="time", balance_fen=20_000_000, matures_on=date(2026, 11, 16))
        first = service.recommend(session, customer.id, source_key="turn-1", **FOR)[0]
        assert first.product.kind == "deposit"
        assert first.reason == f"您的定期存款6天前已到期，可以先看看{first.product.name}"
        assert first.risk_words is None


@pytest.mark.parametrize(("days", "decides"), [(0, True), (30, True), (31, False), (-1, False)])
def test_how_long_a_matured_deposit_decides(database: Database, days: int, decides: bool) -> None:
    with database.transaction() as session:
        customer = rich_customer(session, level=2)
        make_account(session, customer, kind="time", matures_on=date(2026, 11, 22) - timedelta(days=days))
        reasons = [one.reason for one in service.recommend(session, customer.id, source_key="t", **FOR)]
        assert any("已到期" in reason for reason in reasons) is decides


def test_declined_products_come_back_after_180_days(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session)
        code = service.recommend(session, customer.id, source_key="turn-1", **FOR, limit=1)[0].product.code
        assert impressions.record_outcome(session, customer.id, code, "declined", NOW)
        for days, offered in ((0, False), (180, False), (181, True)):
            later = NOW + timedelta(days=days)
            offers = service.recommend(
                session, customer.id, now=later, surface="bot", source_key=f"d{days}", limit=100
            )
            assert (code in {offer.product.code for offer in offers}) is offered


@pytest.mark.parametrize("status", ["open", "in_progress", "resolved", "withdrawn"])
def test_silence_during_a_complaint(database: Database, status: str) -> None:
    with database.transaction() as session:
        customer = rich_customer(session)
        complain(session, customer, status)
        runs = status in ("open", "in_progress")
        assert service.silence(session, customer.id, NOW) == (Refusal.OPEN_COMPLAINT if runs else None)
        assert (service.recommend(session, customer.id, source_key="t", **FOR) == ()) is runs
        assert (Refusal.OPEN_COMPLAINT in service.refusals_for(session, customer.id, "YC-D001", NOW)) is runs
        assert service.refusals_for(session, customer.id, "YC-D001", NOW, asked=True) == ()


def test_other_tickets_and_others_complaints_do_not_silence(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session)
        complain(session, customer, kind="left_message")
        complain(session, rich_customer(session))
        assert service.silence(session, customer.id, NOW) is None


def test_an_opt_out_counts_until_it_is_taken_back(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session)
        marketing.record_choice(session, customer.id, False, "web", NOW)
        assert service.silence(session, customer.id, NOW) == Refusal.OPTED_OUT
        assert service.recommend(session, customer.id, source_key="t1", **FOR) == ()
        marketing.record_choice(session, customer.id, True, "web", NOW + timedelta(seconds=1))
        assert service.silence(session, customer.id, NOW) is None
        assert service.recommend(session, customer.id, source_key="t2", **FOR)
        assert [entry.action for entry in entries(session, target_kind="customer")] == [
            "marketing.grant",
            "marketing.refuse",
        ]
        assert session.query(MarketingChoice).count() == 2


def test_a_minor_is_offered_nothing_until_the_birthday(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session, birth_date=date(2008, 11, 23))
        assert service.silence(session, customer.id, NOW) == Refusal.NO_CAPACITY
        assert service.recommend(session, customer.id, source_key="t1", **FOR) == ()
        tomorrow = NOW + timedelta(hours=7)  # midnight in Shanghai
        assert service.silence(session, customer.id, tomorrow) is None
        assert service.recommend(session, customer.id, now=tomorrow, surface="bot", source_key="t2")


def test_refusals_of_a_product(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session, level=2)
        assert service.refusals_for(session, customer.id, "YC-F301", NOW) == ()
        assert service.refusals_for(session, customer.id, "YC-F308", NOW) == (Refusal.TOO_RISKY,)
        assert Refusal.PRIVATE in service.refusals_for(session, customer.id, "YC-W501", NOW, asked=True)
        assert service.refusals_for(session, customer.id, "YC-X000", NOW) == (Refusal.OFF_SALE,)
        assert service.refusals_for(session, None, "YC-F301", NOW) == (Refusal.NOT_ASSESSED,)
        assert service.refusals_for(session, None, "YC-D001", NOW) == ()
        assert Refusal.PRIVATE in service.refusals_for(session, None, "YC-W501", NOW)


def test_assessment_state(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session, level=None)
        assert assessment_state(session, customer.id, NOW) == "missing"
        assess(session, customer, 3, taken_at=NOW, days=10)
        end = NOW + timedelta(days=10)
        assert assessment_state(session, customer.id, end - timedelta(seconds=1)) == "valid"
        assert assessment_state(session, customer.id, end) == "expired"


def test_risk_words_stand_beside_what_can_lose_value(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session, level=5, tier="vip")
        offers = service.recommend(session, customer.id, source_key="all", **FOR, limit=100)
        for offer in offers:
            risky = offer.product.kind in ("wealth", "fund") or offer.product.risk is not None
            assert offer.risk_words == ("理财非存款、产品有风险、投资须谨慎" if risky else None)


def test_kinds_narrow(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session)
        offers = service.recommend(session, customer.id, source_key="t", **FOR, kinds={"insurance"}, limit=5)
        assert {offer.product.kind for offer in offers} == {"insurance"}
        assert service.recommend(session, customer.id, source_key="u", **FOR, kinds=()) == ()


def test_the_number_of_queries_does_not_grow_with_what_is_there(database: Database) -> None:
    with database.transaction() as session:
        little, much = rich_customer(session), rich_customer(session)
        for number in range(12):
            make_account(session, much)
            make_account(session, much, kind="time", matures_on=date(2026, 1, 1))
            later = NOW - timedelta(days=number + 1)
            service.recommend(session, much.id, now=later, surface="bot", source_key=f"t{number}")
        statements: list[str] = []
        listen(session.connection(), "before_cursor_execute", lambda *event: statements.append(event[2]))
        counts = []
        for customer in (little, much):
            statements.clear()
            service.recommend(session, customer.id, source_key=f"of-{customer.id}", **FOR)
            counts.append(len(statements))
        assert counts[0] == counts[1] <= 10  # the lock, four to read, the savepoint, and up to three inserts


def test_a_conversation_that_does_not_exist_is_an_error(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as session:
        service.recommend(session, rich_customer(session).id, source_key="t", **FOR, conversation_id=404)


def test_a_preview_is_what_would_be_offered_and_stores_nothing(database: Database) -> None:
    with database.transaction() as session:
        first, second, cross = (rich_customer(session) for _ in range(3))
        complain(session, cross)
    with database.reading() as session:
        wanted = {first.id: None, second.id: ["insurance"], cross.id: None, 404: None}
        found = service.preview(session, wanted, NOW, limit=2)
        assert service.preview(session, {first.id: ()}, NOW) == {first.id: ()}
    assert (found[cross.id], found[404]) == ((), ())
    assert {one.recommendation_id for one in found[first.id]} == {None}
    with database.transaction() as session:
        for customer, kinds in ((first, None), (second, ["insurance"])):
            assert impressions.history(session, customer.id) == []
            offers = service.recommend(
                session, customer.id, source_key=f"t{customer.id}", **FOR, kinds=kinds, limit=2
            )
            assert [(one.product, one.reason) for one in offers] == [
                (one.product, one.reason) for one in found[customer.id]
            ]


def test_refusals_of_several_products_read_the_customer_once(database: Database) -> None:
    with database.transaction() as session:
        customer = rich_customer(session, level=1)
        complain(session, customer)
        statements: list[str] = []
        listen(session.connection(), "before_cursor_execute", lambda *event: statements.append(event[2]))
        asked = {"YC-D001": True, "YC-W301": True, "YC-D101": False, "YC-X999": True}
        found = service.refusals_by_code(session, customer.id, asked, NOW)
        assert len(statements) == 3
        assert found == {
            code: service.refusals_for(session, customer.id, code, NOW, asked=named)
            for code, named in asked.items()
        }
        assert found["YC-D001"] == () and Refusal.OPEN_COMPLAINT in found["YC-D101"]
        statements.clear()
        assert service.refusals_by_code(session, customer.id, {}, NOW) == {} and not statements
