"""Short words that go on from the cards of a recommendation, and words that mean something else."""

from functools import partial

import pytest

from actions.offer_words import said_of_offers
from tests.actions.assessments import shelf
from tests.actions.conftest import Start
from tests.actions.dialogue import Dialogue
from tests.actions.offers import products_of


@pytest.fixture
def start(start: Start) -> Start:
    """All of them can read about every product."""
    return partial(start, knowledge=shelf())


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("还有别的沒", "recommendation"),
        ("有别的基金没？", "recommendation"),
        ("换一批", "recommendation"),
        ("那再给我看看", "recommendation"),
        ("还有吗", "recommendation"),
        ("第一个咋样靠谱不", "recommendation"),
        ("第二款风险大不大", "recommendation"),
        ("最后一个呢", "recommendation"),
        ("头一个不要", "not_interested"),
        ("第二个不太合适", "not_interested"),
        ("都不喜欢", "not_interested"),
        ("这几个都不要", "not_interested"),
        ("我要第一个", "appointment"),
        ("第三款帮我预约一下", "appointment"),
    ],
)
def test_what_goes_on_from_the_cards(text: str, intent: str) -> None:
    assert said_of_offers(text) == intent


@pytest.mark.parametrize(
    "text",
    [
        "",
        "余额",
        "好的",
        "不用了",
        "算了",
        "不要了",
        "谢谢",
        "别的银行呢",
        "其他银行可以取吗",
        "第二张卡挂失",
        "还有多少钱",
        "还有别的卡吗",
        "还有别的办法把存款提前取出来又不损失利息吗",
    ],
)
def test_what_may_mean_something_else(text: str) -> None:
    assert said_of_offers(text) is None


def test_others_in_few_words(assessed: Dialogue) -> None:
    first = products_of(assessed.say("有什么理财推荐", "recommendation"))
    second = products_of(assessed.say("还有别的沒", "nlu_fallback"))
    assert second and not set(first) & set(second)


def test_one_of_them_is_explained_turned_down_and_booked(assessed: Dialogue) -> None:
    assessed.say("有什么理财推荐", "recommendation")
    assert "utter_enquiry_answer" in assessed.say("第二个咋样靠谱不", "nlu_fallback", ordinal=2).responses
    assert assessed.say("头一个不要", "deny", ordinal=1).responses == ["utter_not_interested_product"]
    assessed.say("我要第一个", "inform", ordinal=1)
    assert assessed.form == "appointment_form"


def test_later_the_same_words_are_no_wish_for_products(assessed: Dialogue) -> None:
    assessed.say("有什么理财推荐", "recommendation")
    assessed.say("查余额", "balance")
    assert not products_of(assessed.say("还有别的沒", "nlu_fallback"))
