"""The risk questionnaire in the chat: every way through it, out of it, and back."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from integrations.crm.bank.catalogue import read_products
from integrations.crm.database import Database
from integrations.crm.models import Customer, RiskAssessment
from integrations.crm.recommendations.risk_assessment import questions
from tests.actions.assessments import STABLE, assess, shelf
from tests.actions.conftest import Start, verify
from tests.actions.dialogue import NOON, Dialogue, Said
from tests.actions.offers import complain, refuse

BEGIN = "我要做风险测评"
CAREFUL = "AABABBBCBB"
"""Answers of somebody careful, in the order of the questions."""


@pytest.fixture
def start(start: Start) -> Start:
    """All of them can read about every product."""
    return partial(start, knowledge=shelf())


def stored(database: Database) -> list[RiskAssessment]:
    with database.reading() as session:
        return list(session.query(RiskAssessment).order_by(RiskAssessment.id))


def answer(dialogue: Dialogue, letters: str) -> Said:
    """One option after the other, as the buttons say it."""
    for letter in letters:
        said = dialogue.say(f"选{letter}", "inform")
    return said


def place(dialogue: Dialogue) -> int:
    """Which question is open, from 1."""
    return len(dialogue.slots["risk_assessment_answers"]) + 1


def take(dialogue: Dialogue, letters: str = CAREFUL) -> Said:
    dialogue.say(BEGIN, "risk_assessment")
    answer(dialogue, letters)
    return dialogue.say("确认", "affirm")


def test_ten_questions_a_look_and_a_result(verified: Dialogue, database: Database) -> None:
    """RULES.md, suitability: the limits are said before the first question; valid 12 months."""
    said = verified.say(BEGIN, "risk_assessment")
    assert "最多测2次" in said.text and "最多8次" in said.text and "12个月有效" in said.text
    assert "第1题（共10题）" in said.text and said.buttons[0]["title"] == "A. 18–30周岁"
    assert "上一题" not in [one["payload"] for one in said.buttons]
    said = answer(verified, CAREFUL)
    assert "请核对" in said.text and len(said.cards[0]["rows"]) == len(questions())
    assert stored(database) == []
    said = verified.say("确认", "affirm")
    [made] = stored(database)
    assert list(made.answers.values()) == list(CAREFUL) and made.channel == "web"
    assert f"（C{made.level}）" in said.text and "2027年11月20日" in said.text
    assert made.expires_at.date().isoformat() == "2027-11-20"


def test_being_named_is_not_enough(known: Dialogue) -> None:
    assert "本人完成" in known.say(BEGIN, "risk_assessment").text
    assert known.form == "verification_form"


@pytest.mark.parametrize(
    ("words", "entities"),
    [
        ("B", {}),
        ("b", {}),
        ("选B", {}),
        ("我选b吧", {}),
        ("B选项", {}),
        ("2", {"amount": "2"}),
        ("第二个", {"ordinal": 2}),
        ("选第二项", {}),
        ("31–45周岁", {}),
        ("B. 31–45周岁", {}),
    ],
)
@pytest.mark.parametrize(
    "intent", ["inform", "deny", "cancel", "human", "rates", "complaint", "not_interested"]
)
def test_ways_to_say_b(verified: Dialogue, words: str, entities: dict[str, Any], intent: str) -> None:
    verified.say(BEGIN, "risk_assessment")
    said = verified.say(words, intent, **entities)
    assert verified.slots["risk_assessment_answers"] == {"age": "B"} and "第2题" in said.text


@pytest.mark.parametrize("words", ["F", "选F", "9", "第十个", "第二题", "AB", "不知道怎么选", "随便"])
def test_what_is_no_option_is_asked_again(verified: Dialogue, words: str) -> None:
    verified.say(BEGIN, "risk_assessment")
    entities = {"ordinal": 10} if words == "第十个" else {"ordinal": 2} if words == "第二题" else {}
    said = verified.say(words, "inform", **entities)
    assert "没太明白" in said.text and "第1题" in said.text
    assert "回复选项的字母" in verified.say(words, "inform", **entities).text
    assert "人工" in [one["payload"] for one in verified.say(words, "inform", **entities).buttons]
    answer(verified, "A")
    assert place(verified) == 2


def test_back_to_the_question_before(verified: Dialogue) -> None:
    verified.say(BEGIN, "risk_assessment")
    assert "已经是第一题" in verified.say("上一题", "inform").text
    answer(verified, "AB")
    assert "第2题" in verified.say("上一题", "inform").text
    assert "第1题" in verified.say("返回上一题", "cancel").text
    answer(verified, "B")
    assert verified.slots["risk_assessment_answers"] == {"age": "B"}


@pytest.mark.parametrize("words", ["不对", "选错了", "不是，点错了"])
def test_a_slip_takes_the_last_answer_back(verified: Dialogue, words: str) -> None:
    verified.say(BEGIN, "risk_assessment")
    answer(verified, "AB")
    assert "第2题" in verified.say(words, "wrong_answer").text and place(verified) == 2


def test_a_slip_with_the_right_answer(verified: Dialogue) -> None:
    verified.say(BEGIN, "risk_assessment")
    answer(verified, "AB")
    said = verified.say("不对，上一题选C", "wrong_answer")
    assert "第3题" in said.text and verified.slots["risk_assessment_answers"]["income_source"] == "C"


def test_going_back_from_the_confirmation(verified: Dialogue, database: Database) -> None:
    verified.say(BEGIN, "risk_assessment")
    answer(verified, CAREFUL)
    assert "第10题" in verified.say("上一题", "inform").text
    answer(verified, "C")
    assert "请核对" in verified.say("嗯？", "nlu_fallback").text
    verified.say("确认", "affirm")
    assert stored(database)[0].answers["loss"] == "C"


@pytest.mark.parametrize(("words", "intent"), [("取消", "cancel"), ("算了", "cancel"), ("不做了", "cancel")])
def test_leaving_keeps_nothing(verified: Dialogue, database: Database, words: str, intent: str) -> None:
    verified.say(BEGIN, "risk_assessment")
    answer(verified, "ABC")
    assert "没有保存" in verified.say(words, intent).text and verified.form is None
    assert verified.slots["risk_assessment_answers"] is None and stored(database) == []
    verified.say(BEGIN, "risk_assessment")
    assert place(verified) == 1


def test_a_no_at_the_end_keeps_nothing(verified: Dialogue, database: Database) -> None:
    verified.say(BEGIN, "risk_assessment")
    answer(verified, CAREFUL)
    assert "没有保存" in verified.say("取消", "cancel").text and stored(database) == []


def test_a_person_and_another_service(verified: Dialogue, database: Database) -> None:
    verified.say(BEGIN, "risk_assessment")
    assert "转接人工" in verified.say("人工", "human").text
    verified.say(BEGIN, "risk_assessment")
    assert verified.say("我要投诉", "complaint").responses[:2] == [
        "utter_form_switched",
        "utter_complaint_begin",
    ]
    assert stored(database) == []


def test_a_question_on_the_way(verified: Dialogue) -> None:
    verified.say(BEGIN, "risk_assessment")
    answer(verified, "A")
    said = verified.say("理财有哪些风险等级", "ask_wealth")
    assert "的答案" in said.text and "第2题" in said.text


def test_the_verification_ends_on_the_way(verified: Dialogue, database: Database) -> None:
    verified.say(BEGIN, "risk_assessment")
    answer(verified, "AB")
    verified.later(minutes=60)
    said = verified.say("选B", "inform")
    assert "本人完成" in said.text and verified.form == "verification_form" and stored(database) == []


def test_two_a_day(verified: Dialogue, database: Database) -> None:
    """RULES.md, suitability: at most 2 a day."""
    take(verified)
    verified.say("重新做风险测评", "risk_assessment")
    answer(verified, CAREFUL)
    verified.say("确认", "affirm")
    assert "明天再来" in verified.say("重新做风险测评", "risk_assessment").text and verified.form is None
    assert len(stored(database)) == 2


def test_eight_a_year(verified: Dialogue, database: Database, customer: Customer) -> None:
    """RULES.md, suitability: at most 8 in 12 months."""
    for month in range(8):
        assess(database, customer, 2, NOON - timedelta(days=20 + 30 * month))
    said = verified.say("重新做风险测评", "risk_assessment")
    assert said.responses == ["utter_risk_assessment_year_limit"] and verified.form is None


def test_taken_elsewhere_meanwhile(verified: Dialogue, database: Database, customer: Customer) -> None:
    verified.say(BEGIN, "risk_assessment")
    answer(verified, CAREFUL)
    for _ in range(2):
        assess(database, customer, 2, NOON)
    assert "明天再来" in verified.say("确认", "affirm").text
    assert len(stored(database)) == 2


def test_the_same_turn_again_counts_once(verified: Dialogue, database: Database) -> None:
    verified.say(BEGIN, "risk_assessment")
    answer(verified, CAREFUL)
    slots, form = dict(verified.slots), verified.form
    tracker = verified.message("确认", "affirm")
    first = verified.turn(tracker)
    verified.slots, verified.form = slots, form
    assert verified.turn(tracker).texts == first.texts
    assert len(stored(database)) == 1


def test_a_result_that_counts_is_shown_first(
    verified: Dialogue, database: Database, customer: Customer
) -> None:
    assess(database, customer, 2)
    said = verified.say("我是什么风险等级", "risk_assessment")
    assert "稳健型（C2）" in said.text and "2027年10月21日" in said.text and verified.form is None
    verified.say("好的", "affirm")
    assert verified.form == "risk_assessment_form"


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("测评过期了重新测一下", True),
        ("重新做风险测评", True),
        ("开始风险测评", True),
        ("我的测评还有效吗，帮我看下", False),
        ("查我的风险测评结果", False),
        (BEGIN, False),
    ],
)
def test_a_new_one_or_the_last_result(
    verified: Dialogue, database: Database, customer: Customer, text: str, begins: bool
) -> None:
    assess(database, customer, 3)
    said = verified.say(text, "risk_assessment")
    assert (verified.form == "risk_assessment_form") is begins and ("平衡型" in said.text) is not begins


def test_a_result_ends_at_its_moment(verified: Dialogue, database: Database, customer: Customer) -> None:
    """RULES.md, suitability: expired by one second is expired."""
    taken = datetime.fromisoformat("2025-11-20T12:00:00+08:00")
    assess(database, customer, 3, taken)
    verified.now = NOON - timedelta(seconds=7)  # a message takes five seconds
    assert "平衡型" in verified.say("查我的风险测评结果", "risk_assessment").text
    verified.now = NOON - timedelta(seconds=4)
    verified.say("查我的风险测评结果", "risk_assessment")
    assert verified.form == "risk_assessment_form"


def test_the_offers_follow_that_were_asked_for(verified: Dialogue, database: Database) -> None:
    verified.say("有什么理财推荐", "recommendation")
    said = verified.say("开始风险测评", "risk_assessment")
    assert verified.form == "risk_assessment_form"
    answer(verified, CAREFUL)
    said = verified.say("确认", "affirm")
    level = stored(database)[0].level
    risks = [dict(card["rows"]).get("风险等级", "") for card in said.cards if card["kind"] == "product"]
    assert "测评完成" in said.text and risks and all(int(risk[1]) <= level for risk in risks)


def test_the_article_follows_that_was_asked_for(verified: Dialogue) -> None:
    title = f"{read_products()[STABLE].name}是什么"
    assert verified.say(title, "ask_wealth").responses == ["utter_product_not_assessed"]
    said = take(verified)
    assert said.responses[:2] == ["utter_risk_assessment_done", "utter_enquiry_answer"]


def test_what_was_asked_for_is_forgotten_where_it_was_cancelled(verified: Dialogue) -> None:
    verified.say("有什么理财推荐", "recommendation")
    verified.say("开始风险测评", "risk_assessment")
    verified.say("取消", "cancel")
    assert take(verified).responses == ["utter_risk_assessment_done"]


def test_older_customers_are_protected(start: Start, database: Database, customer: Customer) -> None:
    """The most daring answers of a customer of 70 don't make C5 of them (risk_questionnaire.yml)."""
    with database.transaction() as session:
        session.merge(customer).birth_date = NOON.date().replace(year=1956)
    old = start(customer)
    verify(old)
    take(old, "BAEAAEEEEE")
    assert stored(database)[0].level == 3


@pytest.mark.parametrize("why", [None, "complaint", "opt-out"])
def test_a_minor_is_not_assessed_whatever_else_silences_us(
    start: Start, database: Database, customer: Customer, why: str | None
) -> None:
    """RULES.md, suitability: persons without capacity; a complaint or an opt-out doesn't hide that."""
    with database.transaction() as session:
        session.merge(customer).birth_date = NOON.date().replace(year=2012)
        if why == "opt-out":
            refuse(session, customer)
    if why == "complaint":
        complain(database, customer)
    minor = start(customer)
    verify(minor)
    said = minor.say(BEGIN, "risk_assessment")
    assert said.responses == ["utter_recommendation_no_capacity"] and minor.form is None


def test_a_birth_date_that_is_put_right_meanwhile(
    verified: Dialogue, database: Database, customer: Customer
) -> None:
    verified.say(BEGIN, "risk_assessment")
    answer(verified, CAREFUL)
    with database.transaction() as session:
        session.merge(customer).birth_date = NOON.date().replace(year=2012)
    assert verified.say("确认", "affirm").responses == ["utter_recommendation_no_capacity"]
    assert stored(database) == [] and verified.form is None


@pytest.mark.parametrize("why", ["complaint", "opt-out"])
def test_an_adult_may_be_assessed_during_a_complaint_or_an_opt_out(
    verified: Dialogue, database: Database, customer: Customer, why: str
) -> None:
    if why == "complaint":
        complain(database, customer)
    else:
        with database.transaction() as session:
            refuse(session, customer)
    assert take(verified).responses == ["utter_risk_assessment_done"]


def test_a_look_at_the_result_is_not_taken_for_the_way_to_something_else(
    verified: Dialogue, database: Database, customer: Customer
) -> None:
    verified.say("有什么理财推荐", "recommendation")
    assess(database, customer, 2)  # taken at a branch meanwhile
    assert "稳健型" in verified.say("查我的风险测评结果", "risk_assessment").text
    assert verified.say("开始风险测评", "risk_assessment").cards
