"""Profiles are computed in sets, with history and reasons, and a stopped run goes on."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from integrations.crm.bank.errors import BadBankData
from integrations.crm.customers import profiles
from integrations.crm.customers.errors import CustomerNotFound
from integrations.crm.customers.tiering import Figures
from integrations.crm.customers.tiering_settings import Way, read_tiering
from integrations.crm.database import Database
from integrations.crm.models import Customer, CustomerProfile, Holding, TierChange
from tests.builders import NOW, make_account, make_card, make_customer, make_movement

DAY = timedelta(days=1)


def make_vip(session: Session, **columns: Any) -> Customer:
    """1,000,000.01 yuan moved, five kinds of service."""
    vip = make_customer(session, **columns)
    account = make_account(session, vip)
    for summary in ("工资", "转账汇款", "消费", "水费"):
        make_movement(session, account, NOW - DAY, 24_999_975, summary=summary)
    make_movement(session, account, NOW - DAY, -101, summary="ATM取款")
    return vip


def codes(session: Session, customer_id: int) -> tuple[str, str, str, str]:
    row = profiles.profile_of(session, customer_id)
    assert row is not None
    return row.value, row.behaviour, row.risk, row.lifecycle


def everything(database: Database) -> list[Any]:
    with database.reading() as session:
        tables = (CustomerProfile.__table__, TierChange.__table__, Customer.__table__)
        return [session.execute(select(table).order_by(*table.primary_key)).all() for table in tables]


def test_computed_for_the_first_time(database: Database) -> None:
    with database.transaction() as session:
        vip = make_vip(session)
        assert profiles.profile_of(session, vip.id) is None
        assert profiles.recompute(session, [vip.id, vip.id, vip.id + 999], NOW) == 1
        assert vip.tier == "vip"
        assert codes(session, vip.id) == ("vip", "active", "low", "mature")
        profile = profiles.profile_of(session, vip.id)
        history = profiles.tier_history(session, vip.id)
    assert profile is not None
    assert (profile.year_volume_fen, profile.year_transactions, profile.year_services) == (100_000_001, 5, 5)
    assert (profile.assets_fen, profile.loans_fen, profile.last_active_on) == (100_000, 0, date(2026, 11, 21))
    assert (profile.churn_reasons, profile.churn_probability, profile.computed_at) == ([], None, NOW)
    told = {row.dimension: (row.before, row.after, row.at) for row in history}
    assert told == {
        "value": ("standard", "vip", NOW),  # what the customer's column said until now
        "behaviour": (None, "active", NOW),
        "risk": (None, "low", NOW),
        "lifecycle": (None, "mature", NOW),
    }
    (value,) = [row for row in history if row.dimension == "value"]
    assert value.reason.startswith("近12个月交易额1,000,000.01元，使用5类服务，达到VIP标准")


def test_again_at_the_same_moment_changes_nothing(database: Database) -> None:
    with database.transaction() as session:
        ids = [make_vip(session).id, make_customer(session).id]
        profiles.recompute(session, ids, NOW)
    before = everything(database)
    with database.transaction() as session:
        assert profiles.recompute(session, ids, NOW) == 2
    assert everything(database) == before


def test_a_change_is_told_with_its_reason_and_only_where_it_is(database: Database) -> None:
    later = NOW + timedelta(days=179)
    with database.transaction() as session:
        vip = make_vip(session, joined_on=date(2015, 1, 1))
        for now in (NOW, later, later + DAY):
            profiles.recompute(session, [vip.id], now)
        history = profiles.tier_history(session, vip.id)
    assert [(row.dimension, row.before, row.after, row.at) for row in history[:2]] == [
        ("lifecycle", "mature", "declining", later),
        ("behaviour", "active", "lost", later),
    ]
    assert len(history) == 6
    assert {row.reason for row in history[:2]} == {
        "已180天没有动账，满180天视为流失",
        "已180天没有动账（满90天）",
    }
    assert profiles.tier_history(session, vip.id, limit=1)[0].id == history[0].id


def test_figures_of_others_stay(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        profiles.recompute(session, [lin.id], NOW)
        session.execute(
            update(CustomerProfile).values(
                churn_probability=0.25, lifetime_value_fen=123_456, churn_reasons=[{"name": "silent"}]
            )
        )
        make_account(session, lin, balance_fen=77)
        profiles.recompute(session, [lin.id], NOW + DAY)
    with database.reading() as session:
        kept = session.get_one(CustomerProfile, lin.id)
        assert (kept.churn_probability, kept.lifetime_value_fen) == (0.25, 123_456)
        assert kept.churn_reasons == [{"name": "silent"}]
        assert (kept.assets_fen, kept.computed_at) == (77, NOW + DAY)


def test_what_a_session_holds_is_up_to_date(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        profiles.recompute(session, [lin.id], NOW)
        held = profiles.profile_of(session, lin.id)
        assert held is not None
        make_account(session, lin, balance_fen=30_000_000)
        lin.city = "昆明"  # not written yet
        profiles.recompute(session, [lin.id], NOW + DAY)
        assert (held.assets_fen, held.value, lin.tier) == (30_000_000, "important", "important")
    with database.reading() as session:
        assert session.get_one(Customer, lin.id).city == "昆明"


def test_a_tier_that_was_set_elsewhere_is_put_right_and_told(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
        profiles.recompute(session, [lin.id], NOW)
        lin.tier = "gold"
        session.flush()
        profiles.recompute(session, [lin.id], NOW + DAY)
        newest = profiles.tier_history(session, lin.id)[0]
        assert lin.tier == "standard"
    assert (newest.dimension, newest.before, newest.after) == ("value", "gold", "standard")


def test_new_settings_are_applied(database: Database) -> None:
    rules = read_tiering()
    easy = rules.value.vip.model_copy(update={"reached_by": (Way(assets_yuan=1),)})
    value = rules.value.model_copy(update={"vip": easy})
    with database.transaction() as session:
        lin = make_customer(session)
        make_account(session, lin)
        profiles.recompute(session, [lin.id], NOW)
        profiles.recompute(session, [lin.id], NOW + DAY, rules.model_copy(update={"value": value}))
        assert lin.tier == "vip"
        assert profiles.tier_history(session, lin.id)[0].reason == "资产1,000元，达到VIP标准（资产不少于1元）"


def test_naive_moments_are_refused(database: Database) -> None:
    with database.transaction() as session:
        lin = make_customer(session)
    with pytest.raises(Exception, match="naive datetime"), database.transaction() as session:
        profiles.recompute(session, [lin.id], datetime(2026, 11, 22, 9, 0))
    with database.reading() as session:
        assert profiles.profile_of(session, lin.id) is None


def test_everybody_in_portions(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "PORTION", 3)
    with database.transaction() as session:
        ids = [make_customer(session).id for _ in range(7)]
    told: list[tuple[int, int]] = []
    assert profiles.recompute_all(database, NOW, lambda *counts: told.append(counts)) == 7
    assert told == [(3, 7), (6, 7), (7, 7)]
    with database.reading() as session:
        assert session.scalars(select(CustomerProfile.customer_id)).all() == ids
        assert session.scalar(select(func.count(TierChange.id))) == 28
    assert profiles.recompute_all(database, NOW) == 7
    assert profiles.recompute_all(database, NOW, not_since=NOW) == 0
    assert profiles.recompute_all(database, NOW + DAY, not_since=NOW + DAY) == 7


def test_a_killed_run_keeps_what_is_done_and_a_later_one_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "PORTION", 2)
    with database.transaction() as session:
        ids = [make_customer(session).id for _ in range(5)]

    class Killed(BaseException):
        pass

    def kill(done: int, _total: int) -> None:
        if done == 4:
            raise Killed

    with pytest.raises(Killed):
        profiles.recompute_all(database, NOW, kill)
    with database.reading() as session:
        assert session.scalars(select(CustomerProfile.customer_id)).all() == ids[:4]
    told: list[tuple[int, int]] = []
    later = NOW + timedelta(minutes=5)
    assert profiles.recompute_all(database, later, lambda *counts: told.append(counts), not_since=NOW) == 1
    assert told == [(1, 1)]
    with database.reading() as session:
        moments = session.scalars(select(CustomerProfile.computed_at).order_by(CustomerProfile.customer_id))
        assert list(moments) == [NOW] * 4 + [later]


def test_a_portion_that_fails_leaves_nothing_half_written(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        make_vip(session)

    def fail(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(profiles.profile_repository, "store_tiers", fail)
    before = everything(database)
    with pytest.raises(OSError, match="disk full"):
        profiles.recompute_all(database, NOW)
    assert everything(database) == before


def test_standing_is_computed_and_not_stored(database: Database) -> None:
    with database.transaction() as session:
        vip = make_vip(session)
        make_card(session, vip, status="frozen", frozen_reason="fraud")
        session.add(
            Holding(
                customer_id=vip.id,
                product_code="YC-W101",
                product_name="云川稳盈90天理财",
                kind="wealth",
                amount_fen=1_000,
                since=date(2026, 1, 1),
            )
        )
        session.flush()
        found = profiles.standing(session, vip.id, NOW)
        assert found.figures.year_services == 6
        assert found.tiers.risk.reason == "有1张卡片因涉诈冻结"
        assert profiles.profile_of(session, vip.id) is None
        with pytest.raises(CustomerNotFound):
            profiles.standing(session, vip.id + 1, NOW)
    assert isinstance(found.figures, Figures)


def test_what_follows_from_a_tier() -> None:
    assert profiles.benefits("vip").dedicated_manager is True
    assert profiles.benefits("important").queue_priority == 20
    assert profiles.benefits("gold") == profiles.benefits("standard")
    assert profiles.strategy("new").lead_with == ("deposit", "wealth")
    with pytest.raises(KeyError):
        profiles.strategy("gone")  # type: ignore[arg-type]


def test_nobody_else_s_rows_are_touched(database: Database) -> None:
    with database.transaction() as session:
        lin, other = make_customer(session), make_vip(session)
        profiles.recompute(session, [lin.id], NOW)
        assert (other.tier, profiles.profile_of(session, other.id)) == ("standard", None)
        assert profiles.recompute(session, [], NOW) == 0


def test_a_wrong_settings_file_stops_the_run(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise BadBankData("tiering.yml: value.vip: missing")

    monkeypatch.setattr(profiles, "read_tiering", broken)
    with database.transaction() as session:
        make_customer(session)
    with pytest.raises(BadBankData):
        profiles.recompute_all(database, datetime.now(UTC))
