"""Balance, transactions, bills and transfers of the named demo customers."""

from collections.abc import Callable

import pytest

from tests.dialogues.chat import Chat
from tests.system import System

PEOPLE = {"林晓雯": ("6000000001", "13900000001", "6688"), "马立军": ("6000000005", "13900000005", "7035")}


@pytest.fixture(scope="module")
def as_customer(system: System) -> Callable[[str], Chat]:
    """A verified conversation of a named customer, verified once for the module."""
    chats: dict[str, Chat] = {}

    def get(name: str) -> Chat:
        if name not in chats:
            number, phone, tail = PEOPLE[name]
            chat = Chat(system, number)
            chat.say("我要核实身份")
            chat.say(tail)
            chat.say(system.last_code(phone))
            chats[name] = chat
        return chats[name]

    return get


@pytest.fixture
def lin(as_customer: Callable[[str], Chat]) -> Chat:
    return as_customer("林晓雯")


@pytest.fixture
def ma(as_customer: Callable[[str], Chat]) -> Chat:
    return as_customer("马立军")


@pytest.mark.parametrize("text", ["查余额", "我卡里还有多少钱", "看下餘額", "查一下余颔", "還有幾多錢"])
def test_balance(lin: Chat, text: str) -> None:
    said = lin.say(text)
    assert "¥" in said and "6688" in said


@pytest.mark.parametrize(
    "text",
    [
        "上个月的明细",
        "最近三天的交易",
        "10月1号到7号的流水",
        "国庆期间花了多少",
        "查一下这个月的交易记录",
        "近一周的账单明细",
    ],
)
def test_transactions_of_a_period(lin: Chat, text: str) -> None:
    said = lin.say(text)
    assert "笔交易" in said or "没有交易" in said
    assert "请问查哪段时间" not in said


def test_transactions_without_a_period_are_asked_for_and_corrected(lin: Chat) -> None:
    said = lin.say("查交易明细")
    assert "哪段时间" in said and said.buttons
    assert "笔交易" in lin.say("上个月")
    assert "笔交易" in lin.say("不对，我要查最近半年的")


def test_transactions_of_too_long_a_period(lin: Chat) -> None:
    assert "12个月" in lin.say("查2020年1月到2026年10月的明细")


@pytest.mark.parametrize("text", ["信用卡账单多少", "这期要还多少钱", "我的信用卡还款日是哪天"])
def test_credit_card_bill(lin: Chat, text: str) -> None:
    said = lin.say(text)
    assert "1024" in said and "还款" in said and "¥" in said


def test_a_customer_without_a_credit_card(ma: Chat) -> None:
    assert "没有本行信用卡" in ma.say("信用卡账单")


def test_transfer_being_processed(lin: Chat) -> None:
    said = lin.say("我转给张伟的5000到账了吗")
    assert "5,000.00" in said and "处理中" in said


def test_transfer_that_came_back(ma: Chat) -> None:
    said = ma.say("转给刘洋的一万二怎么还没到")
    assert "退回" in said and "12,000.00" in said


def test_another_customers_card_is_not_shown(ma: Chat) -> None:
    said = ma.say("查尾号6688的余额")
    assert "没有尾号6688" in said and "¥" not in said
