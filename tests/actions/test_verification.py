"""Who is it? The wording must not tell whose phone number the bank knows."""

import pytest

from integrations.crm.conversations import verification
from integrations.crm.database import Database
from integrations.crm.models import Message
from tests.actions.conftest import PHONE, Start
from tests.actions.dialogue import Dialogue


def test_a_visitor_is_verified_and_gets_what_they_wanted(visitor: Dialogue) -> None:
    assert "先核实身份" in visitor.say("查余额", "balance").text
    visitor.say(PHONE, "inform", phone=PHONE)
    assert "6位验证码" in visitor.say("6688", "inform", card_tail="6688").text
    phone, code = visitor.codes.sent[-1]
    said = visitor.say(code, "inform")
    assert phone == PHONE
    assert "¥1,000.00" in said.text
    assert visitor.form is None
    assert visitor.slots["verification_phone"] is None


def test_a_known_customer_is_not_asked_for_the_phone(known: Dialogue) -> None:
    said = known.say("查余额", "balance")
    assert "末四位" in said.text and "手机号" not in said.text


def test_phone_and_card_in_one_message(visitor: Dialogue) -> None:
    visitor.say("查余额", "balance")
    visitor.say("手机13900000001 尾号6688", "inform", phone=PHONE, card_tail="6688")
    assert visitor.codes.sent


def test_strangers_hear_the_same_words_as_customers(start: Start, customer: object) -> None:
    real, false = start(user="real"), start(user="false")
    heard: list[list[str]] = []
    for dialogue, phone in ((real, PHONE), (false, "13711112222")):
        texts = [dialogue.say("验证身份", "verify_identity").text]
        texts.append(dialogue.say(phone, "inform", phone=phone).text)
        texts.append(dialogue.say("6688", "inform", card_tail="6688").text)
        texts += [dialogue.say("000001", "inform").text for _ in range(3)]
        texts.append(dialogue.say("验证身份", "verify_identity").text)
        heard.append(texts)
    assert heard[0] == heard[1]
    assert "30分钟后再试" in heard[0][-1]


def test_three_wrong_codes_lock(known: Dialogue) -> None:
    known.say("查余额", "balance")
    known.say("6688", "inform", card_tail="6688")
    assert "2次" in known.say("000001", "inform").text
    known.say("000002", "inform")
    assert "30分钟后再试" in known.say("000003", "inform").text
    assert known.form is None
    assert "30分钟后再试" in known.say("查余额", "balance").text
    known.later(minutes=31)
    assert "末四位" in known.say("查余额", "balance").text


def test_a_code_is_resent_on_demand_but_not_without_end(known: Dialogue) -> None:
    known.say("查余额", "balance")
    known.say("6688", "inform", card_tail="6688")
    for _ in range(3):
        known.say("重新发送验证码", "inform")
    assert len(known.codes.sent) == 4
    assert "10分钟" in known.say("没收到", "inform").text
    assert len(known.codes.sent) == 4
    assert "¥1,000.00" in known.say(known.codes.sent[-1][1], "inform").text


def test_an_expired_code_is_said_to_be_expired(known: Dialogue) -> None:
    known.say("查余额", "balance")
    known.say("6688", "inform", card_tail="6688")
    known.later(minutes=6)
    assert "过期" in known.say(known.codes.sent[-1][1], "inform").text


def test_a_wrong_tail_of_a_known_customer(known: Dialogue) -> None:
    known.say("查余额", "balance")
    assert "不一致" in known.say("1111", "inform", card_tail="1111").text
    assert not known.codes.sent


def test_the_code_never_reaches_the_tracker(known: Dialogue, database: Database) -> None:
    known.say("查余额", "balance")
    known.say("6688", "inform", card_tail="6688")
    code = known.codes.sent[-1][1]
    known.say(code, "inform")
    with database.reading() as session:
        assert not [one for one in session.query(Message) if code in one.text]


def test_the_same_turn_twice_sends_one_code(known: Dialogue) -> None:
    known.say("查余额", "balance")
    tracker = known.message("6688", "inform", card_tail="6688")
    slots = dict(known.slots)
    first = known.turn(tracker)
    known.slots = slots
    second = known.turn(tracker)
    assert first.text == second.text
    assert len(known.codes.sent) == 1


def test_a_failed_sending_leaves_nothing_behind(known: Dialogue) -> None:
    known.say("查余额", "balance")
    known.codes.broken = True
    tracker = known.message("6688", "inform", card_tail="6688")
    slots = dict(known.slots)
    with pytest.raises(ConnectionError):
        known.turn(tracker)
    known.slots, known.codes.broken = slots, False
    assert "6位验证码" in known.turn(tracker).text
    assert len(known.codes.sent) == 1


@pytest.mark.parametrize("stage", [0, 1, 2])
def test_a_person_at_every_stage(visitor: Dialogue, stage: int) -> None:
    visitor.say("查余额", "balance")
    if stage > 0:
        visitor.say(PHONE, "inform", phone=PHONE)
    if stage > 1:
        visitor.say("6688", "inform", card_tail="6688")
    assert "转接人工" in visitor.say("人工", "human").text
    assert visitor.form is None and visitor.slots["pending_service"] is None


@pytest.mark.parametrize(
    ("text", "intent"), [("算了", "cancel"), ("不查了", "nlu_fallback"), ("再见", "goodbye")]
)
def test_cancelled(visitor: Dialogue, text: str, intent: str) -> None:
    visitor.say("查余额", "balance")
    assert "已取消" in visitor.say(text, intent).text
    assert visitor.form is None and visitor.slots["pending_service"] is None


def test_another_service_takes_the_place_of_the_first(known: Dialogue) -> None:
    known.say("查余额", "balance")
    known.say("查信用卡账单", "credit_card_bill")
    known.say("6688", "inform", card_tail="6688")
    assert "最低还款额" in known.say(known.codes.sent[-1][1], "inform").text


def test_a_question_in_between(known: Dialogue) -> None:
    known.say("查余额", "balance")
    said = known.say("密码忘了怎么办", "ask_card_password")
    assert "密码忘了怎么办的答案" in said.text and "末四位" in said.text


def test_a_corrected_card_gets_a_new_code(visitor: Dialogue) -> None:
    visitor.say("查余额", "balance")
    visitor.say(PHONE, "inform", phone=PHONE)
    visitor.say("9999", "inform", card_tail="9999")
    assert not visitor.codes.sent
    visitor.say("卡号写错了，是6688", "wrong_answer", amount="6688")
    assert visitor.codes.sent


def test_the_level_ends_with_time(verified: Dialogue) -> None:
    verified.later(minutes=31)
    assert "先核实身份" in verified.say("查余额", "balance").text


def test_misunderstood_twice_an_example_then_a_person(visitor: Dialogue) -> None:
    visitor.say("查余额", "balance")
    assert "没太明白" in visitor.say("嗯哼", "inform").text
    assert "例如" in visitor.say("哈", "inform").text
    said = visitor.say("哈哈", "inform")
    assert "转人工" in said.text and {"title": "人工", "payload": "人工"} in said.buttons


def test_levels_are_ordered() -> None:
    assert verification.LEVELS == ("none", "known", "verified")
