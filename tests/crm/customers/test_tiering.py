"""Every threshold at its limit and one fen, one movement or one day beside it; figures in the reason."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from integrations.crm.customers.periods import start_of, today
from integrations.crm.customers.tiering import Figures, Placed, months_before, name_of, tiers_of
from integrations.crm.customers.tiering_settings import Tiering, Way, read_tiering
from integrations.crm.customers.tiering_words import amount, exact, way_words

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
WAN = 1_000_000  # fen
STEADY = Figures(
    joined_on=date(2015, 1, 1),
    year_volume_fen=20 * WAN,
    year_transactions=80,
    recent_transactions=40,
    earlier_transactions=40,
    year_services=4,
    last_active_on=TODAY,
    assets_fen=10 * WAN,
)


def placed(dimension: str, now: datetime = NOW, rules: Tiering | None = None, **figures: Any) -> Placed:
    tiers = tiers_of(replace(STEADY, **figures), now, rules or read_tiering())
    return tiers.by_dimension()[dimension]


def changed(section: str, **fields: Any) -> Tiering:
    """The settings with some fields of a section replaced, as a bank would edit them."""
    rules = read_tiering()
    return rules.model_copy(update={section: getattr(rules, section).model_copy(update=fields)})


@pytest.mark.parametrize(
    ("volume_fen", "services", "tier"),
    [
        (100 * WAN + 1, 5, "vip"),
        (100 * WAN, 5, "important"),  # more than a million, not a million
        (100 * WAN - 1, 5, "important"),
        (100 * WAN + 1, 4, "important"),
        (100 * WAN + 1, 6, "vip"),
        (10_000 * WAN, 2, "standard"),
        (50 * WAN + 1, 3, "important"),
        (50 * WAN, 3, "standard"),
        (50 * WAN - 1, 3, "standard"),
        (50 * WAN + 1, 2, "standard"),
        (0, 0, "standard"),
    ],
)
def test_value_by_volume_and_services(volume_fen: int, services: int, tier: str) -> None:
    assert placed("value", year_volume_fen=volume_fen, year_services=services).code == tier


@pytest.mark.parametrize(
    ("assets_fen", "tier"),
    [
        (30 * WAN - 1, "standard"),
        (30 * WAN, "important"),
        (30 * WAN + 1, "important"),
        (9_000 * WAN, "important"),
    ],
)
def test_value_by_assets(assets_fen: int, tier: str) -> None:
    assert placed("value", year_volume_fen=0, year_services=0, assets_fen=assets_fen).code == tier


def test_reasons_of_value_name_what_decided() -> None:
    vip = placed("value", year_volume_fen=128_493_755, year_services=6).reason
    assert vip == "近12个月交易额128.4万元，使用6类服务，达到VIP标准（交易额超过100万元且服务不少于5类）"
    rich = placed("value", assets_fen=397_217_26).reason
    assert rich == "资产39.7万元，达到重要标准（资产不少于30万元）"
    plain = placed("value", year_volume_fen=0, assets_fen=-500).reason
    assert plain == (
        "近12个月交易额0元，使用4类服务，资产-5元，"
        "未达到重要标准（交易额超过50万元且服务不少于3类；或资产不少于30万元）"
    )


def test_a_reason_never_shows_a_figure_on_the_wrong_side_of_its_limit() -> None:
    assert "交易额1,000,000.01元" in placed("value", year_volume_fen=100 * WAN + 1, year_services=5).reason
    assert "资产29.9万元，未达到" in placed("value", assets_fen=30 * WAN - 1).reason
    assert "资产30万元，达到" in placed("value", assets_fen=30 * WAN).reason
    assert "资产300,000.01元，达到" in placed("value", assets_fen=30 * WAN + 1).reason
    assert "、4.9万元，未达到" in placed("behaviour", year_volume_fen=5 * WAN - 1).reason


@pytest.mark.parametrize(
    ("count", "volume_fen", "code"),
    [
        (3, 5 * WAN, "active"),
        (2, 5 * WAN, "potential"),
        (3, 5 * WAN - 1, "potential"),
        (4, 5 * WAN + 1, "active"),
        (0, 0, "potential"),
        (1, 900 * WAN, "potential"),
        (900, 5 * WAN - 1, "potential"),
    ],
)
def test_behaviour_needs_both(count: int, volume_fen: int, code: str) -> None:
    assert placed("behaviour", year_transactions=count, year_volume_fen=volume_fen).code == code


@pytest.mark.parametrize(("days", "code"), [(0, "active"), (179, "active"), (180, "lost"), (181, "lost")])
def test_lost_after_days_without_movement(days: int, code: str) -> None:
    got = placed("behaviour", last_active_on=TODAY - timedelta(days=days))
    assert got.code == code
    if code == "lost":
        assert got.reason == f"已{days}天没有动账，满180天视为流失"


@pytest.mark.parametrize(("days", "code"), [(1, "potential"), (179, "potential"), (180, "lost")])
def test_who_never_moved_anything_is_counted_from_joining(days: int, code: str) -> None:
    joined = TODAY - timedelta(days=days)
    got = placed("behaviour", joined_on=joined, last_active_on=None, year_transactions=0, year_volume_fen=0)
    assert got.code == code
    assert ("开户180天以来没有动账" in got.reason) is (code == "lost")


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("2026-11-21T15:59:59+00:00", "active"),  # 23:59:59 in Shanghai
        ("2026-11-21T16:00:00+00:00", "lost"),  # midnight: the next day
    ],
)
def test_days_begin_in_shanghai(moment: str, code: str) -> None:
    now = datetime.fromisoformat(moment)
    last = date(2026, 11, 22) - timedelta(days=180)
    assert placed("behaviour", now, last_active_on=last).code == code


@pytest.mark.parametrize(
    ("days", "code"), [(0, "low"), (1, "medium"), (29, "medium"), (30, "high"), (31, "high")]
)
def test_risk_of_an_overdue_bill(days: int, code: str) -> None:
    got = placed("risk", overdue_since=TODAY - timedelta(days=days))
    assert got.code == code
    assert (f"信用卡账单已逾期{days}天" == got.reason) is (code != "low")


def test_a_bill_is_late_from_the_day_after_its_due_day_in_shanghai() -> None:
    for late, code in ((-timedelta(seconds=1), "low"), (timedelta(), "medium")):
        now = start_of(TODAY) + late
        assert placed("risk", now, overdue_since=TODAY - timedelta(days=1)).code == code


@pytest.mark.parametrize(("cards", "code"), [(0, "low"), (1, "high"), (2, "high")])
def test_risk_of_cards_frozen_for_fraud(cards: int, code: str) -> None:
    got = placed("risk", fraud_frozen_cards=cards)
    assert got.code == code
    assert not cards or f"有{cards}张卡片因涉诈冻结" == got.reason


@pytest.mark.parametrize(
    ("owed_fen", "assets_fen", "code"),
    [
        (30 * WAN, 10 * WAN, "medium"),
        (30 * WAN - 1, 10 * WAN, "low"),
        (100 * WAN, 10 * WAN, "high"),
        (100 * WAN - 1, 10 * WAN, "medium"),
        (5 * WAN, 0, "high"),
        (5 * WAN - 1, 0, "low"),  # too small to look at
        (5 * WAN, -100, "high"),
        (5 * WAN, 5 * WAN, "low"),
        (0, 0, "low"),
    ],
)
def test_risk_of_unsecured_loans(owed_fen: int, assets_fen: int, code: str) -> None:
    got = placed("risk", loans_fen=owed_fen, unsecured_fen=owed_fen, assets_fen=assets_fen)
    assert got.code == code
    assert ("无抵押贷款" in got.reason) is (code != "low")


def test_a_mortgage_is_no_risk_by_itself() -> None:
    assert placed("risk", loans_fen=150 * WAN, assets_fen=0).code == "low"


@pytest.mark.parametrize(
    ("used_fen", "code"), [(899_999, "low"), (900_000, "medium"), (900_001, "medium"), (1_200_000, "medium")]
)
def test_risk_of_a_used_up_credit_line(used_fen: int, code: str) -> None:
    got = placed("risk", credit_limit_fen=1_000_000, credit_used_fen=used_fen)
    assert got.code == code
    if used_fen == 900_000:
        assert got.reason == "信用卡额度已使用90%（9,000元/1万元）"


def test_the_worst_fact_counts() -> None:
    got = placed("risk", overdue_since=TODAY - timedelta(days=5), fraud_frozen_cards=1)
    assert (got.code, got.reason) == ("high", "有1张卡片因涉诈冻结")
    got = placed("risk", overdue_since=TODAY - timedelta(days=5), credit_limit_fen=100, credit_used_fen=100)
    assert (got.code, got.reason) == ("medium", "信用卡账单已逾期5天")


@pytest.mark.parametrize(
    ("joined_on", "code"),
    [
        (date(2026, 11, 22), "new"),
        (date(2026, 5, 23), "new"),
        (date(2026, 5, 22), "growing"),  # six months today
        (date(2026, 5, 21), "growing"),
        (date(2024, 11, 23), "growing"),
        (date(2024, 11, 22), "mature"),  # two years today
        (date(2024, 11, 21), "mature"),
    ],
)
def test_stages_by_tenure(joined_on: date, code: str) -> None:
    assert placed("lifecycle", joined_on=joined_on).code == code


@pytest.mark.parametrize(
    ("recent", "earlier", "code"),
    [
        (5, 10, "declining"),
        (6, 10, "mature"),
        (4, 10, "declining"),
        (0, 6, "declining"),
        (0, 5, "mature"),  # too few to speak of a trend
        (3, 6, "declining"),
        (12, 10, "mature"),
        (13, 10, "growing"),
        (14, 10, "growing"),
        (50, 5, "mature"),
        (0, 0, "mature"),
    ],
)
def test_stages_by_trend(recent: int, earlier: int, code: str) -> None:
    got = placed("lifecycle", recent_transactions=recent, earlier_transactions=earlier)
    assert got.code == code
    if (recent, earlier) == (5, 10):
        assert got.reason == "近6个月交易5笔，此前6个月10笔，减少50%"
    if (recent, earlier) == (13, 10):
        assert got.reason == "近6个月交易13笔，此前6个月10笔，增加30%"


@pytest.mark.parametrize(("days", "code"), [(89, "mature"), (90, "declining"), (91, "declining")])
def test_a_silent_customer_declines(days: int, code: str) -> None:
    got = placed("lifecycle", last_active_on=TODAY - timedelta(days=days))
    assert got.code == code
    if days == 90:
        assert got.reason == "已90天没有动账（满90天）"


def test_a_new_customer_is_new_before_anything_else() -> None:
    got = placed("lifecycle", joined_on=TODAY - timedelta(days=120), last_active_on=None)
    assert (got.code, got.reason) == ("new", "2026年7月25日开户，未满6个月")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2028, 2, 29), 12, date(2027, 2, 28)),
        (date(2029, 2, 28), 12, date(2028, 2, 28)),
        (date(2028, 2, 29), 48, date(2024, 2, 29)),
        (date(2028, 8, 31), 6, date(2028, 2, 29)),
        (date(2027, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 1, 1), 1, date(2026, 12, 1)),
        (date(2027, 3, 31), 1, date(2027, 2, 28)),
        (date(2026, 12, 31), 12, date(2025, 12, 31)),
        (date(2026, 12, 15), 0, date(2026, 12, 15)),
    ],
)
def test_months_before(day: date, months: int, expected: date) -> None:
    assert months_before(day, months) == expected


@pytest.mark.parametrize(
    ("now", "code"),
    [(date(2028, 8, 28), "new"), (date(2028, 8, 29), "growing"), (date(2028, 8, 31), "growing")],
)
def test_who_joined_on_a_leap_day(now: date, code: str) -> None:
    got = placed("lifecycle", start_of(now), joined_on=date(2028, 2, 29), last_active_on=now)
    assert got.code == code


def test_a_bank_can_lower_the_thresholds() -> None:
    rules = read_tiering()
    vip = rules.value.vip.model_copy(update={"reached_by": (Way(assets_yuan=1),)})
    rules = changed("value", vip=vip)
    assert placed("value", rules=rules, assets_fen=100).code == "vip"
    assert placed("value", rules=rules, assets_fen=99).code == "standard"
    assert placed("behaviour", rules=changed("behaviour", lost_after_days=1)).code == "active"
    last = TODAY - timedelta(days=1)
    assert (
        placed("behaviour", rules=changed("behaviour", lost_after_days=1), last_active_on=last).code == "lost"
    )


def test_reasons_fit_the_column_and_carry_no_code() -> None:
    for figures in ({}, {"year_volume_fen": 10**15, "year_services": 11}, {"assets_fen": 10**15}):
        for dimension in ("value", "behaviour", "risk", "lifecycle"):
            got = placed(dimension, **figures)
            assert 0 < len(got.reason) <= 200
            assert got.code not in got.reason


def test_amounts_in_words() -> None:
    assert amount(0) == "0元"
    assert amount(-5) == "-0.05元"
    assert amount(999_999) == "9,999.99元"
    assert amount(WAN) == "1万元"
    assert amount(128_493_755) == "128.4万元"
    assert amount(123_456_789 * WAN) == "123,456,789万元"
    assert exact(5_000) == "5,000元"
    assert exact(10_001) == "10,001元"
    assert exact(15_500) == "1.55万元"
    assert way_words(Way(assets_yuan=20_000, services=2)) == "服务不少于2类且资产不少于2万元"


def test_names_of_codes() -> None:
    rules = read_tiering()
    assert name_of("lifecycle", "declining", rules) == "衰退期"
    assert name_of("value", "gold", rules) == "gold"
    assert today(NOW) == TODAY
