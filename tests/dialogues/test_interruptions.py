"""In the middle of every service: a question aside, a cancel, and 「人工」, in one turn each."""

from dataclasses import dataclass

import pytest

from tests.dialogues.chat import Chat
from tests.dialogues.conftest import Person
from tests.system import System


@dataclass(frozen=True)
class Middle:
    """How to get into the middle of a service and what is asked there."""

    opening: tuple[str, ...]
    question: str
    verified: bool = False


MIDDLES = {
    "verification": Middle(("我要核实身份",), "手机号"),
    "verification_tail": Middle(("我要核实身份", "{phone}"), "末四位"),
    "verification_code": Middle(("我要核实身份", "{phone}", "{tail}"), "验证码"),
    "balance": Middle(("查一下余额",), "手机号"),
    "transactions": Middle(("查上个月的明细",), "手机号"),
    "credit_card_bill": Middle(("我的信用卡账单",), "手机号"),
    "transfer_status": Middle(("我的转账到账了吗",), "手机号"),
    "card_loss": Middle(("我的银行卡丢了，要挂失", "尾号{tail}"), "确认", verified=True),
    "fraud": Middle(("我的卡被盗刷了", "全部冻结"), "确认", verified=True),
    "complaint_what": Middle(("我要投诉",), "发生了什么"),
    "complaint_when": Middle(("我要投诉", "柜员让我排了两个小时的队，最后说办不了"), "什么时候"),
    "complaint_wish": Middle(("我要投诉", "柜员让我排了两个小时的队，最后说办不了", "昨天"), "怎样解决"),
    "loan_calculator": Middle(("帮我算一下房贷月供",), "多少金额"),
    "loan_calculator_term": Middle(("帮我算一下贷款月供", "50万"), "多长时间"),
}


@pytest.fixture(params=MIDDLES, ids=str)
def middle(request: pytest.FixtureRequest) -> Middle:
    return MIDDLES[request.param]


@pytest.fixture
def inside(system: System, person: Person, middle: Middle, request: pytest.FixtureRequest) -> Chat:
    """A conversation in the middle of the service."""
    chat: Chat = request.getfixturevalue("verified") if middle.verified else Chat(system)
    said = None
    for line in middle.opening:
        said = chat.say(line.format(phone=person.phone, tail=person.tail))
    assert said and middle.question in said, said
    return chat


def test_a_question_aside_is_answered_and_the_service_goes_on(inside: Chat, middle: Middle) -> None:
    said = inside.say("银行卡被ATM吞了怎么办")
    assert "吞卡" in said
    assert middle.question in said


def test_cancel_ends_it(inside: Chat, middle: Middle) -> None:
    said = inside.say("取消")
    assert middle.question not in said
    assert "没有" in said or "取消" in said
    assert "智能助手" in inside.say("你是谁")


def test_a_person_is_one_turn_away(inside: Chat, middle: Middle) -> None:
    said = inside.say("人工")
    assert "转接人工" in said or "接入人工" in said
    assert middle.question not in said
