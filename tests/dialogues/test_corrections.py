"""Customers change their minds, write badly, and want two things at once."""

import pytest

from tests.dialogues.chat import Chat
from tests.dialogues.conftest import Person


def test_a_wrong_guess_is_replaced_then_a_person_is_offered(chat: Chat) -> None:
    assert "来源" in chat.say("吞卡了怎么办")
    said, seen = chat.say("不对"), set[str]()
    for _ in range(4):
        if "转人工" in said.buttons:
            break
        offered = {title for title in said.buttons if title != "人工"}
        assert offered and not offered & seen, "nothing is offered twice"
        seen |= offered
        said = chat.say("还是不对")
    assert "转人工" in said.buttons
    assert "转接人工" in chat.say("好的")


def test_no_to_the_offered_person(chat: Chat) -> None:
    chat.say("呜啦啦啦哔哔")
    assert "转人工" in chat.say("咕噜咕噜叽叽").buttons
    said = chat.say("不用了")
    assert "转接人工" not in said and "抱歉" not in said


def test_wrong_with_nothing_said_before(chat: Chat) -> None:
    assert "换个说法" in chat.say("不对")


def test_not_this_but_that(verified: Chat) -> None:
    assert "余额" in verified.say("查余额")
    assert "信用卡" in verified.say("不对，我问的是信用卡账单")


def test_another_place_and_kind(chat: Chat) -> None:
    assert "成都的网点" in chat.say("成都有网点吗")
    assert "成都的ATM" in chat.say("有atm没")
    assert "武侯区的ATM" in chat.say("那武侯区呢")


def test_another_loan(chat: Chat) -> None:
    assert "300个月" in chat.say("算房贷 80w 25年 利率4.1")
    said = chat.say("改成30年呢")
    assert "360个月" in said and "¥800,000.00" in said
    assert "等额本金" in chat.say("那等额本金呢")
    said = chat.say("利率3.2")
    assert "3.2%" in said and "等额本金" in said


def test_another_period_keeps_the_card(verified: Chat, person: Person) -> None:
    assert f"尾号{person.tail}" in verified.say(f"尾号{person.tail}上个月的明细")
    said = verified.say("不是 是9月份的")
    assert "9月1日" in said and f"尾号{person.tail}" in said


def test_the_card_named_last_counts(verified: Chat, person: Person) -> None:
    said = verified.say(f"帮我把0000的卡挂失 哦不对 是{person.tail}那张")
    assert f"尾号{person.tail}" in said and "确认" in said and "0000" not in said
    assert "没有挂失" in verified.say("等等 先别挂")


def test_a_lost_card_turns_up_during_verification(chat: Chat) -> None:
    assert "手机号" in chat.say("钱包让人摸走了卡也没了")
    said = chat.say("不用了，卡找到了")
    assert "手机号" not in said and "取消" in said


def test_no_thanks_ends_a_verification(chat: Chat) -> None:
    chat.say("查余额")
    assert "已取消" in chat.say("不用了，谢谢")


def test_two_wishes_in_one_message(verified: Chat) -> None:
    said = verified.say("帮我查下余额还有交易明细")
    assert {"查询余额", "查询交易明细"} & set(said.buttons) or "余额" in said


@pytest.mark.parametrize(
    "text", ["招行的存款利率多少", "我的招商银行卡丢了", "查下我花呗的账单", "工行网点在哪里"]
)
def test_another_banks_business_is_not_done_here(chat: Chat, text: str) -> None:
    said = chat.say(text)
    assert "该机构" in said and "手机号" not in said and "%" not in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("俺的卡昨儿个让机器给吃了 咋整啊😭", "吞卡"),
        ("附近有没有云川银行", "哪个城市"),
        ("我想存20万一年利息有几多", "1.00%"),
        ("请问你们银行倒闭了我钱咋办", "50万元"),
        ("30年贷款50万算下月供", "年利率"),
    ],
)
def test_plain_speech_is_understood(chat: Chat, text: str, words: str) -> None:
    assert words in chat.say(text)


def test_a_question_within_a_complaint_is_not_the_demand(known: Chat) -> None:
    known.say("我要投诉你们锦江支行的柜员态度恶劣！！")
    known.say("今天上午")
    said = known.say("对了 你们几点下班")
    assert "营业时间" in said and "怎样解决" in said
    known.say("道歉")
    assert "道歉" in known.say("没有了")


def test_saying_again_that_one_complains_is_no_answer(known: Chat) -> None:
    assert "什么时候" in known.say("你们app老是闪退 登不上去 我要投诉")
    assert "什么时候" in known.say("我要投诉")


def test_a_person_instead_of_a_story(chat: Chat) -> None:
    chat.say("我要投诉")
    assert "转接人工" in chat.say("算了 我还是找人吧")
