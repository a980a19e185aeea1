"""Which products come first, and the sentence that says why."""

from datetime import date
from itertools import product as combinations

import numpy as np
import pytest

from integrations.crm.bank.catalogue import read_products
from integrations.crm.recommendations.collaborative import Model
from integrations.crm.recommendations.explanation import explain
from integrations.crm.recommendations.histories import all_signals
from integrations.crm.recommendations.ranking import FACTORS, Choice, rank
from integrations.crm.recommendations.situation import life_stage
from tests.crm.recommendations.builders import make_person, make_product, make_situation

PROMISES = ("保本", "保收益", "稳赚", "无风险", "零风险", "收益率", "高收益", "一定", "保证", "最高", "翻倍")


def make_model(*weights: tuple[str, str, float], codes: tuple[str, ...]) -> Model:
    signals = all_signals(codes)
    table = np.zeros((len(codes) + len(signals), len(codes)), dtype=np.float32)
    for source, target, weight in weights:
        table[(*codes, *signals).index(source), codes.index(target)] = weight
    return Model(codes, signals, table, np.zeros(len(codes), np.float32), date(2026, 11, 22), 1)


def products(*codes: str, **fields: object):
    return [make_product(code, **fields) for code in codes]


def first(situation, allowed, model=None) -> Choice:
    return rank(situation, allowed, model, limit=1)[0]


def test_the_held_product_that_counts_most_is_named() -> None:
    model = make_model(
        ("YC-F302", "YC-X001", 0.2),
        ("YC-W101", "YC-X001", 0.5),
        ("everyone", "YC-X001", 0.3),
        codes=("YC-F302", "YC-W101", "YC-X001"),
    )
    had = frozenset({"YC-F302", "YC-W101"})
    choice = first(make_situation(had=had, held=had), products("YC-X001"), model)
    assert choice.because == "held"
    assert choice.factors["held"] == pytest.approx(0.7)
    assert choice.factors["popular"] == pytest.approx(0.3)
    assert explain(choice) == f"持有{read_products()['YC-W101'].name}的客户，也常选择这一款"


def test_the_last_product_counts_as_held() -> None:
    model = make_model(("last=YC-W101", "YC-X001", 0.5), codes=("YC-W101", "YC-X001"))
    situation = make_situation(had=frozenset({"YC-W101"}), last="YC-W101")
    choice = first(situation, products("YC-X001"), model)
    assert (choice.because, choice.neighbour) == ("held", "YC-W101")


def test_a_product_that_speaks_against_is_never_named() -> None:
    model = make_model(
        ("YC-W101", "YC-X001", -0.2), ("everyone", "YC-X001", 0.9), codes=("YC-W101", "YC-X001")
    )
    choice = first(make_situation(had=frozenset({"YC-W101"})), products("YC-X001"), model)
    assert choice.neighbour is None
    assert explain(choice) == "这是我行较多客户选择的产品"


def test_a_name_that_has_left_the_catalogue() -> None:
    model = make_model(("YC-X900", "YC-X001", 0.9), codes=("YC-X900", "YC-X001"))
    choice = first(make_situation(had=frozenset({"YC-X900"})), products("YC-X001"), model)
    assert explain(choice) == "和您持有相近产品的客户也常选择这一款"


def test_customers_alike() -> None:
    model = make_model(("age=1", "YC-X001", 0.4), ("tier=standard", "YC-X001", 0.3), codes=("YC-X001",))
    choice = first(make_situation(make_person(age=40)), products("YC-X001"), model)
    assert choice.because == "alike"
    assert explain(choice) == "和您情况相近的客户常选择这一款"


def test_cold_start_goes_by_segment() -> None:
    codes = ("YC-X001", "YC-X002")
    model = make_model(
        ("everyone", "YC-X001", 0.5), ("everyone", "YC-X002", 0.4), ("age=3", "YC-X002", 0.4), codes=codes
    )
    allowed = products(*codes)
    assert first(make_situation(make_person(age=40)), allowed, model).product.code == "YC-X001"
    assert first(make_situation(make_person(age=66)), allowed, model).product.code == "YC-X002"


def test_without_model_life_stage_and_strategy_decide() -> None:
    fitting = make_product("YC-X002", life_stages=["family"])
    choice = first(make_situation(stage="family"), [*products("YC-X001"), fitting])
    assert choice.product is fitting
    assert explain(choice) == "这款产品适合有家庭开支和长期计划的客户"
    loan, wealth = make_product("YC-X003", kind="loan", risk=None), make_product("YC-X004")
    choice = first(make_situation(make_person(tier="vip"), lifecycle="mature"), [loan, wealth])
    assert choice.product is wealth
    assert explain(choice) == "结合您在我行的等级和业务情况，可以先了解一下这款理财产品"


def test_a_tier_or_lifecycle_that_nobody_knows_breaks_nothing() -> None:
    situation = make_situation(make_person(tier="gold"), lifecycle="moon")
    assert first(situation, products("YC-X001")).product.code == "YC-X001"


@pytest.mark.parametrize(("days", "when"), [(0, "今天"), (1, "昨天"), (6, "6天前")])
def test_a_matured_deposit_is_named_with_its_day(days: int, when: str) -> None:
    allowed = [
        *products("YC-X001"),
        make_product("YC-X002", name="大额存单一年期", kind="deposit", risk=None, months=12),
    ]
    model = make_model(("everyone", "YC-X001", 0.9), codes=("YC-X001",))
    choice = first(make_situation(matured_days=days), allowed, model)
    assert explain(choice) == f"您的定期存款{when}已到期，可以先看看大额存单一年期"


def test_risky_products_do_not_follow_a_deposit() -> None:
    for risk, expected in ((1, 0.72), (2, 0.6), (3, 0), (4, 0)):
        choice = first(make_situation(matured_days=3), products("YC-X001", risk=risk))
        assert choice.factors["matured"] == pytest.approx(expected)


def test_cards_are_various_in_kind() -> None:
    codes = ("YC-X001", "YC-X002", "YC-X003")
    allowed = [*products(*codes[:2]), make_product(codes[2], kind="fund")]
    model = make_model(
        *(("everyone", code, weight) for code, weight in zip(codes, (1.0, 0.9, 0.8), strict=True)),
        codes=codes,
    )
    chosen = rank(make_situation(make_person(tier="vip")), allowed, model, limit=3)
    assert [one.product.code for one in chosen] == ["YC-X001", "YC-X003", "YC-X002"]


def test_a_much_better_card_of_the_same_kind_still_comes_first() -> None:
    codes = ("YC-X001", "YC-X002", "YC-X003")
    allowed = [*products(*codes[:2]), make_product(codes[2], kind="fund")]
    model = make_model(
        *(("everyone", code, weight) for code, weight in zip(codes, (1.0, 0.9, 0.1), strict=True)),
        codes=codes,
    )
    chosen = rank(make_situation(), allowed, model, limit=2)
    assert [one.product.code for one in chosen] == ["YC-X001", "YC-X002"]


def test_nothing_allowed_nothing_chosen() -> None:
    model = make_model(("everyone", "YC-X001", 1.0), codes=("YC-X001",))
    assert rank(make_situation(), [], model, limit=3) == ()
    assert rank(make_situation(), products("YC-X001"), model, limit=0) == ()
    new = rank(make_situation(), products("YC-X777"), model, limit=3)  # not learned yet
    assert [one.product.code for one in new] == ["YC-X777"]


def test_no_sentence_promises_anything() -> None:
    for factor in FACTORS:
        for stage in ("young", "family", "established", "retired"):
            for product in read_products().values():
                choice = Choice(product, {factor: 1.0}, stage, "YC-W101", 6)
                sentence = explain(choice)
                assert 0 < len(sentence) <= 200
                assert not any(promise in sentence for promise in PROMISES)


@pytest.mark.parametrize(
    "factors",
    [{}, dict.fromkeys(FACTORS, 0.0), {"matured": 0.0, "popular": -0.2, "held": -0.1, "moved": 0.0}],
)
@pytest.mark.parametrize("kind", ["deposit", "wealth", "fund", "insurance", "credit_card", "loan"])
def test_where_nothing_speaks_for_a_product_nothing_is_claimed(factors: dict[str, float], kind: str) -> None:
    product = make_product(kind=kind, risk=1 if kind in ("wealth", "fund") else None)
    choice = Choice(product, factors, "family", "YC-W101", matured_days=3)
    assert choice.because is None
    sentence = explain(choice)
    assert sentence.startswith("您可以先了解一下我行这款")
    assert not any(claim in sentence for claim in ("到期", "客户", "等级", "收支"))


def test_popularity_is_said_only_of_what_is_popular() -> None:
    product = make_product(life_stages=["young"])
    for factor in ("stage", "matured"):  # neither fits this product
        assert "较多客户" not in explain(Choice(product, {factor: 0.1}, "retired"))
    assert explain(Choice(product, {"popular": 0.1, "held": -1}, "family")) == "这是我行较多客户选择的产品"


def test_no_sentence_is_untrue_whatever_the_situation() -> None:
    ages, tiers = (20, 35, 50, 65, 72), ("vip", "important", "standard")
    stages, matured = ("new", "growing", "mature", "declining", None), (None, 3)
    allowed = list(read_products().values())
    for age, tier, lifecycle, days in combinations(ages, tiers, stages, matured):
        situation = make_situation(
            make_person(age=age, tier=tier),
            stage=life_stage(age, frozenset()),
            lifecycle=lifecycle,
            matured_days=days,
        )
        for choice in rank(situation, allowed, None, limit=len(allowed)):
            sentence, factors = explain(choice), choice.factors
            assert ("到期" in sentence) <= (days is not None and factors["matured"] > 0)
            assert ("到期" in sentence) <= (choice.product.kind in ("deposit", "wealth"))
            assert ("等级" in sentence) <= (factors["strategy"] > 0)
            assert ("适合" in sentence) <= (factors["stage"] > 0)
            assert "较多客户" not in sentence and "常选择" not in sentence  # nobody has learnt of either
