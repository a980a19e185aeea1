"""Early warnings: whom to call first, and that nobody is offered anything who must not be."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from integrations.crm.bank.errors import BadBankData
from integrations.crm.customers.churn_settings import CHURN_FILE, read_churn_rules
from integrations.crm.customers.churn_warnings import (
    COMPLAINT_FIRST,
    SERVICE_ONLY,
    UNDER_AGE,
    advice,
    warnings,
)
from integrations.crm.customers.periods import start_of
from integrations.crm.customers.tiering_settings import read_tiering
from integrations.crm.database import Database
from integrations.crm.models import Customer, CustomerProfile, MarketingChoice, Ticket
from tests.builders import NOW, make_customer, make_staff


def endangered(session: Session, probability: float | None = 0.8, **columns: object) -> Customer:
    own = {name: columns.pop(name) for name in ("manager_id", "birth_date") if name in columns}
    customer = make_customer(session, **own)
    values = {
        "customer_id": customer.id,
        "year_volume_fen": 0,
        "year_transactions": 0,
        "year_services": 0,
        "assets_fen": 0,
        "loans_fen": 0,
        "value": "standard",
        "behaviour": "active",
        "risk": "low",
        "lifecycle": "declining",
        "lifetime_value_fen": 1_000_000,
        "churn_probability": probability,
        "churn_reasons": ["近三个月消费次数比之前少62%"],
        "computed_at": NOW,
    }
    session.add(CustomerProfile(**values | columns))
    session.flush()
    return customer


def ids(session: Session, limit: int = 10, manager_id: int | None = None) -> list[int]:
    return [warning.customer_id for warning in warnings(session, NOW, limit, manager_id)]


def test_the_largest_expected_loss_comes_first(database: Database) -> None:
    with database.transaction() as session:
        small = endangered(session, 0.9, lifetime_value_fen=100_000)
        large = endangered(session, 0.5, lifetime_value_fen=5_000_000)
        found = warnings(session, NOW, 10)
        assert [one.customer_id for one in found] == [large.id, small.id]
        assert found[0].at_risk_fen == 2_500_000 and found[0].number == large.number
        assert ids(session, 1) == [large.id]


def test_only_who_is_likely_to_leave_and_worth_keeping(database: Database) -> None:
    with database.transaction() as session:
        endangered(session, 0.39)
        endangered(session, None)
        endangered(session, 0.9, lifetime_value_fen=49_999)
        endangered(session, 0.9, lifetime_value_fen=None)
        valued = endangered(session, 0.4, lifetime_value_fen=50_000)
        tiers = [endangered(session, 0.9, lifetime_value_fen=-5, value=tier) for tier in ("vip", "important")]
        unknown = endangered(session, 0.9, lifetime_value_fen=None, value="vip")
        assert set(ids(session)) == {valued.id, unknown.id, *(one.id for one in tiers)}


def test_a_manager_sees_their_own_customers(database: Database) -> None:
    with database.transaction() as session:
        mine, other = make_staff(session), make_staff(session, "xiaowang")
        own = endangered(session, manager_id=mine.id)
        foreign, nobodys = endangered(session, manager_id=other.id), endangered(session)
        assert ids(session, manager_id=mine.id) == [own.id]
        assert set(ids(session)) == {own.id, foreign.id, nobodys.id}


@pytest.mark.parametrize("status", ["open", "in_progress", "resolved", "withdrawn"])
def test_during_a_complaint_nothing_is_offered(database: Database, status: str) -> None:
    # RULES of suitability: no recommendation during an open complaint.
    with database.transaction() as session:
        customer = endangered(session)
        ticket = {"number": "TS1", "source_key": "1", "title": "投诉", "created_at": NOW}
        session.add(Ticket(kind="complaint", status=status, customer_id=customer.id, **ticket))
        session.flush()
        (found,) = warnings(session, NOW, 10)
    silent = status in ("open", "in_progress")
    assert (found.offer == COMPLAINT_FIRST) == silent == (found.product_kinds == ())


@pytest.mark.parametrize(("choices", "offered"), [([False], False), ([False, True], True), ([True], True)])
def test_who_wants_no_marketing_is_only_cared_for(
    database: Database, choices: list[bool], offered: bool
) -> None:
    # 个人信息保护法 Art 24: the newest choice counts.
    with database.transaction() as session:
        customer = endangered(session)
        for number, granted in enumerate(choices):
            at = NOW + timedelta(days=number)
            session.add(MarketingChoice(customer_id=customer.id, granted=granted, source="web", at=at))
        session.flush()
        (found,) = warnings(session, NOW, 10)
    assert (found.offer != SERVICE_ONLY) == offered == bool(found.product_kinds)


@pytest.mark.parametrize(("second", "offered"), [(-1, False), (0, True)])
def test_who_is_under_age_is_only_cared_for(database: Database, second: int, offered: bool) -> None:
    """民法典 Arts 17 and 18: full capacity begins on the birthday, of Shanghai."""
    birthday = start_of(date(2026, 11, 22))
    with database.transaction() as session:
        endangered(session, birth_date=date(2008, 11, 22))
        (found,) = warnings(session, birthday + timedelta(seconds=second), 10)
    assert (found.offer != UNDER_AGE) == offered == bool(found.product_kinds)
    assert offered or "介绍" not in found.offer


@pytest.mark.parametrize("stage", ["new", "growing", "mature", "declining"])
def test_what_to_offer_follows_the_reasons_and_the_stage(stage: str) -> None:
    words, kinds = advice(stage, ["活期余额比三个月前少80%", "近三个月消费次数比之前少62%"])
    strategy = read_tiering().lifecycle.strategies[stage]  # type: ignore[index]
    assert kinds == strategy.lead_with
    assert words.startswith("了解资金去向") and "适当性" in words
    assert read_tiering().lifecycle.strategies["declining"].contact in words


def test_unknown_reasons_and_stages_still_get_a_call() -> None:
    words, kinds = advice("someday", ["别的原因"])
    assert words.startswith("致电问候") and kinds == ()


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(database: Database, limit: int) -> None:
    with database.reading() as session, pytest.raises(ValueError, match="limit"):
        warnings(session, NOW, limit)


@pytest.mark.parametrize(
    ("wrong", "instead", "named"),
    [
        ("warn_from_percent: 40", "warn_from_percent: 10", "reasons_from_percent"),
        ("warn_from_percent: 40", "warn_from_percent: 100", "warn_from_percent"),
        ("incomes: [工资", "incomes: [红包", "红包"),
        ("purchases: [消费]", "purchases: [消费, 工资]", "工资"),
        ("if_not_better: baseline", "if_not_better: guess", "if_not_better"),
        ("not_own:", "not own:", "not_own"),
    ],
)
def test_a_setting_that_is_wrong_is_named(tmp_path: Path, wrong: str, instead: str, named: str) -> None:
    file, sound = tmp_path / "churn.yml", CHURN_FILE.read_text(encoding="utf-8")
    assert wrong in sound
    file.write_text(sound.replace(wrong, instead, 1), encoding="utf-8")
    with pytest.raises(BadBankData, match=named):
        read_churn_rules(file)
