"""Messages are taken apart where they want two things, and nowhere else; corrections tell what is meant."""

from __future__ import annotations

import itertools
import time

import pytest

from bot.nlu.clauses import MAX_CLAUSES, MAX_LENGTH, restated, split
from bot.nlu.normalizer import normalize


def pieces(text: str) -> list[str]:
    """Split a text as the pipeline reads it, with a look at the offsets."""
    text = normalize(text)
    parts = split(text)
    assert all(part.text.endswith(text[part.start : part.end]) for part in parts)
    assert all(left.end <= right.start for left, right in itertools.pairwise(parts))
    return [part.text for part in parts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("帮我查下余额还有交易明细", ["帮我查下余额", "交易明细"]),
        ("查一下余额和明细", ["查一下余额", "明细"]),
        ("查一下余额跟账单", ["查一下余额", "账单"]),
        ("余额、明细和账单", ["余额", "明细", "账单"]),
        ("余额和明细都查一下", ["余额", "明细都查一下"]),
        ("你好，我想查余额，另外信用卡年费多少？", ["我想查余额", "信用卡年费多少"]),
        ("存款利率多少？转账限额是多少？", ["存款利率多少", "转账限额是多少"]),
        ("查余额 再帮我查下明细", ["查余额", "帮我查下明细"]),
        ("查余额顺便看看信用卡账单", ["查余额", "看看信用卡账单"]),
        ("我想先查余额，然后查一下上个月的明细，谢谢", ["我想先查余额", "查一下上个月的明细"]),
        ("信用卡年费多少，我还想问一下怎么提额", ["信用卡年费多少", "问一下怎么提额"]),
        ("卡丢了怎么挂失，以及补卡多少钱", ["卡丢了怎么挂失", "补卡多少钱"]),
        ("转了3,000.50元，到账了吗", ["转了3,000.50元", "到账了吗"]),
        ("我卡丢了，你们几点关门", ["我卡丢了", "你们几点关门"]),
        ("转帐限额跟手续费都多少", ["转帐限额", "转帐手续费都多少"]),
        ("信用卡年费、积分和储蓄卡年费", ["信用卡年费", "积分", "储蓄卡年费"]),
    ],
)
def test_clauses(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "查余额",
        "我卡里还有多少钱",
        "卡里还有20万没还",
        "我和老公都有卡",
        "我跟你们说我要投诉",
        "存折和银行卡有什么区别",
        "信用卡和储蓄卡哪个好",
        "查下和平区的网点",
        "能同时办两张卡吗",
        "我还想问一下怎么提额",
        "顺便问一下网点几点关门",
        "转了3,000.50元",
        "你好，请问在吗，谢谢",
        "嗯，好的",
        "、、、和和",
        "",
    ],
)
def test_one_thing_stays_one(text: str) -> None:
    assert pieces(text) == []


def test_a_story_is_not_taken_apart() -> None:
    assert split("柜员态度差，" * (MAX_LENGTH // 6 + 1)) == []
    assert len(pieces("查余额，查明细，查账单，查网点，查利率")) == MAX_CLAUSES


def meant(text: str) -> tuple[str, str | None] | None:
    """Return restated and denied words of a text as the pipeline reads it."""
    text = normalize(text)
    found = restated(text)
    if found is None:
        return None
    assert text[found.part.start : found.part.end] == found.part.text
    return found.part.text, found.denied


@pytest.mark.parametrize(
    ("text", "said", "denied"),
    [
        ("不是，我是说信用卡", "信用卡", None),
        ("不是我是说信用卡", "信用卡", None),
        ("我是说信用卡的", "信用卡的", None),
        ("我问的是存款不是贷款", "存款", "贷款"),
        ("我问的是存款，不是贷款，你再看看", "存款", "贷款"),
        ("我要的是房贷，不是车贷", "房贷", "车贷"),
        ("不是贷款，是存款", "存款", "贷款"),
        ("不是贷款是存款", "存款", "贷款"),
        ("我不是问贷款，我问的是存款", "存款", "贷款"),
        ("说错了，是转账限额", "转账限额", None),
        ("说错了，是转账限额不是贷款", "转账限额", "贷款"),
        ("打错了 是贷款利率", "贷款利率", None),
        ("错了，我要查余额", "我要查余额", None),
        ("不好意思说错了，我要查的是明细", "明细", None),
        ("不对，我问的是信用卡账单", "信用卡账单", None),
        ("不对，信用卡的", "信用卡的", None),
        ("不对，应该是提前还款", "提前还款", None),
        ("不，我要查的是积分", "积分", None),
        ("不是的，我要挂失", "挂失", None),
        ("不是不是，我想问信用卡怎么还款", "信用卡怎么还款", None),
        ("嗯 不是 我说的是对公账户", "对公账户", None),
        ("你搞错了，我问的是存款", "存款", None),
        ("你理解错我意思了，我说的是对公账户", "对公账户", None),
        ("no no 我是说信用卡", "信用卡", None),
        ("不是啦，我是说信用卡", "信用卡", None),
        ("不是这个意思，我是说信用卡", "信用卡", None),
        ("我的意思是提前还款", "提前还款", None),
        ("不是 是10月份的", "10月份的", None),
        ("不是500是5000", "5000", "500"),
        ("查余额，哦不对，查明细", "查明细", "查余额"),
        ("帮我把0000的卡挂失 哦不对 是6688那张", "6688那张", "帮我把0000的卡挂失"),
    ],
)
def test_what_is_restated(text: str, said: str, denied: str | None) -> None:
    assert meant(text) == (said, denied)


@pytest.mark.parametrize(
    "text",
    [
        "不对",
        "不是这个",
        "不是这个意思",
        "我问的不是这个",
        "不是我刷的",
        "不对，你再看看",
        "不是，你没听懂",
        "不对，转人工",
        "不对啊，我卡里没钱了",
        "不是说好了免年费吗",
        "是不是利率下调了",
        "是不是不对啊",
        "是我本人",
        "是的，我要挂失",
        "就是这样",
        "我说的是真的",
        "我是老客户",
        "我要查余额",
        "密码输错了怎么办",
        "我要投诉，你们柜员说的不是实话，是骗人的",
        "不是，我是说" + "信用卡" * MAX_LENGTH,
        "",
    ],
)
def test_nothing_is_restated(text: str) -> None:
    assert meant(text) is None


@pytest.mark.parametrize(
    "unit", ["嗯", "不对", "不是", "谢", "要", "说错了", "哦不对,", "你好,", "和", "我是", "还有", "啊,"]
)
def test_a_hundred_times_the_same_takes_no_time(unit: str) -> None:
    started = time.perf_counter()
    for end in ("", "x", "\n", "你", "是"):
        text = (unit * MAX_LENGTH)[: MAX_LENGTH - 1] + end
        split(text)
        restated(text)
    assert time.perf_counter() - started < 1
