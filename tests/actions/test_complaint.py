"""A complaint from 「我要投诉」 to its end.

Rules: 银保监会令2020年第3号 Art 13 and 15 [V]; our promise of 24 h and 48 h.
"""

from datetime import timedelta
from typing import Any

import pytest

from integrations.crm.bank.catalogue import read_products
from integrations.crm.database import Database
from integrations.crm.models import Attachment, Ticket
from integrations.crm.tickets import service as tickets
from tests.actions.conftest import Start, verify
from tests.actions.dialogue import Dialogue
from tests.builders import make_customer, make_staff

STORY = "昨天在ATM取500块没出钞还扣了钱"
YESTERDAY = {"start": "2026-11-19", "end": "2026-11-19", "text": "昨天"}
NUMBER = "TS202611200001"


def stored(database: Database) -> list[Ticket]:
    with database.reading() as session:
        return session.query(Ticket).order_by(Ticket.id).all()


@pytest.fixture
def product() -> str:
    return next(iter(read_products().values())).name


def to_confirmation(dialogue: Dialogue, **entities: Any) -> None:
    """Everything told in the first message, the rest answered."""
    told = {"date_range": YESTERDAY, "business_channel": "ATM", "amount": "500"} | entities
    dialogue.say(STORY, "complaint", **told)
    dialogue.say("退还款项", "inform")
    dialogue.say("没有了", "skip")


def test_asked_one_by_one(visitor: Dialogue, database: Database) -> None:
    assert "发生了什么" in visitor.say("我要投诉", "complaint").text
    assert "什么时候" in visitor.say("柜员态度恶劣，一直玩手机", "complaint").text
    assert "渠道" in visitor.say("昨天", "inform", date_range=YESTERDAY).text
    assert "怎样解决" in visitor.say("柜面", "inform", business_channel="柜面").text  # no money: no amount
    assert "图片" in visitor.say("道歉", "inform").text
    assert "称呼" in visitor.say("没有", "skip").text
    assert "电话" in visitor.say("张女士", "inform").text
    card = visitor.say("13812345678", "inform", phone="13812345678").cards[0]
    assert ["联系电话", "138****5678"] in card["rows"] and ["发生时间", "2026年11月19日"] in card["rows"]
    said = visitor.say("确认", "affirm")
    assert NUMBER in said.text and "2026年11月21日 12:00前首次回复" in said.text
    assert "2026年11月22日 12:00前办结" in said.text
    (ticket,) = stored(database)
    assert ticket.details["name"] == "张女士" and ticket.details["phone"] == "13812345678"
    assert "amount" not in ticket.details
    assert ticket.first_response_due == ticket.created_at + timedelta(hours=24)


def test_what_is_known_is_not_asked(known: Dialogue, database: Database) -> None:
    said = known.say(STORY, "complaint", date_range=YESTERDAY, business_channel="ATM", amount="500")
    assert "怎样解决" in said.text
    known.say("退还款项", "inform")
    said = known.say("没有了", "skip")
    assert ["涉及金额", "¥500.00"] in said.cards[0]["rows"]
    known.say("确认", "affirm")
    (ticket,) = stored(database)
    assert ticket.customer_id == known.customer_id and ticket.details["what"] == STORY


def test_the_second_complaint_begins_empty(known: Dialogue, database: Database) -> None:
    to_confirmation(known)
    known.say("确认", "affirm")
    assert "发生了什么" in known.say("我要投诉", "complaint").text
    known.say("客户经理误导我买了保险", "complaint")
    assert known.slots["complaint_amount"] is None and known.slots["complaint_when"] is None
    assert len(stored(database)) == 1


def test_a_value_is_corrected_at_the_end_and_in_the_middle(known: Dialogue) -> None:
    known.say(STORY, "complaint", date_range=YESTERDAY, business_channel="ATM", amount="500")
    said = known.say("金额写错了，是5000", "wrong_answer", amount="5000")
    assert "涉及金额已修改" in said.text and "怎样解决" in said.text
    known.say("退还款项", "inform")
    known.say("没有了", "skip")
    said = known.say("金额改成500", "inform", amount="500")
    assert ["涉及金额", "¥500.00"] in said.cards[0]["rows"]
    said = known.say("诉求改成道歉", "inform")
    assert ["您的诉求", "道歉"] in said.cards[0]["rows"]
    said = known.say("不是500是800", "wrong_answer", amount=["500", "800"])
    assert ["涉及金额", "¥800.00"] in said.cards[0]["rows"]


def test_a_change_without_a_value_asks_again(known: Dialogue) -> None:
    to_confirmation(known)
    assert "改哪一项" in known.say("修改", "wrong_answer").text
    assert "什么时候" in known.say("改时间", "inform").text
    said = known.say("不记得", "skip")
    assert not [row for row in said.cards[0]["rows"] if row[0] == "发生时间"]


def test_cancelled_in_the_middle_nothing_is_filed(known: Dialogue, database: Database) -> None:
    to_confirmation(known)
    assert "没有提交" in known.say("算了", "cancel").text
    assert known.form is None and known.slots["complaint_what"] is None and not stored(database)


def test_who_no_longer_wants_a_person_goes_on_with_the_form(known: Dialogue) -> None:
    known.say("人工", "human")
    known.say("我要投诉", "complaint")
    said = known.say("不等了", "cancel")
    assert "已退出排队" in said.text and known.form == "complaint_form"


@pytest.mark.parametrize("messages", [0, 1, 2, 3])
def test_a_person_at_every_stage(known: Dialogue, messages: int) -> None:
    known.say("我要投诉", "complaint")
    for text in ("柜员态度差得不行", "昨天", "柜面")[:messages]:
        known.say(text, "inform")
    assert "转接人工" in known.say("转人工", "human").text
    assert known.form is None


def test_a_story_about_the_hotline_is_not_a_wish_for_a_person(known: Dialogue) -> None:
    known.say("我要投诉", "complaint")
    said = known.say("打了十几次人工客服电话都没人接，太差了", "human", sure=0.6)
    assert known.slots["complaint_what"] and "什么时候" in said.text


def test_a_question_in_between(known: Dialogue) -> None:
    known.say(STORY, "complaint", date_range=YESTERDAY, business_channel="ATM", amount="500")
    said = known.say("密码忘了怎么办？", "ask_card_password")
    assert "密码忘了怎么办的答案" in said.text and "怎样解决" in said.text
    assert known.slots["complaint_wish"] is None


def test_a_product_turned_down_in_between(verified: Dialogue, product: str) -> None:
    verified.say("我要投诉", "complaint")
    said = verified.say(f"对{product}不感兴趣", "enquiry")
    assert said.responses == ["utter_not_interested_product", "utter_question_complaint_form_what"]
    assert verified.slots["complaint_what"] is None


def test_a_products_button_is_no_story(known: Dialogue, product: str) -> None:
    known.say("我要投诉", "complaint")
    said = known.say(f"预约{product}", "enquiry")
    assert known.form != "complaint_form" and "utter_question_complaint_form_when" not in said.responses


def test_a_balance_in_between_needs_verification(known: Dialogue) -> None:
    to_confirmation(known)
    said = known.say("查余额", "balance")
    assert "核实身份" in said.text and known.form == "complaint_form"


def test_images_are_evidence(known: Dialogue, database: Database) -> None:
    known.say("我要投诉", "complaint")
    assert "共1张" in known.say("", "nlu_fallback", image=True).text
    known.say(STORY, "complaint", date_range=YESTERDAY, business_channel="ATM", amount="500")
    known.say("退还款项", "inform")
    assert "共2张" in known.say("", "nlu_fallback", image=True).text
    assert ["图片", "2张"] in known.say("没有了", "skip").cards[0]["rows"]
    known.say("确认", "affirm")
    with database.reading() as session:
        assert all(one.ticket_id is not None for one in session.query(Attachment))


def test_filed_once_however_often_the_turn_runs(known: Dialogue, database: Database) -> None:
    to_confirmation(known)
    tracker, slots = known.message("确认", "affirm"), dict(known.slots)
    first = known.turn(tracker)
    known.slots, known.form = slots, "complaint_form"
    second = known.turn(tracker)
    assert first.text == second.text
    assert len(stored(database)) == 1


def test_submit_without_slots_files_nothing(known: Dialogue, database: Database) -> None:
    """Trap 1: a failing validation looks like a finished form."""
    tracker = known.message("确认", "affirm")
    result = known.run("action_complaint_submit", tracker)
    assert [one["response"] for one in result["responses"]] == ["utter_form_incomplete"]
    assert not stored(database)


def test_the_whole_story_is_kept_though_the_bot_reads_500_characters(
    known: Dialogue, database: Database
) -> None:
    known.say("我要投诉", "complaint")
    story = "柜员态度差，" * 100
    tracker = known.message(story, "complaint")
    tracker["latest_message"]["text"] = story[:500]
    known.turn(tracker)
    assert known.slots["complaint_what"] == story


def test_the_accused_can_not_handle_it(known: Dialogue, database: Database) -> None:
    with database.transaction() as session:
        make_staff(session, "wangqiang", display_name="王强")
    known.say("我要投诉", "complaint")
    known.say("理财经理王强骗我买了基金", "complaint", business_channel="客户经理", date_range=YESTERDAY)
    known.say("跳过", "skip")
    known.say("道歉", "inform")
    known.say("没有了", "skip")
    known.say("确认", "affirm")
    assert stored(database)[0].details["staff_complained_about"] == ["wangqiang"]


def test_progress_by_number_and_without(known: Dialogue) -> None:
    to_confirmation(known)
    known.say("确认", "affirm")
    verify(known)
    assert "待受理" in known.say("投诉进度", "complaint_progress").text
    assert NUMBER in known.say(f"查{NUMBER}", "complaint_progress", ticket_number=NUMBER).text


def test_another_customers_number_is_like_none(start: Start, known: Dialogue, database: Database) -> None:
    with database.transaction() as session:
        other = make_customer(session, phone="13900000009")
        tickets.open_ticket(
            session,
            kind="complaint",
            source_key="other",
            customer_id=other.id,
            conversation_id=None,
            title="别人的",
            details={},
            now=known.now,
        )
    verify(known)
    real = known.say(f"查{NUMBER}", "complaint_progress", ticket_number=NUMBER)
    none = known.say("查TS202611209999", "complaint_progress", ticket_number="TS202611209999")
    assert "别人的" not in real.text
    assert real.text.replace(NUMBER, "") == none.text.replace("TS202611209999", "")
    known.say(f"撤销{NUMBER}", "complaint_withdraw", ticket_number=NUMBER)
    assert stored(database)[0].status == "open"


def test_added_to_and_withdrawn(known: Dialogue, database: Database) -> None:
    to_confirmation(known)
    known.say("确认", "affirm")
    verify(known)
    known.say("我要补充投诉", "complaint_add")
    assert "已补充" in known.say("当时旁边还有两个人看到", "inform").text
    assert "确认撤销" in known.say("我要撤诉", "complaint_withdraw").text
    assert "会继续处理" in known.say("不撤销了", "cancel").text
    assert stored(database)[0].status == "open"
    known.say("我要撤诉", "complaint_withdraw")
    tracker, slots = known.message("确认", "affirm"), dict(known.slots)
    assert "已撤销" in known.turn(tracker).text
    known.slots, known.form = slots, "complaint_withdraw_form"
    assert "已撤销" in known.turn(tracker).text
    assert stored(database)[0].status == "withdrawn"
    assert "没有处理中的投诉" in known.say("我要补充投诉", "complaint_add").text
