"""Balance, movements, bills, transfers, branches, rates, loans, rating, queue, questions; broken calls."""

import time
from datetime import datetime
from typing import Any

import pytest

from actions import context
from actions.incoming import BadTurn
from actions.smalltalk import Greet
from integrations.crm.conversations.errors import ConversationNotFound
from integrations.crm.database import Database
from integrations.crm.models import ArticleFeedback, Rating, Ticket
from tests.actions.conftest import Start
from tests.actions.dialogue import Dialogue, domain

WEEK = {"start": "2026-11-14", "end": "2026-11-20", "text": "最近7天"}
NIGHT = datetime.fromisoformat("2026-11-20T23:30:00+08:00")


def test_balance_of_all_and_of_one_card(verified: Dialogue) -> None:
    assert "存款合计 ¥1,000.00" in verified.say("查余额", "balance").text
    said = verified.say("尾号1024的余额", "balance", card_tail="1024")
    assert "¥10,000.00" in said.text and "6688" not in said.text
    assert "没有尾号9999" in verified.say("尾号9999余额", "balance", card_tail="9999").text
    assert "¥1,000.00" in verified.say("6688", "inform", card_tail="6688").text


def test_movements_of_a_period_by_buttons_and_words(verified: Dialogue) -> None:
    said = verified.say("查交易明细", "transactions")
    assert "哪段时间" in said.text and said.buttons[0]["title"] == "最近7天"
    said = verified.say("最近7天", "inform", date_range=WEEK)
    assert "共1笔" in said.text and "便利店" in said.text and "支出合计 ¥50.00" in said.text


def test_movements_too_long_or_in_the_future(verified: Dialogue) -> None:
    long = {"start": "2025-01-01", "end": "2026-11-20", "text": "x"}
    assert "12个月" in verified.say("查明细", "transactions", date_range=long).text
    future = {"start": "2026-12-01", "end": "2026-12-31", "text": "x"}
    assert "还没到" in verified.say("查明细", "transactions", date_range=future).text


def test_movements_of_a_card_that_is_not_theirs_ask_only_for_the_card(verified: Dialogue) -> None:
    said = verified.say("尾号9999最近7天", "transactions", date_range=WEEK, card_tail="9999")
    assert "没有尾号9999" in said.text
    assert "共1笔" in verified.say("6688", "inform", card_tail="6688").text


def test_bill_and_transfer(verified: Dialogue) -> None:
    assert "还需还款 ¥500.00" in verified.say("信用卡账单", "credit_card_bill").text
    said = verified.say("转账到了吗", "transfer_status")
    assert "处理中" in said.text and "预计到账" in said.text and "张**" in said.text
    assert "没有找到符合" in verified.say("8888的转账", "transfer_status", amount="8888").text


@pytest.mark.parametrize(
    "intent", ["balance", "transactions", "credit_card_bill", "transfer_status", "complaint_progress"]
)
def test_nothing_is_told_without_verification(known: Dialogue, intent: str) -> None:
    said = known.say("查", intent, date_range=WEEK)
    assert "核实身份" in said.text and not said.cards


def test_branches(visitor: Dialogue) -> None:
    assert "哪个城市" in visitor.say("附近网点", "branch").text
    assert "锦江" in visitor.say("成都锦江区", "inform", city="成都", district="锦江区").text
    assert "没有查到" in visitor.say("大庆的网点", "branch", city="大庆").text


def test_rates(visitor: Dialogue) -> None:
    assert "整存整取 一年 1.00%" in visitor.say("存款利率", "rates").text
    assert "LPR" in visitor.say("贷款利率", "rates", product_line="贷款").text


def test_loan_in_one_message_and_step_by_step(visitor: Dialogue) -> None:
    said = visitor.say("贷50万30年利率3.5", "loan_calculator", amount="500000", term_months=360, rate="3.5")
    assert "每月还款 ¥2,245.22" in said.text and visitor.form is None
    visitor.say("贷款计算", "loan_calculator")
    visitor.say("50", "inform", amount="50", term_months=50)
    assert visitor.slots["requested_slot"] == "term"
    visitor.say("金额改成50万", "wrong_answer", amount="500000")
    visitor.say("1000个月", "inform", term_months=1000)
    assert visitor.slots["requested_slot"] == "term"
    visitor.say("30年", "inform", term_months=360)
    said = visitor.say("按LPR计算", "rates")
    assert "按LPR 3.50%" in said.text and "¥2,245.22" in said.text


def test_loan_left_for_a_complaint_and_by_a_person(visitor: Dialogue) -> None:
    visitor.say("贷款计算", "loan_calculator")
    assert "先不办了" in visitor.say("我要投诉", "complaint").text and visitor.form == "complaint_form"
    visitor.say("取消", "cancel")
    visitor.say("贷款计算", "loan_calculator")
    assert "转接人工" in visitor.say("人工", "human").text


def test_rating_good_and_bad(visitor: Dialogue, database: Database) -> None:
    assert "感谢" in visitor.say("评价5分", "rate_conversation", score=5).text
    visitor.say("我要评价", "rate_conversation")
    assert "哪里需要改进" in visitor.say("2分", "inform", score=2).text
    visitor.say("等太久了", "complaint")
    with database.reading() as session:
        assert [(one.score, one.comment) for one in session.query(Rating)] == [(5, None), (2, "等太久了")]


def test_the_queue(visitor: Dialogue, start: Start) -> None:
    first = start(user="first")
    first.say("人工", "human")
    visitor.later(minutes=1)
    assert "前面还有1位" in visitor.say("人工", "human").text
    assert "前面还有1位" in visitor.say("排到第几位了", "queue_position").text
    assert "密码忘了怎么办的答案" in visitor.say("密码忘了", "ask_card_password").text
    assert "已退出排队" in visitor.say("不等了", "queue_position").text
    assert "没有在排队" in visitor.say("排到第几位了", "queue_position").text


def test_outside_hours_a_message_is_left(visitor: Dialogue, database: Database) -> None:
    visitor.now = NIGHT
    said = visitor.say("人工", "human")
    assert "08:30–21:00" in said.text and "95718" in said.text
    visitor.say("我要留言", "leave_message")
    visitor.say("想咨询房贷提前还款", "ask_mortgage")
    assert "LY202611200001" in visitor.say("13812345678", "inform", phone="13812345678").text
    with database.reading() as session:
        ticket = session.query(Ticket).one()
        assert ticket.details == {"text": "想咨询房贷提前还款", "phone": "13812345678"}


def test_urgent_lanes_are_open_at_night(visitor: Dialogue) -> None:
    visitor.now = NIGHT
    visitor.say("我被骗了", "fraud")
    assert "优先接入" in visitor.say("人工", "human").text


def test_an_answer_has_source_date_and_buttons(visitor: Dialogue, database: Database) -> None:
    said = visitor.say("密码忘了", "ask_card_password")
    assert "来源：《云川银行借记卡业务管理办法》，2026年1月1日起执行" in said.text
    titles = [one["title"] for one in said.buttons]
    assert titles[:3] == ["我要挂失", "有用", "没用"] and "密码输错被锁怎么办" in titles
    visitor.say("有用", "helpful")
    visitor.say("有用", "helpful")
    with database.reading() as session:
        assert [(one.article_id, one.helpful) for one in session.query(ArticleFeedback)] == [
            ("password-reset", True)
        ]


def test_a_wrong_answer_is_never_repeated(visitor: Dialogue) -> None:
    visitor.say("密码忘了", "ask_card_password")
    said = visitor.say("不对", "wrong_answer")
    titles = [one["title"] for one in said.buttons]
    assert "密码忘了怎么办" not in titles and "密码输错被锁怎么办" in titles
    said = visitor.say("也不对", "wrong_answer")
    assert "转接人工" in said.text
    assert "转接人工" in visitor.say("好的", "affirm").text


def test_lost_twice_a_person_is_offered(visitor: Dialogue) -> None:
    assert "还不会" in visitor.say("阿巴阿巴", "nlu_fallback").text
    assert "要为您转接人工" in visitor.say("啦啦啦", "nlu_fallback").text
    visitor.say("密码忘了", "ask_card_password")
    assert "还不会" in visitor.say("阿巴阿巴", "nlu_fallback").text


def test_other_banks_and_other_worlds(visitor: Dialogue) -> None:
    assert "招商银行" in visitor.say("招商银行密码", "ask_card_password").text
    assert "帮不上忙" in visitor.say("讲个笑话", "out_of_scope").text
    assert "答案" in visitor.say("密码", "out_of_scope").text


def test_it_says_that_it_is_a_bot_and_where_a_person_is(visitor: Dialogue) -> None:
    """RULES.md: the bot says what it is at the start."""
    for wording in domain()["responses"]["utter_greet"]:
        assert "智能助手" in wording["text"] and "「人工」" in wording["text"]
    assert "智能助手" in visitor.say("你好", "greet").text


@pytest.mark.parametrize("intent", [name for entry in domain()["intents"] for name in entry])
def test_every_intent_is_answered(verified: Dialogue, intent: str) -> None:
    assert verified.say("你好", intent).texts


@pytest.mark.parametrize("intent", [name for entry in domain()["intents"] for name in entry])
def test_every_intent_is_answered_for_a_stranger(visitor: Dialogue, intent: str) -> None:
    assert visitor.say("……", intent).texts


@pytest.mark.parametrize(
    "broken",
    [
        {"metadata": {}},
        {"metadata": None},
        {"metadata": {"conversation_id": "x", "message_id": "1"}},
        {"metadata": {"message_id": "1"}},
    ],
)
def test_a_turn_that_is_not_the_apps_is_refused(visitor: Dialogue, broken: dict[str, Any]) -> None:
    tracker = visitor.message("查余额", "balance")
    tracker["latest_message"] |= broken
    with pytest.raises(BadTurn):
        visitor.turn(tracker)


def test_an_unknown_conversation_is_refused(visitor: Dialogue) -> None:
    tracker = visitor.message("查余额", "balance")
    tracker["latest_message"]["metadata"]["conversation_id"] = "f" * 32
    tracker["sender_id"] = "f" * 32 + ".1"
    with pytest.raises(ConversationNotFound):
        visitor.turn(tracker)


def test_a_slow_action_ends(visitor: Dialogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor.settings, "action_seconds", 0.05)
    monkeypatch.setattr(Greet, "answer", lambda *_: time.sleep(0.5))
    with pytest.raises(TimeoutError):
        visitor.say("你好", "greet")


def test_nothing_works_unconfigured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "_configured", [])
    with pytest.raises(context.NotConfigured):
        context.services()


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"lat": 30.6573, "lon": 104.0832}, "离您最近的网点约0.0公里"),
        ({"lat": 31.2304, "lon": 121.4737}, "您附近暂时没有我们的网点，最近的约"),
    ],
)
def test_branches_near_a_place_that_was_sent(visitor: Dialogue, place: dict[str, float], words: str) -> None:
    tracker = visitor.message("我的位置：某地，最近的网点在哪", "branch")
    tracker["latest_message"]["metadata"]["location"] = place
    said = visitor.turn(tracker)
    assert words in said.text and said.cards[0]["kind"] == "branch"
