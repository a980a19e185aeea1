"""Branches, rates, loan payments, and what everyone may ask."""

import pytest

from tests.dialogues.chat import Chat


def test_branches_by_city_and_district(chat: Chat) -> None:
    assert "城市" in chat.say("附近有网点吗")
    said = chat.say("成都锦江区")
    assert "锦江" in said and said.cards


def test_atm_in_a_city(chat: Chat) -> None:
    assert "ATM" in chat.say("成都哪里有ATM")


def test_a_place_without_a_branch(chat: Chat) -> None:
    assert "没有查到" in chat.say("拉萨有你们网点吗")


@pytest.mark.parametrize(("text", "words"), [("定期存款利率", "三个月"), ("现在房贷利率多少", "LPR")])
def test_rates(chat: Chat, text: str, words: str) -> None:
    said = chat.say(text)
    assert words in said and "%" in said


def test_a_loan_in_one_sentence(chat: Chat) -> None:
    said = chat.say("贷款30万，20年，利率3.5%，等额本息每月还多少")
    assert "1,739.88" in said


def test_a_loan_question_by_question_with_a_correction(chat: Chat) -> None:
    assert "金额" in chat.say("算一下贷款月供")
    assert "多长时间" in chat.say("五十万")
    assert "利率" in chat.say("30年")
    said = chat.say("不是，我是说20年")
    assert "利率" in said
    assert "2,899.80" in chat.say("3.5%")


def test_impossible_loans_are_refused(chat: Chat) -> None:
    chat.say("算一下贷款月供")
    assert "1亿" in chat.say("500亿")


def test_greeting_says_it_is_a_bot(chat: Chat) -> None:
    assert "智能助手" in chat.say("您好") and "人工" in chat.say("你好").text


@pytest.mark.parametrize(
    ("text", "words"), [("谢谢你", ""), ("你是机器人吗", "机器人"), ("你会做什么", "余额"), ("再见", "")]
)
def test_small_talk(chat: Chat, text: str, words: str) -> None:
    said = chat.say(text)
    assert said.text and words in said
