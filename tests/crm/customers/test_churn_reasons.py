"""Reasons: the customer's own figures, only where they really are worse, the weightiest first."""

from typing import Any

import numpy as np
import pytest

from integrations.crm.customers.churn_features import FEATURES, GROUP_NAMES, GROUPS, Known
from integrations.crm.customers.churn_reasons import MOST_REASONS, UNSPECIFIC, group_weights, reasons_of
from integrations.crm.customers.churn_scores import Numbers

CALM = {
    "own_recent": 30,
    "own_earlier": 30,
    "own_1": 10,
    "own_2": 10,
    "own_3": 10,
    "purchases_recent": 20,
    "purchases_earlier": 20,
    "out_recent": 100_000,
    "out_earlier": 100_000,
    "card_recent": 9,
    "card_earlier": 9,
    "income_recent": 3,
    "income_earlier": 3,
    "balance": 500_000,
    "balance_before": 500_000,
    "idle_days": 2,
    "bills_missed": 0,
    "complaints": 0,
    "complaints_open": 0,
    "kinds_held": 1,
    "credit_cards": 1,
    "time_deposits": 0,
    "tenure_days": 900,
}
TYPICAL = np.zeros(len(FEATURES))


def customer(group_values: dict[str, float], **figures: float) -> Known:
    """One customer whose features of these groups stand out; `figures` are what is said of them."""
    features = np.zeros((1, len(FEATURES)))
    for group, value in group_values.items():
        features[0, [FEATURES.index(name) for name in GROUPS[group]]] = value
    raw = {name: np.array([float(value)]) for name, value in (CALM | figures).items()}
    return Known(np.array([1]), raw, features, np.array([0]))


def judge(features: Numbers) -> Numbers:
    """The more stands out, the more probable."""
    return np.asarray(1 - np.exp(-features.sum(axis=1) / 10))


def only(known: Known) -> list[str]:
    return reasons_of(known, judge, TYPICAL)[0]


@pytest.mark.parametrize(
    ("group", "figures", "sentence"),
    [
        ("purchases", {"purchases_recent": 19, "purchases_earlier": 50}, "近三个月消费次数比之前少62%"),
        ("activity", {"own_recent": 6, "own_earlier": 30}, "近三个月主动办理的交易6笔，比之前三个月少80%"),
        ("activity", {"own_1": 2}, "最近30天只有2笔交易，此前两个月平均每月10笔"),
        ("amount", {"out_recent": 50_000}, "近三个月支出金额比之前少50%"),
        ("recency", {"idle_days": 41}, "已有41天没有主动办理业务"),
        ("income", {"income_recent": 0}, "近三个月没有工资等收入入账，之前三个月有3笔"),
        ("income", {"income_recent": 1}, "近三个月收入入账1笔，之前三个月3笔"),
        ("balance", {"balance": 100_000}, "活期余额比三个月前少80%"),
        ("balance", {"balance": -5}, "活期余额比三个月前少100%"),
        ("credit_card", {"card_recent": 0}, "近三个月信用卡消费次数比之前少100%"),
        ("bills", {"bills_missed": 2}, "近半年有2期信用卡账单未还足最低还款额"),
        ("complaints", {"complaints": 2}, "近半年投诉2次"),
        ("complaints", {"complaints": 2, "complaints_open": 1}, "有投诉尚未办结"),
        ("products", {"kinds_held": 0, "credit_cards": 0}, "除活期账户外没有使用其他产品"),
    ],
)
def test_a_reason_says_the_customers_own_figures(
    group: str, figures: dict[str, float], sentence: str
) -> None:
    assert only(customer({group: 1}, **figures)) == [sentence]


@pytest.mark.parametrize("group", [group for group in GROUPS if group not in ("person", "contacts")])
def test_what_is_not_worse_is_no_reason_whatever_the_model_says(group: str) -> None:
    assert only(customer({group: 1})) == [UNSPECIFIC]


@pytest.mark.parametrize(
    "figures",
    [
        {"purchases_recent": 17},  # by 15 % only
        {"purchases_recent": 0, "purchases_earlier": 2},  # from nothing much
        {"purchases_recent": 0, "tenure_days": 179},  # had hardly begun
        {"purchases_recent": 40},
    ],
)
def test_a_fall_that_means_nothing_is_not_said(figures: dict[str, float]) -> None:
    assert only(customer({"purchases": 1}, **figures)) == [UNSPECIFIC]


def test_a_person_is_never_a_reason() -> None:
    assert only(customer({"person": 9, "contacts": 9})) == [UNSPECIFIC]
    assert set(GROUP_NAMES) == set(GROUPS)


def test_the_weightiest_come_first_and_no_more_than_three() -> None:
    worse: Any = {"out_recent": 1, "purchases_recent": 1, "idle_days": 50, "balance": 0, "complaints": 1}
    groups = {"complaints": 5.0, "recency": 2.0, "purchases": 1.0, "amount": 0.4, "balance": -3.0}
    said = only(customer(groups, **worse))
    assert len(said) == MOST_REASONS
    assert said[0] == "近半年投诉1次" and said[1] == "已有50天没有主动办理业务"
    assert not any("余额" in sentence for sentence in said)  # it spoke for staying


def test_weights_see_what_a_second_sign_hides() -> None:
    features = customer({"purchases": 30, "recency": 30}).features
    weights = group_weights(features, judge, TYPICAL)
    # Each alone would do; taking one away hardly changes anything, and still both weigh.
    assert weights["purchases"][0] > 0.4 and weights["recency"][0] > 0.4
    assert weights["balance"][0] == pytest.approx(0)


def test_nobody_has_no_reasons() -> None:
    nobody = customer({}).at(np.array([False]))
    assert reasons_of(nobody, judge, TYPICAL) == []
